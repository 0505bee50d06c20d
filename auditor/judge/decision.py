"""What a model's licences let this deployer do: four uses, each with the clauses that decide it.

Sources of a model's licence are the texts beside it, what cards and headers declare, what its publisher is known to
have released it under, and the models it was derived from. Each is decided by itself; where they disagree, the
strictest answer wins and the decision says so. A changed text is never decided as the one it was made from.
"""

from collections.abc import Iterable

from auditor.facts.audit import Audit
from auditor.facts.fact import Value
from auditor.facts.models import Change, ChangeKind, Licence, Match, Model
from auditor.judge.decision_sources import Source, conflict_of, is_intact, sources_of
from auditor.judge.decision_terms import Answered, Place, decide_terms
from auditor.judge.finding import Answer, Confidence, Sentence, say
from auditor.knowledge.knowledge import Knowledge
from auditor.knowledge.licences import DUTIES, TermKind, Terms, Use
from auditor.policy.effective import Deployer

STRICTEST = (Answer.NO, Answer.UNKNOWN, Answer.CONDITIONAL, Answer.YES)
MOST_CHANGES = 10
"""Changed passages that become steps of their own."""


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
    intact = {id for source in sources if is_intact(source) for id in source.ids}
    undecided = not sources
    for blocked in filter(None, (_blocked(source, knowledge) for source in _that_count(sources))):
        undecided = True
        steps += blocked
        answers.append(dict.fromkeys(Use, Answer.UNKNOWN))
    for id in in_force:
        if any(id in source.ids and is_intact(source) for source in sources):
            answered = decide_terms(knowledge.licences[id], model, deployer, places, knowledge.licences)
            steps += [_step(id, item) for item in answered]
            answers.append(_strictest_of(answered))
    changed_policies = _changed_policies(own, in_force, knowledge)
    if changed_policies:
        undecided = True
        steps += changed_policies
        answers.append(dict.fromkeys(Use, Answer.UNKNOWN))
    if not sources:
        nothing = say("No licence text, card or header beside the model states a licence.")
        steps.append(_say(model.path, 0, "", nothing))
        answers.append(dict.fromkeys(Use, Answer.UNKNOWN))
    conflict = conflict_of(sources, knowledge)
    if conflict is not None:
        steps.append(_say(model.path, 0, "", conflict, uses=()))
    return Decision(
        model=model.id,
        licences=in_force,
        answers={use: min((a[use] for a in answers), key=STRICTEST.index) for use in Use},
        confidence=_confidence(sources),
        steps=tuple(sorted(steps, key=lambda s: STRICTEST.index(s.answer))),
        duties=_duties([knowledge.licences[id] for id in in_force if id in intact], deployer, places),
        rests_on=tuple(dict.fromkeys(s.pointer for s in sources)) or (f"/facts/models/{index}",),
        undecided=undecided,
        conflict=conflict,
        not_seen=_not_seen(in_force, own, knowledge),
    )


def _that_count(sources: Iterable[Source]) -> list[Source]:
    """The sources without names that nobody knows, where a whole text says what is meant."""
    every = list(sources)
    whole = any(source.licence is not None and is_intact(source) for source in every)
    return [s for s in every if not (whole and s.how is Confidence.DECLARED and not s.ids and not s.base)]


def _blocked(source: Source, knowledge: Knowledge) -> list[Step]:
    """Why a source cannot be decided; empty where it can."""
    known = any(id in knowledge.licences for id in source.ids)
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
    if part.match is Match.EXACT and not known:
        sentence = say("The terms of {title} are not known.", title=part.title)
        return [_say(licence.file, part.first_line, part.id, sentence)]
    if part.match is Match.TRUNCATED:
        sentence = say("The copy of {title} in {file} is cut short.", title=part.title, file=licence.file)
        return [_say(licence.file, part.last_line, part.id, sentence)]
    return [
        _say(licence.file, change.line, part.id, tell_change(part.title, licence.file, change), change.clause)
        for change in part.changes[:MOST_CHANGES]
    ]


def tell_change(title: str, file: str, change: Change) -> Sentence:
    """One changed passage of a copy, in a sentence."""
    told: dict[str, str | int] = {
        "clause": change.clause or "–",
        "title": title,
        "file": file,
        "line": change.line,
        "rights": ", ".join(change.rights),
    }
    match change.kind:
        case ChangeKind.INSERTED:
            return say(
                '{file}, line {line}: "{found}" was put into clause {clause} of {title}; it touches {rights}.',
                found=change.found,
                **told,
            )
        case ChangeKind.DELETED:
            return say(
                '{file}, line {line}: "{before}" was taken out of clause {clause} of {title}; it touches {rights}.',
                before=change.before,
                **told,
            )
        case _:
            return say(
                '{file}, line {line}: "{found}" stands for "{before}" in clause {clause} of {title}; '
                "it touches {rights}.",
                found=change.found,
                before=change.before,
                **told,
            )


def _changed_policies(own: Iterable[tuple[int, Licence]], in_force: Iterable[str], knowledge: Knowledge) -> list[Step]:
    wanted = {policy for id in in_force for policy in knowledge.licences[id].policies}
    steps: list[Step] = []
    for _, licence in own:
        for n, part in enumerate(licence.parts):
            if part.id in wanted and part.match is not Match.EXACT:
                source = Source((part.id,), Confidence.MEASURED, part.title, licence.file, "", licence, n)
                steps += _blocked(source, knowledge)
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


def _say(
    file: str, line: int, licence: str, sentence: Sentence, clause: str = "", uses: tuple[Use, ...] = tuple(Use)
) -> Step:
    return Step(
        licence=licence,
        clause=clause,
        file=file,
        line=line,
        uses=uses,
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
