"""The question when a window with a running audit is closed."""

from PySide6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from auditor.desktop.leave import Leave, Question


def test_the_default_and_escape_let_the_audit_run(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    question = Question(parent)
    assert question.escapeButton() is question.defaultButton()
    assert question.buttonRole(question.escapeButton()) is QMessageBox.ButtonRole.RejectRole


def test_each_button_gives_its_answer(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    expected = {
        QMessageBox.ButtonRole.AcceptRole: Leave.KEEP,
        QMessageBox.ButtonRole.DestructiveRole: Leave.DISCARD,
        QMessageBox.ButtonRole.RejectRole: Leave.STAY,
    }
    for role, answer in expected.items():
        question = Question(parent)
        question.open()
        next(b for b in question.buttons() if question.buttonRole(b) is role).click()
        assert question.answer() is answer
