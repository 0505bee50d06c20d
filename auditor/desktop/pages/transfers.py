"""Whom a host contacted and what that means, of an audit and of captures that are dropped on the page of traffic.

Captures are read by the command line in a child process; what they say is shown, and is no part of the audit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from auditor.desktop import units
from auditor.desktop.child import Task
from auditor.desktop.parts import Panel, clear, prose, text
from auditor.desktop.rows import Column
from auditor.desktop.settings import Settings
from auditor.desktop.table import Table
from auditor.judge.destination import Destination, Reach

SUFFIXES = (".pcap", ".pcapng", ".cap", ".dmp")
MOST = 20
"""Files of one drop."""


@dataclass(frozen=True)
class Told:
    """One destination as a row."""

    name: str
    addresses: tuple[str, ...]
    operator: str
    country: str
    cdn: bool
    transfer: str
    product: str
    owners: str
    reach: str
    sent: int
    received: int
    connections: int
    places: tuple[str, ...] = ()
    """Countries that the addresses are registered to."""
    attempts: int = 0
    """Of the connections; those that got no answer."""


def told_of(one: Destination) -> Told:
    """A destination of an audit."""
    owners = dict.fromkeys(
        " ".join(filter(None, (owner.package or owner.name, owner.version, f"({owner.pid})"))) for owner in one.owners
    )
    return Told(
        name=one.name,
        addresses=one.addresses,
        operator=one.operator or ", ".join(one.networks[:1]),
        country=one.operator_country or ", ".join(one.countries),
        cdn=one.cdn,
        transfer=one.transfer.value,
        product=", ".join(dict.fromkeys(endpoint.product for endpoint in one.endpoints)),
        owners="; ".join(owners),
        reach=one.reach.value,
        sent=one.bytes_out,
        received=one.bytes_in,
        connections=one.connections + one.attempts,
        places=one.countries,
        attempts=one.attempts,
    )


def told_of_json(row: dict[str, Any]) -> Told:
    """A destination of ``auditor traffic --json``."""
    return Told(
        name=str(row["name"]),
        addresses=tuple(map(str, row["addresses"])),
        operator=str(row["operator"] or ", ".join(map(str, row["networks"][:1]))),
        country=str(row["operator_country"] or row["country"] or ""),
        cdn=bool(row["cdn"]),
        transfer=str(row["transfer_class"]),
        product=str(row["product"] or ""),
        owners="",
        reach=str(row["reach"]),
        sent=int(row["bytes_out"]),
        received=int(row["bytes_in"]),
        connections=int(row["flows"]),
        places=(str(row["country"]),) if row["country"] else (),
    )


class _Classes(QObject):
    def words(self) -> dict[str, str]:
        return {
            "own": self.tr("own network"),
            "eea": self.tr("EEA"),
            "adequate": self.tr("adequacy decision"),
            "conditional": self.tr("decision for some recipients only"),
            "third": self.tr("third country without a decision"),
            "unknown": self.tr("not known"),
        }


def transfer_classes() -> dict[str, str]:
    """What a transfer rests on, in the words of the interface."""
    return _Classes().words()


class Transfers(QWidget):
    """The table, with the words of its language."""

    failed = Signal(object)
    """A UserError while saving."""

    def __init__(self, key: str, title: str, rows: Sequence[Told], settings: Settings) -> None:
        super().__init__()
        self._classes = transfer_classes()
        columns: list[Column[Told]] = [
            Column(self.tr("Destination"), self._name, width=190, mono=True, second=self._addresses),
            Column(self.tr("Registered to"), lambda t: t.operator or "–", width=180, second=self._place),
            Column(self.tr("Class of transfer"), lambda t: self._classes.get(t.transfer, t.transfer), width=216,
                   tone=lambda t: "fail" if t.transfer == "third" else "unknown" if t.transfer == "unknown" else "ink"),
            Column(self.tr("Known contact of"), lambda t: t.product or "–", width=150),
            Column(self.tr("Process"), lambda t: t.owners or "–", width=130),
            Column(self.tr("Sent"), lambda t: units.size(t.sent), key=lambda t: t.sent, width=80, right=True),
            Column(self.tr("Received"), lambda t: units.size(t.received), key=lambda t: t.received, width=80,
                   right=True),
            Column(self.tr("Connections"), lambda t: units.count(t.connections), key=lambda t: t.connections,
                   width=90, right=True),
        ]  # fmt: skip
        self.table: Table[Told] = Table(key, title, columns, settings, tall=True)
        self.table.failed.connect(self.failed)
        self.table.set_rows(rows)
        self.table.view.fit(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)

    def _name(self, told: Told) -> str:
        if told.reach == Reach.REPLY.value:
            return self.tr("Clients, answered")
        return units.clean(told.name or (told.addresses[0] if told.addresses else ""), 200)

    def _addresses(self, told: Told) -> str:
        if told.reach == Reach.ATTEMPT.value:
            return self.tr("attempt only")
        return ", ".join(told.addresses[:3]) if told.name else ""

    def _place(self, told: Told) -> str:
        return self.tr("location not determinable") if told.cdn else told.country


class Captures(Panel):
    """Takes captures that are dropped, and shows where their connections went."""

    failed = Signal(object)
    """A UserError."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("plain", gap=8)
        self._settings = settings
        self._task: Task | None = None
        self._state = prose(self.tr("Drop captures here (pcap, pcapng) to see where their connections go."), "muted")
        self._found = QVBoxLayout()
        self.add(self._state, self._found)

    def read(self, paths: Sequence[Path]) -> None:
        """Read captures in a child process; an earlier reading is ended."""
        self.stop()
        clear(self._found)
        names = ", ".join(path.name for path in paths[:3])
        self._state.setText(units.clean(self.tr("Reading {files}…").format(files=names), 300))
        self._task = Task(["traffic", *map(str, paths[:MOST])], self)
        self._task.done.connect(lambda data, _: self._show(data, names))
        self._task.failed.connect(self._fail)
        self._task.start()

    def stop(self) -> None:
        """End a reading."""
        if self._task is not None:
            self._task.stop()
            self._task = None

    def _show(self, data: Any, names: str) -> None:
        capture = data["capture"]
        sentence = self.tr("{files}: {packets} packets. Not part of this audit; audit with --capture to take it in.")
        if capture["truncated"] or data["problems"]:
            sentence = self.tr("{files}: {packets} packets; the file is cut or damaged, the rest was not seen.")
        self._state.setText(units.clean(sentence.format(files=names, packets=units.count(capture["packets"])), 400))
        rows = [told_of_json(row) for row in data["destinations"]]
        found = Transfers("captured", self.tr("Destinations of the captures"), rows, self._settings)
        found.failed.connect(self.failed)
        self._found.addWidget(found)
        for each in capture["kept"]:
            self._found.addWidget(text(units.clean(each), "caption", "muted", wrap=True))

    def _fail(self, error: object) -> None:
        self._state.setText(self.tr("The capture could not be read."))
        self.failed.emit(error)


def captures_in(paths: Sequence[str]) -> list[Path]:
    """Those of some dropped files that are named as captures."""
    return [Path(path) for path in paths if path and Path(path).suffix.lower() in SUFFIXES]
