"""What the processes of a sealed run tell one another over pipes: JSON behind its length, with bytes behind it."""

import json
import os
import struct
from typing import Any, NamedTuple

from auditor.facts.sealed import Channel
from auditor.sealed.service import Piece
from auditor.sealed.sink import Record

_HEAD = struct.Struct("=II")


class Event(NamedTuple):
    """Something that the box tells: ``ready``, ``answer``, ``note``, ``failed``, ``record``, ``end`` ..."""

    kind: str
    told: dict[str, Any]
    record: Record | None = None


def hear(descriptor: int) -> Event:
    """The next message. Raises EOFError where the other side has ended."""
    size, extra = _HEAD.unpack(_exactly(descriptor, _HEAD.size))
    told = json.loads(_exactly(descriptor, size))
    data = _exactly(descriptor, extra)
    kind = str(told.pop("kind"))
    return Event(kind, told, _unpack(told, data) if kind == "record" else None)


def tell(descriptor: int, kind: str, data: bytes = b"", **told: Any) -> None:
    """Write one message, whole."""
    body = json.dumps({"kind": kind, **told}).encode()
    view = memoryview(_HEAD.pack(len(body), len(data)) + body + data)
    while view:
        view = view[os.write(descriptor, view) :]


def _exactly(descriptor: int, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        piece = os.read(descriptor, min(size - len(found), 1 << 20))
        if not piece:
            raise EOFError
        found += piece
    return bytes(found)


def _unpack(told: dict[str, Any], data: bytes) -> Record:
    pieces, at = [], 0
    for channel, size in told.pop("pieces"):
        pieces.append(Piece(Channel(channel), data[at : at + size]))
        at += size
    requests = tuple(told.pop("requests"))
    return Record(**told, requests=requests, pieces=tuple(pieces))


def tell_record(descriptor: int, record: Record) -> None:
    """Write one record with all that was sent."""
    fields = record._asdict()
    pieces = fields.pop("pieces")
    data = b"".join(piece.data for piece in pieces)
    tell(descriptor, "record", data, pieces=[(piece.channel.value, len(piece.data)) for piece in pieces], **fields)
