"""The side bar: three groups of pages, the number of open findings beside each, and New audit."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from auditor.desktop.fonts import font
from auditor.desktop.parts import add, button, rule, text
from auditor.desktop.theme import space, theme
from auditor.desktop.words import words

if TYPE_CHECKING:
    from auditor.desktop.session import Session

EVIDENCE = ("models", "weights", "traffic", "gpus", "serving", "sealed", "watch", "facts")
RECORDS = ("history", "policy", "dossier")
COUNTED = ("models", "weights", "traffic", "gpus", "serving", "policy")


class Logo(QWidget):
    """A dial: a measuring instrument."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(22, 22)
        theme().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Arc and hand."""
        painter = QPainter(self)
        paint_logo(painter, QRectF(0, 0, 22, 22))
        painter.end()


def paint_logo(painter: QPainter, box: QRectF) -> None:
    """The dial in a square."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.save()
    painter.translate(box.topLeft())
    painter.scale(box.width() / 22, box.height() / 22)
    pen = QPen(theme().colour("accent"), 2.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawArc(QRectF(2.5, 3.5, 17, 17), -20 * 16, 220 * 16)
    painter.drawLine(11, 12, 14, 8)
    painter.setBrush(theme().colour("accent"))
    painter.drawEllipse(QRectF(9.6, 11, 2.8, 2.8))
    painter.restore()


class NavButton(QPushButton):
    """A row of the side bar; the number at its right is told to screen readers, too."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.setProperty("kind", "nav")
        self.setCheckable(True)
        self.setFixedHeight(space("nav-row"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(False)
        self._title = words().page(key)
        self.name, self.number = text(self._title), text("", strong=True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(13, 0, 16, 0)
        add(layout, self.name, None, self.number)
        for label in (self.name, self.number):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.toggled.connect(lambda on: self.name.setFont(font(strong=on)))
        self.show_number(0)

    def show_number(self, number: int) -> None:
        """Open findings of the page; none is not shown."""
        self.number.setText(str(number) if number else "")
        said = self.tr("{page}, open findings: {number}").format(page=self._title, number=number)
        self.setAccessibleName(said if number else self._title)


class SideBar(QFrame):
    """Navigation."""

    go = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("panel", "surface")
        self.setFixedWidth(space("sidebar"))
        self.buttons: dict[str, NavButton] = {}
        self._group = QButtonGroup(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(16, 0, 8, 0)
        head.setSpacing(10)
        name = text("Sovereignty Auditor", "h3")
        name.setFixedHeight(space("header") - 1)
        add(head, Logo(), name, None)
        add(layout, head, rule(), 16)
        self._answer = self._add(layout, self.tr("Answer"), ("running", "overview", "findings"))
        self._evidence = self._add(layout, self.tr("Evidence"), EVIDENCE)
        self._records = self._add(layout, self.tr("Records"), RECORDS)
        layout.addStretch(1)
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 16, 16, 16)
        self.new = button(self.tr("New audit…"), lambda: self.go.emit("start"))
        foot.addWidget(self.new)
        add(layout, rule(), foot)
        self.show_session(None)
        self.show_running(False)

    def show_session(self, session: "Session | None") -> None:
        """Numbers beside the pages; without an audit only the records can be opened."""
        for key, made in self.buttons.items():
            if key not in ("sealed", "watch", "history", "policy", "dossier", "running"):
                made.setEnabled(session is not None)
            if key in COUNTED:
                made.show_number(session.open(key) if session else 0)
        self.buttons["findings"].show_number(len(session.open_findings) if session else 0)

    def show_running(self, running: bool) -> None:
        """The running page is there while an audit runs."""
        self.buttons["running"].setVisible(running)
        self.new.setEnabled(not running)

    def show_keys(self, keys: dict[str, str]) -> None:
        """The keys that lead to each page, as tool tips; ``new`` is the button at the foot."""
        for name, made in (*self.buttons.items(), ("new", self.new)):
            if name in keys:
                made.setToolTip(keys[name])
                made.setAccessibleDescription(keys[name])

    def select(self, key: str) -> None:
        """Mark the page that is shown; the start page has no row."""
        self._group.setExclusive(False)
        for name, made in self.buttons.items():
            made.setChecked(name == key)
        self._group.setExclusive(key in self.buttons)

    def _add(self, layout: QVBoxLayout, title: str, keys: tuple[str, ...]) -> QLabel:
        label = text(title, "caption", "muted")
        label.setContentsMargins(16, 0, 0, 4)
        layout.addWidget(label)
        for key in keys:
            made = NavButton(key)
            made.clicked.connect(lambda _, k=key: self.go.emit(k))
            self.buttons[key] = made
            self._group.addButton(made)
            layout.addWidget(made)
        layout.addSpacing(16)
        return label
