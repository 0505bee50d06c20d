"""From a model to what it was derived from: each link, how it is known, and under which licence it stands."""

from enum import StrEnum

from auditor.facts.fact import Fact, Value
from auditor.facts.models import Model
from auditor.judge.context import Context
from auditor.judge.decision_sources import LONGEST_CHAIN, sources_of
from auditor.judge.finding import Confidence
from auditor.judge.licences import licences_beside


class Origin(StrEnum):
    """What tells that a model is part of the chain."""

    HOST = "host"
    """It is the model itself, or lies on the host too."""
    CARD = "card"
    HEADER = "header"
    """The header of a GGUF file."""
    CONFIGURATION = "configuration"
    KNOWLEDGE = "knowledge"
    """The product's own table of models."""


class Link(Value):
    """One model of the chain."""

    model: str
    of: str
    """The model that was derived from it; empty for the model that the chain is of."""
    depth: int
    origin: Origin
    licences: tuple[str, ...]
    """Titles; empty: not known."""
    confidence: Confidence | None
    """What the licence rests on; None where none is known."""
    known: bool
    """False where nothing but the name is known, so that the chain may go on unseen."""
    rests_on: str
    """JSON pointer into facts.json."""


def chain_of(context: Context, model: Model) -> tuple[Link, ...]:
    """The model first, then its bases, nearest first. At most ``LONGEST_CHAIN`` links; each model once."""
    place = context.audit.facts.models.index(model)
    first = _held(context, model, "", 0, Origin.HOST, f"/facts/models/{place}")
    links, seen = [first], {first.model.lower()}
    waiting = [(name, first.model, 1, origin, f"/facts/models/{place}/base") for name, origin in _bases(context, model)]
    while waiting and len(links) < LONGEST_CHAIN:
        name, of, depth, origin, pointer = waiting.pop(0)
        if name.lower() in seen:
            continue
        seen.add(name.lower())
        held = next((m for m in context.audit.facts.models if m.name.value == name and m is not model), None)
        if held is not None:
            at = f"/facts/models/{context.audit.facts.models.index(held)}"
            links.append(_held(context, held, of, depth, origin, at))
            further = _bases(context, held)
        else:
            links.append(_named(context, name, of, depth, origin, pointer))
            further = [(base, Origin.KNOWLEDGE) for base in _known_bases(context, name)]
        waiting += [(base, name, depth + 1, how, pointer) for base, how in further]
    return tuple(links)


def _held(context: Context, model: Model, of: str, depth: int, origin: Origin, pointer: str) -> Link:
    """A model that lies on the host, under what is stated for itself."""
    place = context.audit.facts.models.index(model)
    sources = sources_of(model, place, licences_beside(context, model), context.knowledge)
    own = [source for source in sources if not source.base and source.ids]
    confidence = min((source.how for source in own), key=list(Confidence).index, default=None)
    ids = dict.fromkeys(id for source in own for id in source.ids)
    titles = tuple(context.knowledge.licences[id].title for id in ids if id in context.knowledge.licences)
    return Link(
        model=model.name.value or model.id,
        of=of,
        depth=depth,
        origin=origin,
        licences=titles,
        confidence=confidence if titles else None,
        known=bool(titles),
        rests_on=pointer,
    )


def _named(context: Context, name: str, of: str, depth: int, origin: Origin, pointer: str) -> Link:
    """A model of which the host has the name only."""
    told = context.knowledge.models.named(name)
    id = context.knowledge.models.licence(told.family, name) if told is not None else None
    terms = context.knowledge.licences.get(id or "")
    return Link(
        model=name,
        of=of,
        depth=depth,
        origin=origin,
        licences=(terms.title,) if terms is not None else (),
        confidence=Confidence.INFERRED if terms is not None else None,
        known=told is not None,
        rests_on=pointer,
    )


def _bases(context: Context, model: Model) -> list[tuple[str, Origin]]:
    """What a model on the host was derived from, as its files or its name tell."""
    stated = model.base.value if model.base.seen else None
    found = [(name, _origin(model.base, name)) for name in stated or ()]
    have = {name for name, _ in found}
    own = _known_bases(context, model.name.value or "") if not found else ()
    return found + [(name, Origin.KNOWLEDGE) for name in own if name not in have]


def _known_bases(context: Context, name: str) -> tuple[str, ...]:
    """What the table of models tells of a name: its bases, or the release that it is a variant of."""
    told = context.knowledge.models.named(name)
    if told is None or told.model is None:
        return ()
    return told.model.base if told.exact else (told.model.name,)


def _origin(base: Fact[tuple[str, ...]], name: str) -> Origin:
    """Where one of several names stands; the fact's note names those that are not of its own source."""
    for remark in base.note.split("; "):
        if remark.startswith("not stated by") and name in remark.partition(": ")[2].split(", "):
            return Origin.KNOWLEDGE
        if remark.startswith(f"{name} stands in "):
            return Origin.CONFIGURATION
    return {"card": Origin.CARD, "header": Origin.HEADER, "config": Origin.CONFIGURATION}.get(
        base.method, Origin.KNOWLEDGE
    )
