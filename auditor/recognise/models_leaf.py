"""Makes facts from records of models: what was read is bounded and cleaned before it becomes evidence."""

import re
from typing import TypeVar

from auditor.facts.canonical import MAX_INT
from auditor.facts.fact import Fact, Status
from auditor.facts.records import Record

T = TypeVar("T")

LONGEST_TEXT = 500
"""Characters of a name, a licence id or another short text."""

CONTRADICTION = "contradiction: "
"""A note that begins so tells of two sources that do not agree."""

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def clean(text: str, limit: int = LONGEST_TEXT) -> str:
    """A short text for evidence: trimmed, cut, and free of characters that do not print or turn the line around."""
    short = text[: 4 * limit].strip()
    shown = _UNPRINTABLE.sub(lambda match: f"\\u{ord(match.group()):04x}", short)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def seen(
    record: Record, value: T, method: str, status: Status = Status.OBSERVED, note: str = "", source: str = ""
) -> Fact[T]:
    """A fact that rests on a record."""
    return Fact(
        value=value,
        source=source or record.source,
        method=method,
        time=record.time,
        status=status,
        note=clean(note, 4 * LONGEST_TEXT),
    )


def unseen(record: Record, method: str, note: str = "", status: Status = Status.ABSENT, source: str = "") -> Fact[T]:
    """A fact without a value: what was looked for, where, and why there is nothing."""
    return Fact(
        value=None,
        source=source or record.source,
        method=method,
        time=record.time,
        status=status,
        note=clean(note, 4 * LONGEST_TEXT),
    )


def countable(value: object, least: int = 1) -> int | None:
    """A whole number as evidence can carry it; None for anything else, ``True`` included."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= MAX_INT:
        return value
    return None
