"""What becomes of a running audit when the window is closed."""

from enum import Enum

from PySide6.QtWidgets import QMessageBox, QWidget


class Leave(Enum):
    """The answer."""

    STAY = "stay"
    KEEP = "keep"
    """Stop, judge and keep what was seen, then close."""
    DISCARD = "discard"


class Question(QMessageBox):
    """Three buttons; Escape stays."""

    def __init__(self, parent: QWidget, *, audit: bool = True) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Close"))
        self.setText(self.tr("An audit is running.") if audit else self.tr("The network is being watched."))
        self.setInformativeText(self.tr("Stopped now, it can keep what was seen, marked partial."))
        role = QMessageBox.ButtonRole
        self._keep = self.addButton(self.tr("Stop and keep what was seen"), role.AcceptRole)
        self._discard = self.addButton(self.tr("Discard"), role.DestructiveRole)
        stay = self.addButton(self.tr("Let it run"), role.RejectRole)
        self.setDefaultButton(stay)
        self.setEscapeButton(stay)

    def answer(self) -> Leave:
        """After it was closed."""
        chosen = self.clickedButton()
        return Leave.KEEP if chosen is self._keep else Leave.DISCARD if chosen is self._discard else Leave.STAY


def ask_leave(parent: QWidget, *, audit: bool = True) -> Leave:
    """Ask, and wait for the answer; ``audit`` is false where only a watch of the network goes on."""
    question = Question(parent, audit=audit)
    question.exec()
    return question.answer()
