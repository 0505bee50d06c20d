"""The map of the world: countries by class of transfer, by shape and pattern besides colour. Drawn with QPainter."""

from functools import cache

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QBrush,
    QFontMetrics,
    QHelpEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QTransform,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from auditor.desktop import units
from auditor.desktop.fonts import font
from auditor.desktop.places import Place
from auditor.desktop.theme import theme
from auditor.desktop.world import world

TOP, BOTTOM = -0.51, 0.36
"""Of the projected world; what lies beyond is sea."""
RATIO = (BOTTOM - TOP) / 2
SIDE = 10.0
"""Of a marker, px."""
TONES = {"eea": "accent", "adequate": "accent", "conditional": "accent", "third": "fail", "unknown": "unknown"}
PATTERNS = {
    "eea": Qt.BrushStyle.SolidPattern,
    "adequate": Qt.BrushStyle.HorPattern,
    "conditional": Qt.BrushStyle.BDiagPattern,
    "third": Qt.BrushStyle.DiagCrossPattern,
    "unknown": Qt.BrushStyle.Dense5Pattern,
}


@cache
def shapes() -> dict[str, QPainterPath]:
    """A path for each country, in the units of the projection."""
    found = {}
    for code, rings in world().rings.items():
        path = QPainterPath()
        for ring in rings:
            path.addPolygon(QPolygonF([QPointF(x, y) for x, y in ring]))
        found[code] = path
    return found


def paint_marker(painter: QPainter, transfer: str, centre: QPointF, side: float = SIDE) -> None:
    """Circle, square, triangle, diamond or ring, by class."""
    half = side / 2
    colour = theme().colour(TONES.get(transfer, "unknown"))
    painter.setPen(QPen(theme().colour("paper"), 1.5))
    painter.setBrush(colour)
    x, y = centre.x(), centre.y()
    if transfer == "eea":
        painter.drawEllipse(centre, half, half)
    elif transfer == "adequate":
        painter.drawRect(QRectF(x - half, y - half, side, side))
    elif transfer == "conditional":
        painter.drawPolygon(QPolygonF([QPointF(x, y - half), QPointF(x + half, y + half), QPointF(x - half, y + half)]))
    elif transfer == "third":
        corners = [QPointF(x, y - half), QPointF(x + half, y), QPointF(x, y + half), QPointF(x - half, y)]
        painter.drawPolygon(QPolygonF(corners))
    else:
        painter.setPen(QPen(colour, 2.5))
        painter.setBrush(theme().colour("paper"))
        painter.drawEllipse(centre, half - 1, half - 1)


class Key(QWidget):
    """One class as it is drawn: its marker over its pattern."""

    def __init__(self, transfer: str) -> None:
        super().__init__()
        self._transfer = transfer
        self.setFixedSize(28, 18)
        theme().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Pattern, then marker."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _shade(painter, QRectF(1, 1, 26, 16), self._transfer)
        paint_marker(painter, self._transfer, QPointF(14, 9))
        painter.end()


