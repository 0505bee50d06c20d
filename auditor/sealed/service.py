"""The far end of one connection, whatever its port: TLS where the client begins it, then HTTP, DNS or nothing known.

Without input or output: bytes of the client in, bytes for the client out.
"""

import ssl
from typing import NamedTuple

from auditor.facts.sealed import Channel
from auditor.recognise.packets import tls
from auditor.sealed import http
from auditor.sealed.authority import Authority
from auditor.sealed.names import Names

MOST_KEPT = 64 * 2**20
"""Bytes of one connection that are kept for the search."""
_DNS_PORTS = (53, 853)


class Piece(NamedTuple):
    """A part of what was sent, opened as far as it could be."""

    channel: Channel
    data: bytes


class Service:
    """One connection. ``host`` is the name that its address was given out for."""

    def __init__(self, names: Names, authority: Authority, host: str, address: str, port: int) -> None:
        self._names, self._authority = names, authority
        self._host, self._address, self._port = host, address, port
        self._head = b""
        self._tls: ssl.SSLObject | None = None
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._shaken = False
        self._speaks: http.One | http.Two | None = None
        self._decided = False
        self._plain = bytearray()
        self._requests: list[http.Request] = []
        self.asked: list[str] = []
        """Names that were asked for by DNS over this connection."""
        self.sni = ""
        self.encrypted = self.refused = self.answered = False
        self.size = self.unkept = 0

    def feed(self, data: bytes) -> bytes:
        """Take bytes of the client; what is to be sent back."""
        if self._tls is not None:
            return self._secure(data)
        if not self._decided and not self._plain:
            self._head += data
            if self._head[:1] == b"\x16" and len(self._head) < 3:
                return b""
            if self._head[:2] == b"\x16\x03":
                return self._begin()
            data, self._head = self._head, b""
        return self._take(data)

    def _begin(self) -> bytes:
        """Start TLS once the client's whole first message is there, with a certificate for the name in it."""
        try:
            message, more = tls.handshake(self._head)
        except ValueError:
            data, self._head = self._head, b""
            return self._take(data)
        if more and tls.wanted(message) > len(message):
            return b""
        hello = tls.client_hello(message)
        self.sni = hello.name if hello else ""
        self.encrypted = True
        context = self._authority.context(self.sni or self._host, self._address)
        self._tls = context.wrap_bio(self._in, self._out, server_side=True)
        data, self._head = self._head, b""
        return self._secure(data)

    def _secure(self, data: bytes) -> bytes:
        assert self._tls is not None
        self._in.write(data)
        answers = b""
        try:
            if not self._shaken:
                self._tls.do_handshake()
                self._shaken = True
            while plain := self._tls.read(1 << 16):
                answers += self._take(plain)
        except (ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            pass
        except ssl.SSLError:
            # The client does not take the certificate; or what it sends is no TLS after all.
            self.refused = self.refused or not self.size
        if answers and self._shaken:
            try:
                self._tls.write(answers)
            except ssl.SSLError:
                self.refused = self.refused or not self.size
        return self._out.read()

    def _take(self, data: bytes) -> bytes:
        self.size += len(data)
        kept = data[: max(0, MOST_KEPT - self.size + len(data))]
        self.unkept += len(data) - len(kept)
        if not self._decided:
            self._plain += kept
            return self._decide()
        return self._pass(kept)

    def _decide(self) -> bytes:
        head = bytes(self._plain)
        if self._port in _DNS_PORTS:
            return self._dns()
        if http.PREFACE.startswith(head[: len(http.PREFACE)]) and len(head) < len(http.PREFACE):
            return b""
        if head.startswith(http.PREFACE):
            self._speaks = http.Two()
        elif http.METHODS.match(head):
            self._speaks = http.One(self._resolve)
        elif b"\n" not in head and len(head) < 1 << 14 and head[:1].isupper():
            return b""
        self._decided = True
        if self._speaks is None:
            return b""
        self._plain.clear()
        return self._pass(head)

    def _pass(self, data: bytes) -> bytes:
        if self._speaks is None or (isinstance(self._speaks, http.One) and self._speaks.raw):
            self._plain += data
            return b""
        out = self._speaks.feed(data)
        self._requests += self._speaks.done
        self.answered = self.answered or bool(self._speaks.done)
        self._speaks.done = []
        if isinstance(self._speaks, http.One) and self._speaks.raw:
            self._plain += self._speaks.rest()
        return out

    def _resolve(self, message: bytes) -> bytes | None:
        told = self._names.answer(message)
        if told is None:
            return None
        self.asked.append(told[0])
        return told[2]

    def _dns(self) -> bytes:
        """DNS over TCP and TLS: messages behind their length (RFC 7766)."""
        out = b""
        while len(self._plain) >= 2:
            size = int.from_bytes(self._plain[:2], "big")
            if len(self._plain) < 2 + size:
                break
            answer = self._resolve(bytes(self._plain[2 : 2 + size]))
            if answer is None:
                self._decided = True
                break
            del self._plain[: 2 + size]
            self.answered = True
            out += len(answer).to_bytes(2, "big") + answer
        return out

    @property
    def requests(self) -> tuple[http.Request, ...]:
        """All requests, those that did not end included."""
        return (*self._requests, *(self._speaks.pending if self._speaks else ()))

    def pieces(self) -> tuple[Piece, ...]:
        """Everything that was sent."""
        found = [Piece(Channel.SNI, self.sni.encode())] if self.sni else []
        bodies = []
        for request in self.requests:
            found += [Piece(Channel.PATH, request.line), Piece(Channel.HEADER, request.head)]
            bodies.append(request.body)
        found += [Piece(Channel.BODY, body) for body in bodies]
        if len(bodies) > 1:
            found.append(Piece(Channel.BODY, b"".join(bodies)))
        if self._plain or self._head:
            found.append(Piece(Channel.STREAM, self._head + bytes(self._plain)))
        found += [Piece(Channel.DNS, name.encode()) for name in self.asked]
        return tuple(piece for piece in found if piece.data)
