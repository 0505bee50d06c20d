"""Answers for every address on earth: packets of the box in, packets for the box out, and a record of all of it.

Everything that leaves the box comes by here as a packet, whatever its protocol and port; nothing goes further.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from auditor.facts.sealed import Channel
from auditor.recognise.packets import dns, quic, tls
from auditor.sealed import control
from auditor.sealed import packet as packets
from auditor.sealed.authority import Authority
from auditor.sealed.names import Names
from auditor.sealed.packet import Packet
from auditor.sealed.service import Piece, Service
from auditor.sealed.tcp import Connection

MOST_FLOWS = 20_000
MOST_OTHER = 16 * 2**20
"""Bytes of datagrams and other packets that are kept of one flow."""
IDLE = 1.0
"""Seconds for which a connection that has ended is kept, for what may still come."""
_NO_NOISE = frozenset({133, 134, 135, 136, 143})
"""Router and neighbour discovery and group reports of ICMPv6: the kernel's own, they carry nothing of a program."""

Owner = Callable[[Packet], str]
"""Tells the process that a packet comes from."""


class Record(NamedTuple):
    """All of one flow. ``moment`` is of the wall clock, seconds."""

    proto: str
    name: str
    address: str
    port: int
    process: str
    moment: float
    times: int
    size: int
    outcome: str
    requests: tuple[str, ...]
    pieces: tuple[Piece, ...]
    unkept: int = 0


@dataclass
class _Flow:
    """A TCP connection, or datagrams between two sockets, or packets of another protocol between two addresses."""

    first: Packet
    name: str
    owner: str
    moment: float
    connection: Connection | None = None
    service: Service | None = None
    data: list[bytes] = field(default_factory=list)
    times: int = 0
    size: int = 0
    unkept: int = 0
    since: float = 0.0
    opening: quic.Opening | None = None
    hello: tls.Hello | None = None


