"""The collector ``traffic``: looks at the socket tables again and again; tells what it saw and what it cannot see."""

import os
import time
from typing import Any, Dict, List, NamedTuple, Optional, Set, Tuple

from . import limits, sockets
from .processes import Identity, identity
from .sockets import Socket
from .stream import Stream
from .text import instant

NAME = "traffic"
_POLLING_MS = 100
_NAMESPACES_EVERY = 1.0
_TRIES = 3

Key = Tuple[int, str, str, int, str, int]
"""Namespace, protocol, local and remote address and port."""


class _Seen:
    """One connection or listener while it is watched."""

    __slots__ = ("attempt", "closed", "first", "inode", "last", "owner", "pid", "uid")

    def __init__(self, moment: float) -> None:
        self.first = self.last = moment
        self.attempt = True
        self.closed = True
        """Never met before it was closed."""
        self.inode = 0
        self.pid: Optional[int] = None
        self.uid: Optional[int] = None
        self.owner: Optional[Identity] = None


class _Spaces(NamedTuple):
    known: Dict[int, List[int]]
    hidden: int
    moment: float


class Watch:
    """All that was seen so far."""

    def __init__(self) -> None:
        self.flows: Dict[Key, _Seen] = {}
        self.listeners: Dict[Key, _Seen] = {}
        self.samples = 0
        self.longest_gap = 0.0
        self.over = 0
        self.unreadable: Set[int] = set()
        self.spaces = _Spaces({}, 0, -_NAMESPACES_EVERY)
        self._previous: Optional[float] = None
        self._tries: Dict[int, int] = {}
        self._identities: Dict[Tuple[int, int], Identity] = {}

    def look(self) -> None:
        """One look at every table of every namespace."""
        start, moment = time.monotonic(), time.time()
        if self._previous is not None:
            self.longest_gap = max(self.longest_gap, start - self._previous)
        self._previous = start
        if start - self.spaces.moment >= _NAMESPACES_EVERY:
            self.spaces = _Spaces(*sockets.namespaces(), start)
        unknown: Dict[int, _Seen] = {}
        for space, members in self.spaces.known.items():
            for proto in sockets.PROTOCOLS:
                for row in self._table(space, members, proto):
                    self._note(space, row, moment, unknown)
        if unknown:
            self._attribute(unknown)
        self.samples += 1

    def _table(self, space: int, members: List[int], proto: str) -> List[Socket]:
        for pid in members[:8]:
            try:
                rows = sockets.table(pid, proto)
                self.unreadable.discard(space)
                return rows
            except FileNotFoundError:
                # Either the process is gone, or the kernel was built without IPv6.
                if os.path.exists(f"/proc/{pid}/net"):
                    return []
            except OSError:
                continue
        self.unreadable.add(space)
        return []

    def _note(self, space: int, row: Socket, moment: float, unknown: Dict[int, _Seen]) -> None:
        table, most = (self.listeners, limits.LISTENERS) if row.listens else (self.flows, limits.FLOWS)
        key = (space, row.proto, row.address, row.port, row.remote, row.remote_port)
        seen = table.get(key)
        if seen is None:
            if len(table) >= most:
                self.over += 1
                return
            seen = table[key] = _Seen(moment)
        seen.last = moment
        if row.state not in (sockets.SYN_SENT, sockets.SYN_RECV, sockets.NEW_SYN_RECV):
            seen.attempt = False
        if row.state != sockets.TIME_WAIT:
            seen.closed = False
        if row.inode and row.inode != seen.inode:
            seen.inode, seen.pid, seen.owner, seen.uid = row.inode, None, None, row.uid
        if seen.inode and seen.owner is None and self._tries.get(seen.inode, 0) < _TRIES:
            unknown[seen.inode] = seen

    def _attribute(self, unknown: Dict[int, _Seen]) -> None:
        found = sockets.owners(set(unknown))
        for inode, seen in unknown.items():
            pid = found.get(inode)
            if pid is None:
                if len(self._tries) > limits.FLOWS:
                    self._tries.clear()
                self._tries[inode] = self._tries.get(inode, 0) + 1
                continue
            seen.pid, seen.owner = pid, identity(pid)

    def direction(self, key: Key) -> str:
        """``in`` where a socket of this host listened on the local side."""
        space, proto, address, port = key[:4]
        accepting = (address, *sockets.WILDCARDS)
        return "in" if any((space, port, local) in self._accepting(proto[:3]) for local in accepting) else "out"

    def _accepting(self, proto: str) -> Set[Tuple[int, int, str]]:
        count = len(self.listeners)
        cached: Optional[Tuple[int, Set[Tuple[int, int, str]]]] = getattr(self, "_cache_" + proto, None)
        if cached is None or cached[0] != count:
            found = {(key[0], key[3], key[2]) for key in self.listeners if key[1].startswith(proto)}
            cached = (count, found)
            setattr(self, "_cache_" + proto, cached)
        return cached[1]


