"""Whether a change of a policy asks for more or for less."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from auditor.knowledge.versions import numbers


class Direction(StrEnum):
    """What a change does to the demands."""

    STRICTER = "stricter"
    MILDER = "milder"
    CHANGED = "changed"
    """Neither can be told without the facts, or only words changed."""


MORE_PERMITS_MORE = frozenset(
    {"destinations", "allow", "allowed", "names", "unnamed", "accept", "permitted", "processes"}
)
EMPTY_PERMITS_ALL = frozenset({"accepted", "stacks", "forms", "serials", "mig_layout"})
MORE_DEMANDS_MORE = frozenset(
    {"observe_seconds", "minutes", "minimum_memory_gib", "at_least", "minimum_accepted", "minimum_requests"}
)
LESS_DEMANDS_MORE = frozenset({"tolerance_percent", "maximum_drops", "days", "calls_percent", "bytes_percent"})
MILDER_VALUES: Mapping[str, tuple[Any, ...]] = {
    "accept_conditions": (False, True),
    "extended": (False, True),
    "root": ("no", "key"),
    "phase": ("configured", "switched_off"),
    "standing": ("pinned", "self_consistent"),
    "tolerate": ("none", "low", "medium"),
    "from_severity": ("low", "medium", "high", "critical"),
    **dict.fromkeys(
        ("ecc", "healthy", "confidential_computing", "persistence", "only_serving", "packaged_library"), (True, False)
    ),
    "worst_tier": ("A", "B", "C", "D", "E", "F"),
}
"""Values of an argument from the strictest to the mildest."""

OPAQUE = frozenset({"cel", "each", "values"})
"""Arguments of which no comparison tells whether a change permits more; a policy that extends has to say why."""


def argument_direction(name: str, before: Any, after: Any) -> Direction:
    """Whether a changed argument asks for more or for less, where its meaning tells."""
    if before == after:
        return Direction.CHANGED
    if name in MILDER_VALUES and before in MILDER_VALUES[name] and after in MILDER_VALUES[name]:
        order = MILDER_VALUES[name]
        return toward(order.index(after) < order.index(before))
    if name == "minimum_driver":
        return toward(numbers(str(after)) > numbers(str(before)))
    if name in MORE_DEMANDS_MORE and isinstance(before, int) and isinstance(after, int):
        return toward(after > before)
    if name in LESS_DEMANDS_MORE and isinstance(before, int) and isinstance(after, int):
        return toward(after < before)
    if isinstance(before, list | tuple) and isinstance(after, list | tuple):
        if name in EMPTY_PERMITS_ALL and (not before or not after):
            return toward(bool(after))
        if name in MORE_PERMITS_MORE | EMPTY_PERMITS_ALL:
            return inclusion(set(map(repr, before)), set(map(repr, after)))
    return Direction.CHANGED


def inclusion(smaller: set[Any], larger: set[Any]) -> Direction:
    """Milder where the second permits more than the first, stricter where it permits less."""
    if smaller < larger:
        return Direction.MILDER
    return Direction.STRICTER if smaller > larger else Direction.CHANGED


def toward(stricter: bool) -> Direction:
    """Stricter, or else milder."""
    return Direction.STRICTER if stricter else Direction.MILDER
