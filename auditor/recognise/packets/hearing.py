"""Listens to the beginning of connections until it is clear what they are; then lets go of every byte."""

import struct

from auditor.recognise.packets import dns, http, quic, tls
from auditor.recognise.packets.connection import Connection, Half
from auditor.recognise.packets.directory import Directory
from auditor.recognise.packets.stream import Stream

SYN, RST, ACK = 2, 4, 16
_SEGMENT = struct.Struct(">4xI4xBB")
DNS_PORT = 53
MOST_TURNS = 8
"""Segments after the first in which a connection may turn to TLS."""


class Answer:
    """Waits for a sign that the other side took the connection."""

    __slots__ = ("connection",)
    holding = False

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def hear(self, data: bytes, start: int, end: int) -> bool:
        """Everything but a reset is one."""
        if end - start < 14 or data[start + 13] & RST:
            return False
        self.connection.answered = True
        return True

    def close(self) -> None:
        """Nothing to conclude."""


def payload(data: bytes, start: int, end: int) -> tuple[int, int, int]:
    """Flags, number of the first byte and place of the payload of a TCP segment; flags -1 where it makes no sense."""
    if end - start < 20:
        return -1, 0, end
    sequence, length, flags = _SEGMENT.unpack_from(data, start)
    at = start + (length >> 4) * 4
    if at < start + 20 or at > end:
        return -1, 0, end
    # A SYN takes a number of its own, before the first byte.
    return flags, sequence + (flags >> 1 & 1), at


class Client:
    """Listens to the side that opened a TCP connection, or to one that may have.

    What begins as something else may still turn to TLS: databases and mail servers are asked for it first, and some
    clients send a byte or two ahead to deceive whoever listens.
    """

    __slots__ = ("_half", "_left", "_stream", "connection")

    def __init__(self, connection: Connection, half: Half) -> None:
        self.connection = connection
        self._half = half
        self._stream: Stream | None = None
        self._left = 0
        """Segments in which a ClientHello may still begin, after something else did."""

    @property
    def holding(self) -> bool:
        """Whether anything waits for the rest of it."""
        return self._stream is not None and self._stream.holding

    def hear(self, data: bytes, start: int, end: int) -> bool:
        """Put the segment in its place and look at what is there."""
        flags, sequence, at = payload(data, start, end)
        if flags < 0 or flags & RST:
            return False
        if flags & ACK:
            self.connection.answered = True
        if at >= end:
            return False
        if self._left and not self._turns(data[at : at + 6], sequence):
            self._left -= 1
            return not self._left
        if self._stream is None:
            opened = self.connection.sequence if self.connection.forward is self._half else None
            # A live watch holds nothing of what came before a ClientHello; there the stream begins with it.
            begins = opened is None or _greets(data[at : at + 6])
            self._stream = Stream(sequence if opened is None or begins else opened + 1)
        if self._stream.add(sequence, data[at:end]) and self._decide(self._stream.data):
            return True
        if self._stream is not None and self._stream.spent:
            self.close()
            return True
        return False

    def close(self) -> None:
        """A ClientHello or request that was cut may still have named its host."""
        if self._stream is not None and self._stream.data:
            data, self._stream = self._stream.data, None
            if data[0] == tls.HANDSHAKE:
                self._greet(data, final=True)
            elif http.may_be(data) and len(data) >= len(http.HTTP2):
                self._request(data)

    def _decide(self, data: bytes) -> bool:
        if data[0] == tls.HANDSHAKE and (len(data) < 2 or data[1] == 3):
            return self._greet(data, final=False)
        if http.may_be(data):
            return http.whole(data) and self._request(data)
        self._stream, self._left = None, MOST_TURNS
        return False

    def _turns(self, begins: bytes, sequence: int) -> bool:
        """Whether a segment begins a ClientHello; then the stream begins with it."""
        if not _greets(begins):
            return False
        self._stream, self._left = Stream(sequence), 0
        return True

    def _greet(self, data: bytes, final: bool) -> bool:
        try:
            message, more = tls.handshake(data)
        except ValueError:
            return True
        if (more and not final and message[:1] in (b"", b"\x01")) or not message:
            return False
        if self.connection.greet(message, "tls", "sni"):
            self._mine()
        return True

    def _request(self, data: bytes) -> bool:
        self.connection.heard = "http2" if data.startswith(http.HTTP2) else "http"
        name = http.host_of(data)
        if name:
            self.connection.name, self.connection.name_source = name, "host"
        self._mine()
        return True

    def _mine(self) -> None:
        """Who greets or asks is the client, whatever the ports made one believe."""
        if not self.connection.opened and self.connection.backward is self._half:
            self.connection.turn()


