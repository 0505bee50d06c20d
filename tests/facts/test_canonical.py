"""Canonical JSON: one value, one byte sequence, one digest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.canonical import MAX_INT, canonical, digest, parse

text = st.text(st.characters(exclude_categories=["Cs"]))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INT, MAX_INT) | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_reading_back_what_was_written_gives_the_same_bytes(value: object) -> None:
    assert canonical(parse(canonical(value))) == canonical(value)


def test_the_order_of_keys_does_not_matter() -> None:
    assert digest({"b": 1, "a": [1, 2]}) == digest({"a": [1, 2], "b": 1})


def test_keys_are_sorted_by_utf16_code_units_as_rfc_8785_asks() -> None:
    assert canonical({"\ufb33": 1, "\U0001f600": 2, "€": 3}).decode() == '{"€":3,"\U0001f600":2,"\ufb33":1}'


@pytest.mark.parametrize("value", [MAX_INT + 1, {"a": float("nan")}, {"a": "\ud800"}])
def test_what_cannot_be_written_exactly_is_refused(value: object) -> None:
    with pytest.raises((ValueError, UnicodeEncodeError)):
        canonical(value)


@pytest.mark.parametrize("data", [b'{"a":1,"a":2}', b'{"a":NaN}', b"\xff", b"{"])
def test_json_is_read_strictly(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse(data)
