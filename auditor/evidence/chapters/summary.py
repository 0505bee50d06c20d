"""The verdicts of each group of controls, as bars with numbers."""

from collections import Counter

from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable

from auditor.evidence import fonts
from auditor.evidence.blocks import Figure, Text
from auditor.evidence.chapters.markup import WIDTH, cut, note, plain, section, table
from auditor.evidence.edition import Edition
from auditor.evidence.grid import row
from auditor.evidence.marks import OF_VERDICT, WORST_FIRST
from auditor.evidence.styles import CAPTION, CAPTION_RIGHT, colour
from auditor.evidence.tags import Canvas
from auditor.judge.finding import Interval, Verdict

LANE = 15.0
NAME = 52 * mm
TOTAL = 14 * mm
GROUPS = 14
"""Lanes at most."""


def chart(edition: Edition) -> list[Flowable]:
    """Bars by group of controls; nothing where there are no findings."""
    lanes = list(_lanes(edition).items())[:GROUPS]
    if not lanes:
        return []
    words = edition.words
    longest = max(sum(counts.values()) for _, counts in lanes)
    alt = "; ".join(f"{name}: {_told(edition, counts)}" for name, counts in lanes)

    def draw(canvas: Canvas) -> None:
        for number, (name, counts) in enumerate(lanes):
            _lane(canvas, (len(lanes) - number - 1) * LANE, name, counts, longest)

    figure = Figure(WIDTH, len(lanes) * LANE, words("chart.alt", lanes=alt), draw)
    notes = [*note(words("chart.note")), *_shares(edition)]
    return [*section(words("chart.title"), 20 * mm + figure.height), figure, *notes]


def figures(edition: Edition) -> list[Flowable]:
    """What the bars draw, in numbers."""
    words, lanes = edition.words, _lanes(edition)
    if not lanes:
        return []
    heads = [words("chart.group"), *(words(f"verdict.{verdict.value}") for verdict in WORST_FIRST)]
    rows = [
        row(
            Text(plain(name), CAPTION, tag=""),
            *(Text(words.number(counts[verdict]), CAPTION_RIGHT, tag="") for verdict in WORST_FIRST),
        )
        for name, counts in lanes.items()
    ]
    width = (WIDTH - NAME) / len(WORST_FIRST)
    numbers = range(1, len(heads))
    return [
        *section(words("chart.title")),
        table(heads, rows, (NAME, *([width] * len(WORST_FIRST))), row_heads=True, numbers=numbers),
    ]


def _shares(edition: Edition) -> list[Flowable]:
    """What is evidenced by weight, as intervals: before waivers, and after."""
    for score in edition.judgement.scores[:1]:
        if score.before is not None and score.after is not None:
            told = {"before": _span(edition, score.before), "after": _span(edition, score.after)}
            return note(edition.words("score.note", **told))
    return []


def _span(edition: Edition, interval: Interval) -> str:
    words = edition.words
    lower, upper = (words.number(value / 10, 1) for value in (interval.lower, interval.upper))
    return f"{lower} %" if lower == upper else f"{lower}–{upper} %"


def _lanes(edition: Edition) -> dict[str, Counter[Verdict]]:
    lanes: dict[str, Counter[Verdict]] = {}
    for finding in edition.judgement.findings:
        texts = edition.policy.groups.get(finding.group, {})
        name, _ = edition.words.local(texts, finding.group or edition.words("chart.policy"))
        lanes.setdefault(cut(fonts.printable(name), 34), Counter())[finding.verdict] += 1
    return dict(sorted(lanes.items()))


def _told(edition: Edition, counts: Counter[Verdict]) -> str:
    words = edition.words
    return ", ".join(f"{counts[v]} {words(f'count.{v.value}', n=counts[v])}" for v in WORST_FIRST if counts[v])


def _lane(canvas: Canvas, y: float, name: str, counts: Counter[Verdict], longest: int) -> None:
    canvas.setFillColor(colour("ink"))
    canvas.setFont(fonts.SANS, 8)
    canvas.drawString(0, y + 4, name)
    x, room = NAME, WIDTH - NAME - TOTAL
    for verdict in WORST_FIRST:
        n = counts[verdict]
        if not n:
            continue
        width = max(room * n / longest, 1.5)
        canvas.setFillColor(colour(OF_VERDICT[verdict].colour))
        canvas.rect(x, y + 1.5, width - 0.8, LANE - 4.5, stroke=0, fill=1)
        label = str(n)
        if stringWidth(label, fonts.BOLD, 8) + 4 < width:
            canvas.setFillColor(colour("on-mark"))
            canvas.setFont(fonts.BOLD, 8)
            canvas.drawString(x + 2.5, y + 4, label)
        x += width
    canvas.setFillColor(colour("muted"))
    canvas.setFont(fonts.SANS, 8)
    canvas.drawRightString(WIDTH, y + 4, str(sum(counts.values())))
