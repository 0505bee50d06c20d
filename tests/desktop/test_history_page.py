"""The history page: open, compare, export, delete."""

from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from auditor.desktop.pages.history import HistoryPage
from auditor.desktop.table import Table
from auditor.desktop.window import Window
from auditor.documents import Documents
from auditor.judge.finding import Verdict
from tests.desktop import sample
from tests.desktop.conftest import settle


@pytest.fixture
def page(window: Window) -> HistoryPage:
    better = tuple(f.model_copy(update={"verdict": Verdict.PASS}) for f in sample.findings())
    with window.history() as history:
        history.add(sample.documents(findings=better))
        history.add(sample.documents(of=sample.audit(started="2026-11-23T12:00:02Z")))
    window.show_page("history")
    made = window.page("history")
    assert isinstance(made, HistoryPage)
    return made


def select(page: HistoryPage, *rows: int) -> None:
    selection = page.table.view.selectionModel()
    selection.clearSelection()
    for row in rows:
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        selection.select(page.table.model.index(row, 0), flags)


def press(qtbot: QtBot, button: QPushButton) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_buttons_work_for_as_many_audits_as_are_selected(page: HistoryPage) -> None:
    assert not page.open.isEnabled()
    select(page, 0)
    assert page.open.isEnabled()
    assert not page.compare.isEnabled()
    select(page, 0, 1)
    assert page.compare.isEnabled()
    assert not page.open.isEnabled()


def test_two_audits_are_compared_worst_first(page: HistoryPage, qtbot: QtBot) -> None:
    select(page, 0, 1)
    press(qtbot, page.compare)
    qtbot.waitUntil(lambda: bool(page.result.findChildren(Table)))
    (table,) = page.result.findChildren(Table)
    lines = table.model.table()
    assert lines[1][0] == "Worse"
    assert lines[1][-2:] == ["Evidenced", "Contradicted"]


def test_an_audit_is_opened_by_enter(page: HistoryPage, window: Window, qtbot: QtBot) -> None:
    page.table.view.setFocus()
    page.table.select(0)
    qtbot.keyClick(page.table.view, Qt.Key.Key_Return)
    settle(window)
    assert window.session is not None
    assert window.session.audit.started == "2026-11-23T12:00:02Z"


def test_an_export_holds_the_documents(page: HistoryPage, qtbot: QtBot, tmp_path: Path) -> None:
    page._choose_folder = lambda: str(tmp_path)
    select(page, 1)
    entry = page.table.selected()[0]
    press(qtbot, page.export)
    assert Documents.read(tmp_path / f"{entry.audit}-{entry.number}").audit == sample.audit()


def test_deleting_is_asked_first(page: HistoryPage, qtbot: QtBot) -> None:
    page._confirm = lambda number: False
    select(page, 0)
    press(qtbot, page.delete)
    assert page.table.model.total() == 2
    page._confirm = lambda number: True
    select(page, 0)
    press(qtbot, page.delete)
    assert page.table.model.total() == 1
