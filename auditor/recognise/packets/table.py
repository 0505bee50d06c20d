"""Counts packets by connection and hands the beginning of each to whoever listens.

Nearly every packet of a capture is Ethernet and IP without options and belongs to a connection that is known already.
For those a few fields are read in place; everything else takes the long way through ``link`` and ``ip``.
"""

import struct

from auditor.recognise.packets import ip, link
from auditor.recognise.packets.batch import Batch
from auditor.recognise.packets.connection import Connection, Ear, Half
from auditor.recognise.packets.directory import Directory
from auditor.recognise.packets.hearing import ACK, DNS_PORT, SYN, Answer, Client, Datagrams, DnsStream, Quic

MOST_CONNECTIONS = 1_000_000
"""Connections that are kept apart; packets of those beyond are only counted."""
MOST_FRAGMENTED = 4096
MOST_WAITING = 4096
"""Directions whose first bytes are held at the same time, 64 KiB of each at most."""
SCTP, UDP_LITE = 132, 136
PORTED = frozenset({ip.TCP, ip.UDP, SCTP, UDP_LITE})
EPHEMERAL = 32768
"""First port that Linux picks for clients."""

# EtherType, version and length of the IP header, fragment, protocol, addresses and ports, TCP flags.
_HEADS = struct.Struct(">12xHB5xHxB2x12s9xB")
_HEADS_SIZE = _HEADS.size
_PORTS = struct.Struct(">HH")