def collect(stream: Stream, request: Dict[str, Any]) -> None:
    """Watch for so many seconds (0: one look), then report listeners, connections and how well was watched."""
    seconds = max(0.0, min(float(request.get("seconds") or 0), limits.WATCH_SECONDS))
    interval = max(0.005, float(request.get("interval_ms") or 50) / 1000)
    watch, first, start = Watch(), time.time(), time.monotonic()
    while True:
        looked = time.monotonic()
        watch.look()
        passed = time.monotonic() - start
        stream.progress(NAME, int(passed), int(seconds), "seconds", left=max(0, int(seconds - passed)))
        if passed >= seconds or stream.cancelled.is_set():
            break
        took = time.monotonic() - looked
        # Never more than half of a processor: where a look takes long, the gaps grow and are told.
        stream.cancelled.wait(min(max(interval - took, took), seconds - passed))
    passed = time.monotonic() - start
    _report(stream, watch)
    _capture(stream, watch, first, passed, seconds, interval)


def _report(stream: Stream, watch: Watch) -> None:
    for key, seen in sorted(watch.listeners.items(), key=lambda item: item[0]):
        # Clients of UDP that do not connect their socket look the same.
        note = "has no remote side; it may only send" if key[1].startswith("udp") else ""
        stream.record(
            NAME, "listener", _source(key), "procfs", note=note, proto=key[1], address=key[2], port=key[3],
            **_owner(seen),
        )  # fmt: skip
    for key, seen in sorted(watch.flows.items(), key=lambda item: item[0]):
        stream.record(
            NAME, "flow", _source(key), "procfs", proto=key[1], direction=watch.direction(key), source_address=key[2],
            source_port=key[3], address=key[4], port=key[5], attempt=seen.attempt, first=instant(seen.first),
            last=instant(seen.last), note="was already closed when it was first seen" if seen.closed else "",
            **_owner(seen),
        )  # fmt: skip


def _source(key: Key) -> str:
    return f"/proc/net/{key[1]} of net:[{key[0]}]"


def _owner(seen: _Seen) -> Dict[str, Any]:
    if seen.owner is None:
        return {"pid": None, "uid": seen.uid}
    return {
        "pid": seen.pid,
        "name": seen.owner.name,
        "exe": seen.owner.exe,
        "uid": seen.owner.uid,
        "container": seen.owner.container,
    }


def _capture(stream: Stream, watch: Watch, first: float, passed: float, seconds: float, interval: float) -> None:
    gap = int(watch.longest_gap * 1000 + 0.999)
    mean_ms = passed * 1000 / max(1, watch.samples - 1)
    polling = "D" if interval * 1000 <= _POLLING_MS and mean_ms <= _POLLING_MS else "E"
    tier = polling if seconds else "S"
    if watch.over:
        what = f"more than {limits.FLOWS:,} connections were seen, those beyond are not reported"
        stream.problem(NAME, "/proc/net", what, "error", "watch for a shorter time")
    if watch.spaces.hidden:
        what = f"network namespaces of {watch.spaces.hidden:,} processes may not be seen by this user"
        stream.problem(NAME, "/proc", what, "denied", "run the audit as root")
    for space in sorted(watch.unreadable):
        stream.problem(NAME, f"net:[{space}]", "sockets of this network namespace could not be read", "error")
    stream.record(
        NAME, "capture", "/proc/net", "procfs", tier=tier, first=instant(first), last=instant(first + passed),
        seconds=int(passed), samples=watch.samples, longest_gap_ms=gap,
        namespaces=len(watch.spaces.known) - len(watch.unreadable), not_seen=_not_seen(watch, tier, gap),
    )  # fmt: skip
    stream.progress(NAME, int(passed), int(seconds), "seconds", left=0, last=True)


def _not_seen(watch: Watch, tier: str, gap: int) -> List[str]:
    """What this way of watching cannot see, for the dossier."""
    if tier == "S":
        sentences = ["anything before or after the one moment at which the open sockets were read"]
    else:
        sentences = [
            f"connections that were opened and closed between two looks (up to {gap:,} ms apart)",
            "traffic before the watch began and after it ended",
        ]
    sentences += [
        "destinations of UDP sockets that are not connected, such as single DNS queries",
        "raw, ICMP, SCTP and packet sockets, and traffic that the kernel itself or RDMA hardware sends",
        "names of the destinations, and what and how much was sent",
    ]
    if watch.spaces.hidden:
        sentences.append(f"network namespaces of {watch.spaces.hidden:,} processes that this user may not look into")
    if watch.unreadable:
        sentences.append(f"{len(watch.unreadable):,} network namespaces whose sockets could not be read")
    if watch.over:
        sentences.append(f"connections beyond the first {limits.FLOWS:,}")
    return sentences
