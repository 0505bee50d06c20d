"""Sums up what came out of a box: one attempt for each process and destination, with the marks found in it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from auditor.facts.sealed import Attempt, Place, Sighting
from auditor.knowledge.phonehome import Entry
from auditor.probe import masks
from auditor.sealed import control
from auditor.sealed.canary import Marks
from auditor.sealed.search import find
from auditor.sealed.sink import Record

MOST = 2000
"""Attempts that are told apart."""
MOST_REQUESTS = 5
MOST_LINE = 200
_ORDER = ("answered", "connected", "refused_certificate", "asked", "blocked")


@dataclass
class _Sum:
    record: Record
    count: int = 0
    size: int = 0
    requests: dict[str, None] = field(default_factory=dict)
    sightings: dict[Sighting, None] = field(default_factory=dict)
    outcomes: set[str] = field(default_factory=set)


class Gathered:
    """Records of a phase, searched and summed up as they come."""

    def __init__(self, marks: Marks, entries: tuple[Entry, ...]) -> None:
        self._marks, self._entries = marks, entries
        self._sums: dict[tuple[str, str, int, str], _Sum] = {}
        self.planted: set[str] = set()
        """Hosts of planted leaks that were found."""
        self._dialled: set[str] = set()
        self.unsearched = 0
        """Bytes that were not kept, or whose search ended at its limit."""

    def add(self, record: Record) -> str:
        """Take a record in; gives a word for whoever watches, where something new was called."""
        sightings = self._search(record)
        self._dialled.add(record.address)
        if control.planted(record.name, record.address):
            if any(sighting.place is Place.CONTROL for sighting in sightings):
                self.planted |= {
                    leak.host
                    for leak in control.leaks()
                    if record.name == leak.host or record.name.endswith(f".{leak.host}")
                }
            return ""
        if not record.times and not sightings:
            return ""
        fresh = self._sum(record, sightings)
        return (record.name or record.address) if fresh else ""

    def observed(self, record: Record, *, alone: bool) -> None:
        """Take in what the kernel's observer saw. ``alone``: there was no sink beside it.

        Where there was one, connecting a UDP socket sends nothing, and what was sent the sink has seen.
        """
        if control.planted(record.name, record.address):
            self.planted.add(record.address)
        elif alone or (record.proto not in ("udp", "dns") and record.address not in self._dialled):
            self._sum(record, ())

    def attempts(self) -> tuple[Attempt, ...]:
        """All of them, those with marks first."""
        dialled = {one.record.name for one in self._sums.values() if one.record.proto != "dns"}
        found = [
            self._attempt(one)
            for one in self._sums.values()
            # Whoever calls a name has asked for it before.
            if one.record.proto != "dns" or one.sightings or one.record.name not in dialled
        ]
        return tuple(sorted(found, key=lambda a: (not a.sightings, a.first, a.name, a.address, a.port, a.process)))

    def _search(self, record: Record) -> tuple[Sighting, ...]:
        self.unsearched += record.unkept
        found: dict[Sighting, None] = {}
        for piece in record.pieces:
            result = find(piece.data, self._marks)
            if not result.whole:
                self.unsearched += len(piece.data)
            for hit in result.hits:
                found[Sighting(place=hit.place, channel=piece.channel, encoding=hit.encoding)] = None
        return tuple(found)

    def _sum(self, record: Record, sightings: Iterable[Sighting]) -> bool:
        key = (record.proto, record.name or record.address, record.port, record.process)
        fresh = key not in self._sums
        if fresh and len(self._sums) >= MOST:
            # Beyond that only what carries a mark is told apart.
            key = (record.proto, "", 0, "") if not sightings else key
            record = record._replace(name="", address="more destinations", port=0, process="")
        one = self._sums.setdefault(key, _Sum(record))
        one.count += record.times
        one.size += record.size
        one.outcomes.add(record.outcome)
        one.sightings |= dict.fromkeys(sightings)
        for line in record.requests:
            if len(one.requests) < MOST_REQUESTS:
                one.requests[self._line(line)] = None
        return fresh

    def _line(self, line: str) -> str:
        """A request's first line without secrets; marks stay, they are what is looked for."""
        return masks.text(line.rsplit(" HTTP/", 1)[0])[:MOST_LINE]

    def _attempt(self, one: _Sum) -> Attempt:
        record = one.record
        known = self._known(record, one.requests)
        products = tuple(dict.fromkeys(entry.product for entry in known))
        moment = dt.datetime.fromtimestamp(record.moment, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        outcome: Any = next(word for word in _ORDER if word in one.outcomes)
        return Attempt(
            name=record.name,
            address=record.address,
            port=record.port,
            proto=record.proto,
            process=record.process,
            product=" or ".join(products[:3]) + (" or others" if len(products) > 3 else ""),
            entry=known[0].id if len(known) == 1 else "",
            count=max(one.count, 1),
            bytes=one.size,
            first=moment,
            outcome=outcome,
            requests=tuple(one.requests),
            sightings=tuple(one.sightings),
        )

    def _known(self, record: Record, requests: Iterable[str]) -> tuple[Entry, ...]:
        """The known contacts that call this name; those whose path fits, where the requests tell."""
        lines = tuple(requests)
        found = tuple(entry for entry in self._entries if any(_fits(host, record) for host in entry.hosts))
        by_path = tuple(entry for entry in found if entry.url_path and any(entry.url_path in line for line in lines))
        said = " ".join(lines).lower()
        by_name = tuple(entry for entry in found if entry.product.lower() in said)
        return by_path or by_name or found


def _fits(pattern: str, record: Record) -> bool:
    host, _, port = pattern.partition(":")
    if port.isdigit() and int(port) != record.port and record.proto != "dns":
        return False
    return bool(record.name) and "." in host and fnmatchcase(record.name, host.lower())
