"""Every place that puts a model under a licence: texts, statements, the publisher, and the models it came from."""

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.facts.models import Licence, Match, Model
from auditor.judge.finding import Confidence, Sentence, say
from auditor.knowledge.fingerprints import Kind
from auditor.knowledge.knowledge import Knowledge
from auditor.knowledge.licences import TermKind, licences_of_tag, tag

LONGEST_CHAIN = 16
"""Models of a chain of derivation that are followed."""
BINDING = frozenset(
    {
        TermKind.USERS,
        TermKind.REVENUE,
        TermKind.TERRITORY,
        TermKind.FIELD,
        TermKind.OUTPUTS,
        TermKind.POLICY,
        TermKind.PASS_ON,
        TermKind.NAMING,
        TermKind.SHARE_ALIKE,
    }
)
"""Terms that go along with whatever is derived."""
_NOT_A_NAME = ("link", "license layer")
"""Ends of the names of places that point at a text or repeat its first line; the text itself is a source."""
_SAYS_NOTHING = frozenset({"", "other", "unknown", "none", "custom", "unlicensed-or-unknown", "see-license", "license"})


@dataclass(frozen=True, slots=True)
class Source:
    """One place that puts a model under a licence."""

    ids: tuple[str, ...]
    """Licences that it may mean; empty: none that is known."""
    how: Confidence
    named: str
    """What the place says."""
    where: str
    pointer: str
    licence: Licence | None = None
    part: int = 0
    base: str = ""
    """The model that it was derived from, for an inherited licence."""


def sources_of(
    model: Model, index: int, own: Iterable[tuple[int, Licence]], knowledge: Knowledge
) -> tuple[Source, ...]:
    """Every place that puts the model under a licence, texts first. ``own`` are its licences with their index."""
    found: list[Source] = []
    for number, licence in own:
        pointer = f"/facts/licences/{number}"
        parts = [n for n, part in enumerate(licence.parts) if _kind(part.id, knowledge) is Kind.LICENCE]
        for n in parts:
            part = licence.parts[n]
            found.append(Source((part.id,), Confidence.MEASURED, part.title, licence.file, pointer, licence, n))
        if not licence.parts:
            found.append(Source((), Confidence.MEASURED, licence.file, licence.file, pointer, licence))
    for number, stated in enumerate(model.stated):
        if stated.value is None or not stated.seen:
            continue
        value = stated.value.value
        if stated.value.where.endswith(_NOT_A_NAME):
            continue
        ids = licences_of_tag(value, knowledge.licences)
        if not ids and _says_nothing(value):
            continue
        pointer = f"/facts/models/{index}/stated/{number}"
        found.append(Source(ids, Confidence.DECLARED, value, stated.value.where, pointer))
    found += _inherited(model, index, knowledge)
    found += _released(model, index, found, knowledge)
    return tuple(_narrowed(source, found, model, knowledge) for source in found)


def conflict_of(sources: Iterable[Source], knowledge: Knowledge) -> Sentence | None:
    """What to say where two places put the model under different licences; None where none contradicts another.

    Two texts are no contradiction (code and weights), nor is a name that nobody knows, nor a base under a licence that
    lets what is derived go under another one.
    """
    every = list(sources)
    stated = [s for s in every if not s.base and s.how is not Confidence.INFERRED]
    for n, one in enumerate(stated):
        for other in stated[n + 1 :]:
            both_texts = one.how is other.how is Confidence.MEASURED
            if not both_texts and one.ids and other.ids and not set(one.ids) & set(other.ids):
                return say(
                    "{one} states {first}, {other} states {second}.",
                    one=one.where,
                    first=_title(one, knowledge),
                    other=other.where,
                    second=_title(other, knowledge),
                )
    told = {id for source in stated for id in source.ids}
    for source in every:
        if not told or source.how is not Confidence.INFERRED or not source.ids or told & set(source.ids):
            continue
        if not source.base:
            return say(
                "{one} states {first}, its publisher released it under {second}.",
                one=stated[0].where,
                first=_title(stated[0], knowledge),
                second=_title(source, knowledge),
            )
        if any(_binds(id, knowledge) for id in source.ids):
            return say(
                "{one} states {first}, but the model was derived from {base}, and the terms of {second} go along.",
                one=stated[0].where,
                first=_title(stated[0], knowledge),
                base=source.base,
                second=_title(source, knowledge),
            )
    return None


