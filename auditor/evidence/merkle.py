"""Salted leaves of documents under one root: any of them can be shown, and proved, without showing the others.

A leaf is one scalar, or one empty object or list, at its place (RFC 6901). Leaves and nodes are hashed as in RFC 9162,
2.1.1, with SHA-256: a byte 0x00 before a leaf, 0x01 before two nodes. The salt of a leaf, 128 bits, follows from a
secret seed and its place; without it, a hidden value cannot be guessed from the hash of its leaf.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from auditor.facts.canonical import canonical

SALT = 16
"""Bytes."""


class Leaf(NamedTuple):
    """One value at its place, ``facts.json#/facts/host/kernel/value``."""

    place: str
    value: Any


def leaves(documents: Mapping[str, Any]) -> list[Leaf]:
    """All leaves of named documents in their order."""
    found: list[Leaf] = []
    for name, document in documents.items():
        _gather(f"{name}#", document, found)
    return found


def _gather(place: str, value: Any, found: list[Leaf]) -> None:
    if isinstance(value, dict) and value:
        for key in sorted(value):
            _gather(f"{place}/{key.replace('~', '~0').replace('/', '~1')}", value[key], found)
    elif isinstance(value, list) and value:
        for number, each in enumerate(value):
            _gather(f"{place}/{number}", each, found)
    else:
        found.append(Leaf(place, value))


def salt(seed: bytes, place: str) -> bytes:
    """The salt of the leaf at ``place``."""
    return hmac.digest(seed, place.encode(), "sha256")[:SALT]


def hash_leaf(leaf: Leaf, salted: bytes) -> bytes:
    """Salt, place and value; the length of the place parts the two."""
    place = leaf.place.encode()
    # Of what a leaf can be, the faster writer makes the canonical form, but of floating-point numbers.
    if isinstance(leaf.value, str):
        value = encode_basestring(leaf.value).encode()
    else:
        value = canonical(leaf.value) if isinstance(leaf.value, float) else json.dumps(leaf.value).encode()
    return hashlib.sha256(b"\x00" + salted + len(place).to_bytes(4, "big") + place + value).digest()


def root(hashes: Iterable[bytes]) -> bytes:
    """The root above leaves that are hashed already (RFC 9162, 2.1.1)."""
    level = list(hashes)
    if not level:
        return hashlib.sha256(b"").digest()
    while len(level) > 1:
        # Pairing from the left and carrying an odd last node upwards gives the tree of the standard.
        paired = [hashlib.sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)]
        level = paired + level[len(level) - len(level) % 2 :]
    return level[0]


def root_of(documents: Mapping[str, Any], seed: bytes) -> str:
    """The root of named documents in hexadecimal."""
    return root(hash_leaf(leaf, salt(seed, leaf.place)) for leaf in leaves(documents)).hex()