class WorldMap(QWidget):
    """All land, the countries that destinations are registered to, and the country of the host."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._places: tuple[Place, ...] = ()
        self._home = ""
        self._land = QPixmap()
        self._drawn_for: tuple[object, ...] = ()
        self.setAccessibleName(name)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumSize(360, int(360 * RATIO))
        theme().changed.connect(self.update)

    def show_places(self, places: tuple[Place, ...], home: str = "") -> None:
        """Draw these; ``home`` is the code of the host's country, empty where nobody said it."""
        if (places, home) != (self._places, self._home):
            self._places, self._home = places, home
            self.setAccessibleDescription("; ".join(f"{p.code}: {units.count(p.destinations)}" for p in places))
            self.update()

    def sizeHint(self) -> QSize:
        """Wide."""
        return QSize(720, int(720 * RATIO))

    def hasHeightForWidth(self) -> bool:
        """The world keeps its shape."""
        return True

    def heightForWidth(self, width: int) -> int:
        """See ``RATIO``."""
        return int(width * RATIO)

    def place_at(self, x: float, y: float) -> Place | None:
        """The country drawn there, by marker or by shape."""
        spots = [(place, self._spot(place.code)) for place in self._places]
        for place, spot in spots:
            if spot is not None and abs(spot.x() - x) <= SIDE and abs(spot.y() - y) <= SIDE:
                return place
        back, _ = self._transform().inverted()
        point = back.map(QPointF(x, y))
        return next((p for p in self._places if p.code in shapes() and shapes()[p.code].contains(point)), None)

    def event(self, event: QEvent) -> bool:
        """A country says its destinations under the mouse."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self.place_at(event.pos().x(), event.pos().y())
            if place is None:
                QToolTip.hideText()
            else:
                names = ", ".join(place.names[:8]) + (" …" if place.destinations > 8 else "")
                QToolTip.showText(event.globalPos(), units.tip(f"{place.code}: {names}"), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Land, countries, markers, labels."""
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._background())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        where = self._transform()
        for place in self._places:
            if place.code in shapes():
                path = where.map(shapes()[place.code])
                _shade(painter, path, place.transfer)
        # Land without a code is nobody's home.
        if self._home and self._home in shapes():
            painter.setPen(QPen(theme().colour("ink"), 1.6))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(where.map(shapes()[self._home]))
        self._labels(painter)
        painter.end()

    def _labels(self, painter: QPainter) -> None:
        face = font("caption", strong=True)
        painter.setFont(face)
        metrics = QFontMetrics(face)
        taken: list[QRectF] = []
        spots = [(place, spot) for place in self._places if (spot := self._spot(place.code)) is not None]
        home = self._spot(self._home)
        if home is not None:
            painter.setPen(QPen(theme().colour("ink"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(home, SIDE * 0.95, SIDE * 0.95)
            painter.setBrush(theme().colour("ink"))
            painter.drawEllipse(home, 2, 2)
        for place, spot in spots:
            paint_marker(painter, place.transfer, spot)
            taken.append(QRectF(spot.x() - SIDE / 2, spot.y() - SIDE / 2, SIDE, SIDE))
        for place, spot in spots:
            word = f"{place.code} {units.count(place.destinations)}"
            wide, high = metrics.horizontalAdvance(word) + 6, metrics.height()
            for dx, dy in ((8, -high / 2), (-8 - wide, -high / 2), (-wide / 2, -high - 6), (-wide / 2, 7)):
                box = QRectF(spot.x() + dx, spot.y() + dy, wide, high)
                if QRectF(self.rect()).contains(box) and not any(box.intersects(other) for other in taken):
                    taken.append(box)
                    veil = theme().colour("paper")
                    veil.setAlpha(215)
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(veil)
                    painter.drawRoundedRect(box, 3, 3)
                    painter.setPen(theme().colour("ink"))
                    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), word)
                    break

    def _background(self) -> QPixmap:
        """All land, drawn once for a size and a theme."""
        ratio = self.devicePixelRatioF()
        wanted = (self.size(), ratio, theme().name)
        if wanted != self._drawn_for:
            self._drawn_for = wanted
            self._land = QPixmap(self.size() * ratio)
            self._land.setDevicePixelRatio(ratio)
            self._land.fill(theme().colour("paper"))
            painter = QPainter(self._land)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme().colour("line-strong"), 0.5))
            painter.setBrush(theme().colour("sunken"))
            where = self._transform()
            for path in shapes().values():
                painter.drawPath(where.map(path))
            painter.end()
        return self._land

    def _transform(self) -> QTransform:
        """From the projection to px: the world as large as fits, in the middle."""
        scale = min(self.width() / 2, self.height() / (BOTTOM - TOP))
        middle = self.height() / 2 - scale * (TOP + BOTTOM) / 2
        return QTransform().translate(self.width() / 2, middle).scale(scale, scale)

    def _spot(self, code: str) -> QPointF | None:
        point = world().points.get(code)
        return None if point is None else self._transform().map(QPointF(*point))


def _shade(painter: QPainter, what: QPainterPath | QRectF, transfer: str) -> None:
    """Tint, pattern and border of a class."""
    colour = theme().colour(TONES.get(transfer, "unknown"))
    tint = theme().colour(f"{TONES.get(transfer, 'unknown')}-tint")
    path = what
    if isinstance(what, QRectF):
        path = QPainterPath()
        path.addRect(what)
    assert isinstance(path, QPainterPath)
    painter.fillPath(path, tint)
    faint = theme().colour(TONES.get(transfer, "unknown"))
    faint.setAlpha(110)
    painter.fillPath(path, QBrush(faint, PATTERNS.get(transfer, Qt.BrushStyle.Dense5Pattern)))
    painter.strokePath(path, QPen(colour, 1))
