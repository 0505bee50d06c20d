"""The server's end of one TCP connection, without input or output: packets in, packets out (RFC 9293).

Made for a link of one hop on one machine: what comes out of order is asked for again, what is not acknowledged is sent
again, and there is no congestion.
"""

from collections import deque
from collections.abc import Iterator

from auditor.sealed.packet import ACK, FIN, PSH, RST, SYN, TCP, Packet

WINDOW = 0xFFFF
"""Without scaling: at most this much is on its way, which the socket that reads the packets can hold."""
_MASK = 0xFFFFFFFF
_HALF = 1 << 31
PATIENCE = 1.0
"""Seconds before something is sent again."""
TRIES = 5


class Connection:
    """One connection; ``taken`` is what arrived in order since it was asked last."""

    def __init__(self, syn: Packet, start: int, segment: int = 1400) -> None:
        self._from, self._to = (syn.target, syn.port), (syn.source, syn.source_port)
        self._next = (syn.seq + 1) & _MASK
        self._start, self._sent = start & _MASK, (start + 1) & _MASK
        self._acked = start & _MASK
        self._room, self._segment = max(syn.window, 1), segment
        self._waiting: deque[bytes] = deque()
        self._flight: deque[tuple[int, int, bytes]] = deque([(self._start, SYN | ACK, b"")])
        self._moment, self._tries = 0.0, 0
        self._closing = False
        self._taken: list[bytes] = []
        self.established = self.ended = self.closed = False
        """``ended``: the client sends no more. ``closed``: nothing can go either way."""

    def open(self, now: float) -> Iterator[Packet]:
        """The answer to the SYN."""
        self._moment = now
        yield self._packet(SYN | ACK, self._start, b"")

    def feed(self, packet: Packet, now: float) -> Iterator[Packet]:
        """Take a packet of the client; what is to be sent in answer."""
        if packet.flags & RST:
            self.closed = True
            return
        if packet.flags & SYN:
            yield from self._again()
            return
        if packet.flags & ACK:
            self._acknowledge(packet, now)
        late = (self._next - packet.seq) & _MASK
        payload, fin = packet.payload, bool(packet.flags & FIN)
        if late < _HALF and not self.ended:
            if len(payload) > late:
                self._taken.append(payload[late:])
                self._next = (self._next + len(payload) - late) & _MASK
            if fin and late <= len(payload):
                self.ended = True
                self._next = (self._next + 1) & _MASK
        if payload or fin:
            yield self._packet(ACK, self._sent, b"")
        yield from self._push(now)

    def take(self) -> bytes:
        """What arrived in order since the last time."""
        data = b"".join(self._taken)
        self._taken.clear()
        return data

    def send(self, data: bytes, now: float) -> Iterator[Packet]:
        """Send to the client."""
        self._waiting.extend(data[at : at + self._segment] for at in range(0, len(data), self._segment))
        yield from self._push(now)

    def finish(self, now: float) -> Iterator[Packet]:
        """Send what is left, then no more."""
        self._closing = True
        yield from self._push(now)

    def tick(self, now: float) -> Iterator[Packet]:
        """Send again what was not acknowledged in time; give up at last."""
        if self._flight and not self.closed and now - self._moment > PATIENCE:
            self._tries += 1
            if self._tries > TRIES:
                self.closed = True
                yield self._packet(RST | ACK, self._sent, b"")
                return
            self._moment = now
            yield from self._again()

    def abort(self) -> Packet:
        """End it at once."""
        self.closed = True
        return self._packet(RST | ACK, self._sent, b"")

    def _acknowledge(self, packet: Packet, now: float) -> None:
        self.established = True
        self._room = packet.window
        while self._flight:
            seq, flags, data = self._flight[0]
            end = (seq + len(data) + bool(flags & (SYN | FIN))) & _MASK
            if (packet.ack - end) & _MASK >= _HALF:
                break
            self._flight.popleft()
            self._acked, self._moment, self._tries = end, now, 0
            if flags & FIN and self.ended:
                self.closed = True

    def _push(self, now: float) -> Iterator[Packet]:
        if not self.established:
            return
        while self._waiting and (self._sent - self._acked) & _MASK < max(self._room, 1):
            data = self._waiting.popleft()
            yield self._out(PSH | ACK, data, now)
        if self._closing and not self._waiting:
            self._closing = False
            yield self._out(FIN | ACK, b"", now)

    def _out(self, flags: int, data: bytes, now: float) -> Packet:
        seq = self._sent
        if not self._flight:
            self._moment = now
        self._flight.append((seq, flags, data))
        self._sent = (seq + len(data) + bool(flags & FIN)) & _MASK
        return self._packet(flags, seq, data)

    def _again(self) -> Iterator[Packet]:
        for seq, flags, data in self._flight:
            yield self._packet(flags, seq, data)

    def _packet(self, flags: int, seq: int, data: bytes) -> Packet:
        ack = 0 if flags & RST and not flags & ACK else self._next
        return Packet(TCP, *self._ends(), data, flags, seq, ack, WINDOW)

    def _ends(self) -> tuple[bytes, bytes, int, int]:
        return self._from[0], self._to[0], self._from[1], self._to[1]
