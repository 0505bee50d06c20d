"""The table widget: copy, CSV, columns that are remembered, hostile text."""

import csv
import io
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from auditor.desktop.rows import Column
from auditor.desktop.settings import Settings
from auditor.desktop.table import Table, to_csv
from auditor.errors import UserError


def table(qtbot: QtBot, settings: Settings, *rows: str) -> Table[str]:
    made: Table[str] = Table(
        "t", "Things", [Column("Name", lambda r: r), Column("Size", lambda r: str(len(r)))], settings
    )
    qtbot.addWidget(made)
    made.set_rows(rows)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_ctrl_c_copies_the_selected_rows_with_a_head(styled: QApplication, qtbot: QtBot, settings: Settings) -> None:
    made = table(qtbot, settings, "alpha", "beta")
    made.view.setFocus()
    made.select(1)
    qtbot.keyClick(made.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Name\tSize\nbeta\t4"


def test_enter_opens_the_row(styled: QApplication, qtbot: QtBot, settings: Settings) -> None:
    made = table(qtbot, settings, "alpha", "beta")
    made.view.setFocus()
    made.select(1)
    with qtbot.waitSignal(made.opened) as caught:
        qtbot.keyClick(made.view, Qt.Key.Key_Return)
    assert caught.args == ["beta"]


def test_ctrl_f_goes_to_the_search_and_typing_filters(styled: QApplication, qtbot: QtBot, settings: Settings) -> None:
    made = table(qtbot, settings, "alpha", "beta")
    made.activateWindow()
    made.view.setFocus()
    qtbot.keyClick(made.view, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(made.field, "bet")
    assert made.model.rows() == ["beta"]
    assert made.amount.text() == "1 of 2"


def test_csv_is_written_whole(styled: QApplication, qtbot: QtBot, settings: Settings, tmp_path: Path) -> None:
    made = table(qtbot, settings, "a,b", 'say "x"')
    made._choose = lambda: str(tmp_path / "out.csv")
    made.save()
    rows = list(csv.reader(io.StringIO((tmp_path / "out.csv").read_text())))
    assert rows == [["Name", "Size"], ["a,b", "3"], ['say "x"', "7"]]


def test_a_csv_that_cannot_be_written_is_an_error_and_no_crash(
    styled: QApplication, qtbot: QtBot, settings: Settings, tmp_path: Path
) -> None:
    made = table(qtbot, settings, "a")
    (tmp_path / "out.csv").mkdir()
    made._choose = lambda: str(tmp_path / "out.csv")
    with qtbot.waitSignal(made.failed) as caught:
        made.save()
    assert isinstance(caught.args[0], UserError)


@given(st.lists(st.lists(st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"])), min_size=1)))
def test_no_cell_is_a_formula_and_all_come_back(rows: list[list[str]]) -> None:
    back = list(csv.reader(io.StringIO(to_csv(rows))))
    for line, found in zip(rows, [r for r in back if r] if len(back) != len(rows) else back, strict=False):
        for cell, read in zip(line, found, strict=False):
            assert read in (cell, "'" + cell)
            assert len(read) < 2 or read[0] not in "=+-@\t"


def test_columns_set_by_hand_are_remembered(styled: QApplication, qtbot: QtBot, settings: Settings) -> None:
    made = table(qtbot, settings, "a")
    made.view.setColumnWidth(0, 333)
    settings.set("columns/t", made.view.horizontalHeader().saveState())
    again = table(qtbot, settings, "a")
    assert again.view.columnWidth(0) == 333
