"""Ranges of versions by which policies are extended."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.policy.versions import holds, parse_version

numbers = st.integers(0, 40)
versions = st.tuples(numbers, numbers, numbers).map(lambda v: ".".join(map(str, v)))


@pytest.mark.parametrize(
    ("range_", "inside", "outside"),
    [
        ("^1", ["1.0.0", "1.9.3"], ["0.9.9", "2.0.0"]),
        ("^1.2", ["1.2.0", "1.9.0"], ["1.1.9", "2.0.0"]),
        ("^0.3", ["0.3.0", "0.3.9"], ["0.2.9", "0.4.0"]),
        ("^0", ["0.0.1", "0.9.0"], ["1.0.0"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4", "0.0.2"]),
        ("^0.0", ["0.0.0", "0.0.7"], ["0.1.0"]),
        ("~1.2", ["1.2.0", "1.2.7"], ["1.3.0"]),
        ("~1.2.3", ["1.2.3", "1.2.9"], ["1.2.2", "1.3.0"]),
        ("~1", ["1.0.0", "1.7.0"], ["2.0.0"]),
        ("1.2.3", ["1.2.3"], ["1.2.4"]),
        ("1.2", ["1.2.0", "1.2.9"], ["1.3.0"]),
        (">=1.2,<3", ["1.2.0", "2.9.9"], ["1.1.0", "3.0.0"]),
        (">1.2", ["1.3.0"], ["1.2.5"]),
        ("<=1.2", ["1.2.5", "0.1.0"], ["1.3.0"]),
        ("*", ["0.0.0", "99.0.0"], []),
    ],
)
def test_a_range_holds_what_it_says(range_: str, inside: list[str], outside: list[str]) -> None:
    assert [v for v in inside + outside if holds(range_, v)] == inside


@pytest.mark.parametrize("range_", ["one", "^", "1.2.3.4", "^-1", ">=1 <2", "^1;", "v1"])
def test_what_is_no_range_is_refused(range_: str) -> None:
    with pytest.raises(ValueError, match="no range"):
        holds(range_, "1.0.0")


@pytest.mark.parametrize("text", ["1", "1.2", "01.2.3", "1.2.3-rc1", "1.2.x", ""])
def test_a_version_is_three_numbers(text: str) -> None:
    with pytest.raises(ValueError, match="no version"):
        parse_version(text)


@settings(deadline=None)
@given(versions)
def test_every_version_is_in_its_own_ranges(version: str) -> None:
    assert all(holds(sign + version, version) for sign in ("", "^", "~", ">=", "<=", "="))
    assert not any(holds(sign + version, version) for sign in ("<", ">"))


@settings(deadline=None)
@given(versions, versions)
def test_caret_never_leaves_the_major_version(base: str, other: str) -> None:
    if holds(f"^{base}", other):
        assert parse_version(other)[0] == parse_version(base)[0]
        assert parse_version(other) >= parse_version(base)
