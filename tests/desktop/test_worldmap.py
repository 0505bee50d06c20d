"""The map: what is drawn where, what is listed beside it, and the table that says the same."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from auditor.desktop.pages.transfers import Told, told_of
from auditor.desktop.places import places_of
from auditor.desktop.settings import Settings
from auditor.desktop.theme import theme
from auditor.desktop.worldmap import PATTERNS, TONES, WorldMap
from auditor.desktop.worldpanel import HOME, WorldPanel
from tests.desktop import sample

TOLD = [told_of(one) for one in sample.destinations()]
BLANK = Told("", (), "", "", False, "eea", "", "", "transfer", 0, 0, 1)


def test_destinations_are_grouped_by_registration_worst_class_first() -> None:
    found = places_of(TOLD)
    assert [(p.code, p.transfer, p.destinations) for p in found.drawn] == [
        ("CN", "third", 1),
        ("SG", "third", 1),
        ("US", "conditional", 2),
        ("JP", "adequate", 1),
        ("DE", "eea", 1),
        ("FR", "eea", 1),
    ]
    assert found.undetermined == (("Example Edge, Inc.", 1),)
    assert found.unknown == ("203.0.113.99",)
    assert found.own == 1


def test_who_called_is_no_destination_and_a_country_takes_its_worst_class() -> None:
    de = replace(BLANK, name="a", places=("DE",))
    found = places_of([de, replace(de, name="b", transfer="third"), replace(de, name="c", reach="reply")])
    assert [(p.names, p.transfer, p.connections) for p in found.drawn] == [(("a", "b"), "third", 2)]


def test_classes_differ_by_pattern_and_not_by_colour_alone() -> None:
    assert len(set(PATTERNS.values())) == len(PATTERNS) == len(TONES)


@pytest.fixture
def shown(styled: object, qtbot: QtBot) -> WorldMap:
    made = WorldMap("Countries")
    qtbot.addWidget(made)
    made.resize(QSize(800, 348))
    made.show_places(places_of(TOLD).drawn, "CZ")
    made.show()
    return made


def test_a_country_is_found_where_it_is_drawn_and_named_by_its_marker(shown: WorldMap) -> None:
    codes = set()
    for x in range(0, 800, 4):
        for y in range(0, 348, 4):
            place = shown.place_at(x, y)
            if place is not None:
                codes.add(place.code)
    assert codes == {"CN", "SG", "US", "JP", "DE", "FR"}
    assert "US: 2" in shown.accessibleDescription()


def test_countries_are_painted_in_both_themes(shown: WorldMap) -> None:
    for name in ("light", "dark"):
        theme().choose(name)  # type: ignore[arg-type]
        image = shown.grab().toImage()
        colours = {image.pixelColor(x, y).name() for x in range(0, 800, 2) for y in range(0, 348, 2)}
        assert theme().colour("sunken").name() in colours
        assert theme().colour("fail-tint").name() in colours
        assert theme().colour("ink").name() in colours
    theme().choose("light")


def test_without_a_stated_home_nothing_is_outlined(shown: WorldMap) -> None:
    shown.show_places((), "")
    image = shown.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert theme().colour("ink").name() not in colours
    shown.show_places((), "CZ")
    image = shown.grab().toImage()
    assert theme().colour("ink").name() in {
        image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())
    }


def test_beside_the_map_stands_what_has_no_place(styled: object, settings: Settings, qtbot: QtBot) -> None:
    settings.set(HOME, "DE")
    panel = WorldPanel("countries", settings)
    qtbot.addWidget(panel)
    panel.show_told(TOLD)
    shown = "\n".join(label.text() for label in panel.findChildren(QLabel))
    assert "Location not determinable (answered in many places)\nExample Edge, Inc.: 1" in shown
    assert "No country known\n203.0.113.99" in shown
    head, first, *rest = panel.table.model.table()
    assert dict(zip(head, first, strict=True))["Registered to"] == "CN China"
    assert len(rest) == 5
    assert panel.home.currentText() == "DE Germany"
    panel.home.setCurrentIndex(0)
    panel.home.activated.emit(0)
    assert settings.text(HOME, "x") == ""


def test_a_map_without_a_country_says_so(styled: object, settings: Settings, qtbot: QtBot) -> None:
    panel = WorldPanel("countries", settings)
    qtbot.addWidget(panel)
    panel.show_told([])
    assert "No destination is registered to a country." in [each.text() for each in panel.findChildren(QLabel)]
