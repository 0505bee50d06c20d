"""The dossier before its signature: a pure function of facts, findings, policy, knowledge and cover."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from auditor.evidence import fonts
from auditor.evidence.archival import Description, finish
from auditor.evidence.attachments import NAMES, RENDERING, attach
from auditor.evidence.chapters.changes import changes
from auditor.evidence.chapters.details import findings
from auditor.evidence.chapters.ending import limits, signoff, verify, waivers
from auditor.evidence.chapters.front import front
from auditor.evidence.chapters.inventory import models, weights
from auditor.evidence.chapters.machine import machine
from auditor.evidence.chapters.markup import WIDTH, cut, fitted
from auditor.evidence.chapters.method import method, scope
from auditor.evidence.chapters.network import network
from auditor.evidence.chapters.sealed import sealed
from auditor.evidence.cover import Cover as Cover
from auditor.evidence.cover import parse_rendering
from auditor.evidence.edition import BUDGETS, UNKNOWN_PAGE, Edition
from auditor.evidence.styles import CAPTION, HAIRLINE, colour
from auditor.evidence.tags import Canvas
from auditor.evidence.words import words
from auditor.facts.audit import Audit
from auditor.judge.finding import Judgement
from auditor.knowledge.knowledge import Knowledge
from auditor.policy.effective import Effective

PAGES = 40
"""A longer dossier is told more tersely: nobody reads it, and judging later signatures of it takes minutes."""

PASSES = 4
"""Page numbers settle in two passes; a text that grows with its page number may need one more."""

_CHAPTERS: tuple[Callable[[Edition], list[Flowable]], ...] = (
    scope,
    method,
    findings,
    models,
    weights,
    network,
    sealed,
    machine,
    waivers,
    changes,
    limits,
    verify,
    signoff,
)


def compose(audit: Audit, judgement: Judgement, policy: Effective, knowledge: Knowledge, cover: Cover) -> bytes:
    """The unsigned file, PDF/A-3a and PDF/UA-1, with the documents attached. Same input, same bytes.

    Raises UserError where there is no catalogue for the language, ValueError where the judgement is of another audit.
    """
    fonts.register()
    cover = replace(cover, when=cover.when.replace(microsecond=0))
    attachments, told = attach(audit, judgement, policy, knowledge, cover)
    if attachments[0].sha256 != judgement.audit.digest:
        raise ValueError("the judgement is not of these facts")
    root = parse_rendering(attachments[NAMES.index(RENDERING)].data).root
    # What is printed comes from the attached bytes: the pages must follow from them alone.
    audit, judgement, policy, knowledge = told.audit, told.judgement, told.policy, told.knowledge
    spoken = words(cover.language)
    for budget in BUDGETS:
        edition = Edition(
            audit, judgement, policy, knowledge, cover, attachments, spoken, budget, {}, UNKNOWN_PAGE, root
        )
        try:
            raw, canvas, total = _print(edition, PAGES if budget is not BUDGETS[-1] else None)
        except _TooLong:
            continue
        break
    raw, canvas = _settle(replace(edition, places=canvas.places, total=total))
    title = f"{spoken('front.title', host=audit.target.name)} – {judgement.audit.id}"
    about = Description(
        title=fonts.printable(cut(title, 200)),
        author=fonts.printable(cut(cover.organisation or cover.signer or audit.tool.name, 200)),
        language=spoken.language,
        creator=f"{audit.tool.name} {audit.tool.version}",
        when=cover.when,
    )
    return finish(raw, canvas, about, attachments)


def _settle(edition: Edition) -> tuple[bytes, Canvas]:
    """Print until the page numbers that the pages name are the ones on which things stand."""
    for _ in range(PASSES):
        raw, canvas, total = _print(edition)
        if canvas.places == edition.places and total == edition.total:
            break
        edition = replace(edition, places=canvas.places, total=total)
    return raw, canvas


class _TooLong(Exception):
    """There are more pages than wanted; the rest need not be printed to know it."""


def _print(edition: Edition, most: int | None = None) -> tuple[bytes, Canvas, int]:
    """The file, its canvas and the number of pages. Raises _TooLong where there are more than ``most``."""
    made: list[Canvas] = []

    def start_page(page: Canvas, document: BaseDocTemplate) -> None:
        if most is not None and document.page > most:
            raise _TooLong
        _margins(page, edition)

    def canvas(*args: Any, **options: Any) -> Canvas:
        made.append(Canvas(*args, **options))
        return made[-1]

    out = io.BytesIO()
    document = BaseDocTemplate(out, pagesize=A4, invariant=1, initialFontName=fonts.SANS, pageCompression=1)
    frame = Frame(20 * mm, 18 * mm, WIDTH, 259 * mm, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
    document.addPageTemplates(PageTemplate("page", [frame], onPage=start_page))
    story = front(edition)
    for chapter in _CHAPTERS:
        story += chapter(edition)
    document.build(story, canvasmaker=canvas)
    return out.getvalue(), made[-1], int(document.page)


def _margins(canvas: Canvas, edition: Edition) -> None:
    """Running head and foot."""
    words, audit = edition.words, edition.audit
    left, right, top, bottom = 20 * mm, 190 * mm, A4[1] - 15.5 * mm, 15 * mm
    with canvas.artifact("Pagination"):
        canvas.setStrokeColor(colour("line"))
        canvas.setLineWidth(HAIRLINE)
        canvas.line(left, top, right, top)
        canvas.line(left, bottom, right, bottom)
        canvas.setFillColor(colour("muted"))
        canvas.setFont(fonts.SANS, 8)
        canvas.drawString(left, top + 9, words("margin.evidence", id=edition.judgement.audit.id))
        canvas.drawRightString(right, top + 9, words("margin.page", page=canvas.page + 1, total=edition.total))
        class_ = fonts.printable(cut(edition.cover.classification, 30))
        tool = fonts.printable(cut(f"{audit.tool.name} {audit.tool.version}", 34))
        canvas.drawString(left, bottom - 13, class_)
        canvas.drawRightString(right, bottom - 13, tool)
        start, end = (stringWidth(text, fonts.SANS, 8) + 3 * mm for text in (class_, tool))
        only = fitted(words("margin.only"), right - left - start - end, CAPTION)
        canvas.drawCentredString((left + start + right - end) / 2, bottom - 13, only)
