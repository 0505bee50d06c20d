"""Messages: how they read, in which order they come, and what was perhaps meant."""

import re
from pathlib import Path

import pytest

from auditor.policy.message import (
    LINTED,
    MOST_COMPARED,
    MOST_SHOWN,
    SECTIONS,
    Message,
    Place,
    PolicyError,
    nearest,
    tell,
)


def test_a_message_reads_as_compilers_print_theirs() -> None:
    plain = tell(Place("p.yaml", 3, 7), "unknown-key", "unknown key 'titel'")
    meant = tell(Place("p.yaml", 3, 7), "unknown-key", "unknown key 'titel'", "title")

    assert str(plain) == "p.yaml:3:7: unknown key 'titel'"
    assert str(meant) == "p.yaml:3:7: unknown key 'titel' (did you mean 'title'?)"


def test_messages_come_in_the_order_of_files_and_lines_and_once() -> None:
    places = [Place("b.yaml", 1, 1), Place("a.yaml", 10, 1), Place("a.yaml", 9, 5), Place("a.yaml", 9, 5)]

    error = PolicyError(tell(place, "rule", "words") for place in places)

    assert [(m.file, m.line) for m in error.messages] == [("a.yaml", 9), ("a.yaml", 10), ("b.yaml", 1)]


def test_a_flood_of_messages_is_counted() -> None:
    error = PolicyError(Message("p.yaml", line, 1, "rule", "words") for line in range(1, MOST_SHOWN + 8))

    assert len(error.message.splitlines()) == MOST_SHOWN + 1
    assert error.message.endswith("… and 7 more")
    assert len(error.messages) == MOST_SHOWN + 7


def test_the_nearest_word_is_found() -> None:
    assert nearest("severty", ["severity", "title"]) == "severity"
    assert nearest("colour", ["severity", "title"]) == ""
    assert nearest(5, ["5"]) == ""


def test_the_search_for_it_is_bounded() -> None:
    far = [f"word{number}" for number in range(MOST_COMPARED)] + ["needle"]

    assert nearest("needle", far) == ""
    assert nearest("x" * 10_000, ["x" * 10_000]) == ""


@pytest.mark.parametrize("place", [*SECTIONS.values(), LINTED.removeprefix("docs/"), "policy-reference.md#fields"])
def test_every_section_that_a_message_names_is_there(place: str) -> None:
    file, _, anchor = place.partition("#")
    text = (Path(__file__).resolve().parents[2] / "docs" / file).read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)

    assert anchor in {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
