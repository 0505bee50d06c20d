"""The collector ``traffic``: who connects where, what was seen and what cannot be seen.

The means run together where the host allows them: the kernel's reports (``egress``, tier A), packets on the interfaces
(``wire``, B), the kernel's events (``endings``, C), and the tables of sockets, looked at again and again (``polling``,
D and E).
"""

import base64
import time
from typing import Any, Callable, Dict, List, Optional, Tuple, TypeVar, Union

from . import limits, passing, sockets
from .blind import Means, Passage, not_seen
from .egress import Watcher
from .endings import Endings
from .joining import joined_with
from .merge import Pool, Row, joined
from .polling import Seen, Watch, source
from .settling import settle
from .stream import Stream
from .text import instant
from .unavailable import Unavailable
from .wire import Wire

NAME = "traffic"
_POLLING_MS = 100
_SLOW_MS = 1000
_LIVE_EVERY = 1.0
T = TypeVar("T")


class _Observation:
    """Everything that watches, from beginning to end."""

    def __init__(self, stream: Stream, request: Dict[str, Any]) -> None:
        self.stream = stream
        self.seconds = max(0.0, min(float(request.get("seconds") or 0), limits.WATCH_SECONDS))
        self.interval = max(0.005, float(request.get("interval_ms") or 50) / 1000)
        tier = str(request.get("tier") or "auto")
        if tier == "E":
            self.interval = max(self.interval, _SLOW_MS / 1000)
        self.first = time.time()
        self.live = bool(request.get("live"))
        self.watch = Watch()
        chosen = tier if self.seconds else "D"
        self.watcher = self._begin("eBPF", Watcher, chosen, "A")
        self.wire = self._begin("packets", Wire, chosen, "B")
        # The kernel's events add nothing to its reports.
        self.endings = self._begin("events", Endings, chosen, "C") if self.watcher is None else None
        means = (("A", self.watcher), ("B", self.wire), ("C", self.endings))
        self.tiers = [tier for tier, one in means if one is not None]
        self.lost = 0
        self._shown = 0.0

    def _begin(self, where: str, make: Callable[[], T], chosen: str, tier: str) -> Optional[T]:
        """A means, where it is wanted and may be had; else a problem says why not."""
        if chosen not in ("auto", tier):
            return None
        try:
            return make()
        except Unavailable as why:
            self.stream.problem(NAME, where, why.what, why.status, why.remedy, lost=chosen == tier)
        except OSError as error:
            self.stream.problem(NAME, where, f"cannot be used: {error}", "unsupported", lost=chosen == tier)
        return None

    def run(self) -> None:
        """Watch for so long, or until cancelled; then report."""
        stream, start = self.stream, time.monotonic()
        try:
            while True:
                looked = time.monotonic()
                self.watch.look()
                passed = time.monotonic() - start
                stream.progress(
                    NAME, int(passed), int(self.seconds), "seconds", left=max(0, int(self.seconds - passed))
                )
                self._tell(passed)
                if passed >= self.seconds or stream.cancelled.is_set():
                    break
                took = time.monotonic() - looked
                # Never more than half of a processor: where a look takes long, the gaps grow and are told.
                stream.cancelled.wait(min(max(self.interval - took, took), self.seconds - passed))
            passed = time.monotonic() - start
        finally:
            if self.wire:
                self.wire.close()
            if self.watcher:
                self.lost = self.watcher.close()
            if self.endings:
                self.endings.close()
        self._listeners()
        self._openings()
        passage = self._flows()
        self._capture(passage, passed)

    def _tell(self, passed: float) -> None:
        """What is known by now, at most once a second."""
        moment = time.monotonic()
        if not self.live or moment - self._shown < _LIVE_EVERY:
            return
        self._openings()
        rows = self._rows()[0]
        self.stream.live(
            NAME, [_fields(row) for row in _by_destination(rows)[: limits.LIVE_FLOWS]],
            connections=len(rows), tiers=self.tiers, seconds=int(passed), packets=self.wire.packets if self.wire else 0,
            dropped=self._dropped(),
        )  # fmt: skip
        # A busy host has long lists; they must not take up the time that is there to look.
        self._shown = moment + 4 * (time.monotonic() - moment)

    def _dropped(self) -> int:
        reports = self.watcher.dropped() if self.watcher and not self.lost else self.lost
        return reports + (self.wire.losses().counted if self.wire else 0)

    def _listeners(self) -> None:
        for key, seen in sorted(self.watch.listeners.items(), key=lambda item: item[0]):
            # Clients of UDP that do not connect their socket look the same.
            note = "has no remote side; it may only send" if key[1].startswith("udp") else ""
            self.stream.record(
                NAME, "listener", source(key), "procfs", note=note, proto=key[1], address=key[2], port=key[3],
                **_owner(seen),
            )  # fmt: skip

    def _openings(self) -> None:
        data = self.wire.take() if self.wire else b""
        for start, end in _pieces(data):
            text = base64.b64encode(data[start:end]).decode("ascii")
            self.stream.record(NAME, "packets", "packets on the interfaces", passing.METHOD, data=text)

    def _rows(self) -> Tuple[List[Row], Optional[passing.Passed]]:
        """Every connection once, by all means together."""
        unexplained = settle(self.watcher, self.first, time.time()) if self.watcher else []
        pool = Pool(dict(self.watcher.flows) if self.watcher else {}, self.lost)
        rows = []
        for key, seen in sorted(self.watch.flows.items(), key=lambda item: item[0]):
            row = self.watch.row(key)
            reported = pool.take(key, seen.pid)
            rows.append(joined(row, reported) if reported else row)
        rows += pool.rest()
        rows = joined_with(rows, [self._called(row) for row in unexplained])
        if self.endings:
            rows = joined_with(rows, [self._called(row) for row in self.endings.rows()])
        if self.wire is None:
            return rows, None
        local = passing.own_addresses()
        seen_by = passing.passed(self.wire.ways(), set(self.wire.openings.openers), local)
        own = {passing.text(address) for address in local}
        return joined_with(rows, seen_by.rows, own), seen_by

    def _called(self, row: Row) -> Row:
        """A row of a socket without a report: inbound where somebody listens on its port."""
        listens = any(key[3] == row.source_port and key[1][:3] == row.proto[:3] for key in self.watch.listeners)
        return row._replace(direction="in") if listens and row.pid is None and row.source_port else row

    def _flows(self) -> Optional[Passage]:
        rows, seen_by = self._rows()
        for row in rows:
            times = {"first": instant(row.first), "last": instant(row.last)}
            self.stream.record(NAME, "flow", row.where, row.method, note=row.note, **_fields(row), **times)
        if self.wire is None or seen_by is None:
            return None
        tally, openings = self.wire.tally, self.wire.openings
        if seen_by.over:
            self._problem("packets", f"{seen_by.over:,} more connections were seen than are reported")
        return Passage(self.wire.losses(), seen_by.chatter, tally.unread, openings.over, tally.folded)

    def _capture(self, passage: Optional[Passage], passed: float) -> None:
        watch, watcher, stream = self.watch, self.watcher, self.stream
        gap = int(watch.longest_gap * 1000 + 0.999)
        mean_ms = passed * 1000 / max(1, watch.samples - 1)
        polling = "D" if self.interval * 1000 <= _POLLING_MS and mean_ms <= _POLLING_MS else "E"
        tiers = [*self.tiers, polling if self.seconds else "S"]
        losses = passage.losses if passage else None
        if self.lost:
            what = f"{self.lost:,} reports of the kernel were lost, connections or their success are missing"
            self._problem("eBPF", what, "watch while the host has less to do")
        if losses and (losses.counted or losses.openings):
            what = (
                f"{losses.counted:,} packets were not counted and {losses.openings:,} not looked into for a name: "
                "the ring had no room"
            )
            self._problem("packets", what, "watch while the host has less to do")
        if self.endings and self.endings.lost:
            what = f"events of the kernel found no room {self.endings.lost:,} times, connections are missing"
            self._problem("events", what, "watch while the host has less to do")
        if watch.over or (watcher and watcher.over) or (self.endings and self.endings.over):
            what = f"more than {limits.FLOWS:,} connections were seen, those beyond are not reported"
            self._problem("/proc/net", what, "watch for a shorter time")
        if sockets.apart("pid"):
            what = "only the network namespaces of this container's processes can be seen, not those of the host"
            stream.problem(NAME, "/proc", what, "denied", "run the audit on the host itself")
        if watch.spaces.hidden:
            what = f"network namespaces of {watch.spaces.hidden:,} processes may not be seen by this user"
            stream.problem(NAME, "/proc", what, "denied", "run the audit as root")
        for space in sorted(watch.unreadable):
            stream.problem(NAME, f"net:[{space}]", "sockets of this network namespace could not be read", "error")
        where = watcher.cgroup if watcher else "/proc/net"
        hows = {"A": "ebpf", "B": passing.METHOD, "C": "netlink"}
        how = ", ".join([*(hows[tier] for tier in self.tiers), "procfs"])
        # Of the leading means: what another one lost beside it is told in words and makes the watch partial.
        dropped = self.lost if watcher else losses.counted if losses else self.endings.lost if self.endings else 0
        stream.record(
            NAME, "capture", where, how, tier=tiers[0], tiers=tiers,
            first=instant(self.first), last=instant(self.first + passed),
            seconds=int(passed), samples=watch.samples, longest_gap_ms=gap, dropped=dropped,
            packets=self.wire.packets if self.wire else 0, lost_packets=losses.counted if losses else 0,
            namespaces=len(watch.spaces.known) - len(watch.unreadable),
            not_seen=not_seen(Means(watch, watcher, passage, bool(self.endings)), tiers[0], gap),
        )  # fmt: skip
        stream.progress(NAME, int(passed), int(self.seconds), "seconds", left=0, last=True)

    def _problem(self, where: str, what: str, remedy: str = "") -> None:
        self.stream.problem(NAME, where, what, "error", remedy)


