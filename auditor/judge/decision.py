"""What a model's licences let this deployer do: four uses, each with the clauses that decide it.

Sources of a model's licence are the texts beside it, what cards and headers declare, what its publisher is known to
have released it under, and the models it was derived from. Each is decided by itself; where they disagree, the
strictest answer wins and the decision says so. A changed text is never decided as the one it was made from.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.facts.audit import Audit
from auditor.facts.fact import Value
from auditor.facts.models import Licence, Match, Model
from auditor.judge.decision_terms import Answered, Place, decide_terms
from auditor.judge.finding import Answer, Confidence, Sentence, say
from auditor.knowledge.fingerprints import Kind
from auditor.knowledge.knowledge import Knowledge
from auditor.knowledge.licences import DUTIES, TermKind, Terms, Use, licences_of_tag, tag
from auditor.policy.effective import Deployer

STRICTEST = (Answer.NO, Answer.UNKNOWN, Answer.CONDITIONAL, Answer.YES)
MOST_CHANGES = 10
"""Changed passages that become steps of their own."""
_NOT_A_NAME = ("link", "license layer")
"""Ends of the names of places that point at a text or repeat its first line; the text itself is a source."""
_SAYS_NOTHING = frozenset({"", "other", "unknown", "none", "custom", "unlicensed-or-unknown", "see-license", "license"})


class Step(Value):
    """One clause, or one statement, and what it does to the answers."""

    licence: str
    """Id of the licence; empty where the step speaks of no known one."""
    clause: str
    file: str
    line: int
    """In ``file``, from 1; 0 where the clause is known but not on the host."""
    uses: tuple[Use, ...]
    answer: Answer
    effect: str
    sentence: Sentence


class Duty(Value):
    """Something that has to be done for a use to be allowed."""

    kind: TermKind
    licence: str
    clause: str
    file: str
    line: int
    says: str
    uses: tuple[Use, ...]
    applies: bool
    """Whether this deployer's stated use brings it about."""


class Decision(Value):
    """The four answers for one model and one deployer."""

    model: str
    licences: tuple[str, ...]
    """Ids of the licences in force, those of the texts first."""
    answers: dict[Use, Answer]
    confidence: Confidence
    steps: tuple[Step, ...]
    duties: tuple[Duty, ...]
    rests_on: tuple[str, ...]
    """JSON pointers into facts.json."""
    undecided: bool = False
    """Whether a text, a statement or a base of the model could not be decided: changed, cut or not known."""
    conflict: Sentence | None = None
    not_seen: tuple[Sentence, ...] = ()

    def deciding(self, use: Use) -> Step | None:
        """The step that made the answer to a use what it is."""
        answer = self.answers[use]
        return next((s for s in self.steps if use in s.uses and s.answer is answer), None)


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


