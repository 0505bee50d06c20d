"""The map with its key, what cannot be drawn beside it, and the table behind it."""

from collections.abc import Sequence

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout

from auditor.desktop import units
from auditor.desktop.fonts import font
from auditor.desktop.pages.transfers import transfer_classes
from auditor.desktop.parts import Panel, clear, column, heading, row, text
from auditor.desktop.places import ORDER, Found, Place, Places, places_of
from auditor.desktop.rows import Column
from auditor.desktop.settings import Settings
from auditor.desktop.table import Table
from auditor.desktop.world import world
from auditor.desktop.worldmap import TONES, Key, WorldMap

HOME = "map/home"
"""Setting: the host's country as somebody stated it."""
MOST = 8
"""Names that are listed beside the map."""


class WorldPanel(Panel):
    """Shows destinations by the country that they are registered to."""

    failed = Signal(object)
    """A UserError while saving the table."""

    def __init__(self, key: str, settings: Settings) -> None:
        super().__init__(padding=0, gap=0)
        self._settings = settings
        self._classes = transfer_classes()
        self._shown: Places | None = None
        title = self.tr("Destinations by the country that they are registered to")
        self.map = WorldMap(title)
        self.home = QComboBox()
        self.home.setFont(font())
        self.home.setAccessibleName(self.tr("The host stands in"))
        self.home.addItem("–", "")
        for code in sorted(world().points):
            self.home.addItem(_country(code), code)
        self.home.setCurrentIndex(max(0, self.home.findData(settings.text(HOME))))
        self.home.activated.connect(lambda _: self._choose())
        label = text(self.tr("The host stands in"), "caption", "muted")
        label.setBuddy(self.home)
        self._keys, self._beside = QVBoxLayout(), QVBoxLayout()
        self._beside.setSpacing(4)
        side = column(self._keys, 8, self._beside, None, label, self.home, gap=4)
        line = row(self.map, side, gap=24)
        line.setStretch(0, 5)
        line.setStretch(1, 2)
        line.setContentsMargins(16, 0, 16, 16)
        head = row(heading(title), None)
        head.setContentsMargins(16, 16, 16, 8)
        note = text(
            self.tr("A registration does not tell where a machine stands. Borders are drawn as they are held."),
            "caption",
            "muted",
            wrap=True,
        )
        note.setContentsMargins(16, 0, 16, 8)
        columns: list[Column[Place]] = [
            Column(self.tr("Registered to"), lambda p: _country(p.code), width=200),
            Column(self.tr("Class of transfer"), lambda p: self._classes.get(p.transfer, p.transfer),
                   key=lambda p: ORDER.index(p.transfer) if p.transfer in ORDER else 9, width=220,
                   tone=lambda p: TONES[p.transfer] if p.transfer in ("third", "unknown") else "ink"),
            Column(self.tr("Destinations"), lambda p: units.clean(", ".join(p.names), 300),
                   key=lambda p: p.destinations, width=320, mono=True),
            Column(self.tr("Connections"), lambda p: units.count(p.connections), key=lambda p: p.connections,
                   width=100, right=True),
            Column(self.tr("Sent"), lambda p: units.size(p.sent), key=lambda p: p.sent, width=90, right=True),
            Column(self.tr("Received"), lambda p: units.size(p.received), key=lambda p: p.received, width=90,
                   right=True),
        ]  # fmt: skip
        self.table: Table[Place] = Table(key, self.tr("Countries"), columns, settings)
        self.table.failed.connect(self.failed)
        self.add(head, line, note, self.table)

    def show_told(self, told: Sequence[Found]) -> None:
        """Show other destinations; cheap where nothing changed."""
        found = places_of(told)
        if found == self._shown:
            return
        self._shown = found
        self.map.show_places(found.drawn, str(self.home.currentData()))
        self.table.renew(found.drawn, lambda place: place.code)
        self.table.view.fit(6)
        self._tell(found)

    def _choose(self) -> None:
        self._settings.set(HOME, str(self.home.currentData()))
        if self._shown is not None:
            self.map.show_places(self._shown.drawn, str(self.home.currentData()))

    def _tell(self, found: Places) -> None:
        """The classes that are drawn, and what is not drawn."""
        clear(self._keys)
        clear(self._beside)
        for transfer in ORDER:
            here = [place for place in found.drawn if place.transfer == transfer]
            if here:
                line = row(Key(transfer), text(self._classes[transfer], "caption", wrap=True))
                line.setStretch(1, 1)
                self._keys.addLayout(line)
        if not found.drawn:
            nothing = self.tr("No destination is registered to a country.")
            self._keys.addWidget(text(nothing, "caption", "muted", wrap=True))
        lists = (
            (self.tr("Location not determinable (answered in many places)"),
             [f"{name}: {units.count(number)}" for name, number in found.undetermined]),
            (self.tr("No country known"), list(found.unknown)),
            (self.tr("Own network"), [units.count(found.own)] if found.own else []),
        )  # fmt: skip
        for title, items in lists:
            if items:
                shown = items[:MOST] + ([f"+ {units.count(len(items) - MOST)}"] if len(items) > MOST else [])
                self._beside.addWidget(text(title, "caption", strong=True, wrap=True))
                self._beside.addWidget(text(units.clean(", ".join(shown), 400), "caption", "muted", wrap=True))


def _country(code: str) -> str:
    """``DE Germany``; the code alone where Qt knows no such country."""
    territory = QLocale.codeToTerritory(code)
    return code if territory is QLocale.Country.AnyCountry else f"{code} {QLocale.territoryToString(territory)}"