class Table:
    """All connections of a capture, or of several in their order."""

    def __init__(self) -> None:
        self.directory = Directory()
        self.closed: list[Connection] = []
        """Connections whose addresses and ports were taken by a later one."""
        self.unlisted = 0
        """Packets of connections beyond :data:`MOST_CONNECTIONS`."""
        self.given_up = 0
        """Directions whose beginning was let go of before it was whole."""
        self.passed: dict[str, int] = {}
        """Frames that are no IP, or none that can be read, by reason."""
        self._halves: dict[int, dict[bytes, Half]] = {ip.TCP: {}, ip.UDP: {}}
        self._fragmented: dict[tuple[int, bytes, int], Half] = {}
        self._waiting: dict[Half, None] = {}
        self._count = 0
        self._spill = Half(Connection(0, b"", 0, 0), 0)

    def read(self, batch: Batch) -> None:
        """Take the packets of a batch."""
        if batch.link == link.ETHERNET:
            self._ethernet(batch)
        else:
            for start, end, wire, time in batch.records:
                self._any(batch.link, batch.data, start, end, wire, time)

    def connections(self, final: bool = True) -> list[Connection]:
        """All of them, after everything was read; not ``final``: there is more to come."""
        found = dict.fromkeys(self.closed)
        for halves in self._halves.values():
            for half in halves.values():
                if final:
                    _close(half)
                found[half.connection] = None
        return list(found)

    def _ethernet(self, batch: Batch) -> None:
        data = batch.data
        heads = _HEADS.unpack_from
        tcp, udp = self._halves[ip.TCP], self._halves[ip.UDP]
        tcp_get, udp_get = tcp.get, udp.get
        smallest, syn = _HEADS_SIZE, SYN
        for start, end, wire, time in batch.records:
            if end - start < smallest:
                self._any(link.ETHERNET, data, start, end, wire, time)
                continue
            kind, version, piece, proto, key, flags = heads(data, start)
            if kind == 0x0800 and version == 0x45 and not piece & 0x3FFF:
                at = start + 34
            elif kind == 0x86DD and version & 0xF0 == 0x60 and end - start >= 68:
                proto, key, flags, at = data[start + 20], data[start + 22 : start + 58], data[start + 67], start + 54
            else:
                proto = at = 0
            if proto == 6:
                half = tcp_get(key)
                if half is None or flags & syn:
                    half = self._begin(tcp, half, proto, key, flags, data, at, time)
            elif proto == 17:
                half = udp_get(key)
                if half is None:
                    half = self._begin(udp, half, proto, key, 0, data, at, time)
            else:
                self._any(link.ETHERNET, data, start, end, wire, time)
                continue
            half.bytes += wire
            if time > half.last:
                half.last = time
            if half.ear is not None:
                self._hear(half, half.ear, data, at, _end(data, kind, start, end))

    def _any(self, kind: int, data: bytes, start: int, end: int, wire: int, time: int) -> None:
        at = link.find(kind, data, start, end)
        if at < 0:
            self._pass(_why(at, kind))
            return
        found = False
        for segment in ip.segments(data, at, end):
            found = True
            self._segment(segment, data, wire, time)
        if not found:
            self._pass("cut or damaged IP headers")

    def _segment(self, segment: ip.Segment, data: bytes, wire: int, time: int) -> None:
        proto, start, end = segment.proto, segment.start, segment.end
        if segment.later:
            half = self._fragmented.get((proto, segment.addresses, segment.ident))
            if half is not None:
                half.bytes += wire
                half.last = max(half.last, time)
                return
        ported = proto in PORTED and not segment.later and end - start >= 4
        key = segment.addresses + (data[start : start + 4] if ported else b"\0\0\0\0")
        flags = data[start + 13] if proto == ip.TCP and ported and end - start >= 14 else 0
        halves = self._halves.setdefault(proto, {})
        half = halves.get(key)
        if half is None or flags & SYN:
            half = self._begin(halves, half, proto, key, flags, data, start, time)
        half.bytes += wire
        half.last = max(half.last, time)
        half.first = min(half.first, time)
        if segment.ident >= 0 and not segment.later:
            self._remember(proto, segment, half)
        if half.ear is not None:
            self._hear(half, half.ear, data, start, end)

    def _hear(self, half: Half, ear: Ear, data: bytes, start: int, end: int) -> None:
        if ear.hear(data, start, end):
            half.ear = None
            self._waiting.pop(half, None)
        elif ear.holding and half not in self._waiting:
            if len(self._waiting) >= MOST_WAITING:
                oldest = next(iter(self._waiting))
                del self._waiting[oldest]
                self.given_up += 1
                _close(oldest)
            self._waiting[half] = None

    def _begin(
        self,
        halves: dict[bytes, Half],
        known: Half | None,
        proto: int,
        key: bytes,
        flags: int,
        data: bytes,
        start: int,
        time: int,
    ) -> Half:
        """The direction that a packet belongs to, where it is ``known`` no longer or not yet."""
        if known is not None:
            if flags & ACK or not _reopens(known, data, start):
                return known
            self._retire(halves, known, key)
        return self._open(halves, proto, key, flags, data, start, time)

    def _open(
        self, halves: dict[bytes, Half], proto: int, key: bytes, flags: int, data: bytes, start: int, time: int
    ) -> Half:
        """A direction that was not seen before: the other one of a known connection, or a new one."""
        other = halves.get(reverse(key))
        if other is not None:
            half = halves[key] = Half(other.connection, time)
            if other.connection.forward is other:
                other.connection.backward = half
            else:
                other.connection.forward = half
                if flags & (SYN | ACK) == SYN:
                    other.connection.sequence = int.from_bytes(data[start + 4 : start + 8], "big")
        else:
            if self._count >= MOST_CONNECTIONS:
                self.unlisted += 1
                return self._spill
            self._count += 1
            connection, turned = _connection(proto, key, flags, data, start)
            half = halves[key] = Half(connection, time)
            if turned:
                connection.backward = half
            else:
                connection.forward = half
            ends = connection.addresses
            connection.looked_up = self.directory.name(ends, ends[len(ends) // 2 :])
        self._listen(half, first=other is None)
        return half

    def _listen(self, half: Half, first: bool) -> None:
        connection = half.connection
        named = connection.port == DNS_PORT or connection.source_port == DNS_PORT
        if connection.proto == ip.UDP:
            if named:
                half.ear = Datagrams(connection, self.directory)
            elif first:
                half.ear = Quic(connection, half)
        elif connection.proto == ip.TCP:
            if named:
                half.ear = DnsStream(connection, self.directory)
            elif connection.opened and connection.backward is half:
                half.ear = Answer(connection)
            else:
                half.ear = Client(connection, half)
        elif connection.backward is half:
            connection.answered = True

    def _retire(self, halves: dict[bytes, Half], half: Half, key: bytes) -> None:
        self.closed.append(half.connection)
        for one in (key, reverse(key)):
            gone = halves.pop(one, None)
            if gone is not None:
                self._waiting.pop(gone, None)
                _close(gone)

    def _remember(self, proto: int, segment: ip.Segment, half: Half) -> None:
        if len(self._fragmented) >= MOST_FRAGMENTED:
            del self._fragmented[next(iter(self._fragmented))]
        self._fragmented[proto, segment.addresses, segment.ident] = half

    def _pass(self, why: str) -> None:
        self.passed[why] = self.passed.get(why, 0) + 1


def reverse(key: bytes) -> bytes:
    """The key of the other direction."""
    half = (len(key) - 4) // 2
    return key[half:-4] + key[:half] + key[-2:] + key[-4:-2]


def _end(data: bytes, kind: int, start: int, end: int) -> int:
    """Where the IP packet in an Ethernet frame ends; the frame may be padded behind it, or cut before."""
    if kind == 0x0800:
        size, head = data[start + 16] << 8 | data[start + 17], 14
    else:
        size, head = data[start + 18] << 8 | data[start + 19], 54
    # Length 0 is what a network card is handed that cuts large packets itself.
    return end if not size or start + head + size > end else start + head + size


def _close(half: Half) -> None:
    if half.ear is not None:
        half.ear.close()
        half.ear = None


def _reopens(half: Half, data: bytes, start: int) -> bool:
    """Whether a SYN begins another connection between the same ports, and is no repetition."""
    return half.connection.sequence != int.from_bytes(data[start + 4 : start + 8], "big")


def _connection(proto: int, key: bytes, flags: int, data: bytes, start: int) -> tuple[Connection, bool]:
    """A connection from its first packet in the capture, told from the opener's side; whether that is the receiver."""
    source, target = _PORTS.unpack_from(key, len(key) - 4)
    opens = proto == ip.TCP and flags & SYN
    if flags & ACK if opens else _serves(source, target):
        connection = Connection(proto, reverse(key)[:-4], target, source)
        connection.opened = connection.answered = bool(opens)
        return connection, True
    connection = Connection(proto, key[:-4], source, target)
    if opens:
        connection.opened = True
        connection.sequence = int.from_bytes(data[start + 4 : start + 8], "big")
    return connection, False


def _serves(source: int, target: int) -> bool:
    """Whether the sender of a packet from the middle of a conversation looks like the one who was called."""
    if source == target:
        return False
    if (source < 1024) != (target < 1024):
        return source < 1024
    return source < EPHEMERAL <= target


def _why(answer: int, kind: int) -> str:
    if answer == link.UNKNOWN:
        return f"frames of link type {kind}, which cannot be read"
    return "frames that end before their header does" if answer == link.SHORT else link.NO_IP
