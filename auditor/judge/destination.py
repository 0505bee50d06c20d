"""A destination with its meaning, as ``findings.json`` tells it."""

from enum import StrEnum

from auditor.facts.fact import Value
from auditor.knowledge.operators import TransferClass

MOST_EACH = 64
"""Addresses, ports and owners that are listed of one destination."""


class Reach(StrEnum):
    """How far it came."""

    TRANSFER = "transfer"
    """At least one connection was made."""
    ATTEMPT = "attempt"
    """Every connection was asked for and none made."""
    REPLY = "reply"
    """This host was called, and answered."""


class Endpoint(Value):
    """A known contact of a product."""

    entry: str
    """Key of ``resources/knowledge/phone-home.yaml``."""
    product: str
    kind: str
    sends: str
    switch: str
    """How it is switched off, as the product reads it."""


class Owner(Value):
    """A process that connected."""

    pid: int
    name: str
    exe: str = ""
    package: str = ""
    """The serving stack, where the process is one."""
    version: str = ""
    container: str = ""


class Destination(Value):
    """Everything that went to one name, or to one address for which no name is known."""

    id: str
    name: str = ""
    name_sources: tuple[str, ...] = ()
    """``sni``, ``quic``, ``host``, ``dns``; empty where no packets were looked at."""
    addresses: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    reach: Reach
    operator: str = ""
    """Legal entity, from knowledge."""
    operator_country: str = ""
    """Where that entity is registered."""
    networks: tuple[str, ...] = ()
    """``AS13335 Cloudflare, Inc.``, as the table writes it."""
    countries: tuple[str, ...] = ()
    """To which the addresses are registered; not where the machines stand."""
    cdn: bool = False
    """Answered in many places: the location is not determinable."""
    transfer: TransferClass
    covers: str = ""
    """Whom a conditional decision covers."""
    endpoints: tuple[Endpoint, ...] = ()
    owners: tuple[Owner, ...] = ()
    imported: bool = False
    """Seen in an imported capture only."""
    connections: int
    attempts: int
    bytes_out: int
    bytes_in: int
    first: str
    last: str
    flows: tuple[int, ...] = ()
    """Places in ``/facts/traffic/flows``, at most :data:`MOST_EACH`."""
