"""Looks for marks in bytes: in every form of ``canary.needles``, under up to three layers of encoding.

Bounded: what decodes to more than the budget is not followed, and the answer says so.
"""

import base64
import binascii
import codecs
import re
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import brotli
import zstandard

from auditor.facts.sealed import Place
from auditor.sealed.canary import Marks, Needle

DEPTH = 3
"""Layers that are taken off; the innermost form is then found as it stands."""
BUDGET = 256 * 2**20
"""Bytes looked at for one piece of data, all layers together, or eight times its size where that is more."""
VIEWS = 4096
MOST_INFLATED = 32 * 2**20
MOST_STARTS = 64
"""Places in one view at which a compressed stream is tried."""
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-](?:[A-Za-z0-9+/_-]|\r?\n(?=[A-Za-z0-9+/_-]{4})){15,}")
_BASE32 = re.compile(rb"[A-Z2-7]{24,}|[a-z2-7]{24,}")
_HEX = re.compile(rb"[0-9a-fA-F]{24,}")
_RUN = b"a" * 16
_LETTERS = bytes(97 if (chr(byte).isalnum() and byte < 128) or byte in b"+/_-" else 0 for byte in range(256))
"""Makes one letter of all that base64, base32 and hex are written with."""
_PERCENT = re.compile(rb"%[0-9a-fA-F]{2}")
_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\"\\/bfnrt]))")
_PLAIN_ESCAPES = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_ROT13 = bytes(codecs.encode(chr(byte), "rot13").encode("latin-1")[0] if byte < 128 else byte for byte in range(256))


class Hit(NamedTuple):
    """A mark, and how it was written, outermost first."""

    place: Place
    encoding: tuple[str, ...]


class Found(NamedTuple):
    """All marks in a piece of data. ``whole``: every layer was looked at."""

    hits: tuple[Hit, ...]
    whole: bool


def find(data: bytes, marks: Marks) -> Found:
    """Every mark in the data; each mark once in each way of writing."""
    budget = max(BUDGET, 8 * len(data))
    queue: deque[tuple[tuple[str, ...], bytes]] = deque([((), data)])
    hits: dict[Hit, None] = {}
    seen = {hash(data)}
    whole = True
    while queue:
        layers, view = queue.popleft()
        budget -= len(view)
        if budget < 0 or len(seen) > VIEWS:
            whole = False
            break
        for place, encoding in _here(view, marks):
            hits[Hit(place, (*layers, encoding))] = None
        if len(layers) >= DEPTH:
            continue
        for name, inner in _decoded(view, layers):
            if len(inner) > MOST_INFLATED:
                whole = False
            mark = hash(inner)
            if mark not in seen and len(inner) >= 8:
                seen.add(mark)
                queue.append(((*layers, name), inner))
    return Found(_shortest(tuple(hits)), whole)


def _here(view: bytes, marks: Marks) -> Iterator[tuple[Place, str]]:
    """Marks that stand in a view in one of the forms of a needle."""
    lower = view.lower()
    for encoding in {needle.encoding for needle in marks.needles if _holds(needle, view, lower)}:
        places = [
            place
            for place, forms in marks.each.items()
            if any(_holds(needle, view, lower) for needle in forms[encoding])
        ]
        for place in places or [Place.UNKNOWN]:
            yield place, encoding


def _holds(needle: Needle, view: bytes, lower: bytes) -> bool:
    return needle.data in (lower if needle.folded else view)


