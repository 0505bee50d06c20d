"""A range of versions takes in whole series, and never what is no version."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.knowledge.versions import Range, numbers


@pytest.mark.parametrize(
    ("version", "found"),
    [("0.33.0", (0, 33, 0)), ("v1.2", (1, 2)), ("0.33.1rc1+cu130", (0, 33, 1)), ("main", ()), ("", ())],
)
def test_the_numbers_lead(version: str, found: tuple[int, ...]) -> None:
    assert numbers(version) == found


@pytest.mark.parametrize(
    ("low", "high", "version", "within"),
    [
        ("0.33", "0.33", "0.33.9", True),
        ("0.33", "0.33", "0.34.0", False),
        ("0.33", "0.33", "0.32.9", False),
        ("0.33.0", "", "0.33", True),
        ("", "1.109.0", "1.109.0.post1", True),
        ("", "1.109.0", "1.109.1", False),
        ("1.109.1", "", "1.109.1", True),
        ("1", "2", "2.99", True),
        ("1", "2", "dev", False),
    ],
)
def test_both_ends_belong_to_it(low: str, high: str, version: str, within: bool) -> None:
    assert Range(from_=low, to=high).holds(version) is within


@given(st.text(max_size=40))
def test_any_text_can_be_asked_for(version: str) -> None:
    assert Range(from_="0.1", to="0.9").holds(version) in (True, False)
