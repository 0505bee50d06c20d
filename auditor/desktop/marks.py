"""Verdict marks: one drawn vector on a 16-unit grid, never a glyph of a font."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from auditor.desktop.theme import space, theme

COLOURS = {
    "pass": "pass",
    "conditional": "pass",
    "fail": "fail",
    "unknown": "unknown",
    "waived": "waived",
    "not_applicable": "na",
    "done": "muted",
    "busy": "accent",
    "waiting": "line-strong",
}
"""Mark → colour token. The last three say how a collector stands."""


def paint_mark(painter: QPainter, kind: str, box: QRectF) -> None:
    """Draw a mark into a square."""
    colour, glyph = theme().colour(COLOURS[kind]), theme().colour("on-mark")
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(box.topLeft())
    painter.scale(box.width() / 16, box.height() / 16)
    _DRAW[kind](painter, colour, glyph)
    painter.restore()


def _fill(painter: QPainter, colour: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)


def _stroke(painter: QPainter, colour: QColor, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> None:
    pen = QPen(colour, width, style, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _tick(painter: QPainter, colour: QColor, width: float = 1.7) -> None:
    _stroke(painter, colour, width)
    painter.drawPolyline(QPolygonF([QPointF(4.8, 8.3), QPointF(7.1, 10.6), QPointF(11.3, 5.9)]))


def _pass(painter: QPainter, colour: QColor, glyph: QColor) -> None:
    _fill(painter, colour)
    painter.drawEllipse(QRectF(1, 1, 14, 14))
    _tick(painter, glyph)


def _conditional(painter: QPainter, colour: QColor, glyph: QColor) -> None:
    _stroke(painter, colour, 1.4)
    painter.drawEllipse(QRectF(1.7, 1.7, 12.6, 12.6))
    _tick(painter, colour, 1.5)


def _fail(painter: QPainter, colour: QColor, glyph: QColor) -> None:
    _fill(painter, colour)
    painter.drawRoundedRect(QRectF(1.5, 1.5, 13, 13), 1.5, 1.5)
    _stroke(painter, glyph, 1.8)
    painter.drawLine(QPointF(5.2, 5.2), QPointF(10.8, 10.8))
    painter.drawLine(QPointF(10.8, 5.2), QPointF(5.2, 10.8))


def _unknown(painter: QPainter, colour: QColor, glyph: QColor) -> None:
    _fill(painter, colour)
    painter.drawPolygon(QPolygonF([QPointF(8, 0.3), QPointF(15.7, 8), QPointF(8, 15.7), QPointF(0.3, 8)]))
    path = QPainterPath(QPointF(6.1, 6.6))
    path.cubicTo(QPointF(6.1, 4.2), QPointF(9.9, 4.2), QPointF(9.9, 6.5))
    path.cubicTo(QPointF(9.9, 7.9), QPointF(8, 7.9), QPointF(8, 9.3))
    _stroke(painter, glyph, 1.5)
    painter.drawPath(path)
    _fill(painter, glyph)
    painter.drawEllipse(QRectF(7.15, 10.6, 1.7, 1.7))


def _waived(painter: QPainter, colour: QColor, glyph: QColor) -> None:
    _stroke(painter, colour, 1.4)
    painter.drawEllipse(QRectF(1.7, 1.7, 12.6, 12.6))
    _fill(painter, colour)
    painter.drawPie(QRectF(1.7, 1.7, 12.6, 12.6), 90 * 16, 180 * 16)


def _not_applicable(painter: QPainter, colour: QColor, glyph: QColor) -> None:
    _stroke(painter, colour, 2)
    painter.drawLine(QPointF(3.5, 8), QPointF(12.5, 8))


def _done(painter: QPainter, colour: QColor, glyph: QColor) -> None:
    _stroke(painter, colour, 1.7)
    painter.drawPolyline(QPolygonF([QPointF(3.2, 8.4), QPointF(6.4, 11.6), QPointF(12.8, 4.6)]))


def _busy(painter: QPainter, colour: QColor, glyph: QColor) -> None:
    _stroke(painter, theme().colour("line"), 2)
    painter.drawEllipse(QRectF(2, 2, 12, 12))
    _stroke(painter, colour, 2)
    painter.drawArc(QRectF(2, 2, 12, 12), 90 * 16, -100 * 16)


def _waiting(painter: QPainter, colour: QColor, glyph: QColor) -> None:
    pen = QPen(colour, 1.4, Qt.PenStyle.CustomDashLine)
    pen.setDashPattern([1.2, 2.0])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QRectF(2, 2, 12, 12))


_DRAW = {
    "pass": _pass,
    "conditional": _conditional,
    "fail": _fail,
    "unknown": _unknown,
    "waived": _waived,
    "not_applicable": _not_applicable,
    "done": _done,
    "busy": _busy,
    "waiting": _waiting,
}


def paint_all() -> None:
    """Each mark once, into a picture that nobody sees; may be called beside the window."""
    picture = QImage(16, 16, QImage.Format.Format_ARGB32_Premultiplied)
    painter = QPainter(picture)
    for kind in COLOURS:
        paint_mark(painter, kind, QRectF(0, 0, 16, 16))
    painter.end()


class Mark(QWidget):
    """A mark as a widget; the word stands beside it, so that it needs no name of its own."""

    def __init__(self, kind: str, size: str = "mark-s") -> None:
        super().__init__()
        self._kind = kind
        self._side = space(size)
        self.setFixedSize(self._side, self._side)
        theme().changed.connect(self.update)

    def set_kind(self, kind: str) -> None:
        """Show another mark."""
        self._kind = kind
        self.update()

    def sizeHint(self) -> QSize:
        """Square."""
        return QSize(self._side, self._side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the mark."""
        painter = QPainter(self)
        paint_mark(painter, self._kind, QRectF(0, 0, self._side, self._side))
        painter.end()
