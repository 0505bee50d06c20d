"""The table widget: marks and two-line cells, search, sort, copy, CSV, remembered columns, all by keyboard."""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QKeySequence, QPainter, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFileDialog,
    QHeaderView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from auditor.desktop import units
from auditor.desktop.fonts import font
from auditor.desktop.marks import paint_mark
from auditor.desktop.parts import button, copy, heading, row, text
from auditor.desktop.rows import HALVED_ROLE, MARK_ROLE, MONO_ROLE, SECOND_ROLE, STRONG_ROLE, TONE_ROLE, Column, Rows
from auditor.desktop.settings import Settings
from auditor.desktop.theme import space, theme
from auditor.documents import write
from auditor.errors import UserError

R = TypeVar("R")

NARROWEST = 0.8
"""Of the wanted width of the columns; a narrower table scrolls sideways."""


def to_csv(table: Sequence[Sequence[str]]) -> str:
    """RFC 4180. A cell that a spreadsheet would run as a formula gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([_inert(cell) for cell in line] for line in table)
    return out.getvalue()


def _inert(cell: str) -> str:
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and len(cell) > 1 else cell


Index = QModelIndex | QPersistentModelIndex


class Cell(QStyledItemDelegate):
    """Draws a cell: mark, text, second line; the row's hairline below."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw it."""
        box: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(box, theme().colour("accent-tint"))
            if index.column() == 0:
                painter.fillRect(QRect(box.left(), box.top(), space("edge"), box.height()), theme().colour("accent"))
        painter.setPen(theme().colour("line"))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        inner = box.adjusted(8, 0, -8, -1)
        mark, second = index.data(MARK_ROLE), index.data(SECOND_ROLE)
        tone = index.data(TONE_ROLE) or "ink"
        style = "mono" if index.data(MONO_ROLE) else "body"
        face = font(style, bool(index.data(STRONG_ROLE)))
        lines = QRect(inner)
        if mark:
            side = space("mark-s")
            top = inner.top() + (6 if second else (inner.height() - side) // 2)
            paint_mark(painter, mark, QRectF(inner.left() + 2, top + (2 if second else 0), side, side))
            lines.setLeft(inner.left() + side + 10)
        align = Qt.AlignmentFlag(index.data(Qt.ItemDataRole.TextAlignmentRole))
        how = Qt.TextElideMode.ElideMiddle if style == "mono" else Qt.TextElideMode.ElideRight
        if second:
            first = QRect(lines.left(), lines.top() + 6, lines.width(), 20)
            self._line(painter, first, face, tone, align, index.data() or "", how)
            below = QRect(lines.left(), lines.top() + 27, lines.width(), 17)
            halved = bool(index.data(HALVED_ROLE))
            small, shade = (face, tone) if halved else (font("caption"), "muted")
            self._line(painter, below, small, shade, align, second, Qt.TextElideMode.ElideMiddle)
        else:
            self._line(painter, lines, face, tone, align, index.data() or "", how)
        painter.restore()

    def _line(
        self,
        painter: QPainter,
        box: QRect,
        face: Any,
        tone: str,
        align: Qt.AlignmentFlag,
        content: str,
        how: Qt.TextElideMode,
    ) -> None:
        """One line; what does not fit is written smaller, and what does not fit then is shortened."""
        small = font("caption", face.weight() > QFont.Weight.Normal) if face.family() == font().family() else face
        if face.pixelSize() > small.pixelSize() and QFontMetrics(face).horizontalAdvance(content) > box.width():
            face = small
        painter.setFont(face)
        painter.setPen(theme().colour(tone))
        shown = QFontMetrics(face).elidedText(content.replace("\n", " "), how, box.width())
        painter.drawText(box, int(align | Qt.AlignmentFlag.AlignVCenter), shown)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Rows have a fixed height; widths are the columns' own."""
        return QSize(60, space("row"))


class View(QTableView):
    """Rows of one height, whole rows selected, sorted by a click on a head."""

    copied = Signal()
    """The keys for copying were pressed."""

    def __init__(self, model: Rows[Any], name: str, tall: bool) -> None:
        super().__init__()
        self.custom, self.sharing = False, False
        self.setModel(model)
        self.setAccessibleName(name)
        self.setItemDelegate(Cell(self))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(space("row-tall" if tall else "row"))
        header = self.horizontalHeader()
        header.setFont(font("caption", strong=True))
        header.setFixedHeight(space("row"))
        header.setHighlightSections(False)
        header.setSortIndicatorShown(True)
        header.setSortIndicatorClearable(True)
        header.setStretchLastSection(True)
        header.setSectionsClickable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.sortIndicatorChanged.connect(model.sort)
        for number, column in enumerate(model.columns):
            self.setColumnWidth(number, column.width)
        theme().changed.connect(self.viewport().update)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy rows; the view's own copying takes one cell."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copied.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Columns share the width until somebody sets them by hand; a large table scrolls sideways at the least."""
        super().resizeEvent(event)
        if self.custom:
            return
        columns: Sequence[Column[Any]] = self.model().columns  # type: ignore[attr-defined]
        wanted = sum(column.width for column in columns)
        scale = max(NARROWEST, self.viewport().width() / wanted)
        self.sharing = True
        for number, column in enumerate(columns):
            self.setColumnWidth(number, int(column.width * scale))
        self.sharing = False

    def fit(self, most: int = 12) -> None:
        """As high as its rows, up to ``most`` of them."""
        self.fit_rows(max(1, min(most, self.model().rowCount())))

    def fit_rows(self, rows: int) -> None:
        """As high as so many whole rows."""
        self.setFixedHeight(self.horizontalHeader().height() + rows * self.verticalHeader().defaultSectionSize() + 2)


class Table(QWidget, Generic[R]):
    """Title, search, copy and CSV above a :class:`View`."""

    current = Signal(object)
    """The row that the cursor is on, or None."""
    opened = Signal(object)
    """A row was double-clicked or Enter pressed on it."""
    failed = Signal(object)
    """A UserError while saving."""

    def __init__(
        self,
        key: str,
        title: str,
        columns: Sequence[Column[R]],
        settings: Settings,
        tall: bool = False,
        filters: Sequence[QWidget] = (),
        bar: bool = True,
        searched: Callable[[R], str] | None = None,
    ) -> None:
        super().__init__()
        self._key, self._settings = key, settings
        self._choose: Callable[[], str] = self._ask
        self.model: Rows[R] = Rows(columns, self, searched)
        self.view = View(self.model, title, tall)
        self.field = QLineEdit()
        self.field.setFont(font())
        self.field.setPlaceholderText(self.tr("Search"))
        self.field.setAccessibleName(self.tr("Search in {table}").format(table=title))
        self.field.setClearButtonEnabled(True)
        self.field.setMaximumWidth(240)
        self.field.textChanged.connect(self.model.search)
        self.amount = text("", "caption", "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        if bar:
            copy_button = button(self.tr("Copy"), self.copy, "link", name=self.tr("Copy {table}").format(table=title))
            save_button = button(
                self.tr("Save as CSV"), self.save, "link", name=self.tr("Save {table} as CSV").format(table=title)
            )
            head = row(heading(title), 8, self.field, *filters, self.amount, None, copy_button, save_button)
            head.setContentsMargins(16, 8, 12, 8)
            layout.addLayout(head)
        layout.addWidget(self.view)
        self.model.modelReset.connect(self._count)
        self.view.selectionModel().currentRowChanged.connect(lambda now, _: self.current.emit(self._at(now)))
        self.view.activated.connect(lambda index: self.opened.emit(self._at(index)))
        self.view.copied.connect(self.copy)
        find = QShortcut(QKeySequence.StandardKey.Find, self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.field.setFocus)
        state = settings.bytes(f"columns/{key}")
        if not state.isEmpty():
            self.view.custom = self.view.horizontalHeader().restoreState(state)
        self.view.horizontalHeader().sectionResized.connect(lambda *_: self._remember())
        self._count()

    def set_rows(self, rows: Sequence[R]) -> None:
        """Show other rows."""
        self.model.set_rows(rows)

    def renew(self, rows: Sequence[R], key: Callable[[R], object]) -> None:
        """Show a newer state of the same things; cursor and scroll bar stay where they are."""
        index = self.view.currentIndex()
        current = self._at(index)
        bar = self.view.verticalScrollBar()
        place = bar.value()
        self.model.set_rows(rows)
        if current is not None:
            wanted = key(current)
            number = next((i for i, each in enumerate(self.model.rows()) if key(each) == wanted), None)
            if number is not None:
                self.view.selectRow(number)
        bar.setValue(place)

    def select(self, number: int) -> None:
        """Put the cursor on a row."""
        index = self.model.index(number, 0)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.view.selectionModel().setCurrentIndex(index, flags)
        self.view.scrollTo(index)

    def selected(self) -> list[R]:
        """The selected rows in the order shown."""
        rows = self.model.rows()
        return [rows[i] for i in sorted(index.row() for index in self.view.selectionModel().selectedRows())]

    def copy(self) -> None:
        """The selected rows, else all shown, as tab-separated text with a head."""
        lines = self.model.table(self.selected() or None)
        copy("\n".join("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in line) for line in lines))

    def save(self) -> None:
        """All rows shown, as CSV."""
        path = self._choose()
        if not path:
            return
        try:
            write(Path(path), to_csv(self.model.table()).encode())
        except UserError as error:
            self.failed.emit(error)

    def _ask(self) -> str:
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Save as CSV"), f"{self._key}.csv", "CSV (*.csv)")
        return path

    def _at(self, index: QModelIndex) -> R | None:
        return self.model.rows()[index.row()] if index.isValid() else None

    def _count(self) -> None:
        shown, total = len(self.model.rows()), self.model.total()
        self.amount.setText(
            units.count(total)
            if shown == total
            else self.tr("{shown} of {total}").format(shown=units.count(shown), total=units.count(total))
        )

    def _remember(self) -> None:
        # Sections are resized by layout, too; only a drag of the mouse is somebody's wish.
        if self.view.sharing or not QApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            return
        self.view.custom = True
        self._settings.set(f"columns/{self._key}", self.view.horizontalHeader().saveState())