def _shortest(hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """Without the detours: what stands there plainly is also found reversed twice."""
    best: dict[Place, int] = {}
    for hit in hits:
        best[hit.place] = min(best.get(hit.place, DEPTH + 1), len(hit.encoding))
    return tuple(
        hit
        for hit in hits
        if len(hit.encoding) == best[hit.place] and (hit.place is not Place.UNKNOWN or len(best) == 1)
    )


def _decoded(view: bytes, layers: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """What a view is if one layer is taken off it."""
    # Most of what is long is compressed or noise, in which no run of letters is long enough to hold a mark.
    legible = _RUN in view.translate(_LETTERS)
    for name, take in _DECODERS:
        if (name in _OWN_INVERSE and name in layers) or (name in _OF_LETTERS and not legible):
            continue
        for inner in take(view):
            if inner and inner != view:
                yield name, inner


def _base64(view: bytes) -> Iterator[bytes]:
    for match in _BASE64.finditer(view):
        text = match.group().translate(bytes.maketrans(b"-_", b"+/"), b"\r\n")
        # A path such as /v1/QUJD is of the same alphabet: where the text begins is not known.
        for shift in range(4):
            part = text[shift:]
            part = part[: len(part) - 1] if len(part) % 4 == 1 else part
            yield binascii.a2b_base64(part + b"=" * (-len(part) % 4))


def _base32(view: bytes) -> Iterator[bytes]:
    for match in _BASE32.finditer(view):
        text = match.group().upper()
        for shift in range(8):
            part = text[shift:]
            part = part[: len(part) - len(part) % 8] or b""
            yield base64.b32decode(part)
            rest = text[shift + len(part) :]
            if len(rest) in (2, 4, 5, 7):
                yield base64.b32decode(part + rest + b"=" * (8 - len(rest)))


def _hex(view: bytes) -> Iterator[bytes]:
    for match in _HEX.finditer(view):
        text = match.group()
        for shift in range(2):
            yield bytes.fromhex(text[shift : len(text) - (len(text) - shift) % 2].decode("ascii"))


def _percent(view: bytes) -> Iterator[bytes]:
    if _dense(_PERCENT, view):
        yield unquote_to_bytes(view)


def _json(view: bytes) -> Iterator[bytes]:
    if _dense(_ESCAPE, view):
        yield _ESCAPE.sub(_unescape, view)


def _dense(escape: "re.Pattern[bytes]", view: bytes) -> bool:
    """Whether escapes are more frequent than in noise, where each of them would make one more view of the whole."""
    wanted = 1 + len(view) // 4096
    return sum(1 for _ in islice(escape.finditer(view), wanted)) == wanted


def _unescape(match: "re.Match[bytes]") -> bytes:
    wide, narrow, plain = match.groups()
    if plain is not None:
        return _PLAIN_ESCAPES.get(plain, plain)
    number = int(wide or narrow, 16)
    return bytes([number]) if number < 256 else chr(number).encode("utf-8", "surrogatepass")


def _utf16(view: bytes) -> Iterator[bytes]:
    if view.count(0) * 4 >= len(view):
        yield view.replace(b"\0", b"")


def _starts(view: bytes, magic: bytes) -> Iterator[int]:
    at, tried = view.find(magic), 0
    while at >= 0 and tried < MOST_STARTS:
        yield at
        at, tried = view.find(magic, at + 1), tried + 1


def _inflate(view: bytes, start: int, window: int) -> bytes:
    """What a stream gives up to its end, its first mistake, or the limit."""
    machine = zlib.decompressobj(window)
    out, size = [], 0
    for at in range(start, len(view), 1 << 16):
        try:
            piece = machine.decompress(view[at : at + (1 << 16)], MOST_INFLATED + 1 - size)
        except zlib.error:
            break
        out.append(piece)
        size += len(piece)
        if machine.eof or size > MOST_INFLATED:
            break
    return b"".join(out)


def _gzip(view: bytes) -> Iterator[bytes]:
    for start in _starts(view, b"\x1f\x8b\x08"):
        yield _inflate(view, start, 31)


def _zlib(view: bytes) -> Iterator[bytes]:
    for magic in (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"):
        for start in _starts(view, magic):
            yield _inflate(view, start, 15)


def _zstd(view: bytes) -> Iterator[bytes]:
    for start in _starts(view, b"\x28\xb5\x2f\xfd"):
        machine = zstandard.ZstdDecompressor().decompressobj()
        yield _stepwise(lambda piece, m=machine: m.decompress(piece), view[start:], zstandard.ZstdError)  # type: ignore[misc]


def _brotli(view: bytes) -> Iterator[bytes]:
    """A brotli stream has no sign at its head: tried where data begins, and behind the head of a message."""
    machine = brotli.Decompressor()
    yield _stepwise(machine.process, view, brotli.error)


def _stepwise(decompress: Callable[[bytes], bytes], data: bytes, mistake: type[Exception]) -> bytes:
    """As far as a stream can be read; in small steps, so that what stands before a mistake is kept."""
    out, size = [], 0
    for at in range(0, len(data), 4096):
        try:
            piece = decompress(data[at : at + 4096])
        except (mistake, EOFError):
            break
        out.append(piece)
        size += len(piece)
        if size > MOST_INFLATED:
            break
    return b"".join(out)


_DECODERS: tuple[tuple[str, Callable[[bytes], Iterator[bytes]]], ...] = (
    ("gzip", _gzip),
    ("zlib", _zlib),
    ("zstd", _zstd),
    ("brotli", _brotli),
    ("base64", _base64),
    ("base32", _base32),
    ("hex", _hex),
    ("percent", _percent),
    ("json", _json),
    ("utf-16", _utf16),
    ("reversed", lambda view: iter((view[::-1],))),
    ("rot13", lambda view: iter((view.translate(_ROT13),))),
)
_OF_LETTERS = frozenset({"base64", "base32", "hex"})
_OWN_INVERSE = frozenset({"reversed", "rot13"})
