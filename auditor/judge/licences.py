"""The checks of licences: known text, permitted use, statements that agree, no right to restrict from afar."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from auditor.facts.fact import Status
from auditor.facts.models import Licence, Match, Model
from auditor.judge.context import Context, check
from auditor.judge.decision import Decision, decide, tell_change
from auditor.judge.decision_sources import Source, conflict_of, sources_of
from auditor.judge.finding import Answer, Confidence, Outcome, Sentence, Subject, SubjectKind, Verdict, say
from auditor.judge.reach import Reach, unseen_models
from auditor.knowledge.fingerprints import Kind
from auditor.knowledge.licences import TermKind, Use
from auditor.policy.arguments import NoArguments, Permits

_REMEDY_TEXT = say("Put the licence text that the publisher ships with the model beside its files, unchanged.")


@check("licence.identified")
def identified(context: Context, arguments: NoArguments) -> Iterator[Outcome]:
    """Every licence text beside a model is a known one, word for word."""
    yield from _settled(context, _identified(context))


def _identified(context: Context) -> Iterator[Outcome]:
    for model in context.audit.facts.models:
        own = licences_beside(context, model)
        pointers = tuple(f"/facts/licences/{n}" for n, _ in own)
        expected = say("The model has a licence text that is word for word a known one.")
        changed = [(n, licence) for n, licence in own if licence.match in (Match.MODIFIED, Match.TRUNCATED)]
        strange = [licence for _, licence in own if licence.match is Match.NONE]
        whole = [licence for _, licence in own if licence.match is Match.EXACT]
        if changed:
            yield Outcome(
                subject=_subject(model),
                verdict=Verdict.FAIL,
                expected=expected,
                observed=_changed(changed[0][1]),
                rests_on=pointers,
                remedy=say(
                    "Fetch the licence from its publisher and compare: passages that differ: {count}. If the copy is "
                    "what was agreed, let counsel read it.",
                    count=sum(len(part.changes) for _, licence in changed for part in licence.parts),
                ),
            )
        elif whole and not strange and any(_has_licence(context, licence) for licence in whole):
            first = whole[0]
            yield Outcome(
                subject=_subject(model),
                verdict=Verdict.PASS,
                expected=expected,
                observed=say("{file} is {title}.", file=first.file, title=_titles(first)),
                rests_on=pointers,
            )
        else:
            observed = (
                say("{file} holds a text that is near no known licence.", file=strange[0].file)
                if strange
                else say("Only a use policy lies beside the model.")
                if whole
                else say("No licence text lies beside the model.")
            )
            yield Outcome(
                subject=_subject(model),
                verdict=Verdict.UNKNOWN,
                expected=expected,
                observed=observed,
                rests_on=pointers or (_pointer(context, model),),
                not_seen=(say("The terms that the model came under."), *_unread(context)),
                remedy=_REMEDY_TEXT,
            )


@check("licence.permits")
def permits(context: Context, arguments: Permits) -> Iterator[Outcome]:
    """The licence in force grants a use to this deployer."""
    yield from _settled(context, _permits(context, arguments))


def _permits(context: Context, arguments: Permits) -> Iterator[Outcome]:
    use = Use(arguments.use)
    for model in context.audit.facts.models:
        decision = decision_of(context, model)
        answer = decision.answers[use]
        accepted = _accepted(context, decision, arguments.accepted)
        step = decision.deciding(use)
        observed = step.sentence if step else say("No clause of a known licence speaks of this use.")
        if accepted is not None and not accepted:
            verdict = Verdict.FAIL
            observed = say(
                "The licence in force is {licences}; the policy accepts {accepted}.",
                licences=_names(context, decision),
                accepted=", ".join(arguments.accepted),
            )
        elif answer is Answer.NO:
            verdict = Verdict.FAIL
        elif answer is Answer.UNKNOWN or accepted is None:
            verdict = Verdict.UNKNOWN
        elif answer is Answer.CONDITIONAL and not arguments.accept_conditions:
            verdict = Verdict.FAIL
        else:
            verdict = Verdict.PASS
            if answer is Answer.CONDITIONAL:
                observed = say(
                    "{licences} permits it on conditions; duties that apply to the stated use: {duties}.",
                    licences=_names(context, decision),
                    duties=sum(duty.applies and use in duty.uses for duty in decision.duties),
                )
        yield Outcome(
            subject=_subject(model),
            verdict=verdict,
            expected=_EXPECTED[use],
            observed=observed,
            rests_on=decision.rests_on,
            not_seen=(*decision.not_seen, *_unread(context)) if verdict is not Verdict.FAIL else decision.not_seen,
            remedy=_permits_remedy(verdict, decision, use),
        )


@check("licence.consistent")
def consistent(context: Context, arguments: NoArguments) -> Iterator[Outcome]:
    """All places that state a licence agree."""
    yield from _settled(context, _consistent(context))


def _consistent(context: Context) -> Iterator[Outcome]:
    for index, model in enumerate(context.audit.facts.models):
        own = licences_beside(context, model)
        every = sources_of(model, index, own, context.knowledge)
        sources = [s for s in every if not s.base and s.how is not Confidence.INFERRED]
        expected = say("Files, card, headers and store state one licence.")
        conflict = conflict_of(every, context.knowledge)
        pointers = tuple(dict.fromkeys(s.pointer for s in (every if conflict else sources)))
        if conflict is not None:
            yield Outcome(
                subject=_subject(model),
                verdict=Verdict.FAIL,
                expected=expected,
                observed=conflict,
                rests_on=pointers,
                remedy=say("Ask the publisher which licence holds; until then the stricter one is applied."),
            )
        elif sources and (unread := _unread_statements(model, sources)):
            yield Outcome(
                subject=_subject(model),
                verdict=Verdict.UNKNOWN,
                expected=expected,
                observed=say(
                    "Places that state a licence: {count}; not all of them could be read.", count=len(sources)
                ),
                rests_on=pointers,
                not_seen=unread,
                remedy=_REMEDY_TEXT,
            )
        elif sources:
            yield Outcome(
                subject=_subject(model),
                verdict=Verdict.PASS,
                expected=expected,
                observed=say("Places that state a licence: {count}; none contradicts another.", count=len(sources)),
                rests_on=pointers,
            )
        else:
            yield Outcome(
                subject=_subject(model),
                verdict=Verdict.UNKNOWN,
                expected=expected,
                observed=say("No place states a licence."),
                rests_on=(_pointer(context, model),),
                not_seen=(say("What the publisher states where the model was published."), *_unread(context)),
                remedy=_REMEDY_TEXT,
            )


def _unread_statements(model: Model, sources: list[Source]) -> tuple[Sentence, ...]:
    """What keeps places that do not contradict each other from agreeing."""
    if not any(source.ids for source in sources):
        return (say("Which licence any of these places means."),)
    return tuple(
        say("What {place} states: {why}.", place=stated.source, why=stated.note or stated.status.value)
        for stated in model.stated
        if not stated.seen and stated.status is not Status.ABSENT
    )


@check("licence.no_remote_restriction")
def no_remote_restriction(context: Context, arguments: NoArguments) -> Iterator[Outcome]:
    """The licensor has no right to restrict use from afar."""
    yield from _settled(context, _no_remote_restriction(context))


def _no_remote_restriction(context: Context) -> Iterator[Outcome]:
    for model in context.audit.facts.models:
        decision = decision_of(context, model)
        expected = say("No clause lets the licensor restrict use from afar.")
        remote = [(id, term) for id in decision.licences for term in context.knowledge.licences[id].of(TermKind.REMOTE)]
        if remote:
            id, term = remote[0]
            yield Outcome(
                subject=_subject(model),
                verdict=Verdict.FAIL,
                expected=expected,
                observed=say(
                    "Clause {clause} of {licence}: {says}",
                    clause=term.clause,
                    licence=context.knowledge.licences[id].title,
                    says=term.says,
                ),
                rests_on=decision.rests_on,
                remedy=say("Set the clause beside the measured traffic, or choose a model under a licence without it."),
            )
        elif not decision.licences or decision.undecided:
            yield Outcome(
                subject=_subject(model),
                verdict=Verdict.UNKNOWN,
                expected=expected,
                observed=say("The licence is not known or its text was changed."),
                rests_on=decision.rests_on,
                not_seen=(say("The clauses in force."), *_unread(context)),
                remedy=_REMEDY_TEXT,
            )
        else:
            yield Outcome(
                subject=_subject(model),
                verdict=Verdict.PASS,
                expected=expected,
                observed=say("{licences} has no such clause.", licences=_names(context, decision)),
                rests_on=decision.rests_on,
                not_seen=decision.not_seen,
            )


def _settled(context: Context, outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
    """The outcomes, none of them a pass where the search for models may have left out something of that model."""
    every = list(outcomes)
    yield from unseen_models(context, every[0].expected if every else say("Every model has a known licence."))
    facts, reach = context.audit.facts, Reach(context.audit, "models")
    models = {model.id: model for model in facts.models}
    for outcome in every:
        lost: tuple[Sentence, ...] = ()
        if outcome.verdict is Verdict.PASS and outcome.subject.id in models:
            model = models[outcome.subject.id]
            lost = reach.lost(model, [weight for weight in facts.weights if weight.model == model.id])
        if lost:
            unread = say("Licence texts that the search for models did not reach.")
            update = {"verdict": Verdict.UNKNOWN, "not_seen": (*outcome.not_seen, unread, *lost)}
            outcome = outcome.model_copy(update=update)
        yield outcome


def decision_of(context: Context, model: Model) -> Decision:
    """The decision for one model of the audit under the policy's deployer."""
    facts = context.audit.facts
    return decide(model, facts.licences, context.audit, context.policy.deployer, context.knowledge)


