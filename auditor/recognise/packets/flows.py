"""Connections → flows with names and directions, and flows → destinations."""

import ipaddress
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import attrgetter

from auditor.recognise.packets import services
from auditor.recognise.packets.connection import Connection
from auditor.recognise.packets.directory import Directory
from auditor.recognise.packets.ip import TCP
from auditor.recognise.packets.reading import Destination, Flow, Network

MOST = 0.9
"""Share of the connections that the capture's own host must take part in to be taken for it."""
MOST_ADDRESSES = 256
"""Addresses of one destination that are listed."""


def home_of(connections: Sequence[Connection]) -> tuple[str, ...]:
    """The address of each IP version that nearly all connections share; empty where there is none.

    A single connection has two such addresses; then nothing is said.
    """
    found = []
    pairs = Counter([connection.addresses for connection in connections])
    for size in (8, 32):
        counts: Counter[bytes] = Counter()
        total = 0
        for pair, count in pairs.items():
            if len(pair) == size and not _shared(pair[size // 2 :]):
                total += count
                for address in {pair[: size // 2], pair[size // 2 :]}:
                    counts[address] += count
        best = counts.most_common(2)
        if len(best) == 2 and best[0][1] >= MOST * total and best[1][1] < best[0][1]:
            found.append(address_of(best[0][0]))
    return tuple(found)


@lru_cache(maxsize=65_536)
def _shared(packed: bytes) -> bool:
    """Group traffic and loopback, which say nothing about whose capture it is."""
    address = ipaddress.ip_address(packed)
    return address.is_multicast or address.is_loopback or address.is_unspecified


def flows_of(connections: Iterable[Connection], directory: Directory, local: Sequence[str]) -> tuple[Flow, ...]:
    """All flows in the order in which they began; of those that began together, in the order of the capture."""
    blocks = _Blocks(local)
    found = [_flow(connection, directory, blocks) for connection in connections]
    found.sort(key=attrgetter("first"))
    return tuple(found)


class _Blocks:
    """Whether an address belongs to one of a few blocks; remembers, since a capture repeats its addresses."""

    def __init__(self, blocks: Sequence[str]) -> None:
        self._blocks = [ipaddress.ip_network(block, strict=False) for block in blocks]
        self._known: dict[bytes, bool] = {}

    def hold(self, packed: bytes) -> bool:
        """Whether one of the blocks does."""
        known = self._known.get(packed)
        if known is None:
            address = ipaddress.ip_address(packed)
            known = self._known[packed] = any(address in block for block in self._blocks)
        return known


def _flow(connection: Connection, directory: Directory, local: _Blocks) -> Flow:
    client, server = connection.client, connection.server
    ahead, back = connection.forward, connection.backward
    address = address_of(server)
    proto = services.protocol(connection.proto)
    one, other = ahead or back, back or ahead
    first = last = 0
    if one is not None and other is not None:
        first = one.first if one.first < other.first else other.first
        last = one.last if one.last > other.last else other.last
    name, source = connection.name, connection.name_source
    if not name:
        name = connection.looked_up or directory.name(connection.addresses, server)
        source = "dns" if name else "none"
    return Flow(
        proto=proto,
        direction="in" if local.hold(server) and not local.hold(client) else "out",
        source=address_of(client),
        source_port=connection.source_port,
        address=address,
        port=connection.port,
        name=name,
        name_source=source,
        service=services.service(
            proto, connection.source_port, connection.port, connection.heard, name, address, connection.alpn
        ),
        alpn=",".join(connection.alpn),
        ja4=connection.ja4,
        ech=connection.ech,
        bytes_out=ahead.bytes if ahead is not None else 0,
        bytes_in=back.bytes if back is not None else 0,
        first=first,
        last=last,
        attempt=connection.proto == TCP and connection.opened and not connection.answered,
    )


@lru_cache(maxsize=65_536)
def address_of(packed: bytes) -> str:
    """An address as text; an IPv4 address inside an IPv6 one as IPv4."""
    address = ipaddress.ip_address(packed)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


class _Gathering:
    """Flows to one destination, added up."""

    def __init__(self) -> None:
        self.addresses: dict[str, None] = {}
        self.ports: dict[str, None] = {}
        self.services: set[str] = set()
        self.sources: set[str] = set()
        self.bytes_out = self.bytes_in = self.flows = self.attempts = 0
        self.background = True

    def add(self, flow: Flow) -> None:
        if len(self.addresses) < MOST_ADDRESSES:
            self.addresses[flow.address] = None
        if len(self.ports) < MOST_ADDRESSES:
            self.ports[f"{flow.port}/{flow.proto}" if flow.port else flow.proto] = None
        if flow.service:
            self.services.add(flow.service)
        self.sources.add(flow.name_source)
        self.bytes_out += flow.bytes_out
        self.bytes_in += flow.bytes_in
        self.flows += 1
        self.attempts += flow.attempt
        self.background = self.background and flow.service in services.BACKGROUND


def destinations_of(flows: Iterable[Flow]) -> tuple[Destination, ...]:
    """Outbound flows by name, or by address where there is none; most bytes sent first."""
    gathered: dict[str, _Gathering] = {}
    for flow in flows:
        if flow.direction == "out":
            key = flow.name or flow.address
            if key not in gathered:
                gathered[key] = _Gathering()
            gathered[key].add(flow)
    found = [
        Destination(
            name=key if one.sources != {"none"} else "",
            addresses=tuple(one.addresses),
            ports=tuple(one.ports),
            services=tuple(sorted(one.services)),
            name_sources=tuple(sorted(one.sources)),
            bytes_out=one.bytes_out,
            bytes_in=one.bytes_in,
            flows=one.flows,
            attempts=one.attempts,
            background=one.background,
        )
        for key, one in gathered.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.background, -one.bytes_out, one.name, one.addresses)))


def permitted(address: str, blocks: Sequence[Network]) -> bool:
    """Whether an address lies in one of the blocks, or is the host's own loopback."""
    one = ipaddress.ip_address(address)
    return one.is_loopback or any(one in block for block in blocks if block.version == one.version)
