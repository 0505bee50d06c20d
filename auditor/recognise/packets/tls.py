"""Reads what a TLS client says before anything is encrypted: name, protocols, and what its fingerprint is made of.

RFC 8446 (TLS 1.3) and 5246 (1.2), 6066 (server name), 7301 (ALPN), 9849 (encrypted ClientHello).
"""

import struct
from functools import lru_cache
from typing import NamedTuple

HANDSHAKE = 0x16
CLIENT_HELLO = 1
MOST_RECORD = 1 << 14
"""Longest record that may carry a handshake in the clear."""
MOST_HELLO = 1 << 16
"""Longest ClientHello that is put together."""
SERVER_NAME, SIGNATURES, ALPN, VERSIONS = 0, 13, 16, 43
ENCRYPTED = frozenset({0xFE0D, 0xFFCE})
"""Encrypted ClientHello, and the encrypted server name that it came from."""

_READ = frozenset({SERVER_NAME, SIGNATURES, ALPN, VERSIONS}) | ENCRYPTED
_HEAD = struct.Struct("!HH")


class Hello(NamedTuple):
    """A ClientHello. ``whole`` is false where the end was cut off; what stands before it is kept."""

    name: str
    alpn: tuple[str, ...]
    ech: bool
    """The extension is there; what it holds, if anything, cannot be told from outside."""
    whole: bool
    version: int
    ciphers: tuple[int, ...]
    extensions: tuple[int, ...]
    signatures: tuple[int, ...]
    versions: tuple[int, ...]
    first_protocol: bytes
    """The first entry of ALPN as it stands on the wire."""


def handshake(stream: bytes) -> tuple[bytes, bool]:
    """The handshake bytes in the records at the head of a stream, and whether more can still come.

    Raises ValueError where the stream is no TLS. Empty records are passed over, though no client may send them.
    """
    if len(stream) >= 9 and stream[0] == HANDSHAKE and stream[1] == 3:
        # Nearly always one record holds the whole message.
        end = 5 + (stream[3] << 8 | stream[4])
        if 5 + wanted(stream[5:9]) <= end <= min(len(stream), 5 + MOST_RECORD):
            return stream[5:end], False
    found = bytearray()
    at = 0
    while at + 5 <= len(stream):
        length = stream[at + 3] << 8 | stream[at + 4]
        if stream[at] != HANDSHAKE or stream[at + 1] != 3 or length > MOST_RECORD:
            if found:
                return bytes(found), False
            raise ValueError("no TLS record")
        found += stream[at + 5 : at + 5 + length]
        at += 5 + length
        if wanted(found) <= len(found):
            return bytes(found), False
    return bytes(found), len(found) < MOST_HELLO


def wanted(message: bytes | bytearray) -> int:
    """Bytes that the handshake message has, its own head included; 4 while that is not known."""
    return 4 + int.from_bytes(message[1:4], "big") if len(message) >= 4 else 4


def client_hello(message: bytes) -> Hello | None:
    """The ClientHello in a handshake message, as far as it is there; None where it is something else."""
    if len(message) < 4 or message[0] != CLIENT_HELLO:
        return None
    length = wanted(message)
    body = message[4:length]
    if len(body) < 35:
        return None
    whole = len(message) >= length
    try:
        at = 35 + body[34]
        size = body[at] << 8 | body[at + 1]
        ciphers = _numbers(body[at + 2 : at + 2 + size])
        at += 2 + size
        at += 1 + body[at]
    except IndexError:
        return Hello("", (), False, False, body[0] << 8 | body[1], (), (), (), (), b"")
    return _extensions(body, at, body[0] << 8 | body[1], ciphers, whole)


def _extensions(body: bytes, at: int, version: int, ciphers: tuple[int, ...], whole: bool) -> Hello:
    name, ech = "", False
    protocols: tuple[str, ...] = ()
    kinds: list[int] = []
    signatures: tuple[int, ...] = ()
    versions: tuple[int, ...] = ()
    first = b""
    head = _HEAD.unpack_from
    end = len(body)
    if at + 2 <= end:
        end = min(end, at + 2 + (body[at] << 8 | body[at + 1]))
        at += 2
    while at + 4 <= end:
        kind, size = head(body, at)
        start = at + 4
        at = start + size
        if at > end:
            whole = False
            break
        kinds.append(kind)
        if kind not in _READ:
            continue
        if kind == SERVER_NAME:
            name = name or _server_name(body[start:at])
        elif kind == ALPN:
            protocols = _protocols(body[start:at])
            first = body[start + 3 : start + 3 + body[start + 2]] if size > 3 else b""
        elif kind == SIGNATURES:
            signatures = _numbers(body[start + 2 : at])
        elif kind == VERSIONS:
            versions = _numbers(body[start + 1 : at])
        else:
            ech = True
    return Hello(name, protocols, ech, whole, version, ciphers, tuple(kinds), signatures, versions, first)


@lru_cache(maxsize=512)
def _numbers(data: bytes) -> tuple[int, ...]:
    """A list of 16-bit numbers; an odd byte at the end is left out. Clients repeat these lists word for word."""
    return struct.unpack(f"!{len(data) // 2}H", data[: len(data) & ~1])


@lru_cache(maxsize=128)
def _protocols(data: bytes) -> tuple[str, ...]:
    found: list[str] = []
    at = 2
    while at < len(data) and len(found) < 32:
        found.append(text(data[at + 1 : at + 1 + data[at]]))
        at += 1 + data[at]
    return tuple(found)


def _server_name(data: bytes) -> str:
    """The first host name of the list."""
    at = 2
    while at + 3 <= len(data):
        size = data[at + 1] << 8 | data[at + 2]
        if data[at] == 0:
            return host(data[at + 3 : at + 3 + size])
        at += 3 + size
    return ""


def host(name: bytes) -> str:
    """A host name in its one form: lower case, no dot at its end, at most 255 bytes."""
    return text(name[:255]).lower().rstrip(".")


def text(data: bytes) -> str:
    """Bytes as text in which only printable ASCII stands for itself; the rest is ``\\xNN``."""
    if data.isascii():
        plain = data.decode("ascii")
        if plain.isprintable():
            return plain
    return "".join(chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" for byte in data)
