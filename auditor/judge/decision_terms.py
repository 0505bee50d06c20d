"""The terms of one licence against one model and one deployer, clause by clause."""

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.facts.models import Model
from auditor.judge.finding import Answer, Sentence, say
from auditor.knowledge.licences import DUTIES, TERRITORIES, Term, TermKind, Terms, Use
from auditor.policy.effective import Deployer


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text lies on the host."""

    file: str
    line: int
    clauses: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Answered:
    """What one clause answers for some uses."""

    clause: str
    file: str
    line: int
    uses: tuple[Use, ...]
    answer: Answer
    sentence: Sentence


def decide_terms(
    terms: Terms, model: Model, deployer: Deployer, places: Mapping[str, Place], documents: Mapping[str, Terms]
) -> list[Answered]:
    """Each clause that says something about a use, in the order of the licence; grants first.

    ``documents`` are all known texts, for the titles of policies whose clauses count.
    """
    answered: list[Answered] = []
    for use in Use:
        if use not in terms.grants:
            limit = next((term for term in terms.of(TermKind.FIELD) if use in term.uses), None)
            clause = limit.clause if limit else ""
            sentence = (
                say(
                    "Clause {clause} of {licence} keeps its grant to other uses.",
                    clause=_name(clause),
                    licence=terms.title,
                )
                if limit
                else say("{licence} does not grant this use.", licence=terms.title)
            )
            answered.append(
                _answered(terms, places, limit.document if limit else "", clause, (use,), Answer.NO, sentence)
            )
        else:
            clause = terms.grants[use]
            sentence = say("Clause {clause} of {licence} grants this use.", clause=_name(clause), licence=terms.title)
            answered.append(_answered(terms, places, "", clause, (use,), Answer.YES, sentence))
    for term in terms.terms:
        title = documents[term.document].title if term.document else terms.title
        found = _decide(title, term, model, deployer)
        if found is not None:
            answer, sentence = found
            answered.append(_answered(terms, places, term.document, term.clause, term.uses, answer, sentence))
    return answered


def _answered(
    terms: Terms,
    places: Mapping[str, Place],
    document: str,
    clause: str,
    uses: tuple[Use, ...],
    answer: Answer,
    sentence: Sentence,
) -> Answered:
    place = places.get(document or terms.id)
    file, line = (place.file, place.clauses.get(clause, place.line)) if place else ("", 0)
    return Answered(clause, file, line, uses, answer, sentence)


def _decide(title: str, term: Term, model: Model, deployer: Deployer) -> tuple[Answer, Sentence] | None:
    match term.kind:
        case TermKind.USERS:
            return _users(title, term, deployer)
        case TermKind.REVENUE:
            return _revenue(title, term, deployer)
        case TermKind.TERRITORY:
            return _territory(title, term, model, deployer)
        case TermKind.FIELD:
            return _field(title, term, deployer)
        case TermKind.OUTPUTS:
            return _outputs(title, term, deployer)
        case kind if kind in DUTIES:
            return Answer.CONDITIONAL, say(
                "Clause {clause} of {licence} sets a condition: {condition}",
                clause=_name(term.clause),
                licence=title,
                condition=term.says,
            )
        case _:
            return None


def _users(title: str, term: Term, deployer: Deployer) -> tuple[Answer, Sentence]:
    limit, users = term.limit or 0, deployer.monthly_active_users
    if users is None:
        return Answer.UNKNOWN, say(
            "Clause {clause} of {licence} ends the rights above {limit:,} monthly active users; the policy does not "
            "state how many the deployer has.",
            clause=_name(term.clause),
            licence=title,
            limit=limit,
        )
    if users > limit:
        return Answer.NO, say(
            "Clause {clause} of {licence} ends the rights above {limit:,} monthly active users; the policy says "
            "{users:,}.",
            clause=_name(term.clause),
            licence=title,
            limit=limit,
            users=users,
        )
    return Answer.YES, say(
        "Clause {clause} of {licence} ends the rights above {limit:,} monthly active users; {users:,} stay below.",
        clause=_name(term.clause),
        licence=title,
        limit=limit,
        users=users,
    )


def _revenue(title: str, term: Term, deployer: Deployer) -> tuple[Answer, Sentence]:
    limit, revenue = term.limit or 0, deployer.monthly_revenue_usd
    if revenue is None:
        return Answer.UNKNOWN, say(
            "Clause {clause} of {licence} ends the rights above {limit:,} US dollars of monthly revenue; the policy "
            "does not state the deployer's.",
            clause=_name(term.clause),
            licence=title,
            limit=limit,
        )
    if revenue > limit:
        return Answer.NO, say(
            "Clause {clause} of {licence} ends the rights above {limit:,} US dollars of monthly revenue; the policy "
            "states {revenue:,}.",
            clause=_name(term.clause),
            licence=title,
            limit=limit,
            revenue=revenue,
        )
    return Answer.YES, say(
        "Clause {clause} of {licence} ends the rights above {limit:,} US dollars of monthly revenue; {revenue:,} is "
        "below.",
        clause=_name(term.clause),
        licence=title,
        limit=limit,
        revenue=revenue,
    )


def _territory(title: str, term: Term, model: Model, deployer: Deployer) -> tuple[Answer, Sentence]:
    told = {"clause": _name(term.clause), "licence": title, "territory": _TERRITORY.get(term.territory, "")}
    if deployer.country is not None and deployer.country not in TERRITORIES.get(term.territory, frozenset()):
        return Answer.YES, say(
            "Clause {clause} of {licence} grants nothing in {territory}; the deployer's home is {country}.",
            country=deployer.country,
            **told,
        )
    modality = model.modality.value if model.modality.seen else None
    if term.multimodal and modality is not None and not set(modality) - {"text"}:
        return Answer.YES, say(
            "Clause {clause} of {licence} grants nothing in {territory} for multimodal models; this takes text only.",
            **told,
        )
    if deployer.country is None:
        return Answer.UNKNOWN, say(
            "Clause {clause} of {licence} grants nothing in {territory}; the deployer's country is not stated.",
            **told,
        )
    if term.multimodal and modality is None:
        return Answer.UNKNOWN, say(
            "Clause {clause} of {licence} grants nothing in {territory} for multimodal models; what this one takes in "
            "is not known.",
            **told,
        )
    return Answer.NO, say(
        "Clause {clause} of {licence} grants nothing in {territory}; the deployer is at home in {country}.",
        country=deployer.country,
        **told,
    )


def _field(title: str, term: Term, deployer: Deployer) -> tuple[Answer, Sentence]:
    told = {"clause": _name(term.clause), "licence": title}
    if deployer.commercial:
        return Answer.NO, say(
            "Clause {clause} of {licence} permits only uses that are not commercial; the deployer's use is.", **told
        )
    return Answer.CONDITIONAL, say(
        "Clause {clause} of {licence} sets a condition: {condition}", condition=term.says, **told
    )


def _outputs(title: str, term: Term, deployer: Deployer) -> tuple[Answer, Sentence]:
    told = {"clause": _name(term.clause), "licence": title}
    if deployer.trains_on_outputs:
        return Answer.NO, say(
            "Clause {clause} of {licence} forbids improving other models with the output; the deployer does so.",
            **told,
        )
    return Answer.CONDITIONAL, say(
        "Clause {clause} of {licence} sets a condition: {condition}", condition=term.says, **told
    )


_TERRITORY = {
    "EU": "the European Union",
    "EU-GB-KR": "the European Union, the United Kingdom and South Korea",
}


def _name(clause: str) -> str:
    return clause or "–"
