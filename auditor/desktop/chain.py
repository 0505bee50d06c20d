"""The chain of what is served as a tree: process, file, digests in use and on disk, and where these are stated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView

from auditor.desktop import units
from auditor.desktop.fonts import font
from auditor.desktop.parts import copy
from auditor.desktop.rows import MARK_ROLE, MONO_ROLE, STRONG_ROLE, TONE_ROLE
from auditor.desktop.table import Cell
from auditor.desktop.theme import space, theme

POINTER_ROLE = int(Qt.ItemDataRole.UserRole) + 20
_FIRST = 560
"""px of the first column."""


@dataclass(frozen=True)
class Node:
    """A step of the chain; ``pointer`` is where it stands in facts.json."""

    title: str
    told: str = ""
    mark: str = ""
    mono: bool = False
    pointer: str = ""
    below: "tuple[Node, ...]" = field(default=())
    open: bool = True

    def lines(self, depth: int = 0) -> Iterator[str]:
        """It and all below as text."""
        yield "  " * depth + "\t".join(filter(None, (self.title, self.told)))
        for node in self.below:
            yield from node.lines(depth + 1)


class Chain(QTreeView):
    """Shows nodes; the whole of it is copied by the usual keys."""

    current = Signal(str)
    """The pointer of the step that the cursor is on, or of the nearest above it that has one."""

    def __init__(self, name: str, heads: Sequence[str]) -> None:
        super().__init__()
        self._nodes: tuple[Node, ...] = ()
        self._model = QStandardItemModel(self)
        self._model.setHorizontalHeaderLabels(list(heads))
        self.setModel(self._model)
        self.setAccessibleName(name)
        self.setItemDelegate(Cell(self))
        self.setUniformRowHeights(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAllColumnsShowFocus(True)
        header = self.header()
        header.setFont(font("caption", strong=True))
        header.setFixedHeight(space("row"))
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.resizeSection(0, _FIRST)
        self.expanded.connect(lambda _: self._fit())
        self.collapsed.connect(lambda _: self._fit())
        self.selectionModel().currentRowChanged.connect(lambda now, _: self._tell(now))
        theme().changed.connect(self.viewport().update)

    def show_nodes(self, nodes: Sequence[Node]) -> None:
        """Show these instead."""
        self._nodes = tuple(nodes)
        self._model.removeRows(0, self._model.rowCount())
        for node in self._nodes:
            self._add(self._model.invisibleRootItem(), node)
        self._fit()

    def nodes(self) -> tuple[Node, ...]:
        """What is shown."""
        return self._nodes

    def _add(self, parent: QStandardItem, node: Node) -> None:
        first, second = QStandardItem(units.clean(node.title, 4096)), QStandardItem(units.clean(node.told, 4096))
        for item in (first, second):
            item.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            item.setToolTip(item.text())
        first.setData(node.mark, MARK_ROLE)
        first.setData(not parent.index().isValid(), STRONG_ROLE)
        first.setData(node.pointer, POINTER_ROLE)
        first.setData(node.mark if node.mark in ("fail", "unknown") else "ink", TONE_ROLE)
        second.setData(node.mono, MONO_ROLE)
        # A reader of the screen hears the line as a whole, whichever cell it is on.
        first.setData(", ".join(filter(None, (first.text(), second.text()))), Qt.ItemDataRole.AccessibleTextRole)
        parent.appendRow([first, second])
        for below in node.below:
            self._add(first, below)
        self.setExpanded(first.index(), node.open)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy the whole chain."""
        if event.matches(QKeySequence.StandardKey.Copy):
            copy("\n".join(line for node in self._nodes for line in node.lines()))
        else:
            super().keyPressEvent(event)

    def _tell(self, index: QModelIndex) -> None:
        place = index.siblingAtColumn(0)
        while place.isValid() and not place.data(POINTER_ROLE):
            place = place.parent()
        if place.isValid():
            self.current.emit(place.data(POINTER_ROLE))

    def _fit(self) -> None:
        """As high as what is unfolded, within bounds."""
        rows, index = 0, self._model.index(0, 0)
        while index.isValid() and rows < 14:
            rows, index = rows + 1, self.indexBelow(index)
        self.setFixedHeight(self.header().height() + max(rows, 1) * space("row") + 4)
