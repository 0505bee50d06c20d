"""Versions of policies (SemVer 2.0.0, without pre-releases) and the ranges by which they are extended."""

import re

from auditor.policy.schema import SEMVER

Version = tuple[int, int, int]

_PART = re.compile(r"^(\^|~|>=|<=|>|<|=)?(\d{1,9}(?:\.\d{1,9}){0,2})$", re.ASCII)


def parse_version(text: str) -> Version:
    """``1.2.0`` as numbers. Raises ValueError."""
    if not re.match(SEMVER, text, re.ASCII):
        raise ValueError(f"'{text}' is no version; it is three numbers, like 1.2.0")
    major, minor, patch = (int(part) for part in text.split("."))
    return major, minor, patch


def holds(range_: str, version: str) -> bool:
    """Whether a version lies in a range: ``^1``, ``~1.2``, ``1.2.3``, ``>=1.2,<3`` or ``*``. Raises ValueError.

    ``^`` keeps the first number that is not zero, ``~`` the first two that are given; a bare ``1.2`` means any 1.2.x.
    """
    have = parse_version(version)
    return all(low <= have < high for low, high in (_bounds(part.strip()) for part in range_.split(",")))


_END = (10**9 + 1, 0, 0)


def _bounds(part: str) -> tuple[Version, Version]:
    """Lowest version, and the first that is beyond."""
    if part in ("", "*"):
        return (0, 0, 0), _END
    match = _PART.match(part)
    if match is None:
        raise ValueError(f"'{part}' is no range of versions; write ^1, ~1.2, 1.2.3 or >=1.2,<3")
    sign = match[1] or "="
    given = tuple(int(n) for n in match[2].split("."))
    major, minor, patch = (*given, 0, 0, 0)[:3]
    low = (major, minor, patch)
    after = _bump(low, len(given))
    if sign == "^":
        kept = 1 if major or len(given) == 1 else 2 if minor or len(given) == 2 else 3
        return low, _bump(low, kept)
    if sign == "~":
        return low, _bump(low, min(len(given), 2))
    return {
        "=": (low, after),
        ">=": (low, _END),
        "<=": ((0, 0, 0), after),
        ">": (after, _END),
        "<": ((0, 0, 0), low),
    }[sign]


def _bump(version: Version, kept: int) -> Version:
    """The first version that differs in the first ``kept`` numbers."""
    major, minor, patch = version
    return {1: (major + 1, 0, 0), 2: (major, minor + 1, 0), 3: (major, minor, patch + 1)}[kept]
