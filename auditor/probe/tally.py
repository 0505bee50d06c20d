"""Counts packets by interface, protocol, addresses and ports, of nothing but their headers.

The loop over a block is the one place of the probe where each packet costs; everything rare is done elsewhere.
"""

import socket
import struct
from typing import Dict, Iterator, List, NamedTuple, Tuple

from . import limits
from .ring import DATA, Block

TCP, UDP = 6, 17
PORTED = frozenset({TCP, UDP, 33, 132, 136})
OUTGOING = 4
"""Kind of a packet (``sll_pkttype``): it left this host."""
_EXTENSIONS = frozenset({0, 43, 60})
_FRAGMENT = 44

# Head of a packet as the kernel writes it: next, seconds, nanoseconds, bytes kept, bytes; interface; and of the IPv4
# header version, fragment, protocol, addresses with the ports behind them where there are no options.
_HEAD = struct.Struct("=5I32xi2xB37xB5xHxB2x12s")
_LATER = socket.htons(0x3FFF)
_PORTS = struct.Struct("!HH")

BYTES, PACKETS, SECONDS, NANOSECONDS, FIRST, KIND = range(6)
"""Places in an entry: sums, time of the last packet, seconds since 1970 of the first, and its kind."""

Entry = List[float]


class Way(NamedTuple):
    """One direction of a conversation. Bytes are those of IP packets, times are seconds since 1970."""

    proto: int
    source: bytes
    source_port: int
    target: bytes
    target_port: int
    bytes: int
    packets: int
    first: float
    last: float
    outgoing: bool


class Tally:
    """All that was counted; ``most`` directions are kept apart for each protocol and interface."""

    def __init__(self, most: int = limits.FLOWS) -> None:
        self._most = most
        self._tables: Dict[Tuple[int, int], Dict[bytes, Entry]] = {}
        self._held = 0
        self.folded = 0
        """Packets that are told without the port of their client, because there were so many."""
        self.unread = 0
        """Packets of which not even the headers could be read."""

    def add(self, block: Block) -> None:
        """Count the packets of a block."""
        data, at = block.data, block.first
        heads, later = _HEAD.unpack_from, _LATER
        current = -1
        tcp: Dict[bytes, Entry] = {}
        udp = tcp
        for _ in range(block.packets):
            step, seconds, nanoseconds, held, size, interface, kind, version, piece, proto, key = heads(data, at)
            if interface != current:
                current = interface
                tcp, udp = self._table(interface, TCP), self._table(interface, UDP)
            if version == 0x45 and not piece & later and held >= 24:
                pass
            elif version & 0xF0 == 0x60 and held >= 44:
                proto, key = data[at + 102], data[at + 104 : at + 140]
            else:
                proto = 0
            entry = tcp.get(key) if proto == 6 else udp.get(key) if proto == 17 else None
            if entry is None:
                entry = self._entry(data, at + DATA, held, interface, kind, seconds + nanoseconds / 1e9)
            entry[0] += size
            entry[1] += 1
            entry[2] = seconds
            entry[3] = nanoseconds
            at += step

    def _table(self, interface: int, proto: int) -> Dict[bytes, Entry]:
        return self._tables.setdefault((interface, proto), {})

    def _entry(self, data: bytes, at: int, held: int, interface: int, kind: int, moment: float) -> Entry:
        """The entry of a packet that is not the usual one of a known conversation."""
        proto, key = headers(data, at, held)
        if not key:
            self.unread += 1
        table = self._table(interface, proto)
        entry = table.get(key)
        if entry is None:
            if self._held >= self._most and proto in PORTED and key:
                key = fold(key)
                self.folded += 1
                entry = table.get(key)
            if entry is None and self._held >= 2 * self._most:
                self.unread += 1
                key = b""
                entry = table.get(key)
        if entry is None:
            self._held += 1
            entry = table[key] = [0, 0, 0, 0, moment, kind]
        return entry

    def ways(self) -> Iterator[Way]:
        """Every direction once: of interfaces that the same packets passed, the one that saw most of them."""
        best: Dict[Tuple[int, bytes], Entry] = {}
        for (_, proto), table in list(self._tables.items()):
            for key, entry in list(table.items()):
                if key and entry[BYTES] > best.get((proto, key), (0,))[0]:
                    best[proto, key] = entry
        for (proto, key), entry in best.items():
            size = (len(key) - 4) // 2
            source_port, target_port = _PORTS.unpack_from(key, len(key) - 4)
            yield Way(
                proto, key[:size], source_port, key[size : 2 * size], target_port, int(entry[BYTES]),
                int(entry[PACKETS]), entry[FIRST], entry[SECONDS] + entry[NANOSECONDS] / 1e9, entry[KIND] == OUTGOING,
            )  # fmt: skip


def headers(data: bytes, at: int, held: int) -> Tuple[int, bytes]:
    """Protocol and key (addresses and ports) of a packet that begins here; an empty key where it cannot be read."""
    end = at + held
    version = data[at] >> 4 if held else 0
    if version == 4 and held >= 20:
        proto, place = data[at + 9], at + (data[at] & 15) * 4
        later = (data[at + 6] << 8 | data[at + 7]) & 0x1FFF
        addresses = data[at + 12 : at + 20]
    elif version == 6 and held >= 40:
        proto, place, later = data[at + 6], at + 40, 0
        addresses = data[at + 8 : at + 40]
        while proto in _EXTENSIONS or proto == _FRAGMENT:
            if place + 8 > end:
                return proto, addresses + b"\0\0\0\0"
            if proto == _FRAGMENT:
                later = (data[place + 2] << 8 | data[place + 3]) & 0xFFF8
            proto, place = data[place], place + (8 if proto == _FRAGMENT else 8 + data[place + 1] * 8)
    else:
        return 0, b""
    if proto in PORTED and not later and place + 4 <= end:
        return proto, addresses + data[place : place + 4]
    return proto, addresses + b"\0\0\0\0"


def fold(key: bytes) -> bytes:
    """The key without the higher of its two ports, which is the client's."""
    source, target = _PORTS.unpack_from(key, len(key) - 4)
    return key[:-4] + (_PORTS.pack(0, target) if source > target else _PORTS.pack(source, 0))
