"""The table of a running watch: connections by process and destination."""

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from auditor.desktop import units
from auditor.desktop.pages.transfers import transfer_classes
from auditor.desktop.places import ORDER
from auditor.desktop.rows import Column
from auditor.desktop.settings import Settings
from auditor.desktop.table import Table
from auditor.desktop.watching import Row


class WatchTable(QWidget):
    """Who sent most comes first."""

    failed = Signal(object)
    """A UserError while saving."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._classes = transfer_classes()
        columns: list[Column[Row]] = [
            Column(self.tr("Process"), self._process, width=140, second=lambda r: r.container),
            Column(self.tr("Destination"), lambda r: r.name or end(r), width=210, mono=True, second=self._below),
            Column(self.tr("Registered to"), lambda r: r.operator or "–", width=180, second=self._place),
            Column(self.tr("Class of transfer"), lambda r: self._classes.get(r.transfer, r.transfer),
                   key=lambda r: ORDER.index(r.transfer) if r.transfer in ORDER else -1, width=216,
                   tone=lambda r: "fail" if r.transfer == "third" else "unknown" if r.transfer == "unknown" else "ink"),
            Column(self.tr("Known contact of"), lambda r: r.product or "–", width=150),
            Column(self.tr("Sent"), lambda r: units.size(r.sent) if r.counted else "–", key=lambda r: r.sent,
                   width=80, right=True),
            Column(self.tr("Received"), lambda r: units.size(r.received) if r.counted else "–",
                   key=lambda r: r.received, width=80, right=True),
        ]  # fmt: skip
        title = self.tr("Connections by process and destination")
        self.table: Table[Row] = Table("watch", title, columns, settings, tall=True)
        self.table.failed.connect(self.failed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        self.show_rows(())

    def show_rows(self, rows: Iterable[Row]) -> None:
        """A newer state."""
        ordered = sorted(rows, key=lambda r: (-r.sent - r.received, r.lane, r.process))
        self.table.renew(ordered, lambda r: r.key)
        self.table.view.fit(8)

    def _process(self, row: Row) -> str:
        if row.pid is None:
            return self.tr("not seen")
        return units.clean(f"{row.process} ({row.pid})", 200)

    def _below(self, row: Row) -> str:
        where = end(row) if row.name else row.proto
        return self.tr("{where}, attempt only").format(where=where) if row.attempt else where

    def _place(self, row: Row) -> str:
        return self.tr("location not determinable") if row.cdn else ", ".join(row.places)


def end(row: Row) -> str:
    """``203.0.113.24:443``; without a port where the protocol has none."""
    if not row.port:
        return row.address
    return f"[{row.address}]:{row.port}" if ":" in row.address else f"{row.address}:{row.port}"
