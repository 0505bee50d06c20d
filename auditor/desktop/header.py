"""The header: host, policy and time of what is shown; the two actions; errors below it."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout

from auditor.desktop import units
from auditor.desktop.marks import Mark
from auditor.desktop.parts import Panel, add, button, column, copy, row, text
from auditor.desktop.theme import space
from auditor.errors import UserError

LINES = 4
"""Of a message; the rest, a traceback, is copied and not read here."""


BLINK_MS = 150
"""What is done sooner needs no words."""


class Header(QFrame):
    """56 px above every page."""

    compare = Signal()
    sign = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(space("header"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 0, 24, 0)
        layout.setSpacing(16)
        self._pairs = []
        self._lines = []
        for number in range(3):
            title, value = text("", "caption", "muted"), text("", strong=True)
            self._pairs.append((title, value))
            if number:
                line = QFrame()
                line.setProperty("rule", True)
                line.setFixedSize(1, 32)
                self._lines.append(line)
                layout.addWidget(line)
            layout.addLayout(column(None, title, value, None, gap=0))
        layout.addStretch(1)
        self.compare_button = button(self.tr("Compare…"), self.compare.emit)
        self.sign_button = button(self.tr("Sign and save"), self.sign.emit, "primary")
        add(layout, self.compare_button, self.sign_button)

    def show_facts(self, host: str, policy: str, time_title: str, time: str) -> None:
        """What the pages speak of."""
        titles = (self.tr("Host"), self.tr("Policy"), time_title)
        for (title, value), name, content in zip(self._pairs, titles, (host, policy, time), strict=True):
            title.setText(name if content else "")
            value.setText(units.clean(content, 60))
            value.setToolTip(units.tip(content))
        for line, content in zip(self._lines, (policy, time), strict=True):
            line.setVisible(bool(content))

    def show_actions(self, compare: bool, sign: bool) -> None:
        """Only what can be done here; one filled button a window."""
        self.compare_button.setVisible(compare)
        self.sign_button.setVisible(sign)


class Banner(Panel):
    """An error: what happened, where, what to do. Stays until it is dismissed or another comes."""

    def __init__(self) -> None:
        super().__init__("fail-tint", gap=4)
        self.title, self.where, self.hint = (
            text("", strong=True, wrap=True),
            text("", "mono", wrap=True),
            text("", wrap=True),
        )
        self.dismiss = button(self.tr("Dismiss"), self.hide, "small", name=self.tr("Dismiss the error"))
        self._whole = ""
        self.more = button(
            self.tr("Copy all"), lambda: copy(self._whole), "small", name=self.tr("Copy the whole error")
        )
        words = QVBoxLayout()
        words.setSpacing(4)
        add(words, self.title, self.where, self.hint)
        line = row(Mark("fail", "mark-m"), words, self.more, self.dismiss, gap=16)
        line.setStretch(1, 1)
        self.body.addLayout(line)
        self.setAccessibleName(self.tr("Error"))
        self.hide()

    def show_error(self, error: UserError) -> None:
        """Say it."""
        self._whole = str(error)
        for label, content in ((self.title, error.message), (self.where, error.where), (self.hint, error.hint)):
            lines = content.splitlines()
            label.setText(units.clean("\n".join(lines[:LINES]), 600))
            label.setVisible(bool(content))
        self.more.setVisible(any(len(part.splitlines()) > LINES for part in (error.message, error.hint)))
        self.setAccessibleDescription(str(error))
        self.show()


class Busy(QFrame):
    """A line under the header while something is read that takes longer than a blink."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("panel", "surface")
        self.words = text("", tone="muted")
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setFixedSize(160, 4)
        bar.setAccessibleName(self.tr("Working"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 8, 24, 8)
        layout.setSpacing(12)
        add(layout, bar, self.words, None)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(BLINK_MS)
        self._later.timeout.connect(self.show)
        self.hide()

    def begin(self, what: str) -> None:
        """Say what is being done."""
        self.words.setText(what)
        self._later.start()

    def end(self) -> None:
        """It is done."""
        self._later.stop()
        self.hide()
