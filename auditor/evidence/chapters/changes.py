"""What changed since the dossier before this one."""

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from auditor.evidence.blocks import Space, Text
from auditor.evidence.chapters.markup import (
    bold,
    chapter,
    code,
    digest,
    foreign,
    labelled,
    note,
    paragraph,
    plain,
    rest,
    table,
    value,
)
from auditor.evidence.cover import Step
from auditor.evidence.edition import Edition
from auditor.evidence.grid import Row, row
from auditor.evidence.styles import CAPTION
from auditor.judge.finding import Subject, SubjectKind


def changes(edition: Edition) -> list[Flowable]:
    """The chapter; nothing where no dossier before this one was named."""
    previous = edition.cover.previous
    if previous is None:
        return []
    words, limit = edition.words, edition.budget.listed
    pairs: list[tuple[str, Flowable]] = [
        (words("changes.previous"), Text(code(previous.id))),
        (words("changes.file"), Text(digest(previous.sha256))),
        (words("changes.judged"), value(words.moment(previous.judged))),
        (words("changes.verdict"), value(words(f"overall.{previous.verdict}", policy=previous.policy), limit=300)),
    ]
    blocks = [*chapter(edition, "changes"), labelled(pairs), Space(3 * mm)]
    if previous.steps:
        heads = [words(f"changes.{key}") for key in ("direction", "control", "subject", "before", "after")]
        rows = [_row(edition, each) for each in previous.steps[:limit]]
        blocks.append(table(heads, rows, (24 * mm, 56 * mm, 40 * mm, 25 * mm, 25 * mm)))
        blocks += rest(edition, "more.dossier", len(previous.steps) - min(limit, len(previous.steps)) + previous.more)
        blocks += note(words("changes.same", n=previous.same))
    else:
        blocks += paragraph(words("changes.none"))
    return [*blocks, *note(words("changes.note"))]


def _row(edition: Edition, step: Step) -> Row:
    words = edition.words
    title, lang = edition.control(step.control)
    subject = edition.subject(Subject(kind=SubjectKind(step.kind), id=step.subject))
    control = [Text(plain(title, 120), CAPTION, tag="", lang=foreign(edition, lang))] if title else []
    verdicts = (words(f"verdict.{each}") if each else "–" for each in (step.before, step.after))
    return row(
        Text(bold(words(f"direction.{step.direction}")), CAPTION, tag=""),
        [Text(code(step.control, 40), CAPTION, tag=""), *control],
        Text(plain(subject, 80), CAPTION, tag=""),
        *(Text(plain(each), CAPTION, tag="") for each in verdicts),
    )
