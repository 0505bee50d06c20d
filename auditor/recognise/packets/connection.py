"""A connection while a capture is read: what is known of it, its two directions, and who still listens to them."""

from typing import Protocol

from auditor.recognise.packets import tls
from auditor.recognise.packets.ja4 import ja4


class Connection:
    """What is known of a connection while a capture is read; ``addresses`` and ports from its opener's view."""

    __slots__ = (
        "addresses",
        "alpn",
        "answered",
        "backward",
        "ech",
        "forward",
        "heard",
        "ja4",
        "looked_up",
        "name",
        "name_source",
        "opened",
        "port",
        "proto",
        "sequence",
        "source_port",
    )

    def __init__(self, proto: int, addresses: bytes, source_port: int, port: int) -> None:
        self.proto = proto
        self.addresses = addresses
        self.source_port = source_port
        self.port = port
        self.forward: Half | None = None
        self.backward: Half | None = None
        self.sequence: int | None = None
        """Of the packet that opened it (TCP)."""
        self.opened = False
        """Its first packet is in the capture (TCP)."""
        self.answered = False
        self.heard = ""
        self.name = ""
        self.name_source = ""
        self.looked_up = ""
        """Name that the opener had got the address for by then."""
        self.alpn: tuple[str, ...] = ()
        self.ja4 = ""
        self.ech = False

    @property
    def client(self) -> bytes:
        """The opener's address."""
        return self.addresses[: len(self.addresses) // 2]

    @property
    def server(self) -> bytes:
        """The other's address."""
        return self.addresses[len(self.addresses) // 2 :]

    def turn(self) -> None:
        """The other side turned out to be the opener."""
        self.addresses = self.server + self.client
        self.source_port, self.port = self.port, self.source_port
        self.forward, self.backward = self.backward, self.forward

    def greet(self, message: bytes, heard: str, source: str) -> bool:
        """Take what a ClientHello says; whether it is one."""
        hello = tls.client_hello(message)
        if hello is None:
            return False
        self.heard, self.alpn, self.ech, self.ja4 = heard, hello.alpn, hello.ech, ja4(hello, heard == "quic")
        if hello.name:
            self.name, self.name_source = hello.name, source
        return True


class Ear(Protocol):
    """Listens to one direction."""

    @property
    def holding(self) -> bool:
        """Whether it holds bytes of the connection."""
        ...

    def hear(self, data: bytes, start: int, end: int) -> bool:
        """Take a packet from its transport header on; whether nothing more is of interest."""
        ...

    def close(self) -> None:
        """There is nothing more to come."""
        ...


class Half:
    """One direction of a connection: the counters that every packet touches."""

    __slots__ = ("bytes", "connection", "ear", "first", "last")

    def __init__(self, connection: Connection, first: int) -> None:
        self.connection = connection
        self.bytes = 0
        self.first = self.last = first
        self.ear: Ear | None = None