def _binds(id: str, knowledge: Knowledge) -> bool:
    """Whether a licence has terms that what is derived cannot shed."""
    terms = knowledge.licences.get(id)
    return terms is None or any(term.kind in BINDING for term in terms.terms)


def _inherited(model: Model, index: int, knowledge: Knowledge) -> list[Source]:
    """Licences of the models that this one was derived from, along the chain that is known."""
    found: list[Source] = []
    own = knowledge.models.named(model.name.value) if model.name.value else None
    bases = [(name, f"/facts/models/{index}/base") for name in (model.base.value or ()) if model.base.seen]
    if own is not None and own.model is not None:
        bases += [(name, f"/facts/models/{index}/name") for name in own.model.base]
    seen: set[str] = set()
    while bases and len(seen) < LONGEST_CHAIN:
        name, pointer = bases.pop(0)
        if name in seen:
            continue
        seen.add(name)
        told = knowledge.models.named(name)
        if told is None:
            found.append(Source((), Confidence.INFERRED, name, model.path, pointer, base=name))
            continue
        id = knowledge.models.licence(told.family, name)
        found.append(Source((id,) if id else (), Confidence.INFERRED, name, model.path, pointer, base=name))
        if told.model is not None:
            bases += [(base, pointer) for base in told.model.base]
    return found


def _released(model: Model, index: int, others: list[Source], knowledge: Knowledge) -> list[Source]:
    """The licence under which the publisher is known to have released the model."""
    if not model.family.seen or model.family.value is None:
        return []
    id = knowledge.models.licence(model.family.value, model.name.value or "")
    own = [s for s in others if not s.base]
    if id is None or any(id in s.ids for s in others):
        return []
    # A model that only descends from the family may be under other terms; its own statement is not overruled by a
    # guess, but its family's licence is said to be inherited.
    told = knowledge.models.named(model.name.value) if model.name.value else None
    exact = told is not None and told.exact and told.model is not None
    if own and not exact and model.base.seen:
        return []
    base = "" if exact or not own else model.family.value
    return [Source((id,), Confidence.INFERRED, id, model.path, f"/facts/models/{index}/family", base=base)]


def _narrowed(source: Source, all_sources: list[Source], model: Model, knowledge: Knowledge) -> Source:
    """A name that stands for a series means the text that is there, else the one its publisher is known to use."""
    if len(source.ids) < 2:
        return source
    texts = {id for s in all_sources if s.how is Confidence.MEASURED for id in s.ids}
    known = {id for s in all_sources if s.how is Confidence.INFERRED for id in s.ids}
    if model.family.value:
        known.add(knowledge.models.licence(model.family.value, model.name.value or "") or "")
    for narrower in (texts, known):
        kept = tuple(id for id in source.ids if id in narrower)
        if kept:
            return Source(kept, source.how, source.named, source.where, source.pointer, source.licence, source.part)
    return source


def is_intact(source: Source) -> bool:
    """Whether the source can be decided as the licence that it names: a whole text, or a statement."""
    return source.licence is None or (
        bool(source.licence.parts) and source.licence.parts[source.part].match is Match.EXACT
    )


def _kind(id: str, knowledge: Knowledge) -> Kind:
    terms = knowledge.licences.get(id)
    return terms.kind if terms else Kind.LICENCE


def _says_nothing(value: str) -> bool:
    return tag(value) in _SAYS_NOTHING or value.strip().lower().startswith(("http://", "https://"))


def _title(source: Source, knowledge: Knowledge) -> str:
    terms = knowledge.licences.get(source.ids[0]) if source.ids else None
    return terms.title if terms else source.named
