"""The list model: search, sort, copy; and it behaves as Qt expects."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from auditor.desktop.rows import Column, Rows


def model(*rows: tuple[str, int]) -> Rows[tuple[str, int]]:
    made: Rows[tuple[str, int]] = Rows(
        [
            Column("Name", lambda r: r[0]),
            Column("Number", lambda r: str(r[1]), key=lambda r: r[1], right=True, second=lambda r: "n" * r[1]),
        ]
    )
    made.set_rows(rows)
    return made


def test_qt_finds_no_fault_with_it(qtbot: QtBot) -> None:
    made = model(("a", 1), ("b", 2))
    tester = QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Warning, made)
    made.sort(1, Qt.SortOrder.DescendingOrder)
    made.search("a")
    made.search("")
    assert tester.model() is made


def test_numbers_sort_as_numbers(qtbot: QtBot) -> None:
    made = model(("a", 10), ("b", 9))
    made.sort(1)
    assert [row[1] for row in made.rows()] == [9, 10]
    made.sort(-1)
    assert [row[1] for row in made.rows()] == [10, 9]


def test_all_words_must_be_there_in_any_column_and_case(qtbot: QtBot) -> None:
    made = model(("Alpha", 1), ("alpine", 2), ("beta", 2))
    made.search("ALP 2")
    assert made.rows() == [("alpine", 2)]
    assert made.total() == 3


def test_search_and_order_survive_other_rows(qtbot: QtBot) -> None:
    made = model(("a", 1))
    made.sort(1, Qt.SortOrder.DescendingOrder)
    made.search("a")
    made.set_rows([("a", 1), ("b", 5), ("a", 3)])
    assert [row[1] for row in made.rows()] == [3, 1]


def test_a_filter_and_a_search_work_together(qtbot: QtBot) -> None:
    made = model(("a", 1), ("a", 2), ("b", 2))
    made.search("a")
    made.keep(lambda row: row[1] == 2)
    assert made.rows() == [("a", 2)]
    made.keep(None)
    assert len(made.rows()) == 2


def test_a_screen_reader_hears_both_lines_of_a_cell(qtbot: QtBot) -> None:
    made = model(("a", 2))
    assert made.data(made.index(0, 1), Qt.ItemDataRole.AccessibleTextRole) == "2 · nn"


def test_a_hundred_thousand_rows_are_sorted_as_a_list(qtbot: QtBot) -> None:
    made = model(*((f"row {n % 977}", n) for n in range(100_000)))
    made.sort(0)
    assert made.rows() == sorted(((f"row {n % 977}", n) for n in range(100_000)), key=lambda r: r[0])
