"""Duties of the licences in force: which are kept as far as a host can show, which are not, which it cannot show.

What lies beside a model (licence text, use policies, a file called Notice) and how models are called can be seen. What
a user interface displays cannot; it leaves the answer open. Conduct (keeping to a use policy, marking changed files,
licensing what is derived) is no matter of a host at all: it is told beside every answer and decides none.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from auditor.facts.fact import Status, Value
from auditor.facts.models import Match, Model
from auditor.judge.context import Context, check
from auditor.judge.decision import Decision, Duty
from auditor.judge.finding import Outcome, Sentence, Subject, SubjectKind, Verdict, say
from auditor.judge.licences import decision_of, licences_beside
from auditor.judge.reach import Reach, unseen_models
from auditor.judge.served import serves
from auditor.knowledge.licences import Sign, Term, TermKind, Terms, Use
from auditor.policy.arguments import NoArguments
from auditor.policy.effective import Deployer

_EXPECTED = say("Every duty that applies to the stated use and that a host can show is kept.")
UNDECIDED = say("The licence is not known or its text was changed, so its duties are not known either.")
_DOUBT = say("Whether serving others hands the model on in the sense of the licence.")


class Kept(StrEnum):
    """What a host says of one duty."""

    KEPT = "kept"
    NOT_KEPT = "not_kept"
    NOT_SEEN = "not_seen"
    """It may be kept; what would show it was not seen, or is not on a host."""
    NOT_DUE = "not_due"
    """It does not apply to the deployer's stated use."""
    CONDUCT = "conduct"
    """No host can show it."""


class DutyState(Value):
    """One duty of one model, and what the host says of it."""

    duty: Duty
    kept: Kept
    sentence: Sentence
    rests_on: tuple[str, ...] = ()
    doubt: Sentence | None = None
    """Why a duty that is visibly not kept is no contradiction."""


