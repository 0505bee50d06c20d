"""Takes IP packets apart: versions 4 and 6, extension headers, fragments, packets inside packets.

RFC 791, 8200, 2784 (GRE), 2003 and 4213 (IP in IP). Nothing is put together again: the first fragment carries the
ports, later ones are only counted.
"""

from collections.abc import Iterator
from typing import NamedTuple

from auditor.recognise.packets import link

TCP, UDP, IP_IN_IP, IPV6_IN_IP, GRE = 6, 17, 4, 41, 47
MOST_HEADERS = 16
MOST_DEPTH = 4
CHAIN = frozenset({0, 43, 60, 135, 139, 140})
"""Extension headers whose second byte counts units of eight bytes."""
FRAGMENT, AUTHENTICATION = 44, 51


class Segment(NamedTuple):
    """What one IP header carries."""

    proto: int
    addresses: bytes
    """Source and destination behind one another: 8 bytes for version 4, 32 for version 6."""
    start: int
    end: int
    ident: int
    """Identification of the fragments that belong together; -1 where the packet is whole."""
    later: bool
    """A fragment other than the first: it has no ports."""


def segments(data: bytes, start: int, end: int) -> Iterator[Segment]:
    """The packet, then what it carries if that is an IP packet too. A packet that makes no sense gives nothing."""
    for _ in range(MOST_DEPTH):
        segment = outer(data, start, end)
        if segment is None:
            return
        yield segment
        at = -1 if segment.later else _inside(segment, data)
        if at < 0:
            return
        start, end = at, segment.end


def outer(data: bytes, start: int, end: int) -> Segment | None:
    """The packet whose IP header begins at ``start``; None where it is cut or no IP."""
    if end - start < 20:
        return None
    version = data[start] >> 4
    if version == 4:
        return _four(data, start, end)
    if version == 6 and end - start >= 40:
        return _six(data, start, end)
    return None


def _four(data: bytes, start: int, end: int) -> Segment | None:
    header = (data[start] & 15) * 4
    total = data[start + 2] << 8 | data[start + 3]
    if header < 20 or (total and total < header) or start + header > end:
        return None
    # Length 0 is what a network card is handed that cuts large packets itself.
    end = min(end, start + total) if total else end
    piece = data[start + 6] << 8 | data[start + 7]
    ident = data[start + 4] << 8 | data[start + 5] if piece & 0x3FFF else -1
    return Segment(data[start + 9], data[start + 12 : start + 20], start + header, end, ident, bool(piece & 0x1FFF))


def _six(data: bytes, start: int, end: int) -> Segment | None:
    addresses = data[start + 8 : start + 40]
    length = data[start + 4] << 8 | data[start + 5]
    kind, at = data[start + 6], start + 40
    end = min(end, at + length) if length else end
    ident, later = -1, False
    for _ in range(MOST_HEADERS):
        if kind in CHAIN:
            size = (data[at + 1] + 1) * 8 if at + 8 <= end else 0
        elif kind == AUTHENTICATION:
            size = (data[at + 1] + 2) * 4 if at + 8 <= end else 0
        elif kind == FRAGMENT:
            size = 8 if at + 8 <= end else 0
            if size:
                ident = int.from_bytes(data[at + 4 : at + 8], "big")
                later = bool((data[at + 2] << 8 | data[at + 3]) & 0xFFF8)
        else:
            break
        if not size or at + size > end:
            return Segment(kind, addresses, end, end, ident, True)
        kind, at = data[at], at + size
        if later:
            break
    return Segment(kind, addresses, at, end, ident, later)


def _inside(segment: Segment, data: bytes) -> int:
    """Where a packet inside this one begins; negative where there is none."""
    if segment.proto in (IP_IN_IP, IPV6_IN_IP):
        return segment.start
    if segment.proto != GRE or segment.end - segment.start < 4:
        return -1
    flags, kind = data[segment.start], data[segment.start + 2] << 8 | data[segment.start + 3]
    if data[segment.start + 1] & 7:
        return -1
    # Checksum, key and sequence number take four bytes each where their flag is set.
    at = segment.start + 4 + 4 * (bool(flags & 0xC0) + bool(flags & 0x20) + bool(flags & 0x10))
    if kind in (link.IPV4, link.IPV6):
        return at
    if kind == 0x6558:
        try:
            return link.ethernet(data, at, segment.end)
        except IndexError:
            return -1
    return -1
