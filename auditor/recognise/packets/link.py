"""Finds the IP packet inside a frame: Ethernet with tags, Linux cooked, PPP, loopback, raw IP.

Link types are those of tcpdump.org; EtherTypes those of IEEE 802.
"""

NOT_IP = -1
"""The frame carries something else, like ARP."""
SHORT = -2
"""The frame ends before it says what it carries."""
UNKNOWN = -3
"""Frames of this link type cannot be read."""

NO_IP = "frames that carry no IP"
"""Why most of them are passed over; that is no loss, since only IP leaves a network."""

ETHERNET = 1
IPV4, IPV6 = 0x0800, 0x86DD
TAGS = frozenset({0x8100, 0x88A8, 0x9100, 0x9200})
MOST_TAGS = 8
MPLS = frozenset({0x8847, 0x8848})
PPPOE = 0x8864
FAMILIES = frozenset({2, 10, 23, 24, 28, 30})
"""AF_INET, and AF_INET6 as Linux, Windows, the BSDs and macOS number it."""

NAMES = {
    0: "loopback",
    ETHERNET: "Ethernet",
    9: "PPP",
    12: "raw IP",
    14: "raw IP",
    50: "PPP in HDLC",
    51: "PPP over Ethernet",
    101: "raw IP",
    104: "Cisco HDLC",
    108: "loopback",
    113: "Linux cooked v1",
    228: "raw IPv4",
    229: "raw IPv6",
    276: "Linux cooked v2",
}
"""The link types that are read."""


def find(link: int, data: bytes, start: int, end: int) -> int:
    """Where the IP header begins, or one of the negative answers above."""
    if link not in NAMES:
        return UNKNOWN
    try:
        at = _find(link, data, start, end)
    except IndexError:
        return SHORT
    if at >= end:
        return SHORT
    return at


def _find(link: int, data: bytes, start: int, end: int) -> int:
    match link:
        case 1:
            return ethernet(data, start, end)
        case 113:
            return _typed(data, start + 14, end)
        case 276:
            at = start + 20
            return _carried(_word(data, start, end), data, at, end)
        case 104:
            return _typed(data, start + 2, end)
        case 0 | 108:
            return _family(data, start, end)
        case 9 | 50:
            return _ppp(data, start, end)
        case 51:
            return _ppp(data, start + 6, end)
        case _:
            return start


def ethernet(data: bytes, start: int, end: int) -> int:
    """Where the IP header of an Ethernet frame begins."""
    return _typed(data, start + 12, end)


def _typed(data: bytes, at: int, end: int) -> int:
    """``at`` is where an EtherType stands, perhaps with tags before the payload."""
    return _carried(_word(data, at, end), data, at + 2, end)


def _carried(kind: int, data: bytes, at: int, end: int) -> int:
    """The IP header behind an EtherType ``kind`` whose payload is at ``at``."""
    for _ in range(MOST_TAGS):
        if kind in (IPV4, IPV6):
            return at
        if kind in TAGS:
            kind, at = _word(data, at + 2, end), at + 4
        elif kind in MPLS:
            return _labels(data, at, end)
        elif kind == PPPOE:
            return _ppp(data, at + 6, end)
        elif kind <= 1500 and data[at : at + 6] == b"\xaa\xaa\x03\x00\x00\x00":
            # 802.3 with LLC and SNAP: the EtherType follows.
            kind, at = _word(data, at + 6, end), at + 8
        else:
            return NOT_IP
    return NOT_IP


def _labels(data: bytes, at: int, end: int) -> int:
    """Behind a stack of MPLS labels; only the first half byte tells what is carried (RFC 4928)."""
    for _ in range(MOST_TAGS):
        bottom = _word(data, at + 2, end) & 0x0100
        at += 4
        if bottom:
            return at if _word(data, at, end) >> 12 in (4, 6) else NOT_IP
    return NOT_IP


def _family(data: bytes, start: int, end: int) -> int:
    """BSD loopback: the address family in the byte order of whoever captured."""
    raw = data[start : start + 4]
    if end - start < 4:
        return SHORT
    known = int.from_bytes(raw, "little") in FAMILIES or int.from_bytes(raw, "big") in FAMILIES
    return start + 4 if known else NOT_IP


def _ppp(data: bytes, at: int, end: int) -> int:
    """PPP with or without address and control field, protocol field of one or two bytes (RFC 1661)."""
    if _word(data, at, end) in (0xFF03, 0x0F00):
        at += 2
        if data[at - 2] == 0x0F:
            return _typed(data, at, end)
    if _byte(data, at, end) & 1:
        kind, at = data[at], at + 1
    else:
        kind, at = _word(data, at, end), at + 2
    return at if kind in (0x21, 0x57) else NOT_IP


def _word(data: bytes, at: int, end: int) -> int:
    if at + 2 > end:
        raise IndexError
    return data[at] << 8 | data[at + 1]


def _byte(data: bytes, at: int, end: int) -> int:
    if at >= end:
        raise IndexError
    return data[at]