class _Look:
    """What is looked at for the duties of one model."""

    def __init__(self, context: Context, place: int, model: Model, reach: Reach) -> None:
        self.context, self.model, self.place = context, model, f"/facts/models/{place}"
        self.own = licences_beside(context, model)
        self.lost = reach.lost(model, [w for w in context.audit.facts.weights if w.model == model.id])
        """What the search may have left out of the model: then nothing can be told to be absent."""
        listed = model.notices
        self.whole = not self.lost and listed is not None and (listed.seen or listed.status is Status.ABSENT)
        """Whether all that lies beside the model was listed."""

    def text(self, duty: Duty, wanted: Iterable[str]) -> DutyState:
        """Whether these texts lie beside the model, word for word."""
        found: list[str] = []
        for id in wanted:
            state = self._one_text(duty, self.context.knowledge.licences[id])
            if state.kept is not Kept.KEPT:
                return state
            found += state.rests_on
        return state.model_copy(update={"rests_on": tuple(found)})

    def _one_text(self, duty: Duty, terms: Terms) -> DutyState:
        told = {**self._clause(duty), "title": terms.title}
        copies = [(n, lic, part) for n, lic in self.own for part in lic.parts if part.id == terms.id]
        for n, _, part in copies:
            if part.match is Match.EXACT:
                whole = say("Clause {clause} of {licence}: {title} lies beside the model.", **told)
                return _state(duty, Kept.KEPT, whole, f"/facts/licences/{n}")
        if copies:
            n, licence, _ = copies[0]
            changed = say(
                "Clause {clause} of {licence}: {file} is not word for word {title}.", file=licence.file, **told
            )
            return _state(duty, Kept.NOT_KEPT, changed, f"/facts/licences/{n}")
        strange = next(((n, lic) for n, lic in self.own if not lic.parts), None)
        if strange is not None or not terms.read:
            unread = say(
                "Clause {clause} of {licence}: whether a text beside the model is {title} is not known.", **told
            )
            return _state(duty, Kept.NOT_SEEN, unread, f"/facts/licences/{strange[0]}" if strange else self.place)
        if not self.whole:
            return self._lost(duty)
        absent = say("Clause {clause} of {licence}: no copy of {title} lies beside the model.", **told)
        return _state(duty, Kept.NOT_KEPT, absent, self.place)

    def notice(self, duty: Duty, if_any: bool) -> DutyState:
        """Whether a file called Notice lies beside the model; its words are not compared."""
        fact, told = self.model.notices, self._clause(duty)
        at = f"{self.place}/notices"
        if fact is not None and fact.seen and fact.value:
            there = say("Clause {clause} of {licence}: {file} lies beside the model.", file=fact.value[0], **told)
            return _state(duty, Kept.KEPT, there, at)
        if not self.whole:
            return self._lost(duty)
        if if_any:
            none = say(
                "Clause {clause} of {licence}: no NOTICE file lies beside the model whose attributions would go along.",
                **told,
            )
            return _state(duty, Kept.KEPT, none, at)
        absent = say("Clause {clause} of {licence}: no file called Notice lies beside the model.", **told)
        return _state(duty, Kept.NOT_KEPT, absent, at)

    def names(self, duty: Duty, term: Term) -> DutyState:
        """Whether names of a derived model, its own and those it is served under, begin as they have to."""
        told = self._clause(duty)
        if term.begins and self._is_derived():
            if not self.model.name.seen:
                unnamed = say("Clause {clause} of {licence}: the name of the model is not known.", **told)
                return _state(duty, Kept.NOT_SEEN, unnamed, f"{self.place}/name")
            for name, pointer in self._called():
                if not name.rpartition("/")[2].lower().startswith(term.begins.lower()):
                    wrong = say(
                        'Clause {clause} of {licence}: {name}, derived from it, does not begin with "{begins}".',
                        name=name,
                        begins=term.begins,
                        **told,
                    )
                    return _state(duty, Kept.NOT_KEPT, wrong, pointer)
        if term.display:
            display = say(
                'Clause {clause} of {licence}: whether "{phrase}" is displayed to people cannot be seen on a host.',
                phrase=term.display,
                **told,
            )
            return _state(duty, Kept.NOT_SEEN, display, self.place)
        named = say("Clause {clause} of {licence}: no name contradicts it.", **told)
        return _state(duty, Kept.KEPT, named, f"{self.place}/name")

    def _called(self) -> Iterator[tuple[str, str]]:
        yield self.model.name.value or "", f"{self.place}/name"
        for n, served in enumerate(self.context.audit.facts.serving):
            if serves(served, self.model):
                for name in served.models.value or ():
                    if not name.startswith(("/", ".")) and name != self.model.id:
                        yield name, f"/facts/serving/{n}/models"

    def _is_derived(self) -> bool:
        """Not a publisher's own release, however it is packed."""
        told = self.context.knowledge.models.named(self.model.name.value or "")
        if told is not None and told.exact and told.model is not None:
            return bool(told.model.base)
        return told is not None or bool(self.model.base.seen and self.model.base.value)

    def _lost(self, duty: Duty) -> DutyState:
        lost = say("Clause {clause} of {licence}: not all that lies beside the model was seen.", **self._clause(duty))
        return _state(duty, Kept.NOT_SEEN, lost, "/problems" if self.lost else f"{self.place}/notices")

    def _clause(self, duty: Duty) -> dict[str, str | int]:
        return {"clause": duty.clause or "–", "licence": self.context.knowledge.licences[duty.licence].title}


def duty_states(context: Context, model: Model) -> tuple[DutyState, ...]:
    """Every duty of the licences in force for a model, in their order, with what the host says of it."""
    place = context.audit.facts.models.index(model)
    return _states(context, place, model, Reach(context.audit, "models"))


def is_undecided(decision: Decision) -> bool:
    """Whether there may be duties that nobody knows."""
    return decision.undecided or not decision.licences


def _states(context: Context, place: int, model: Model, reach: Reach) -> tuple[DutyState, ...]:
    look = _Look(context, place, model, reach)
    return tuple(_judged(context, look, duty) for duty in decision_of(context, model).duties)


def _judged(context: Context, look: _Look, duty: Duty) -> DutyState:
    terms, deployer = context.knowledge.licences[duty.licence], context.policy.deployer
    term = next(t for t in terms.terms if (t.kind, t.clause, t.says) == (duty.kind, duty.clause, duty.says))
    told = say("Clause {clause} of {licence}: {says}", clause=duty.clause or "–", licence=terms.title, says=duty.says)
    if not duty.applies or _is_below(term, deployer):
        return _state(duty, Kept.NOT_DUE, told)
    match term.shown_by:
        case Sign.LICENCE:
            state = look.text(duty, (terms.id,))
        case Sign.POLICY:
            state = look.text(duty, terms.policies or (terms.id,))
        case Sign.NOTICE | Sign.NOTICE_IF_ANY:
            state = look.notice(duty, term.shown_by is Sign.NOTICE_IF_ANY)
        case _ if term.begins or term.display:
            state = look.names(duty, term)
        case _ if duty.kind is TermKind.NOTICE:
            state = _state(duty, Kept.NOT_SEEN, told)
        case _:
            return _state(duty, Kept.CONDUCT, told)
    if state.kept is Kept.NOT_KEPT and not _is_stated(duty, deployer):
        return state.model_copy(update={"kept": Kept.NOT_SEEN, "doubt": _DOUBT})
    return state


