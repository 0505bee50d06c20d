"""The links of chains as boxes from left to right, drawn with QPainter; a table behind says the same in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from auditor.desktop.fonts import font
from auditor.desktop.marks import paint_mark
from auditor.desktop.theme import theme

TALL = 52
BETWEEN = 14
"""px between two boxes, where the arrow is."""
LINE = TALL + 12
_NARROWEST = 84


@dataclass(frozen=True)
class Link:
    """One box: what it is, what was seen, and its mark (empty: none)."""

    title: str
    told: str
    mark: str = ""


class Strip(QWidget):
    """One line of boxes for each chain; where a line is too narrow it goes on below."""

    def __init__(self, name: str, chains: Sequence[Sequence[Link]]) -> None:
        super().__init__()
        self._chains = tuple(tuple(chain) for chain in chains)
        said = ". ".join("; ".join(f"{link.title}: {link.told}" for link in chain) for chain in self._chains)
        self.setAccessibleName(name)
        self.setAccessibleDescription(said)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(5 * (_NARROWEST + BETWEEN))
        self._fit()
        theme().changed.connect(self.update)

    def across(self) -> int:
        """Boxes in one line at this width."""
        longest = max((len(chain) for chain in self._chains), default=1)
        return longest if self.width() >= longest * (_NARROWEST + BETWEEN) else -(-longest // 2)

    def boxes(self) -> list[tuple[QRectF, Link, bool]]:
        """Where each box stands, and whether an arrow leads on from it."""
        across = self.across()
        wide = (self.width() - (across - 1) * BETWEEN) / across
        found, top = [], 0.0
        for chain in self._chains:
            for number, link in enumerate(chain):
                line, place = divmod(number, across)
                box = QRectF(place * (wide + BETWEEN), top + line * LINE, wide, TALL)
                found.append((box, link, number + 1 < len(chain) and place + 1 < across))
            top += -(-len(chain) // across) * LINE + 6
        return found

    def resizeEvent(self, event: object) -> None:
        """A narrower line takes more of them."""
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Boxes and arrows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for box, link, leads in self.boxes():
            self._box(painter, box, link)
            if leads:
                painter.setPen(QPen(theme().colour("muted"), 1.2))
                y, end = box.center().y(), box.right() + BETWEEN - 2
                painter.drawLine(QPointF(box.right() + 2, y), QPointF(end, y))
                painter.drawLine(QPointF(end, y), QPointF(end - 4, y - 3))
                painter.drawLine(QPointF(end, y), QPointF(end - 4, y + 3))
        painter.end()

    def event(self, event: QEvent) -> bool:
        """The whole of what a box says, where it is too narrow for it."""
        if isinstance(event, QHelpEvent):
            hit = next((link for box, link, _ in self.boxes() if box.contains(QPointF(event.pos()))), None)
            QToolTip.showText(event.globalPos(), f"{hit.title}: {hit.told}" if hit else "", self)
            return True
        return super().event(event)

    def _fit(self) -> None:
        across = self.across()
        self.setFixedHeight(max(1, sum(-(-len(chain) // across) * LINE + 6 for chain in self._chains)))

    def _box(self, painter: QPainter, box: QRectF, link: Link) -> None:
        edge = {"fail": "fail", "unknown": "unknown", "pass": "pass"}.get(link.mark, "line")
        painter.setPen(QPen(theme().colour(edge), 2 if link.mark in ("fail", "unknown") else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 4, 4)
        room = box.width() - 16
        if link.mark:
            paint_mark(painter, link.mark, QRectF(box.right() - 22, box.top() + 7, 14, 14))
        caption = font("caption")
        painter.setFont(caption)
        painter.setPen(theme().colour("muted"))
        title = QFontMetrics(caption).elidedText(
            link.title, Qt.TextElideMode.ElideRight, int(room - (16 if link.mark else 0))
        )
        painter.drawText(QRectF(box.left() + 8, box.top() + 5, room, 18), int(Qt.AlignmentFlag.AlignVCenter), title)
        strong = font("caption", strong=True)
        painter.setFont(strong)
        painter.setPen(theme().colour("ink"))
        told = QFontMetrics(strong).elidedText(link.told, Qt.TextElideMode.ElideMiddle, int(room))
        painter.drawText(QRectF(box.left() + 8, box.top() + 26, room, 20), int(Qt.AlignmentFlag.AlignVCenter), told)