def decide(
    model: Model, licences: Iterable[Licence], audit: Audit | None, deployer: Deployer, knowledge: Knowledge
) -> Decision:
    """Decide the four uses of one model. ``licences`` are those of the audit; only the model's own count.

    Without an audit (a text looked at by itself) the pointers are those of a document with this one model.
    """
    index = next((n for n, m in enumerate(audit.facts.models) if m.id == model.id), 0) if audit else 0
    own = [(n, licence) for n, licence in enumerate(licences) if licence.model == model.id]
    sources = sources_of(model, index, own, knowledge)
    places = _places(own)
    steps: list[Step] = []
    answers: list[dict[Use, Answer]] = []
    known = [id for source in sources for id in source.ids if id in knowledge.licences]
    in_force = tuple(dict.fromkeys(known))
    intact = {id for source in sources if _intact(source) for id in source.ids}
    for source in sources:
        blocked = _blocked(source)
        if blocked:
            steps += blocked
            answers.append(dict.fromkeys(Use, Answer.UNKNOWN))
    for id in in_force:
        if any(id in source.ids and _intact(source) for source in sources):
            answered = decide_terms(knowledge.licences[id], model, deployer, places)
            steps += [_step(id, item) for item in answered]
            answers.append(_strictest_of(answered))
    changed_policies = _changed_policies(own, in_force, knowledge)
    undecided = any(map(_blocked, sources)) or bool(changed_policies) or not sources
    if changed_policies:
        steps += changed_policies
        answers.append(dict.fromkeys(Use, Answer.UNKNOWN))
    if not sources:
        nothing = say("No licence text, card or header beside the model states a licence.")
        steps.append(_say(model.path, 0, "", nothing))
        answers.append(dict.fromkeys(Use, Answer.UNKNOWN))
    return Decision(
        model=model.id,
        licences=in_force,
        answers={use: min((a[use] for a in answers), key=STRICTEST.index) for use in Use},
        confidence=_confidence(sources),
        steps=tuple(sorted(steps, key=lambda s: STRICTEST.index(s.answer))),
        duties=_duties([knowledge.licences[id] for id in in_force if id in intact], deployer, places),
        rests_on=tuple(dict.fromkeys(s.pointer for s in sources)) or (f"/facts/models/{index}",),
        undecided=undecided,
        conflict=conflict_of(sources, knowledge),
        not_seen=_not_seen(in_force, own, knowledge),
    )


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
    """What to say where the places that state a licence for the model itself disagree."""
    own = [s for s in sources if not s.base and s.how is not Confidence.INFERRED]
    for n, one in enumerate(own):
        for other in own[n + 1 :]:
            both_texts = one.how is other.how is Confidence.MEASURED
            if not both_texts and not set(one.ids) & set(other.ids) and (one.ids or other.ids):
                return say(
                    "{one} states {first}, {other} states {second}.",
                    one=one.where,
                    first=_title(one, knowledge),
                    other=other.where,
                    second=_title(other, knowledge),
                )
    return None


def _inherited(model: Model, index: int, knowledge: Knowledge) -> list[Source]:
    """Licences of the models that this one was derived from, along the chain that is known."""
    found: list[Source] = []
    own = knowledge.models.named(model.name.value) if model.name.value else None
    bases = [(name, f"/facts/models/{index}/base") for name in (model.base.value or ()) if model.base.seen]
    if own is not None and own.model is not None:
        bases += [(name, f"/facts/models/{index}/name") for name in own.model.base]
    seen: set[str] = set()
    while bases and len(seen) < 16:
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


def _intact(source: Source) -> bool:
    return source.licence is None or (
        bool(source.licence.parts) and source.licence.parts[source.part].match is Match.EXACT
    )


def _blocked(source: Source) -> list[Step]:
    """Why a source cannot be decided; empty where it can."""
    licence = source.licence
    if licence is None:
        if source.ids:
            return []
        if source.base:
            return [
                _say(
                    source.where,
                    0,
                    "",
                    say("The model was derived from {base}, whose licence is not known.", base=source.base),
                )
            ]
        return [
            _say(
                source.where,
                0,
                "",
                say("{where} names {value}, which is not a known licence.", where=source.where, value=source.named),
            )
        ]
    if not licence.parts:
        return [_say(licence.file, 1, "", say("{file} holds a text that is near no known licence.", file=licence.file))]
    part = licence.parts[source.part]
    if part.match is Match.TRUNCATED:
        sentence = say("The copy of {title} in {file} is cut short.", title=part.title, file=licence.file)
        return [_say(licence.file, part.last_line, part.id, sentence)]
    return [
        _say(
            licence.file,
            change.line,
            part.id,
            say(
                'The copy of {title} was changed in clause {clause}: {kind}, found "{found}", published "{before}".',
                title=part.title,
                clause=change.clause or "–",
                kind=change.kind.value,
                found=change.found,
                before=change.before,
            ),
            change.clause,
        )
        for change in part.changes[:MOST_CHANGES]
    ]


