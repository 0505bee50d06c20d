"""Servers that take whatever is sent to them, without input or output: HTTP/1.1, WebSocket and HTTP/2.

RFC 9112, 6455, 9113. Every request is answered with 200 and an empty JSON object.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from typing import NamedTuple

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
METHODS = re.compile(
    rb"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE|PROPFIND|REPORT) [!-~]+ HTTP/1\.[01]\r?\n"
)
MOST_HEAD = 1 << 20
_ACCEPT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

Resolve = Callable[[bytes], bytes | None]
"""Answers DNS over HTTPS (RFC 8484): a message in, an answer out, or None."""


class Request(NamedTuple):
    """A request, or what is there of it."""

    line: bytes
    head: bytes
    """All header lines, as they were sent, or as HTTP/2 stood for them."""
    body: bytes


class One:
    """HTTP/1.1; turns into a WebSocket where the client asks for it."""

    def __init__(self, resolve: Resolve = lambda message: None) -> None:
        self._buffer = bytearray()
        self._resolve = resolve
        self._head = b""
        self._body = bytearray()
        self._left = 0
        self._chunks = False
        self._frames: _Frames | None = None
        self.done: list[Request] = []
        self.raw = False
        """What follows is no HTTP any more."""

    def feed(self, data: bytes) -> bytes:
        """Take bytes; what is to be sent back."""
        if self._frames is not None:
            return self._frames.feed(data)
        self._buffer += data
        out = b""
        while True:
            before = (len(self._buffer), bool(self._head))
            out += self._step()
            if self._frames is not None or self.raw or (len(self._buffer), bool(self._head)) == before:
                return out

    @property
    def pending(self) -> tuple[Request, ...]:
        """What was sent of requests that have not ended, and the frames of a WebSocket."""
        found = []
        if self._frames is not None:
            found.append(Request(b"", b"", bytes(self._frames.text)))
        if self._head or self._buffer:
            line, _, head = self._head.partition(b"\n")
            found.append(Request(line.strip(), head, bytes(self._body) + bytes(self._buffer)))
        return tuple(found)

    def _step(self) -> bytes:
        if not self._head:
            return self._begin()
        if self._chunks:
            return self._chunk()
        piece = self._buffer[: self._left]
        del self._buffer[: len(piece)]
        self._body += piece
        self._left -= len(piece)
        return b"" if self._left else self._complete()

    def _begin(self) -> bytes:
        match = re.search(rb"\r?\n\r?\n", self._buffer)
        if match is None:
            self.raw = len(self._buffer) > MOST_HEAD
            return b""
        self._head = bytes(self._buffer[: match.end()])
        del self._buffer[: match.end()]
        length = self._value(b"content-length")
        self._left = int(length) if length.isdigit() and len(length) < 16 else 0
        self._chunks = b"chunked" in self._value(b"transfer-encoding").lower()
        out = b"HTTP/1.1 100 Continue\r\n\r\n" if self._value(b"expect") else b""
        if self._value(b"upgrade").lower() == b"websocket":
            return out + self._upgrade()
        if not self._left and not self._chunks:
            out += self._complete()
        return out

    def _upgrade(self) -> bytes:
        accept = base64.b64encode(hashlib.sha1(self._value(b"sec-websocket-key") + _ACCEPT).digest())
        self._note()
        self._frames = _Frames()
        head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        rest, self._buffer = bytes(self._buffer), bytearray()
        return head + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + self._frames.feed(rest)

    def _chunk(self) -> bytes:
        line, found, rest = self._buffer.partition(b"\n")
        if not found:
            return b""
        try:
            size = int(line.split(b";")[0].strip() or b"x", 16)
        except ValueError:
            self.raw = True
            return b""
        if size == 0:
            end = re.match(rb"(?:[^\r\n]+\r?\n)*\r?\n", rest)
            if end is None:
                return b""
            self._buffer = bytearray(rest[end.end() :])
            return self._complete()
        if len(rest) < size + 2:
            return b""
        self._body += rest[:size]
        self._buffer = bytearray(rest[size:].removeprefix(b"\r").removeprefix(b"\n"))
        return b""

    def _complete(self) -> bytes:
        method = self._head.split(b" ", 1)[0]
        if method == b"CONNECT":
            self._note()
            self.raw = True
            return b"HTTP/1.1 200 OK\r\n\r\n"
        body, kind = b"{}", b"application/json"
        if self._value(b"content-type") == b"application/dns-message":
            answer = self._resolve(bytes(self._body))
            body, kind = (answer, b"application/dns-message") if answer is not None else (body, kind)
        self._note()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (kind, len(body))
        return head if method == b"HEAD" else head + body

    def _note(self) -> None:
        line, _, head = self._head.partition(b"\n")
        self.done.append(Request(line.strip(), head, bytes(self._body)))
        self._head, self._body, self._left, self._chunks = b"", bytearray(), 0, False

    def _value(self, name: bytes) -> bytes:
        for line in self._head.split(b"\n")[1:]:
            key, colon, value = line.partition(b":")
            if colon and key.strip().lower() == name:
                return value.strip()
        return b""

    def rest(self) -> bytes:
        """What came behind the last request, where what follows is no HTTP any more."""
        data = bytes(self._buffer)
        self._buffer.clear()
        return data


class _Frames:
    """The client's frames of a WebSocket, which are masked so that nothing in them can be recognised on the way."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.text = bytearray()

    def feed(self, data: bytes) -> bytes:
        """Take bytes; pings are answered."""
        self._buffer += data
        out = b""
        while (frame := self._frame()) is not None:
            kind, payload = frame
            if kind == 9:
                out += bytes([0x8A, min(len(payload), 125)]) + payload[:125]
            self.text += payload
        return out

    def _frame(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, at = buffer[1] & 127, 2
        wide = {126: 2, 127: 8}.get(size, 0)
        if wide:
            size, at = int.from_bytes(buffer[2 : 2 + wide], "big"), 2 + wide
        masked = bool(buffer[1] & 128)
        key = bytes(buffer[at : at + 4]) if masked else b"\0\0\0\0"
        at += 4 * masked
        if len(buffer) < at + size:
            return None
        payload = bytes(buffer[at : at + size])
        kind = buffer[0] & 15
        del buffer[: at + size]
        stretched = (key * (size // 4 + 1))[:size]
        return kind, (int.from_bytes(payload, "big") ^ int.from_bytes(stretched, "big")).to_bytes(size, "big")


class Two:
    """HTTP/2, also as gRPC speaks it."""

    def __init__(self) -> None:
        config = h2.config.H2Configuration(client_side=False, header_encoding=None, validate_inbound_headers=False)
        self._machine = h2.connection.H2Connection(config)
        self._machine.initiate_connection()
        self._open: dict[int, tuple[bytes, bytes, bytearray]] = {}
        self._grpc: set[int] = set()
        self.done: list[Request] = []
        self.broken = False

    @property
    def pending(self) -> tuple[Request, ...]:
        """What was sent of requests that have not ended."""
        return tuple(Request(line, head, bytes(body)) for line, head, body in self._open.values())

    def feed(self, data: bytes) -> bytes:
        """Take bytes; what is to be sent back."""
        if self.broken:
            return b""
        try:
            for event in self._machine.receive_data(data):
                self._hear(event)
        except h2.exceptions.ProtocolError:
            self.broken = True
        return self._machine.data_to_send()

    def _hear(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RequestReceived):
            self._request(event)
        elif isinstance(event, h2.events.DataReceived) and event.stream_id in self._open:
            self._open[event.stream_id][2].extend(event.data)
            self._machine.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.TrailersReceived) and event.stream_id in self._open:
            line, head, body = self._open[event.stream_id]
            self._open[event.stream_id] = (line, head + _lines(event.headers), body)
        elif isinstance(event, h2.events.StreamEnded) and event.stream_id in self._open:
            self.done.append(_request(self._open.pop(event.stream_id)))
            self._answer(event.stream_id)
        elif isinstance(event, h2.events.StreamReset) and event.stream_id in self._open:
            self.done.append(_request(self._open.pop(event.stream_id)))

    def _request(self, event: h2.events.RequestReceived) -> None:
        fields = [(bytes(name), bytes(value)) for name, value in event.headers]
        pseudo = dict(fields)
        line = b"%s %s HTTP/2" % (pseudo.get(b":method", b""), pseudo.get(b":path", b""))
        assert event.stream_id is not None
        self._open[event.stream_id] = (line, _lines(fields), bytearray())
        if pseudo.get(b"content-type", b"").startswith(b"application/grpc"):
            self._grpc.add(event.stream_id)

    def _answer(self, stream: int) -> None:
        try:
            if stream in self._grpc:
                self._machine.send_headers(stream, [(":status", "200"), ("content-type", "application/grpc")])
                self._machine.send_data(stream, b"\0\0\0\0\0")
                self._machine.send_headers(stream, [("grpc-status", "0")], end_stream=True)
            else:
                fields = [(":status", "200"), ("content-type", "application/json"), ("content-length", "2")]
                self._machine.send_headers(stream, fields)
                self._machine.send_data(stream, b"{}", end_stream=True)
        except h2.exceptions.ProtocolError:
            # The client has already given the stream up.
            return


def _request(parts: tuple[bytes, bytes, bytearray]) -> Request:
    line, head, body = parts
    return Request(line, head, bytes(body))


def _lines(fields: object) -> bytes:
    return b"".join(b"%s: %s\r\n" % (bytes(name), bytes(value)) for name, value in fields)  # type: ignore[attr-defined]
