"""Makes whatever a host holds fit for JSON: text that was no text, numbers that are too long, times."""

import datetime
import os
from typing import Any, Union

MAX_INT = 2**53 - 1
_EPOCH = datetime.datetime(1970, 1, 1)


def decode(data: bytes) -> str:
    r"""Text of bytes; what is not UTF-8 becomes ``\xNN``."""
    return data.decode("utf-8", "backslashreplace")


def path(name: Union[str, bytes]) -> str:
    r"""A path as it is shown: bytes that are not UTF-8 become ``\xNN``."""
    return decode(os.fsencode(name))


def clean(value: Any) -> Any:
    r"""The value with all text free of lone surrogates and all integers exact in JSON (RFC 8785)."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bytes):
        return decode(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if -MAX_INT <= value <= MAX_INT else _digits(value)
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, dict):
        return {clean(str(key)): clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    return _text(str(value))


def exact(size: int) -> int:
    """A size that JSON keeps exact: a sparse file can claim more, and is then said to be as large as can be told."""
    return min(size, MAX_INT)


def _text(value: str) -> str:
    try:
        value.encode("utf-8")
        return value
    except UnicodeEncodeError:
        # os.fsdecode smuggles bytes as surrogates; whatever else is alone has no byte and is named by its number.
        return decode(value.encode("utf-8", "surrogateescape")) if _smuggled(value) else _named(value)


def _smuggled(value: str) -> bool:
    return not any(0xD800 <= ord(c) <= 0xDFFF and not 0xDC80 <= ord(c) <= 0xDCFF for c in value)


def _named(value: str) -> str:
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def _digits(value: int) -> str:
    # Python refuses to print integers of more than 4,300 digits; nobody reads them either.
    return str(value) if value.bit_length() <= 1024 else f"integer of {value.bit_length()} bits"


def instant(seconds: float) -> str:
    """Seconds since 1970 as RFC 3339 in UTC; years that the format has not are set to its ends."""
    try:
        moment = _EPOCH + datetime.timedelta(microseconds=int(seconds * 1_000_000))
    except (OverflowError, ValueError):
        moment = datetime.datetime.max if seconds > 0 else datetime.datetime.min
    return f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S}.{moment.microsecond:06d}Z"
