"""What a capture shows, as values: flows, destinations, look-ups, and how well it could be read.

Times are nanoseconds since 1970 (UTC); ``stamp`` turns them into text. Bytes are those of whole frames on the wire.
"""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from typing import NamedTuple

from auditor.recognise.packets.batch import Problem
from auditor.recognise.packets.directory import Lookup

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
LAST_SECOND = 253_402_300_799
"""The end of the year 9999, beyond which no time can be written."""


class Flow(NamedTuple):
    """One connection, from the side of whoever opened it."""

    proto: str
    direction: str
    """``in`` where the capture's own host was called by another, else ``out``."""
    source: str
    source_port: int
    address: str
    port: int
    name: str
    name_source: str
    """``sni``, ``quic``, ``host``, ``dns`` or ``none``."""
    service: str
    alpn: str
    """What the client offered, in its order, separated by commas."""
    ja4: str
    ech: bool
    bytes_out: int
    bytes_in: int
    first: int
    last: int
    attempt: bool

    @property
    def remote(self) -> str:
        """The address that is not the capture's own host."""
        return self.source if self.direction == "in" else self.address


@dataclass(frozen=True, slots=True)
class Destination:
    """Everything that goes to one name, or to one address that no name is known for."""

    name: str
    addresses: tuple[str, ...]
    ports: tuple[str, ...]
    """``443/tcp``"""
    services: tuple[str, ...]
    name_sources: tuple[str, ...]
    bytes_out: int
    bytes_in: int
    flows: int
    attempts: int
    background: bool
    """Nothing but chatter of operating system and network."""


@dataclass(frozen=True, slots=True)
class Summary:
    """How much there was and how well it could be read."""

    sources: tuple[str, ...]
    packets: int
    bytes: int
    truncated: bool
    cut: int
    dropped: int | None
    """None where the capture does not say."""
    first: int | None
    last: int | None
    local: tuple[str, ...]
    """Addresses or blocks of the capture's own host; empty where that is not known."""
    local_given: bool
    """Whether somebody said so, or the packets did."""
    not_seen: tuple[str, ...]

    @property
    def seconds(self) -> int:
        """Whole seconds between the first and the last packet."""
        return 0 if self.first is None or self.last is None else (self.last - self.first) // 1_000_000_000


@dataclass(frozen=True, slots=True)
class Reading:
    """All of it."""

    capture: Summary
    flows: tuple[Flow, ...]
    destinations: tuple[Destination, ...]
    lookups: tuple[Lookup, ...]
    problems: tuple[Problem, ...]


def stamp(time: int) -> str:
    """RFC 3339 with microseconds; what lies beyond the calendar is put at its end."""
    seconds, rest = divmod(time, 1_000_000_000)
    if not 0 <= seconds <= LAST_SECOND:
        seconds, rest = (0, 0) if seconds < 0 else (LAST_SECOND, 0)
    moment = NEVER + dt.timedelta(seconds=seconds, microseconds=rest // 1000)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")
