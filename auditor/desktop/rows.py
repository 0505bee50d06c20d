"""A table model over a Python list: sorts and filters the list itself.

A QSortFilterProxyModel calls back into Python for every comparison; with 100,000 rows it takes seconds, a list a
tenth of one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from auditor.desktop import units

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex

MARK_ROLE = int(Qt.ItemDataRole.UserRole) + 1
SECOND_ROLE = int(Qt.ItemDataRole.UserRole) + 2
MONO_ROLE = int(Qt.ItemDataRole.UserRole) + 3
STRONG_ROLE = int(Qt.ItemDataRole.UserRole) + 4
TONE_ROLE = int(Qt.ItemDataRole.UserRole) + 5
HALVED_ROLE = int(Qt.ItemDataRole.UserRole) + 6


@dataclass(frozen=True)
class Column(Generic[R]):
    """What one column shows of a row."""

    title: str
    text: Callable[[R], str]
    key: Callable[[R], Any] | None = None
    """What the column is sorted by; default: the text."""
    width: int = 120
    right: bool = False
    mono: bool = False
    strong: bool = False
    mark: Callable[[R], str] | None = None
    """A verdict mark before the text."""
    second: Callable[[R], str] | None = None
    """A second, smaller line."""
    halved: bool = False
    """The second line is the other half of the first, and looks like it."""
    tone: Callable[[R], str] | None = None


class Rows(QAbstractTableModel, Generic[R]):
    """All rows, and those shown now."""

    def __init__(
        self,
        columns: Sequence[Column[R]],
        parent: QObject | None = None,
        searched: Callable[[R], str] | None = None,
    ) -> None:
        """``searched`` gives the text of a row to search in; default: all its cells, which is slow for many rows."""
        super().__init__(parent)
        self._searched = searched or self._cells
        self.columns = tuple(columns)
        self._all: list[R] = []
        self._shown: list[R] = []
        self._haystack: list[str] | None = None
        self._words: list[str] = []
        self._keep: Callable[[R], bool] | None = None
        self._order: tuple[int, bool] | None = None

    def set_rows(self, rows: Sequence[R]) -> None:
        """Show other rows, in their own order unless a column was chosen."""
        self._all = list(rows)
        self._haystack = None
        self._refresh()

    def rows(self) -> list[R]:
        """The rows shown, in the order shown."""
        return self._shown

    def total(self) -> int:
        """All rows, filtered or not."""
        return len(self._all)

    def search(self, text: str) -> None:
        """Show rows that hold all words in any column, whatever the case."""
        self._words = text.casefold().split()
        self._refresh()

    def keep(self, predicate: Callable[[R], bool] | None) -> None:
        """Show only rows for which this is true."""
        self._keep = predicate
        self._refresh()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort the list by a column; -1 for its own order."""
        self._order = (column, order is Qt.SortOrder.DescendingOrder) if column >= 0 else None
        self._refresh()

    def table(self, rows: Sequence[R] | None = None) -> list[list[str]]:
        """Head and cells as text, for copying and saving."""
        head = [column.title for column in self.columns]
        return [head, *([self.cell(r, c) for c in self.columns] for r in (self._shown if rows is None else rows))]

    def cell(self, row: R, column: Column[R]) -> str:
        """All that a cell says, on one line."""
        second = column.second(row) if column.second else ""
        between = " " if column.halved else " · "
        return between.join(part for part in (column.text(row), second) if part).replace("\u00a0", " ")

    def _cells(self, row: R) -> str:
        texts = [column.text(row) for column in self.columns]
        return "\n".join(texts + [column.second(row) for column in self.columns if column.second])

    def _refresh(self) -> None:
        self.beginResetModel()
        found = self._all
        if self._words:
            if self._haystack is None:
                self._haystack = [self._searched(r).casefold() for r in self._all]
            found = [r for r, hay in zip(self._all, self._haystack, strict=True) if all(w in hay for w in self._words)]
        if self._keep is not None:
            found = [r for r in found if self._keep(r)]
        if self._order is not None:
            column, reverse = self.columns[self._order[0]], self._order[1]
            found = sorted(found, key=column.key or column.text, reverse=reverse)
        self._shown = found
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Rows shown."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Columns."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell."""
        row, column = self._shown[index.row()], self.columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return units.clean(column.text(row), 300)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.cell(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return units.tip(self.cell(row, column)) if column.text(row) else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == MARK_ROLE:
            return column.mark(row) if column.mark else None
        if role == SECOND_ROLE:
            return units.clean(column.second(row), 300) if column.second else None
        if role == TONE_ROLE:
            return column.tone(row) if column.tone else None
        if role == MONO_ROLE:
            return column.mono
        if role == HALVED_ROLE:
            return column.halved
        if role == STRONG_ROLE:
            return column.strong
        return None
