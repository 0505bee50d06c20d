"""A card's front matter is read as data, within bounds, and never raises."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.recognise.cards import DEEPEST, LONGEST, MOST_VALUES, read_card


def card(matter: str, rest: str = "# Title\n") -> str:
    return f"---\n{matter}\n---\n{rest}"


def test_texts_and_lists_of_texts_are_read() -> None:
    found = read_card(card("license: mit\nbase_model:\n- a/b\n- c/d\nempty: ''"))
    assert found.texts("license") == ("mit",)
    assert found.texts("base_model") == ("a/b", "c/d")
    assert found.texts("empty") == found.texts("absent") == ()


def test_nothing_is_constructed_but_text() -> None:
    found = read_card(card("license: 2.0\nflag: yes\ndate: 2024-01-01\nother: !!python/name:os.system x"))
    assert found.values == {"license": "2.0", "flag": "yes", "date": "2024-01-01", "other": "x"}


@pytest.mark.parametrize("text", ["", "# Title", "--- not\n---\n", "---\nlicense: mit\n", "-\n", "---"])
def test_a_card_without_front_matter_is_empty(text: str) -> None:
    assert read_card(text) == ({}, "")


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm() -> None:
    assert read_card("\ufeff---\r\nlicense: mit\r\n---\r\n").texts("license") == ("mit",)


@pytest.mark.parametrize(
    ("matter", "problem"),
    [
        ("a: &x [1]\nb: *x", "references"),
        ("a: " + "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), "nested deeper"),
        ("[" * 100_000, "nested deeper"),
        ("a: [" + "x," * (MOST_VALUES + 1) + "]", "holds more than"),
        ("a: b: c", "not YAML at line 2"),
        ("- a", "not a map"),
        ("x" * (LONGEST + 1), "longer than"),
    ],
)  # fmt: skip
def test_what_goes_beyond_its_bounds_is_refused_by_name(matter: str, problem: str) -> None:
    found = read_card(card(matter))
    assert found.values == {}
    assert problem in found.problem


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.characters() | st.sampled_from("---\n:[]{}&*!|>'\" \t\ud800"), max_size=300))
def test_no_card_raises(text: str) -> None:
    read_card(text)
    read_card(card(text))
