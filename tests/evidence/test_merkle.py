"""Leaves and root: every change is found, and nothing hidden can be guessed."""

import hashlib
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from auditor.evidence.merkle import SALT, Leaf, hash_leaf, leaves, root, root_of, salt
from auditor.facts.canonical import canonical

SEED = b"s" * 32
SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=12)
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
)


def hashed(document: Any) -> list[bytes]:
    return [hash_leaf(leaf, salt(SEED, leaf.place)) for leaf in leaves({"a": document})]


def recursive(hashes: list[bytes]) -> bytes:
    """The definition of RFC 9162, 2.1.1, word for word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return hashlib.sha256(b"\x01" + recursive(hashes[:k]) + recursive(hashes[k:])).digest()


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=40))
def test_the_tree_is_that_of_the_standard(hashes: list[bytes]) -> None:
    assert root(hashes) == recursive(hashes)


@given(TREES, TREES)
def test_other_documents_have_another_root(one: Any, other: Any) -> None:
    assume(canonical(one) != canonical(other))
    assert root_of({"a": one}, SEED) != root_of({"a": other}, SEED)


@given(TREES)
def test_a_document_of_another_name_has_another_root(document: Any) -> None:
    assert root_of({"a": document}, SEED) != root_of({"b": document}, SEED)


@given(st.lists(SCALARS, min_size=2, max_size=20), st.data())
def test_any_changed_added_moved_or_removed_leaf_is_found(values: list[Any], data: st.DataObject) -> None:
    whole = hashed(values)
    expected = root(whole)
    place = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, len(whole) - 1))
    assume(place != other)
    flipped = bytes([whole[place][0] ^ 1]) + whole[place][1:]
    moved = [*whole]
    moved[place], moved[other] = moved[other], moved[place]
    for changed in (
        [*whole[:place], flipped, *whole[place + 1 :]],
        [*whole[:place], *whole[place + 1 :]],
        [*whole[:place], whole[other], *whole[place:]],
        [*whole, whole[-1]],
        moved,
    ):
        assert root(changed) != expected


@given(SCALARS, SCALARS, st.text(max_size=8), st.text(max_size=8))
def test_a_leaf_is_not_taken_for_another(one: Any, other: Any, here: str, there: str) -> None:
    assume((canonical(one), here) != (canonical(other), there))
    salted = b"x" * SALT
    try:
        first, second = hash_leaf(Leaf(here, one), salted), hash_leaf(Leaf(there, other), salted)
    except UnicodeEncodeError:
        return
    assert first != second


@given(SCALARS | st.floats(allow_nan=False, allow_infinity=False) | st.just([]) | st.just({}))
def test_a_value_is_hashed_in_its_canonical_form(value: Any) -> None:
    leaf, salted = Leaf("a#/b", value), b"x" * SALT
    content = b"\x00" + salted + (4).to_bytes(4, "big") + b"a#/b" + canonical(value)
    assert hash_leaf(leaf, salted) == hashlib.sha256(content).digest()


def test_a_hidden_value_is_not_found_by_trying_all_values() -> None:
    hidden = hashed({"port": 443})[0]
    (leaf,) = leaves({"a": {"port": 443}})
    assert hash_leaf(leaf, salt(SEED, leaf.place)) == hidden
    # Whoever knows place and all possible values, but not the salt, finds nothing; nor with the salt of a neighbour.
    neighbour = salt(SEED, "a#/address")
    for tried in range(65536):
        for guess in (bytes(SALT), neighbour):
            assert hash_leaf(Leaf(leaf.place, tried), guess) != hidden


def test_places_are_json_pointers() -> None:
    found = dict(leaves({"a": {"x/y~": [1, {}, []], "n": None}}))
    assert found == {"a#/n": None, "a#/x~1y~0/0": 1, "a#/x~1y~0/1": {}, "a#/x~1y~0/2": []}


@given(TREES)
def test_every_value_of_a_document_is_a_leaf(document: Any) -> None:
    rebuilt: dict[str, Any] = dict(leaves({"a": document}))

    def count(value: Any) -> int:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return sum(map(count, inner)) if inner else 1

    assert len(rebuilt) == count(document)