class DnsStream:
    """Listens to one direction of DNS over TCP (RFC 7766)."""

    __slots__ = ("_directory", "_stream", "connection")

    def __init__(self, connection: Connection, directory: Directory) -> None:
        self.connection = connection
        self._directory = directory
        self._stream: Stream | None = None

    @property
    def holding(self) -> bool:
        """Whether anything waits for the rest of it."""
        return self._stream is not None and self._stream.holding

    def hear(self, data: bytes, start: int, end: int) -> bool:
        """Every message that is whole."""
        flags, sequence, at = payload(data, start, end)
        if flags < 0 or flags & RST:
            return False
        if self.connection.backward is not None and self.connection.backward.ear is self:
            self.connection.answered = True
        if self._stream is None or flags & SYN:
            self._stream = Stream(sequence)
        stream = self._stream
        if at < end and stream.add(sequence, data[at:end]):
            while len(stream.data) >= 2:
                size = stream.data[0] << 8 | stream.data[1]
                if len(stream.data) < 2 + size:
                    break
                _learn(stream.data[2 : 2 + size], self.connection, self._directory)
                stream.take(2 + size)
        return stream.spent

    def close(self) -> None:
        """A message that was cut says nothing."""


class Datagrams:
    """Listens to DNS over UDP."""

    __slots__ = ("_directory", "connection")
    holding = False

    def __init__(self, connection: Connection, directory: Directory) -> None:
        self.connection = connection
        self._directory = directory

    def hear(self, data: bytes, start: int, end: int) -> bool:
        """Each datagram is a message."""
        _learn(data[start + 8 : end], self.connection, self._directory)
        return False

    def close(self) -> None:
        """Nothing is held."""


class Quic:
    """Listens to the first datagrams of one direction of UDP."""

    __slots__ = ("_half", "_opening", "connection")

    def __init__(self, connection: Connection, half: Half) -> None:
        self.connection = connection
        self._half = half
        self._opening: quic.Opening | None = None

    @property
    def holding(self) -> bool:
        """Whether anything waits for the rest of it."""
        return self._opening is not None

    def hear(self, data: bytes, start: int, end: int) -> bool:
        """Anything but QUIC ends it at once."""
        datagram = data[start + 8 : end]
        if self._opening is None:
            if not quic.may_be(datagram):
                return True
            self._opening = quic.Opening()
        message = self._opening.feed(datagram)
        if message:
            self._greet(message)
        elif not self._opening.spent:
            return False
        else:
            self.close()
        return True

    def close(self) -> None:
        """What there is of a ClientHello may name the host."""
        if self._opening is not None and self._opening.message:
            self._greet(self._opening.message)

    def _greet(self, message: bytes) -> None:
        if self.connection.greet(message, "quic", "quic") and self.connection.backward is self._half:
            self.connection.turn()


def _greets(begins: bytes) -> bool:
    return len(begins) >= 6 and begins[0] == tls.HANDSHAKE and begins[1] == 3 and begins[5] == tls.CLIENT_HELLO


def _learn(data: bytes, connection: Connection, directory: Directory) -> None:
    message = dns.parse(data)
    if message is not None:
        connection.heard = "dns"
        directory.learn(message, connection.client)