def licences_beside(context: Context, model: Model) -> list[tuple[int, Licence]]:
    """The licence texts of a model with their index in the facts."""
    return [(n, licence) for n, licence in enumerate(context.audit.facts.licences) if licence.model == model.id]


_EXPECTED = {
    Use.DEPLOY: say("The licence lets this deployer run the model."),
    Use.COMMERCIAL: say("The licence lets this deployer use the model commercially."),
    Use.MODIFY: say("The licence lets this deployer change the model."),
    Use.REDISTRIBUTE: say("The licence lets this deployer hand the model on."),
}


def _subject(model: Model) -> Subject:
    return Subject(kind=SubjectKind.MODEL, id=model.id)


def _pointer(context: Context, model: Model) -> str:
    return f"/facts/models/{context.audit.facts.models.index(model)}"


def _has_licence(context: Context, licence: Licence) -> bool:
    known = context.knowledge.licences
    return any(part.id not in known or known[part.id].kind is Kind.LICENCE for part in licence.parts)


def _titles(licence: Licence) -> str:
    return ", ".join(part.title for part in licence.parts)


def _changed(licence: Licence) -> Sentence:
    part = next(p for p in licence.parts if p.match is not Match.EXACT)
    if part.match is Match.TRUNCATED:
        return say(
            "{file} is a copy of {title} that is cut short; {words} are missing.",
            file=licence.file,
            title=part.title,
            words=part.changes[0].before,
        )
    return tell_change(part.title, licence.file, part.changes[0])


