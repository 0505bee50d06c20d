"""What licences permit this deployer and ask of him, where models come from, and what Annex XII asks to be told.

Sections of the chapter on models and licences. Derived from the documents that the dossier carries, like its findings.
"""

from collections.abc import Iterable, Sequence

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from auditor.evidence.blocks import Marked, Space, Text
from auditor.evidence.chapters.markup import code, cut, foreign, note, paragraph, plain, rest, section, table
from auditor.evidence.edition import Edition
from auditor.evidence.grid import Row, row
from auditor.evidence.marks import OF_ANSWER, Mark
from auditor.evidence.styles import CAPTION
from auditor.evidence.words import NBSP, parse_instant
from auditor.facts.models import Model
from auditor.judge.annex import Item, annex_of
from auditor.judge.chain import Link, chain_of
from auditor.judge.context import Context
from auditor.judge.decision import Decision, Step
from auditor.judge.duties import UNDECIDED, DutyState, Kept, duty_states, is_undecided
from auditor.judge.licences import decision_of
from auditor.knowledge.licences import Use

_STEPS = 5
"""Clauses shown of one model."""
_MARKS = {
    Kept.KEPT: Mark.PASS,
    Kept.NOT_KEPT: Mark.FAIL,
    Kept.NOT_SEEN: Mark.UNKNOWN,
    Kept.CONDUCT: Mark.NOT_APPLICABLE,
}
"""Duties that are not due are counted, not listed."""
_ORDER = (Kept.NOT_KEPT, Kept.NOT_SEEN, Kept.KEPT, Kept.CONDUCT)
_REST = ("tasks", "interaction", "integration", "training")
"""Points of the annex without a column of their own."""


def terms(edition: Edition, models: Sequence[Model]) -> list[Flowable]:
    """Decisions, duties, derivation and Annex XII of these models."""
    context = Context(edition.audit, edition.policy, edition.knowledge, parse_instant(edition.judgement.judged))
    told = models[: edition.budget.devices]
    return [
        *_decisions(edition, context, told),
        *_duties(edition, context, told),
        *_chains(edition, context, told),
        *_annex(edition, context, told, len(models) - len(told)),
    ]


def _decisions(edition: Edition, context: Context, models: Iterable[Model]) -> list[Flowable]:
    """Each step that made an answer what it is, with its clause and where that stands on the host."""
    words, limit = edition.words, edition.budget.sockets
    rows = [
        _step(edition, model, decision, step)
        for model in models
        for decision in (decision_of(context, model),)
        for step in _deciding(decision)
    ]
    heads = [words(f"terms.{key}") for key in ("model", "use", "answer", "step", "place")]
    return [
        *section(words("terms.decision")),
        *paragraph(words("terms.decision_intro"), muted=True),
        table(heads, rows[:limit], (30 * mm, 24 * mm, 24 * mm, 57 * mm, 35 * mm)),
        *rest(edition, "more.facts", len(rows) - limit),
    ]


def _deciding(decision: Decision) -> list[Step]:
    """The steps whose answer is that of one of their uses, strictest first."""
    return [s for s in decision.steps if any(decision.answers[use] is s.answer for use in s.uses)][:_STEPS]


def _step(edition: Edition, model: Model, decision: Decision, step: Step) -> Row:
    words = edition.words
    uses = [use for use in Use if use in step.uses and decision.answers[use] is step.answer]
    text, lang = words.sentence(step.sentence, step.effect)
    return row(
        Text(_name(edition, model), CAPTION, tag=""),
        Text(plain(", ".join(words(f"use.{use.value}") for use in uses)), CAPTION, tag=""),
        Marked(OF_ANSWER[step.answer], Text(plain(words(f"answer.{step.answer.value}")), CAPTION, tag=""), size=8),
        Text(plain(text, 220), CAPTION, lang=foreign(edition, lang)),
        _place(edition, step.clause, step.file, step.line),
    )


def _name(edition: Edition, model: Model) -> str:
    return plain(edition.model_name(model.id).rpartition("/")[2], 40)


def _place(edition: Edition, clause: str, file: str, line: int) -> list[Flowable]:
    """Clause, file and line; a clause whose text is not on the host says so."""
    words = edition.words
    told: list[Flowable] = [Text(plain(words("terms.clause", clause=clause), 60), CAPTION, tag="")] if clause else []
    if line:
        told.append(Text(code(f"{file.rpartition('/')[2]}:{line}", 18), CAPTION, tag=""))
    elif clause:
        told.append(Text(plain(words("terms.not_here")), CAPTION, tag=""))
    return told or [Text("–", CAPTION, tag="")]


