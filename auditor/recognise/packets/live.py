"""Names for connections that a probe watches, from the beginnings of conversations that it sends.

They are heard by the same table that reads imported captures, so that a name means the same in both.
"""

import base64
import binascii
import ipaddress
import struct
from collections.abc import Iterable
from typing import NamedTuple

from auditor.facts.records import FlowRecord
from auditor.recognise.packets import pcap
from auditor.recognise.packets.batch import Account
from auditor.recognise.packets.flows import flows_of
from auditor.recognise.packets.reading import Flow
from auditor.recognise.packets.table import Table

_HEADER = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 1 << 18, 101)
"""Of a pcap with nanoseconds and raw IP: the probe sends records only."""

Ends = tuple[str, str, int, str, int]


class Name(NamedTuple):
    """What the beginning of a connection tells."""

    name: str = ""
    source: str = ""
    """As ``facts.traffic.Flow.name_source``; empty where no packets were looked at."""
    alpn: str = ""
    ja4: str = ""
    ech: bool = False
    unanswered: bool = False


class Names:
    """Listens to the pieces in their order."""

    def __init__(self, pieces: Iterable[str] = ()) -> None:
        self._table = Table()
        self._account = Account("packets on the interfaces")
        self._whole: dict[Ends, Flow] = {}
        self._there: dict[tuple[str, str, int], Flow] = {}
        self._heard = False
        for piece in pieces:
            self.hear(piece)
        self.gather()

    @property
    def damaged(self) -> tuple[str, ...]:
        """What of the pieces could not be read."""
        return tuple(problem.what for problem in self._account.problems)

    def hear(self, piece: str) -> None:
        """Take a piece: base64 of records of a pcap. What cannot be read is a problem."""
        try:
            data = base64.b64decode(piece, validate=True)
        except (ValueError, binascii.Error):
            self._account.tell(0, "a piece of the packets is no base64")
            return
        self._heard = self._heard or bool(data)
        for batch in pcap.batches(_HEADER + data, self._account):
            self._table.read(batch)

    def gather(self, final: bool = True) -> None:
        """Find the names that are known by now; not ``final``: there is more to come."""
        for flow in flows_of(self._table.connections(final), self._table.directory, ()):
            # Of connections that used the same ports one after the other the last one stands.
            self._whole[flow.proto, flow.source, flow.source_port, flow.address, flow.port] = flow
            known = self._there.get((flow.proto, flow.address, flow.port))
            if known is None or not known.name:
                self._there[flow.proto, flow.address, flow.port] = flow

    def of(self, record: FlowRecord) -> Name:
        """What the packets say of a connection."""
        return self.find(record.proto, record.source_address, record.source_port, record.address, record.port)

    def find(self, proto: str, source: str, source_port: int, address: str, port: int) -> Name:
        """As ``of``; a connection whose local port is not known is named by another one to the same place."""
        kind = proto.removesuffix("6")
        flow = self._whole.get((kind, source, source_port, address, port)) or self._whole.get(
            (kind, address, port, source, source_port)
        )
        if flow is None and not source_port:
            flow = self._there.get((kind, address, port))
        if flow is not None and flow.name:
            return Name(flow.name, flow.name_source, flow.alpn, flow.ja4, flow.ech, flow.attempt)
        name = self._looked_up(source, address)
        told = "dns" if name else "none" if self._heard else ""
        if flow is None:
            return Name(name, told)
        return Name(name, told, flow.alpn, flow.ja4, flow.ech, flow.attempt)

    def _looked_up(self, source: str, address: str) -> str:
        try:
            server = ipaddress.ip_address(address).packed
            client = ipaddress.ip_address(source).packed if source else b""
        except ValueError:
            return ""
        return self._table.directory.name(client + server, server)
