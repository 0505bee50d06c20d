"""Numbers, times and hostile text as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from auditor.desktop import units


@pytest.fixture(autouse=True)
def english(styled: QApplication) -> None:
    """Separators of the English interface."""


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (35_400, "35.4 kB"),
        (1_900_000, "1.9 MB"),
        (1_520_000_000_000, "1,520 GB"),
        (12_000_000_000_000, "12.0 TB"),
    ],
)
def test_sizes_are_decimal(count: int, expected: str) -> None:
    assert units.size(count).replace("\u00a0", " ") == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.4, "0 s"), (59.6, "1 min"), (61, "1 min 01 s"), (3220, "53 min 40 s"), (3600, "1 h"), (7500, "2 h 05 min")],
)
def test_durations(seconds: float, expected: str) -> None:
    assert units.duration(seconds).replace("\u00a0", " ") == expected


def test_a_digest_breaks_only_between_its_halves() -> None:
    shown = units.digest("0123456789abcdef" * 4)
    assert shown.split(" ") == ["\u00a0".join(["01234567", "89abcdef"] * 2)] * 2


def test_a_time_carries_its_zone() -> None:
    assert units.when("2026-11-22T12:00:02Z").endswith(units.zone("2026-11-22T12:00:02Z"))
    assert units.clock("") == ""


def test_a_watch_over_midnight_names_both_days() -> None:
    assert units.day("2026-11-20T12:00:00Z") in units.hours("2026-11-20T12:00:00Z", "2026-11-22T12:00:00Z")
    assert units.hours("2026-11-22T12:00:00Z", "2026-11-22T12:30:00Z").count(":") == 4


def test_characters_that_rearrange_a_line_are_spelt_out() -> None:
    assert units.clean("a\u202egpj.exe") == "a<U+202E>gpj.exe"


def test_a_tool_tip_shows_tags_and_does_not_obey_them() -> None:
    assert "&lt;img" in units.tip("<img src='x'>")


@given(st.text())
def test_cleaned_text_is_bounded_and_printable(text: str) -> None:
    cleaned = units.clean(text, 50)
    assert len(cleaned) <= 50 * 12 + 1
    assert all(c.isprintable() or c in "\n\u00a0" for c in cleaned)