def _duties(edition: Edition, context: Context, models: Iterable[Model]) -> list[Flowable]:
    """Duties that apply to the stated use, those that are not kept first."""
    words, limit = edition.words, edition.budget.sockets
    models = list(models)
    found = [(model, state) for model in models for state in duty_states(context, model)]
    due = [(model, state) for model, state in found if state.kept is not Kept.NOT_DUE]
    due.sort(key=lambda pair: _ORDER.index(pair[1].kept))
    undecided = [model for model in models if is_undecided(decision_of(context, model))]
    blocks = section(words("terms.duties"))
    if undecided:
        text, lang = words.sentence(UNDECIDED, str(UNDECIDED))
        names = ", ".join(edition.model_name(model.id) for model in undecided)
        told = Text(plain(f"{cut(names, 300)}: {text}"), CAPTION, lang=foreign(edition, lang))
        blocks += [Marked(Mark.UNKNOWN, told, size=8), Space(1.5 * mm)]
    if not due and not undecided:
        blocks += paragraph(words("terms.no_duties"), muted=True)
    if due:
        heads = [words(f"terms.{key}") for key in ("model", "state", "duty", "place")]
        rows = [_duty(edition, model, state) for model, state in due[:limit]]
        blocks.append(table(heads, rows, (36 * mm, 28 * mm, 71 * mm, 35 * mm)))
        blocks += rest(edition, "more.facts", len(due) - limit)
    if len(found) > len(due):
        blocks += note(words("terms.not_due", n=len(found) - len(due)))
    return blocks


def _duty(edition: Edition, model: Model, state: DutyState) -> Row:
    words = edition.words
    text, lang = words.sentence(state.sentence, str(state.sentence))
    seen = [Text(plain(text, 240), CAPTION, lang=foreign(edition, lang))]
    if state.doubt is not None:
        doubt, lang = words.sentence(state.doubt, str(state.doubt))
        seen.append(Text(plain(doubt, 160), CAPTION, lang=foreign(edition, lang)))
    return row(
        Text(_name(edition, model), CAPTION, tag=""),
        Marked(_MARKS[state.kept], Text(plain(words(f"kept.{state.kept.value}")), CAPTION, tag=""), size=8),
        seen,
        _place(edition, state.duty.clause, state.duty.file, state.duty.line),
    )


def _chains(edition: Edition, context: Context, models: Iterable[Model]) -> list[Flowable]:
    """Each model that was derived from another, and from what."""
    words, limit = edition.words, edition.budget.sockets
    chains = [chain for chain in (chain_of(context, model) for model in models) if len(chain) > 1]
    blocks = section(words("terms.chain"))
    if not chains:
        return [*blocks, *paragraph(words("terms.no_chain"), muted=True)]
    heads = [words(f"terms.{key}") for key in ("link", "origin", "licence", "confidence")]
    rows = [_link(edition, link) for chain in chains for link in chain]
    blocks.append(table(heads, rows[:limit], (64 * mm, 34 * mm, 50 * mm, 22 * mm)))
    return [*blocks, *rest(edition, "more.facts", len(rows) - limit)]


def _link(edition: Edition, link: Link) -> Row:
    words = edition.words
    name = NBSP * 3 * min(link.depth - 1, 4) + ("← " if link.depth else "") + link.model
    confidence = words(f"confidence.{link.confidence.value}") if link.confidence is not None else "–"
    return row(
        Text(plain(name, 60), CAPTION, tag=""),
        Text(plain(words(f"origin.{link.origin.value}")), CAPTION, tag=""),
        Text(plain("; ".join(link.licences) or words("value.unknown"), 120), CAPTION, tag=""),
        Text(plain(confidence), CAPTION, tag=""),
    )


def _annex(edition: Edition, context: Context, models: Sequence[Model], more: int) -> list[Flowable]:
    """One row a model: what the host tells of the points of Annex XII, and its gaps."""
    words = edition.words
    heads = [words(f"annex.{key}") for key in ("model", "release", "build", "modality", "licence", "gaps")]
    rows = [_points(edition, model, annex_of(context, model)) for model in models]
    return [
        *section(words("annex.title"), 70 * mm),
        *paragraph(words("annex.intro"), muted=True),
        table(heads, rows, (32 * mm, 22 * mm, 32 * mm, 24 * mm, 34 * mm, 26 * mm), row_heads=True),
        *rest(edition, "more.facts", more),
    ]


def _points(edition: Edition, model: Model, items: Iterable[Item]) -> Row:
    words = edition.words
    by = {item.topic: item for item in items}
    gaps = [f"{by[topic].point} {words(f'topic.{topic}')}" for topic in _REST if by[topic].is_gap]

    def cell(*topics: str) -> list[Flowable]:
        return [Text(plain(f"{by[t].point}: {by[t].value or words('annex.gap')}", 90), CAPTION, tag="") for t in topics]

    return row(
        Text(_name(edition, model), CAPTION, tag=""),
        cell("release", "software"),
        cell("architecture", "parameters"),
        cell("modality", "context"),
        cell("licence", "policy"),
        [Text(plain(gap), CAPTION, tag="") for gap in gaps] or Text("–", CAPTION, tag=""),
    )