def collect(stream: Stream, request: Dict[str, Any]) -> None:
    """Watch for so many seconds (0: one look), then report listeners, connections and how well was watched."""
    _Observation(stream, request).run()


def _fields(row: Row) -> Dict[str, Any]:
    return {
        "proto": row.proto, "direction": row.direction, "source_address": row.source_address,
        "source_port": row.source_port, "address": row.address, "port": row.port, "attempt": row.attempt,
        "bytes_out": row.bytes_out, "bytes_in": row.bytes_in, **_owner(row),
    }  # fmt: skip


def _by_destination(rows: List[Row]) -> List[Row]:
    """One row for each process and destination, most bytes first; clients that connect here are one row each port."""
    found: Dict[Any, List[Row]] = {}
    for row in rows:
        port = row.source_port if row.direction == "in" else row.port
        found.setdefault((row.proto, row.direction, row.address, port, row.pid), []).append(row)
    told = [
        many[0]._replace(
            bytes_out=_total(row.bytes_out for row in many), bytes_in=_total(row.bytes_in for row in many),
            attempt=all(row.attempt for row in many),
        )
        for many in found.values()
    ]  # fmt: skip
    return sorted(told, key=lambda row: -(row.bytes_out or 0))


def _total(counts: Any) -> Optional[int]:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _pieces(data: bytes) -> List[Tuple[int, int]]:
    """Ends of pieces of whole records that each fit into a record of the stream."""
    found, start, at = [], 0, 0
    while at < len(data):
        following = at + 16 + int.from_bytes(data[at + 8 : at + 12], "little")
        if following - start > limits.OPENINGS_PIECE:
            found.append((start, at))
            start = at
        at = following
    return [*found, (start, at)] if at > start else found


def _owner(seen: Union[Seen, Row]) -> Dict[str, Any]:
    if seen.owner is None:
        return {"pid": seen.pid, "uid": seen.uid}
    return {
        "pid": seen.pid,
        "name": seen.owner.name,
        "exe": seen.owner.exe,
        "uid": seen.owner.uid,
        "container": seen.owner.container,
    }