class Sink:
    """One box's outside. ``owner`` is asked once a flow."""

    def __init__(self, authority: Authority, owner: Owner = lambda packet: "", *, silent: bool = False) -> None:
        self.names = Names()
        self.silent = silent
        """Answer nothing."""
        self._authority, self._owner = authority, owner
        self._flows: dict[tuple[int, bytes, int, bytes, int], _Flow] = {}
        self._questions: dict[tuple[str, str], _Flow] = {}
        self._labels: dict[str, tuple[_Flow, list[str]]] = {}
        self.over = 0
        """Packets of flows that found no room."""

    def feed(self, data: bytes, now: float, clock: float) -> Iterator[bytes]:
        """Take a packet; what goes back. ``now`` is monotonic, ``clock`` the time of day."""
        packet = packets.read(data)
        if packet is None or (packet.proto == packets.ICMP6 and packet.payload[:1] and packet.payload[0] in _NO_NOISE):
            return
        # Packets to groups that the kernel joins are its own, too.
        if packet.proto == 2 or (packet.target[0] == 0xFF and packet.proto == packets.ICMP6):
            return
        flow = self._flow(packet, clock)
        if flow is None:
            self.over += 1
            return
        flow.since = now
        if packet.proto == packets.TCP:
            yield from map(packets.write, self._tcp(flow, packet, now))
        elif packet.proto == packets.UDP:
            yield from map(packets.write, self._udp(flow, packet))
        else:
            self._keep(flow, packet.payload)

    def tick(self, now: float) -> Iterator[bytes]:
        """What has to be sent again."""
        for flow in self._flows.values():
            if flow.connection is not None:
                yield from map(packets.write, flow.connection.tick(now))

    def ended(self, now: float) -> Iterator[Record]:
        """Connections that have come to an end since the last time."""
        for key, flow in list(self._flows.items()):
            if flow.connection is not None and flow.connection.closed and now - flow.since > IDLE:
                del self._flows[key]
                yield self._record(flow)

    def finish(self) -> Iterator[Record]:
        """All that is left."""
        for flow in self._flows.values():
            # The sockets that only asked for names are told by the names.
            if flow.times or flow.size:
                yield self._record(flow)
        self._flows.clear()
        for (name, _), flow in self._questions.items():
            said: tuple[Piece, ...] = (
                Piece(Channel.DNS, name.encode()),
                Piece(Channel.DNS, name.replace(".", "").encode()),
            )
            yield self._made(flow, "dns", name, "blocked" if self.silent else "asked", (), said)
        for base, (flow, labels) in self._labels.items():
            if len(labels) > 1:
                # What is too long for one name is cut into several.
                said = (Piece(Channel.DNS, "".join(labels).replace(".", "").encode()),)
                yield self._made(flow, "dns", base, "asked", (), said)._replace(times=0)
        self._questions.clear()
        self._labels.clear()

    def _flow(self, packet: Packet, clock: float) -> _Flow | None:
        key = (packet.proto, packet.source, packet.source_port, packet.target, packet.port)
        flow = self._flows.get(key)
        fresh = packet.proto == packets.TCP and packet.flags & packets.SYN and not packet.flags & packets.ACK
        if flow is not None and fresh and flow.connection is not None and flow.connection.closed:
            # The same ports once more: the old connection is told as it was.
            self._flows[(*key[:4], -len(self._flows))] = self._flows.pop(key)
            flow = None
        if flow is None:
            if len(self._flows) >= MOST_FLOWS:
                return None
            name = self.names.of(packet.target)
            flow = _Flow(packet, name, "" if self._planted(packet, name) else self._owner(packet), clock)
            self._flows[key] = flow
        return flow

    def _planted(self, packet: Packet, name: str) -> bool:
        """Whether the control sends this: whose it is need not be looked up."""
        asked = dns.parse(packet.payload) if packet.port == 53 and packet.proto == packets.UDP else None
        return control.planted(asked.name if asked else name, "")

    def _tcp(self, flow: _Flow, packet: Packet, now: float) -> Iterator[Packet]:
        flow.times += bool(packet.flags & packets.SYN)
        if flow.connection is None:
            if not packet.flags & packets.SYN:
                self._keep(flow, packet.payload)
                return
            address = packets.text(packet.target)
            start = int.from_bytes(hashlib.sha256(packet.source + packet.source_port.to_bytes(2, "big")).digest()[:4])
            flow.connection = Connection(packet, start)
            flow.service = Service(self.names, self._authority, flow.name, address, packet.port)
            if self.silent:
                yield flow.connection.abort()._replace(ack=(packet.seq + 1) & 0xFFFFFFFF, seq=0)
            else:
                yield from flow.connection.open(now)
            return
        connection, service = flow.connection, flow.service
        assert service is not None
        yield from connection.feed(packet, now)
        data = connection.take()
        answer = service.feed(data) if data else b""
        if answer:
            yield from connection.send(answer, now)
        if connection.ended:
            yield from connection.finish(now)

    def _udp(self, flow: _Flow, packet: Packet) -> Iterator[Packet]:
        flow.times += 1
        if packet.port == 53:
            told = self.names.answer(packet.payload)
            if told is not None:
                name, kind, answer = told
                self._ask(flow, name, kind)
                if not self.silent:
                    yield Packet(packets.UDP, packet.target, packet.source, packet.port, packet.source_port, answer)
                return
        if quic.may_be(packet.payload):
            flow.opening = flow.opening or quic.Opening()
            message = flow.opening.feed(packet.payload) if flow.hello is None else b""
            flow.hello = tls.client_hello(message) if message else flow.hello
        self._keep(flow, packet.payload)

    def _ask(self, flow: _Flow, name: str, kind: str) -> None:
        asked = self._questions.setdefault((name, ""), _Flow(flow.first, name, flow.owner, flow.moment))
        asked.times += 1
        if asked.times == 1:
            labels = name.split(".")
            if len(labels) > 2:
                self._labels.setdefault(".".join(labels[-2:]), (asked, []))[1].append(".".join(labels[:-2]))
        flow.times -= 1

    def _keep(self, flow: _Flow, data: bytes) -> None:
        flow.times += flow.first.proto not in (packets.TCP, packets.UDP)
        flow.size += len(data)
        if flow.size <= MOST_OTHER and data:
            flow.data.append(data)
        else:
            flow.unkept += len(data)

    def _record(self, flow: _Flow) -> Record:
        if flow.service is not None:
            return self._stream(flow, flow.service)
        if flow.first.proto == packets.UDP:
            channel = Channel.DATAGRAM
            proto = "quic" if flow.opening is not None else "udp"
        else:
            channel, proto = Channel.PACKET, f"ip-{flow.first.proto}"
        pieces = [Piece(channel, data) for data in flow.data[:1000]]
        if len(flow.data) > 1:
            pieces.append(Piece(channel, b"".join(flow.data)))
        name = flow.name
        if flow.hello is not None and flow.hello.name:
            name = flow.hello.name
            pieces.append(Piece(Channel.SNI, name.encode()))
        return self._made(flow, proto, name, "blocked" if self.silent else "connected", (), tuple(pieces))

    def _stream(self, flow: _Flow, service: Service) -> Record:
        if self.silent:
            outcome = "blocked"
        elif service.refused:
            outcome = "refused_certificate"
        else:
            outcome = "answered" if service.answered else "connected"
        hosts = (_host(request.head) for request in service.requests)
        name = service.sni or flow.name or next((host for host in hosts if host), "")
        lines = tuple(request.line.decode("ascii", "replace") for request in service.requests if request.line)
        made = self._made(flow, "tcp", name, outcome, lines, service.pieces())
        return made._replace(size=service.size, unkept=service.unkept + flow.unkept)

    def _made(
        self, flow: _Flow, proto: str, name: str, outcome: str, requests: tuple[str, ...], pieces: tuple[Piece, ...]
    ) -> Record:
        dns = proto == "dns"
        return Record(
            proto=proto,
            name=name,
            address="" if dns else packets.text(flow.first.target),
            port=flow.first.port,
            process=flow.owner,
            moment=flow.moment,
            times=max(flow.times, 1),
            size=flow.size,
            outcome=outcome,
            requests=requests,
            pieces=pieces,
            unkept=flow.unkept,
        )


def _host(head: bytes) -> str:
    for line in head.split(b"\n"):
        key, colon, value = line.strip().partition(b": ") if not line.startswith(b":") else (b"", b"", b"")
        if colon and key.lower() == b"host":
            return tls.host(value.strip().split(b":")[0])
    return ""
