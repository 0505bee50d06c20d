"""Lanes of bars over time: name at the left, total at the right, no legend. Drawn with QPainter."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from auditor.desktop.fonts import font
from auditor.desktop.marks import paint_mark
from auditor.desktop.theme import theme

LANE = 34
NAME = 210
TOTAL = 110


@dataclass(frozen=True)
class Lane:
    """One lane; ``hollow`` bars are attempts that never left. Each lane has its own scale."""

    name: str
    total: str
    bars: tuple[int, ...]
    hollow: tuple[int, ...] = ()
    mark: str = ""
    tone: str = "accent"


class Lanes(QWidget):
    """All lanes over one axis."""

    def __init__(self, lanes: list[Lane], ticks: list[tuple[float, str]], description: str) -> None:
        super().__init__()
        self.setAccessibleName(description)
        self.show_lanes(lanes, ticks)
        self.setMinimumWidth(NAME + TOTAL + 160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def show_lanes(self, lanes: list[Lane], ticks: list[tuple[float, str]]) -> None:
        """Draw others."""
        self._lanes, self._ticks = lanes, ticks
        self.setFixedHeight(len(lanes) * LANE + 28)
        self.setAccessibleDescription("; ".join(f"{lane.name}: {lane.total}" for lane in lanes))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Grid, lanes, axis."""
        painter = QPainter(self)
        left, right = NAME, self.width() - TOTAL
        bottom = len(self._lanes) * LANE
        painter.setFont(font("caption"))
        for share, title in self._ticks:
            x = left + share * (right - left)
            painter.setPen(theme().colour("line"))
            painter.drawLine(QPointF(x, 4), QPointF(x, bottom + 4))
            painter.setPen(theme().colour("muted"))
            box = QRectF(x - 40, bottom + 8, 80, 18)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), title)
        for number, lane in enumerate(self._lanes):
            self._lane(painter, lane, number * LANE, left, right)
        painter.end()

    def _lane(self, painter: QPainter, lane: Lane, top: int, left: int, right: int) -> None:
        if lane.mark:
            paint_mark(painter, lane.mark, QRectF(0, top + 10, 16, 16))
        face = font("caption", strong=lane.mark in ("fail", "unknown"))
        painter.setFont(face)
        painter.setPen(theme().colour("ink"))
        name = QFontMetrics(face).elidedText(lane.name, Qt.TextElideMode.ElideMiddle, NAME - 40)
        painter.drawText(QRectF(24, top + 8, NAME - 32, 20), int(Qt.AlignmentFlag.AlignVCenter), name)
        painter.drawText(QRectF(right + 12, top + 8, TOTAL - 12, 20), int(Qt.AlignmentFlag.AlignVCenter), lane.total)
        painter.setPen(theme().colour("line"))
        painter.drawLine(QPointF(left, top + LANE), QPointF(right, top + LANE))
        highest = max((*lane.bars, *lane.hollow, 1))
        colour = theme().colour(lane.tone)
        for bars, hollow in ((lane.bars, False), (lane.hollow, True)):
            if not bars:
                continue
            width = (right - left) / len(bars)
            for number, value in enumerate(bars):
                if not value:
                    continue
                height = max(4.0, (LANE - 10) * value / highest)
                inset = min(1.0, width / 5)
                box = QRectF(left + number * width + inset, top + LANE - height, max(2.0, width - 2 * inset), height)
                if hollow:
                    painter.setPen(QPen(colour, 1))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
                else:
                    painter.fillRect(box, colour)


class Spark(QWidget):
    """A line of the last values with the newest said beside it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._values: list[float] = []
        self._now = ""
        self._name = name
        self.setAccessibleName(name)
        self.setMinimumSize(220, 104)
        theme().changed.connect(self.update)

    def show_values(self, values: list[float], now: str) -> None:
        """Draw these."""
        self._values, self._now = list(values), now
        self.setAccessibleName(f"{self._name}: {now}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Three hairlines, the line, a dot, the words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width, height = self.width() - 120, self.height() - 12
        painter.setPen(theme().colour("line"))
        for third in range(4):
            y = 6 + third * height / 3
            painter.drawLine(QPointF(0, y), QPointF(width, y))
        painter.setFont(font("caption"))
        painter.setPen(theme().colour("muted"))
        painter.drawText(QRectF(width + 12, height - 6, 100, 18), 0, "0")
        if self._values:
            highest = max(*self._values, 1e-9)
            step = width / max(1, len(self._values) - 1)
            points = [QPointF(i * step, 6 + height * (1 - v / highest)) for i, v in enumerate(self._values)]
            painter.setPen(QPen(theme().colour("accent"), 2))
            painter.drawPolyline(points)
            painter.setBrush(theme().colour("accent"))
            painter.drawEllipse(points[-1], 3.5, 3.5)
            painter.setFont(font(strong=True))
            painter.setPen(theme().colour("ink"))
            y = min(max(points[-1].y() - 10, 0), height - 28)
            painter.drawText(QRectF(width + 12, y, 108, 20), 0, self._now)
        painter.end()
