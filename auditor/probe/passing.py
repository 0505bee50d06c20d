"""What passed on the interfaces, as connections told from the side of whoever opened them."""

import contextlib
import ipaddress
import re
import socket
from typing import Dict, Iterable, List, NamedTuple, Optional, Set, Tuple

from . import limits
from .egress import PROTOCOLS
from .merge import Row
from .tally import TCP, Way

METHOD = "packets"
_WHERE = "packets on the interfaces"
_LINK = tuple(map(ipaddress.ip_network, ("224.0.0.0/24", "ff02::/16", "fe80::/10", "255.255.255.255/32")))
_CHATTER = frozenset({2, 58})
"""IGMP and ICMPv6: within the link they find neighbours and routers, and join groups."""
_EPHEMERAL = 32768

Key = Tuple[int, bytes, int, bytes, int]


class Passed(NamedTuple):
    """Connections, and packets that are not told as such because no router forwards them."""

    rows: List[Row]
    chatter: int
    over: int
    """Connections beyond the limit."""


def passed(ways: Iterable[Way], openers: Set[bytes], local: Set[bytes]) -> Passed:
    """One row for both directions. ``openers`` are keys that began with a SYN, ``local`` addresses of this host."""
    known: Dict[Key, Way] = {}
    for way in ways:
        known[way.proto, way.source, way.source_port, way.target, way.target_port] = way
    rows: List[Row] = []
    chatter = over = 0
    for key, way in known.items():
        proto, source, source_port, target, target_port = key
        back = known.get((proto, target, target_port, source, source_port))
        if back is not None and not _opens(way, back, openers):
            continue
        if proto in _CHATTER and on_link(target):
            chatter += way.packets + (back.packets if back else 0)
            continue
        if len(rows) >= limits.FLOWS:
            over += 1
            continue
        rows.append(_row(way, back, openers, local))
    return Passed(rows, chatter, over)


def _opens(way: Way, back: Way, openers: Set[bytes]) -> bool:
    """Whether ``way`` is that of the opener; exactly one of two directions is."""
    one, other = _name(way) in openers, _name(back) in openers
    if one != other:
        return one
    source, target = way.source_port, way.target_port
    if source != target:
        if (source < 1024) != (target < 1024):
            return target < 1024
        if (source < _EPHEMERAL) != (target < _EPHEMERAL):
            return target < _EPHEMERAL
    if way.first != back.first:
        return way.first < back.first
    return (way.source, way.source_port) < (back.source, back.source_port)


def _name(way: Way) -> bytes:
    ports = way.source_port.to_bytes(2, "big") + way.target_port.to_bytes(2, "big")
    return bytes((way.proto,)) + way.source + way.target + ports


def _row(way: Way, back: Optional[Way], openers: Set[bytes], local: Set[bytes]) -> Row:
    inbound = way.target in local and way.source not in local
    row = Row(
        where=_WHERE, method=METHOD, proto=proto_name(way.proto, way.source), direction="out",
        source_address=text(way.source), source_port=way.source_port, address=text(way.target), port=way.target_port,
        attempt=way.proto == TCP and back is None and _name(way) in openers,
        first=min(way.first, back.first) if back else way.first, last=max(way.last, back.last) if back else way.last,
        pid=None, uid=None, owner=None, note="the packets do not say which process sent them",
        bytes_out=way.bytes, bytes_in=back.bytes if back else 0,
    )  # fmt: skip
    if inbound:
        return row._replace(
            direction="in", source_address=row.address, source_port=row.port, address=row.source_address,
            port=row.source_port, bytes_out=row.bytes_in, bytes_in=row.bytes_out,
        )  # fmt: skip
    return row


def proto_name(number: int, address: bytes) -> str:
    """As the other means call it: ``tcp``, ``udp6``, ``icmp``, ``ip-253``."""
    name = PROTOCOLS.get(number)
    return name + ("6" if len(address) == 16 else "") if name else f"ip-{number}"


def on_link(address: bytes) -> bool:
    """Whether no router forwards packets to it."""
    found = ipaddress.ip_address(address)
    return any(found in block for block in _LINK if block.version == found.version)


def text(address: bytes) -> str:
    """As people write it."""
    return socket.inet_ntop(socket.AF_INET6 if len(address) == 16 else socket.AF_INET, address)


def own_addresses() -> Set[bytes]:
    """Addresses of this network namespace."""
    found: Set[bytes] = set()
    with contextlib.suppress(OSError):
        tree = _table("fib_trie")
        for found_text in re.findall(r"\|-- ([0-9.]+)\n\s+/32 host LOCAL", tree):
            found.add(socket.inet_aton(found_text))
    with contextlib.suppress(OSError, ValueError):
        for line in _table("if_inet6").splitlines():
            found.add(bytes.fromhex(line.split()[0]))
    return found


def _table(name: str) -> str:
    with open(f"/proc/net/{name}", encoding="ascii", errors="replace") as table:
        return table.read(limits.SOCKET_TABLE)
