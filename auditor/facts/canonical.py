"""Canonical JSON (RFC 8785) and the digests taken over it."""

import hashlib
import json
from typing import Any

import rfc8785
from pydantic import BaseModel

MAX_INT = 2**53 - 1
"""Largest integer that RFC 8785 (ECMAScript numbers) keeps exact."""


def canonical(value: BaseModel | Any) -> bytes:
    """The one byte sequence of a value (RFC 8785, UTF-8).

    Raises ValueError where the value cannot be written exactly (integers beyond 2^53, lone surrogates).
    """
    data = value.model_dump(mode="json", by_alias=True) if isinstance(value, BaseModel) else value
    try:
        return rfc8785.dumps(data)
    except rfc8785.CanonicalizationError as error:
        raise ValueError(f"not canonical JSON: {error}") from error


def digest(value: BaseModel | Any) -> str:
    """SHA-256 of the canonical form, lower-case hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def parse(data: bytes) -> Any:
    """Read JSON strictly: UTF-8, no duplicate keys, no NaN. Raises ValueError."""
    return json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
