"""Facts that inherit how the record they were made from came to be known."""

from typing import TypeVar

from auditor.facts.fact import SEEN, Fact, Status
from auditor.facts.records import Record

T = TypeVar("T")


def seen(
    record: Record, value: T, status: Status | None = None, method: str = "", note: str = "", source: str = ""
) -> Fact[T]:
    """A fact with a value; ``status`` only where it is not the record's own."""
    return Fact[T](
        value=value,
        source=source or record.source,
        method=method or record.method,
        time=record.time,
        status=status or (record.status if record.status in SEEN else Status.INFERRED),
        note=note or record.note,
    )


def unseen(record: Record, status: Status, note: str = "", source: str = "") -> Fact[T]:
    """A fact without a value, and why."""
    return Fact[T](
        value=None,
        source=source or record.source,
        method=record.method,
        time=record.time,
        status=status,
        note=note or record.note,
    )
