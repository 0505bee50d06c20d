"""What the digest of a weight file rests on, and which files a model calls for in vain."""

import hashlib
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from fnmatch import fnmatchcase

from auditor.facts.models import Model
from auditor.facts.weights import Weight
from auditor.policy.effective import Pin
from auditor.recognise.models_leaf import CONTRADICTION

DEEPEST = 32
"""Folders above a file that a relative name may begin in."""


class Stand(StrEnum):
    """What the digest of a weight file rests on."""

    PINNED = "pinned"
    """Equal to a digest that somebody outside the host vouches for."""
    SELF_CONSISTENT = "self_consistent"
    """Equal to what its store states; whoever can write the one can write the other."""
    MISMATCH = "mismatch"
    """Unlike a digest that is stated for it, wherever that stands."""
    UNPINNED = "unpinned"
    """Read, and nothing states what it should be."""
    UNREADABLE = "unreadable"
    """Not wholly read."""


def pins_for(weight: Weight, model: Model | None, pins: Iterable[Pin]) -> tuple[Pin, ...]:
    """The pins of a policy that speak of this file."""
    names = [weight.model] + ([model.name.value] if model is not None and model.name.value else [])
    file = posixpath.basename(weight.path)
    return tuple(
        pin
        for pin in pins
        if any(fnmatchcase(name, pin.model) for name in names)
        and (fnmatchcase(file, pin.file) or fnmatchcase(weight.path, "*/" + pin.file))
    )


def standing_of(weight: Weight, pins: Sequence[Pin]) -> Stand:
    """What a file's digest rests on; ``pins`` are those that speak of it (:func:`pins_for`).

    A digest that differs from any that is stated for the file is a mismatch, even where another one agrees. Several
    pins for one file are alternatives.
    """
    if not weight.sha256.seen:
        return Stand.UNREADABLE
    digest = weight.sha256.value
    stated = {e.value.digest for e in weight.expected if e.value is not None and e.value.algorithm == "sha256"}
    pinned = {pin.sha256 for pin in pins}
    if stated - {digest} or (pinned and digest not in pinned):
        return Stand.MISMATCH
    if pinned:
        return Stand.PINNED
    return Stand.SELF_CONSISTENT if stated else Stand.UNPINNED


def contradictions_of(model: Model) -> Iterator[str]:
    """Sources of one model that do not agree, as its facts note them."""
    for fact in (model.family, model.name, model.quantisation, model.index):
        if fact is not None and fact.note.startswith(CONTRADICTION):
            yield fact.note.removeprefix(CONTRADICTION)


def missing_of(model: Model, weights: Iterable[Weight]) -> tuple[str, ...]:
    """Files that the model calls for and that are not there."""
    wanted = model.shards.value if model.shards is not None and model.shards.value else ()
    have = {end for weight in weights for end in ends_of(weight.path)}
    return tuple(name for name in wanted if name not in have)


def root_of(model: Model, weights: Sequence[Weight]) -> str | None:
    """One digest for a model: SHA-256 over the sorted lines that ``sha256sum`` prints of its weight files.

    None where one of them has no digest, and where there is none.
    """
    if not weights or not all(weight.sha256.seen for weight in weights):
        return None
    lines = sorted(f"{weight.sha256.value}  {posixpath.relpath(weight.path, model.path)}\n" for weight in weights)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def extra_of(model: Model, weights: Iterable[Weight]) -> tuple[str, ...]:
    """Weight files beside an index that does not name them, of the formats that such an index is about."""
    if model.shards is None or model.shards.method != "index" or not model.shards.value:
        return ()
    named = frozenset(model.shards.value)
    return tuple(
        weight.path
        for weight in weights
        if weight.format in ("safetensors", "pickle") and named.isdisjoint(ends_of(weight.path))
    )


def ends_of(path: str) -> Iterator[str]:
    """The names by which a list relative to some folder above may call a file: ``c``, ``b/c``, ``a/b/c``."""
    parts = path.split("/")
    for start in range(max(1, len(parts) - DEEPEST), len(parts)):
        yield "/".join(parts[start:])