def _names(context: Context, decision: Decision) -> str:
    return ", ".join(context.knowledge.licences[id].title for id in decision.licences)


def _accepted(context: Context, decision: Decision, accepted: tuple[str, ...]) -> bool | None:
    """Whether every licence in force is on the policy's list; None where none is known, True without a list."""
    if not accepted:
        return True
    if not decision.licences:
        return None
    spdx = [context.knowledge.licences[id].spdx for id in decision.licences]
    return all(any(fnmatchcase(name.lower(), glob.lower()) for glob in accepted) for name in spdx)


def _permits_remedy(verdict: Verdict, decision: Decision, use: Use) -> Sentence | None:
    if verdict is Verdict.FAIL:
        return say("Choose a model whose licence permits this use, or agree on a licence with the publisher.")
    if verdict is Verdict.UNKNOWN:
        return say(
            "State the facts that the licence asks for under deployer in the policy, and keep the licence text beside "
            "the model."
        )
    if decision.answers[use] is Answer.CONDITIONAL:
        return say("Fulfil the duties that the dossier lists for this model.")
    return None


def _unread(context: Context) -> tuple[Sentence, ...]:
    return tuple(
        say("{where}: {what}", where=problem.where, what=problem.what)
        for problem in context.audit.problems
        if problem.collector == "models"
    )[:5]