def _is_below(term: Term, deployer: Deployer) -> bool:
    """Whether the deployer states to be below every number from which the duty holds."""
    bounds = ((term.users, deployer.monthly_active_users), (term.revenue, deployer.monthly_revenue_usd))
    known = [(bound, stated) for bound, stated in bounds if bound is not None]
    return bool(known) and all(stated is not None and stated <= bound for bound, stated in known)


def _is_stated(duty: Duty, deployer: Deployer) -> bool:
    """Whether a use that the deployer states brings the duty about, and not only that others are served."""
    stated = {Use.DEPLOY: True, Use.COMMERCIAL: deployer.commercial, Use.MODIFY: deployer.modifies}
    return any(stated.get(use, deployer.redistributes) for use in duty.uses)


def _state(duty: Duty, kept: Kept, sentence: Sentence, *rests_on: str) -> DutyState:
    return DutyState(duty=duty, kept=kept, sentence=sentence, rests_on=rests_on)


@check("licence.duties")
def duties(context: Context, arguments: NoArguments) -> Iterator[Outcome]:
    """One finding per model; a duty that is visibly not kept decides."""
    yield from unseen_models(context, _EXPECTED)
    reach = Reach(context.audit, "models")
    for place, model in enumerate(context.audit.facts.models):
        yield _outcome(context, place, model, reach)


def _outcome(context: Context, place: int, model: Model, reach: Reach) -> Outcome:
    decision = decision_of(context, model)
    states = _states(context, place, model, reach)
    broken = [s for s in states if s.kept is Kept.NOT_KEPT]
    unseen = [s for s in states if s.kept is Kept.NOT_SEEN]
    kept = [s for s in states if s.kept is Kept.KEPT]
    lost = reach.lost(model, [w for w in context.audit.facts.weights if w.model == model.id])
    not_seen = [s.sentence for s in states if s.kept is Kept.CONDUCT]
    remedy = None
    if broken:
        verdict, observed, remedy = Verdict.FAIL, broken[0].sentence, _remedy(broken[0])
        not_seen = []
    elif is_undecided(decision):
        verdict = Verdict.UNKNOWN
        observed = UNDECIDED
        not_seen = [say("The clauses in force."), *lost]
        remedy = say("Put the licence text that the publisher ships with the model beside its files, unchanged.")
    elif unseen:
        verdict, observed, remedy = Verdict.UNKNOWN, unseen[0].sentence, _remedy(unseen[0])
        not_seen = [*(s.doubt or s.sentence for s in unseen), *lost, *not_seen]
    elif lost:
        verdict = Verdict.UNKNOWN
        observed = say("Not all that lies beside the model was seen.")
        not_seen = [*lost, *not_seen]
        remedy = say("Let the search for models complete, and give it the right to read every folder that holds some.")
    elif kept:
        verdict = Verdict.PASS
        observed = say(
            "Duties that apply to the stated use and that a host can show: {count}; all are kept.", count=len(kept)
        )
    else:
        verdict = Verdict.NOT_APPLICABLE
        observed = say("No duty that a host can show applies to the stated use.")
    told = [pointer for state in (*broken, *unseen, *kept) for pointer in state.rests_on]
    return Outcome(
        subject=Subject(kind=SubjectKind.MODEL, id=model.id),
        verdict=verdict,
        expected=_EXPECTED,
        observed=observed,
        rests_on=tuple(dict.fromkeys((*told, *decision.rests_on))),
        not_seen=tuple({str(sentence): sentence for sentence in not_seen}.values()),
        remedy=remedy,
    )


def _remedy(state: DutyState) -> Sentence:
    if state.doubt is not None:
        return say("Read whether the licence counts service to others; if so, keep this duty.")
    if state.duty.kind is TermKind.NAMING:
        return say("Name and show the model as the clause asks, and have somebody confirm what people see.")
    return say("Put what the clause asks for beside the model: licence text, use policies, Notice file, unchanged.")
