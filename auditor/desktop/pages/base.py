"""What pages share: the frame, the headline, the card of what could not be seen."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QPushButton, QVBoxLayout, QWidget

from auditor.desktop import units
from auditor.desktop.fonts import font
from auditor.desktop.marks import Mark, paint_mark
from auditor.desktop.parts import Panel, Scroll, clear, column, fold, heading, row, rule, text
from auditor.desktop.settings import Settings
from auditor.desktop.theme import space, theme
from auditor.desktop.words import words

if TYPE_CHECKING:
    from auditor.desktop.session import Session


NARROW = 1000
"""px of a page; below it, columns stand one under the other."""


class Page(QWidget):
    """A page of the window; ``content`` scrolls."""

    go = Signal(str, object)
    """Go to a page (its key), with what to show there or None."""
    failed = Signal(object)
    """A UserError to show above the page."""

    key = ""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.session: Session | None = None
        self.side_by_side: list[QBoxLayout] = []
        """Layouts that are folded in a narrow window."""
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        inner = QWidget()
        self.content = QVBoxLayout(inner)
        side = space("s4")
        self.content.setContentsMargins(side, side, side, side)
        self.content.setSpacing(space("s3"))
        self.area = Scroll(inner, self.title())
        outer.addWidget(self.area)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold what does not fit side by side."""
        super().resizeEvent(event)
        self.fold()

    def fold(self) -> None:
        """See ``side_by_side``."""
        for layout in self.side_by_side:
            fold(layout, self.width() < NARROW)

    def title(self) -> str:
        """As in the side bar."""
        raise NotImplementedError

    def show_session(self, session: "Session") -> None:
        """Show another audit."""
        self.session = session

    def show_item(self, item: object) -> None:
        """Show the thing that another page asked for."""


class BuiltPage(Page):
    """A page whose content is built anew for each audit."""

    def show_session(self, session: "Session") -> None:
        """Show another audit."""
        self.session = session
        clear(self.content)
        self.side_by_side = []
        self.build(session)
        self.fold()

    def build(self, session: "Session") -> None:
        """Fill ``content``."""
        raise NotImplementedError


class Chip(QPushButton):
    """A count with its mark and word; a click shows what is counted."""

    def __init__(self, mark: str, title: str) -> None:
        super().__init__(title)
        self._mark = mark
        self.setFont(font())
        self.setAccessibleName(title)
        self.setAutoDefault(False)
        self.setStyleSheet("QPushButton { padding-left: 34px; padding-right: 12px; }")
        theme().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The button and its mark."""
        super().paintEvent(event)
        painter = QPainter(self)
        side = space("mark-s")
        paint_mark(painter, self._mark, QRectF(11, (self.height() - side) / 2, side, side))
        painter.end()


def headline(mark: str, sentence: str, below: str = "") -> QWidget:
    """The answer first: a large mark and a sentence, the reason under it."""
    holder = QWidget()
    title = text(units.clean(sentence, 300), "h1", wrap=True)
    parts: list[QWidget | int | None] = [title]
    if below:
        parts.append(text(units.clean(below), tone="muted", wrap=True))
    layout = QVBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    line = row(Mark(mark, "mark-l") if mark else None, column(*parts, gap=4), gap=16) if mark else row(column(*parts))
    line.setStretch(line.count() - 1, 1)
    layout.addLayout(line)
    return holder


@dataclass(frozen=True)
class Blind:
    """One thing that could not be seen: what, why, and how to see it next time."""

    what: str
    why: str = ""
    remedy: str = ""


def told(where: str, what: str, why: str, remedy: str) -> Blind:
    """A problem in the order in which people read it. Sentences of the probe begin small and end bare."""
    return Blind(f"{where}: {what}" if where else what, why, remedy[:1].upper() + remedy[1:])


def blind_spots(session: "Session", *collectors: str) -> list[Blind]:
    """What these collectors (all, if none is named) could not see."""
    # Sentences bring the core with them; the window is painted before it is loaded.
    from auditor.desktop.spoken import said

    found: dict[Blind, None] = {}
    audit = session.audit
    for problem in audit.problems:
        if not collectors or problem.collector in collectors:
            found[
                told(problem.where, said(problem.what), words().status(problem.status.value), said(problem.remedy))
            ] = None
    for collector in audit.collectors:
        if collector.outcome.value != "complete" and (not collectors or collector.name in collectors):
            why = said(collector.note) or words().outcome(collector.outcome.value)
            found[Blind(words().collector(collector.name), why)] = None
    capture = audit.facts.traffic.capture.value
    if capture is not None and (not collectors or "traffic" in collectors):
        for sentence in capture.not_seen:
            found[Blind(said(sentence))] = None
    return list(found)


def blind_card(title: str, items: list[Blind], nothing: str, most: int = 40) -> Panel:
    """The card; where there is nothing it says so, because nothing must be earned."""
    card = Panel("unknown", gap=0)
    card.add(row(Mark("unknown", "mark-m"), heading(title), None, text(units.count(len(items)), strong=True)), 8)
    if not items:
        card.add(rule(), 12, text(nothing, tone="muted", wrap=True))
    for item in items[:most]:
        card.add(rule(), 12, text(units.clean(item.what, 300), strong=True, wrap=True))
        for line in (item.why, item.remedy):
            if line:
                card.add(2, text(units.clean(line, 400), tone="muted", wrap=True))
        card.add(12)
    if len(items) > most:
        card.add(rule(), 8, text(words().further(len(items) - most), tone="muted"))
    card.add(None)
    return card