def _changed_policies(own: Iterable[tuple[int, Licence]], in_force: Iterable[str], knowledge: Knowledge) -> list[Step]:
    wanted = {policy for id in in_force for policy in knowledge.licences[id].policies}
    steps: list[Step] = []
    for _, licence in own:
        for n, part in enumerate(licence.parts):
            if part.id in wanted and part.match is not Match.EXACT:
                steps += _blocked(Source((part.id,), Confidence.MEASURED, part.title, licence.file, "", licence, n))
    return steps


def _places(own: Iterable[tuple[int, Licence]]) -> dict[str, Place]:
    """Where each known text lies on the host; a whole copy goes before a changed one."""
    places: dict[str, Place] = {}
    for _, licence in own:
        for part in licence.parts:
            if part.id not in places or part.match is Match.EXACT:
                places[part.id] = Place(licence.file, part.first_line, part.clauses)
    return places


def _strictest_of(answered: Iterable[Answered]) -> dict[Use, Answer]:
    found = dict.fromkeys(Use, Answer.YES)
    for item in answered:
        for use in item.uses:
            found[use] = min(found[use], item.answer, key=STRICTEST.index)
    return found


def _step(id: str, item: Answered) -> Step:
    return Step(
        licence=id,
        clause=item.clause,
        file=item.file,
        line=item.line,
        uses=item.uses,
        answer=item.answer,
        effect=str(item.sentence),
        sentence=item.sentence,
    )


def _say(file: str, line: int, licence: str, sentence: Sentence, clause: str = "") -> Step:
    return Step(
        licence=licence,
        clause=clause,
        file=file,
        line=line,
        uses=tuple(Use),
        answer=Answer.UNKNOWN,
        effect=str(sentence),
        sentence=sentence,
    )


def _confidence(sources: Iterable[Source]) -> Confidence:
    hows = {source.how for source in sources if not source.base and (source.ids or source.licence)}
    for how in (Confidence.MEASURED, Confidence.DECLARED):
        if how in hows:
            return how
    return Confidence.INFERRED


def _duties(licences: Iterable[Terms], deployer: Deployer, places: dict[str, Place]) -> tuple[Duty, ...]:
    duties: list[Duty] = []
    for terms in licences:
        for term in terms.terms:
            if term.kind not in DUTIES:
                continue
            file, line = _at(places, term.document or terms.id, term.clause)
            duties.append(
                Duty(
                    kind=term.kind,
                    licence=terms.id,
                    clause=term.clause,
                    file=file,
                    line=line,
                    says=term.says,
                    uses=term.uses,
                    applies=any(_does(use, deployer) for use in term.uses),
                )
            )
    return tuple(duties)


def _does(use: Use, deployer: Deployer) -> bool:
    """Whether the deployer states this use; to most licences, serving others with a model is handing it on."""
    return {
        Use.DEPLOY: True,
        Use.COMMERCIAL: deployer.commercial,
        Use.MODIFY: deployer.modifies,
        Use.REDISTRIBUTE: deployer.redistributes or deployer.serves_third_parties,
    }[use]


def _at(places: dict[str, Place], document: str, clause: str) -> tuple[str, int]:
    place = places.get(document)
    return (place.file, place.clauses.get(clause, place.line)) if place else ("", 0)


def _not_seen(
    in_force: Iterable[str], own: Iterable[tuple[int, Licence]], knowledge: Knowledge
) -> tuple[Sentence, ...]:
    there = {part.id for _, licence in own for part in licence.parts}
    return tuple(
        say(
            "{policy} is part of {licence} by reference and is not beside the model.",
            policy=knowledge.licences[policy].title,
            licence=knowledge.licences[id].title,
        )
        for id in in_force
        for policy in knowledge.licences[id].policies
        if policy not in there
    )


def _kind(id: str, knowledge: Knowledge) -> Kind:
    terms = knowledge.licences.get(id)
    return terms.kind if terms else Kind.LICENCE


def _says_nothing(value: str) -> bool:
    return tag(value) in _SAYS_NOTHING or value.strip().lower().startswith(("http://", "https://"))


def _title(source: Source, knowledge: Knowledge) -> str:
    return knowledge.licences[source.ids[0]].title if source.ids else source.named
