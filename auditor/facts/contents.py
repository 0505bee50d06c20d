"""What files beside and among the weights could do to whoever loads them, seen without loading any."""

from enum import StrEnum

from auditor.facts.fact import Fact, Value


class Harm(StrEnum):
    """How much a sign of harm tells."""

    HIGH = "high"
    """Runs code, or reaches beyond the file, when a loader that permits it takes the file."""
    MEDIUM = "medium"
    """Not known to be harmless."""
    LOW = "low"
    """Worth knowing; alone no reason to refuse the file."""


class Hazard(Value):
    """One sign of harm."""

    kind: str
    """``import``, ``computed-name``, ``extension``, ``nested``, ``traversal``, ``template``, ``kernel`` ..."""
    harm: Harm
    detail: str
    name: str = ""
    """What is imported, e.g. ``posix.system``; a policy can permit it by name."""
    where: str = ""
    """Place within the file: a member of an archive, a line of a template."""


class Content(Value):
    """One file, or one text in it, that a loader takes for more than numbers."""

    path: str
    model: str
    """``Model.id``."""
    kind: str
    """What it was looked through as: ``pickle``, ``zip``, ``chat template``, ``configuration`` ..."""
    hazards: Fact[tuple[Hazard, ...]]
    """Empty: looked through whole, and nothing found. No value: it could not be looked through."""
