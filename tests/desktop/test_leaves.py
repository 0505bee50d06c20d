"""Leaves of facts.json with their pointers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.desktop.leaves import Leaf, leaf_at, leaves, resolve, show
from auditor.facts.canonical import canonical, parse
from tests.desktop import sample

FACT = {"value": 7, "source": "/proc", "method": "read", "time": "2026-11-22T12:00:00Z", "status": "observed"}


def test_a_fact_is_one_leaf_with_its_provenance() -> None:
    assert leaves({"a": [FACT]}) == [Leaf("/a/0", "7", "observed", "/proc", "read", "2026-11-22T12:00:00Z", "")]


def test_keys_are_escaped_as_json_pointers_ask() -> None:
    assert [leaf.pointer for leaf in leaves({"a/b": {"c~d": 1}})] == ["/a~1b/c~0d"]


def test_an_empty_text_that_is_no_fact_says_nothing() -> None:
    assert leaves({"note": "", "name": "x"}) == [Leaf("/name", "x")]


def test_every_pointer_of_a_real_document_resolves() -> None:
    document = parse(canonical(sample.audit()))
    found = leaves(document)
    assert len(found) > 300
    for leaf in found:
        resolve(document, leaf.pointer)


def test_a_thing_is_summed_up_by_its_facts() -> None:
    document = parse(canonical(sample.audit()))
    leaf = leaf_at(document, "/facts/licences/0")
    assert leaf.source.endswith("/LICENSE")
    assert leaf.value


@pytest.mark.parametrize("pointer", ["/nowhere", "/facts/models/99", "/facts/models/x", "/target/name/deeper"])
def test_a_pointer_that_leads_nowhere_gives_an_empty_leaf(pointer: str) -> None:
    assert leaf_at(parse(canonical(sample.audit())), pointer) == Leaf(pointer, "")


@given(st.recursive(st.none() | st.booleans() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)))
def test_any_value_is_shown_in_words(value: object) -> None:
    assert isinstance(show(value), str)
