"""Small widgets of which the pages are made: texts, buttons, panels, paths."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from auditor.desktop import units
from auditor.desktop.fonts import font
from auditor.desktop.marks import Mark
from auditor.desktop.theme import space

PROSE = 680
"""Running text is at most this wide, px."""


def text(content: str = "", style: str = "body", tone: str = "", strong: bool = False, wrap: bool = False) -> QLabel:
    """A label that shows its content as plain text, whatever the host put into it."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(content)
    label.setFont(font(style, strong))
    if tone:
        label.setProperty("tone", tone)
    if wrap:
        label.setWordWrap(True)
        label.setMinimumWidth(80)
    return label


def prose(content: str, tone: str = "", style: str = "body") -> QLabel:
    """Running text that wraps and can be selected with the mouse."""
    label = text(units.clean(content), style, tone, wrap=True)
    label.setMaximumWidth(PROSE)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def set_tone(label: QLabel, tone: str) -> None:
    """Another colour for a label."""
    label.setProperty("tone", tone)
    label.style().unpolish(label)
    label.style().polish(label)


def button(
    title: str, action: Callable[[], object] | None = None, kind: str = "", tip: str = "", name: str = ""
) -> QPushButton:
    """A push button; ``kind`` is ``primary``, ``danger``, ``link``, ``small`` or empty."""
    made = QPushButton(title)
    made.setFont(font(strong=True))
    made.setProperty("kind", kind)
    made.setAccessibleName(name or title.replace("&", ""))
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAutoDefault(False)
    if tip:
        made.setToolTip(units.tip(tip))
    if action is not None:
        made.clicked.connect(lambda: action())
    return made


def rule() -> QFrame:
    """A hairline."""
    line = QFrame()
    line.setProperty("rule", True)
    line.setFixedHeight(space("hairline"))
    return line


def add(layout: QBoxLayout, *items: QWidget | QLayout | int | None) -> QBoxLayout:
    """Widgets and layouts in order; a number is a space in px, None takes up what is left."""
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        elif isinstance(item, QWidget):
            layout.addWidget(item)
        else:
            layout.addLayout(item)
    return layout


def row(*items: QWidget | QLayout | int | None, gap: int = 8) -> QHBoxLayout:
    """Side by side."""
    layout = QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(gap)
    add(layout, *items)
    return layout


def column(*items: QWidget | QLayout | int | None, gap: int = 8) -> QVBoxLayout:
    """One under the other."""
    layout = QVBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(gap)
    add(layout, *items)
    return layout


def fold(layout: QBoxLayout, folded: bool) -> None:
    """One under the other where the window is narrow, else side by side."""
    direction = QBoxLayout.Direction.TopToBottom if folded else QBoxLayout.Direction.LeftToRight
    if layout.direction() != direction:
        layout.setDirection(direction)


class Panel(QFrame):
    """A card: hairline and radius; the 3 px edge only where it carries a verdict."""

    def __init__(self, kind: str = "plain", padding: int | None = None, gap: int = 8) -> None:
        super().__init__()
        self.setProperty("panel", kind)
        self.body = QVBoxLayout(self)
        side = space("s3") if padding is None else padding
        self.body.setContentsMargins(side, side, side, side)
        self.body.setSpacing(gap)

    def add(self, *items: QWidget | QLayout | int | None) -> "Panel":
        """See :func:`add`."""
        add(self.body, *items)
        return self

    def set_kind(self, kind: str) -> None:
        """Another edge."""
        self.setProperty("panel", kind)
        self.style().unpolish(self)
        self.style().polish(self)


class Elided(QLabel):
    """One line of a long path or id, shortened in the middle; the whole is in the tool tip."""

    def __init__(self, content: str = "", style: str = "mono", tone: str = "", least: int = 120) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(font(style))
        self._least = least
        if tone:
            self.setProperty("tone", tone)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_text(content)

    def show_text(self, content: str) -> None:
        """Show another text."""
        self.setText(units.clean(content, 500).replace("\n", " "))
        self.setToolTip(units.tip(content))

    def minimumSizeHint(self) -> QSize:
        """Room for a few characters."""
        return QSize(self._least, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what fits."""
        painter = QPainter(self)
        shown = QFontMetrics(self.font()).elidedText(self.text(), Qt.TextElideMode.ElideMiddle, self.width())
        self.style().drawItemText(
            painter,
            self.contentsRect(),
            int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft),
            self.palette(),
            self.isEnabled(),
            shown,
            self.foregroundRole(),
        )
        painter.end()


class Scroll(QScrollArea):
    """A page that scrolls; reachable and scrollable by keyboard."""

    def __init__(self, inner: QWidget, name: str) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setWidget(inner)
        self.setAccessibleName(name)


def marked(
    kind: str, word: str, style: str = "body", strong: bool = False, tone: str = "", size: str = "mark-s"
) -> QHBoxLayout:
    """A mark with its word beside it."""
    return row(Mark(kind), text(word, style, tone, strong), None, gap=8)


def heading(title: str, style: str = "h3") -> QLabel:
    """A heading of a panel or a part of a page."""
    return text(title, style)


def indent(box: QAbstractSpinBox) -> None:
    """Let the number begin where the texts of other fields do; style sheets do not reach into a spin box."""
    box.lineEdit().setTextMargins(6, 0, 6, 0)


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and delete it."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.setParent(None)
            widget.deleteLater()
        elif inner is not None:
            clear(inner)
            inner.deleteLater()


def copy(content: str) -> None:
    """Put a text on the clipboard."""
    QGuiApplication.clipboard().setText(content)
