"""Sockets and connections, and how they were watched."""

from enum import StrEnum
from typing import Literal

from auditor.facts.fact import Fact, Instant, Sha256, Value


class Tier(StrEnum):
    """Means of observation, best first; each sees less than the one before."""

    EBPF = "A"
    RING = "B"
    EVENTS = "C"
    POLLING = "D"
    SLOW_POLLING = "E"
    IMPORTED = "F"
    SNAPSHOT = "S"
    """One look at the open sockets, no observation over time."""


class Capture(Value):
    """How long and how well the network was watched."""

    tier: Tier
    first: Instant
    last: Instant
    seconds: int
    samples: int
    packets: int = 0
    dropped: int = 0
    """What the leading means lost: reports of the kernel, or packets."""
    tiers: tuple[Tier, ...] = ()
    """All means that ran together; ``tier`` is the best of them."""
    lost_packets: int = 0
    """Packets that were not counted, whichever means leads."""
    longest_gap_ms: int = 0
    """Longest time between two looks; a connection shorter than this can have been missed."""
    not_seen: tuple[str, ...]
    """What this tier cannot see, in words for the dossier."""
    loss_known: bool = True
    """Whether it is known how much was dropped; many files of packets do not say."""
    damaged: bool = False
    """A part of an imported file could not be read: whatever stood there was not seen."""
    kept: tuple[str, ...] = ()
    """What was kept of the packets, in words for the dossier."""


class Process(Value):
    """The owner of a socket, as far as it could be seen."""

    pid: int
    name: str
    exe: str = ""
    uid: int | None = None
    container: str = ""


class Listener(Value):
    """A socket that accepts from others."""

    proto: str
    """tcp, tcp6, udp, udp6."""
    address: str
    port: int
    process: Fact[Process]


class Flow(Value):
    """A connection seen; ``out`` unless a listener of this host accepted it."""

    proto: str
    direction: str
    """``out`` or ``in``."""
    source_address: str
    source_port: int
    address: str
    """The remote address."""
    port: int
    attempt: bool
    """Never got beyond SYN_SENT while watched."""
    first: Instant
    last: Instant
    process: Fact[Process]
    name: str = ""
    """Name of the remote side, where packets told one."""
    name_source: str = ""
    """``sni``, ``quic``, ``host``, ``dns`` or ``none``; empty where no packets were looked at."""
    alpn: str = ""
    """Application protocols that the client offered, separated by commas."""
    ja4: str = ""
    """Fingerprint of the TLS client."""
    ech: bool = False
    """The ClientHello had the extension that can hide the name."""
    bytes_out: int = 0
    """Bytes from the opener to the other side: of IP packets, or of frames in a capture; 0 where nobody counted."""
    bytes_in: int = 0


class Registry(Value):
    """A table in which addresses were looked up, offline."""

    kind: Literal["country", "network"]
    name: str
    date: str
    """Day of the data, ``YYYY-MM-DD``."""
    sha256: Sha256
    """Of the table as it is stored."""
    licence: str


class Registration(Value):
    """To whom an address is registered, as the tables of that day say. Not where the machine stands."""

    address: str
    country: str = ""
    """ISO 3166-1 alpha-2; empty where the table has none."""
    asn: int | None = None
    """Number of the network (autonomous system) that announces the address."""
    holder: str = ""
    """Who holds that network, as the table writes it."""


class Traffic(Value):
    """All that was seen of the network."""

    capture: Fact[Capture]
    listeners: tuple[Listener, ...] = ()
    flows: tuple[Flow, ...] = ()
    """Of the watch and of imported captures."""
    imports: tuple[Fact[Capture], ...] = ()
    """Captures of packets that were handed in."""
    requests_served: Fact[int] | None = None
    """Requests that serving processes counted during the probe's own watch, at least; None where none was asked."""
    registries: tuple[Registry, ...] = ()
    """The tables that ``registrations`` were taken from."""
    registrations: tuple[Fact[Registration], ...] = ()
    """One for each public address that was contacted."""
    pseudonyms: str = ""
    """How the addresses of clients were replaced; empty where they stand as they were seen."""
