"""What the checks of weight files are given: each model with its files, and what may have been left out of it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from auditor.facts.models import Model
from auditor.facts.weights import Weight
from auditor.judge.context import Context
from auditor.judge.finding import Sentence, Subject, SubjectKind
from auditor.judge.reach import Reach


class Held(NamedTuple):
    """A weight with its place in the facts."""

    at: int
    weight: Weight

    @property
    def pointer(self) -> str:
        """JSON pointer into the facts."""
        return f"/facts/weights/{self.at}"


class Seen(NamedTuple):
    """A model as a check meets it."""

    pointer: str
    model: Model
    held: list[Held]
    lost: tuple[Sentence, ...]
    """What the collectors may have left out of it."""
    cut_short: bool
    """Whether a collector may have left out anything."""

    @property
    def weights(self) -> list[Weight]:
        """Its files alone."""
        return [item.weight for item in self.held]

    @property
    def subject(self) -> Subject:
        """What a finding on it speaks of."""
        return Subject(kind=SubjectKind.MODEL, id=self.model.id)


def models_of(context: Context, *collectors: str) -> Iterator[Seen]:
    """Every model of the audit, as far as these collectors saw it."""
    facts = context.audit.facts
    reach = Reach(context.audit, *collectors)
    held: dict[str, list[Held]] = {}
    for at, weight in enumerate(facts.weights):
        held.setdefault(weight.model, []).append(Held(at, weight))
    for at, model in enumerate(facts.models):
        own = held.get(model.id, [])
        lost = reach.lost(model, [item.weight for item in own])
        yield Seen(f"/facts/models/{at}", model, own, lost, bool(reach.cut_short))


def weights_of(held: Sequence[Held]) -> list[Weight]:
    """The files alone."""
    return [item.weight for item in held]


def pointers(held: Sequence[Held], *more: str) -> tuple[str, ...]:
    """Where some files stand in the facts, and more."""
    return (*(item.pointer for item in held), *more)
