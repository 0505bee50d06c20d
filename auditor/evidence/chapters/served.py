"""The chain of each serving process, drawn from GPU to verdict, with a table that says the same."""

from collections.abc import Callable, Sequence

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from auditor.evidence import fonts
from auditor.evidence.blocks import Figure, Marked, Space, Text
from auditor.evidence.chapters.markup import WIDTH, fitted, foreign, paragraph, plain, rest, section, table
from auditor.evidence.edition import Edition
from auditor.evidence.grid import Row, row
from auditor.evidence.marks import Mark
from auditor.evidence.styles import CAPTION, CAPTION_STRONG, colour
from auditor.evidence.tags import Canvas
from auditor.judge.served_chain import Step, served_chains

DRAWN = 6
"""Processes that are drawn; the others are in facts.json."""
ACROSS = 5
"""Boxes in one line."""
_GAP = 5 * mm
_BOX = (WIDTH - (ACROSS - 1) * _GAP) / ACROSS
_TALL = 12 * mm
_EDGES = {"fail": "fail", "unknown": "unknown", "pass": "pass", "neutral": "line"}
_MARKS = {"fail": Mark.FAIL, "unknown": Mark.UNKNOWN, "pass": Mark.PASS}


def served(edition: Edition) -> list[Flowable]:
    """One figure and one table for each process; nothing where none serves."""
    words = edition.words
    chains = served_chains(edition.audit, edition.knowledge, edition.judgement)
    if not chains:
        return []
    blocks = [*section(words("chain.title"), 60 * mm), *paragraph(words("chain.intro"), muted=True)]
    for chain in chains[:DRAWN]:
        lines = -(-len(chain.steps) // ACROSS)
        alt = words("chain.alt", pid=chain.pid, steps="; ".join(
            f"{words(f'chain.{step.kind}')}: {_told(edition, step)}" for step in chain.steps))  # fmt: skip
        blocks += [
            Figure(WIDTH, lines * (_TALL + 3 * mm), fonts.printable(alt), _drawing(edition, chain.steps, lines)),
            Space(2 * mm),
            table([words("chain.step"), words("chain.seen")], [_row(edition, step) for step in chain.steps],
                  (36 * mm, WIDTH - 36 * mm)),
            Space(4 * mm),
        ]  # fmt: skip
    return [*blocks, *rest(edition, "more.facts", len(chains) - DRAWN)]


def _told(edition: Edition, step: Step) -> str:
    """What a step says, in the language of the dossier as far as the words are the dossier's own."""
    words = edition.words
    if step.kind == "verdict" and step.text:
        return " · ".join(filter(None, (words(f"verdict.{step.text}"), step.detail)))
    if step.kind == "digests" and step.text:
        states = ", ".join(words(f"custody.{state}") for state in step.detail.split(", ") if state)
        return " · ".join(filter(None, (step.text, states)))
    if step.kind == "licence" and step.text and step.detail:
        return " · ".join((step.text, *(words(f"match.{match}") for match in step.detail.split(", "))))
    if not step.text:
        return words("chain.without") if step.state == "neutral" else words("chain.not_seen")
    return " · ".join(filter(None, (step.text, step.detail)))


def _row(edition: Edition, step: Step) -> Row:
    told = plain(_told(edition, step), 200)
    head = Text(plain(edition.words(f"chain.{step.kind}")), CAPTION, tag="")
    mark = _MARKS.get(step.state)
    cell = Text(told, CAPTION, tag="", lang=foreign(edition, "en") if step.kind == "container" else "")
    return row(head, Marked(mark, cell, size=8) if mark else cell)


def _drawing(edition: Edition, steps: Sequence[Step], lines: int) -> Callable[[Canvas], None]:
    titles = [edition.words(f"chain.{step.kind}") for step in steps]
    texts = [_told(edition, step) for step in steps]

    def draw(canvas: Canvas) -> None:
        for number, step in enumerate(steps):
            line, place = divmod(number, ACROSS)
            x, y = place * (_BOX + _GAP), (lines - line - 1) * (_TALL + 3 * mm)
            canvas.setStrokeColor(colour(_EDGES[step.state]))
            canvas.setLineWidth(1.4 if step.state in ("fail", "unknown") else 0.6)
            canvas.roundRect(x, y, _BOX, _TALL, 2, stroke=1, fill=0)
            canvas.setFillColor(colour("muted"))
            canvas.setFont(CAPTION.fontName, CAPTION.fontSize)
            canvas.drawString(x + 4, y + _TALL - CAPTION.fontSize - 3, fitted(titles[number], _BOX - 8, CAPTION))
            canvas.setFillColor(colour("ink"))
            canvas.setFont(CAPTION_STRONG.fontName, CAPTION_STRONG.fontSize)
            canvas.drawString(x + 4, y + 6, fitted(texts[number], _BOX - 8, CAPTION_STRONG))
            if number + 1 < len(steps) and place + 1 < ACROSS:
                _arrow(canvas, x + _BOX + 2, x + _BOX + _GAP - 2, y + _TALL / 2)

    return draw


def _arrow(canvas: Canvas, start: float, end: float, y: float) -> None:
    canvas.setStrokeColor(colour("muted"))
    canvas.setLineWidth(0.8)
    canvas.line(start, y, end, y)
    canvas.line(end, y, end - 3, y + 2)
    canvas.line(end, y, end - 3, y - 2)
