"""The collector ``traffic``: who connects where, what was seen and what cannot be seen.

Tier A lets the kernel report (``egress``) and looks at the socket tables beside it; tier D only looks, again and again.
"""

import os
import time
from typing import Any, Dict, List, NamedTuple, Optional, Set, Tuple, Union

from . import limits, sockets
from .egress import Unavailable, Watcher
from .merge import Pool, Row, joined
from .processes import Identity, identity
from .sockets import Socket
from .stream import Stream
from .text import instant

NAME = "traffic"
_POLLING_MS = 100
_NAMESPACES_EVERY = 1.0
_TRIES = 3
_MAKERS = 10

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
    watch = Watch()
    watcher = _watcher(stream, str(request.get("tier") or "auto")) if seconds else None
    first, start = time.time(), time.monotonic()
    lost = 0
    try:
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
    finally:
        if watcher:
            lost = watcher.close()
    _listeners(stream, watch)
    _flows(stream, watch, watcher, lost)
    _capture(stream, watch, watcher, lost, first, passed, seconds, interval)


def _watcher(stream: Stream, tier: str) -> Optional[Watcher]:
    """The kernel's reports, where they are wanted and may be had; else a problem says why not."""
    if tier not in ("auto", "A"):
        return None
    try:
        return Watcher()
    except Unavailable as why:
        stream.problem(NAME, "eBPF", why.what, why.status, why.remedy, lost=tier == "A")
    except OSError as error:
        stream.problem(NAME, "eBPF", f"cannot be used: {error}", "unsupported", lost=tier == "A")
    return None


def _listeners(stream: Stream, watch: Watch) -> None:
    for key, seen in sorted(watch.listeners.items(), key=lambda item: item[0]):
        # Clients of UDP that do not connect their socket look the same.
        note = "has no remote side; it may only send" if key[1].startswith("udp") else ""
        stream.record(
            NAME, "listener", _source(key), "procfs", note=note, proto=key[1], address=key[2], port=key[3],
            **_owner(seen),
        )  # fmt: skip


def _flows(stream: Stream, watch: Watch, watcher: Optional[Watcher], lost: int) -> None:
    pool = Pool(watcher.flows if watcher else {}, lost)
    for key, seen in sorted(watch.flows.items(), key=lambda item: item[0]):
        row = _row(watch, key, seen)
        reported = pool.take(key, seen.pid)
        _flow(stream, joined(row, reported) if reported else row)
    for row in pool.rest():
        _flow(stream, row)


def _row(watch: Watch, key: Key, seen: _Seen) -> Row:
    return Row(
        where=_source(key), method="procfs", proto=key[1], direction=watch.direction(key), source_address=key[2],
        source_port=key[3], address=key[4], port=key[5], attempt=seen.attempt, first=seen.first, last=seen.last,
        pid=seen.pid, uid=seen.uid, owner=seen.owner,
        note="was already closed when it was first seen" if seen.closed else "",
    )  # fmt: skip


def _flow(stream: Stream, row: Row) -> None:
    stream.record(
        NAME, "flow", row.where, row.method, note=row.note, proto=row.proto, direction=row.direction,
        source_address=row.source_address, source_port=row.source_port, address=row.address, port=row.port,
        attempt=row.attempt, first=instant(row.first), last=instant(row.last), **_owner(row),
    )  # fmt: skip


def _source(key: Key) -> str:
    return f"/proc/net/{key[1]} of net:[{key[0]}]"


def _owner(seen: Union[_Seen, Row]) -> Dict[str, Any]:
    if seen.owner is None:
        return {"pid": None, "uid": seen.uid}
    return {
        "pid": seen.pid,
        "name": seen.owner.name,
        "exe": seen.owner.exe,
        "uid": seen.owner.uid,
        "container": seen.owner.container,
    }


def _capture(
    stream: Stream,
    watch: Watch,
    watcher: Optional[Watcher],
    lost: int,
    first: float,
    passed: float,
    seconds: float,
    interval: float,
) -> None:
    gap = int(watch.longest_gap * 1000 + 0.999)
    mean_ms = passed * 1000 / max(1, watch.samples - 1)
    polling = "D" if interval * 1000 <= _POLLING_MS and mean_ms <= _POLLING_MS else "E"
    tier = "A" if watcher else polling if seconds else "S"
    if lost:
        what = f"{lost:,} reports of the kernel were lost, connections or their success are missing"
        stream.problem(NAME, "eBPF", what, "error", "watch while the host has less to do")
    if watch.over or (watcher and watcher.over):
        what = f"more than {limits.FLOWS:,} connections were seen, those beyond are not reported"
        stream.problem(NAME, "/proc/net", what, "error", "watch for a shorter time")
    if sockets.apart("pid"):
        what = "only the network namespaces of this container's processes can be seen, not those of the host"
        stream.problem(NAME, "/proc", what, "denied", "run the audit on the host itself")
    if watch.spaces.hidden:
        what = f"network namespaces of {watch.spaces.hidden:,} processes may not be seen by this user"
        stream.problem(NAME, "/proc", what, "denied", "run the audit as root")
    for space in sorted(watch.unreadable):
        stream.problem(NAME, f"net:[{space}]", "sockets of this network namespace could not be read", "error")
    where, how = (watcher.cgroup, "ebpf, procfs") if watcher else ("/proc/net", "procfs")
    stream.record(
        NAME, "capture", where, how, tier=tier, first=instant(first), last=instant(first + passed),
        seconds=int(passed), samples=watch.samples, longest_gap_ms=gap, dropped=lost,
        namespaces=len(watch.spaces.known) - len(watch.unreadable), not_seen=_not_seen(watch, watcher, tier, gap),
    )  # fmt: skip
    stream.progress(NAME, int(passed), int(seconds), "seconds", left=0, last=True)


def _not_seen(watch: Watch, watcher: Optional[Watcher], tier: str, gap: int) -> List[str]:
    """What this way of watching cannot see, for the dossier."""
    if tier == "S":
        sentences = ["anything before or after the one moment at which the open sockets were read"]
    elif watcher:
        sentences = [
            "connections opened before the watch began and closed by then, and all traffic after its end",
            f"sockets that listened only between two looks at the tables (up to {gap:,} ms apart)",
        ]
    else:
        sentences = [
            f"connections that were opened and closed between two looks (up to {gap:,} ms apart)",
            "traffic before the watch began and after it ended",
        ]
    if watcher:
        sentences += _beside_reports(watcher)
    else:
        sentences += [
            "destinations of UDP sockets that are not connected, such as single DNS queries",
            "raw, ICMP, SCTP and packet sockets, and traffic that the kernel itself or RDMA hardware sends",
        ]
    # The kernel's reports are of all namespaces; only the tables are not.
    what = "listeners and earlier connections of " if watcher else ""
    sentences.append("names of the destinations, and what and how much was sent")
    if sockets.apart("pid"):
        sentences.append("the host outside of the container in which the audit ran")
    if watch.spaces.hidden:
        sentences.append(
            f"{what}network namespaces of {watch.spaces.hidden:,} processes that this user may not look into"
        )
    if watch.unreadable:
        sentences.append(f"{what}{len(watch.unreadable):,} network namespaces whose sockets could not be read")
    if watch.over or (watcher and watcher.over):
        sentences.append(f"connections beyond the first {limits.FLOWS:,}")
    return sentences


def _beside_reports(watcher: Watcher) -> List[str]:
    """What the kernel's reports do not tell."""
    sentences = [
        "packets put on a network card past the sockets (AF_PACKET, XDP), and what the kernel itself or RDMA hardware "
        "sends",
        "what was answered to others who connected to this host, and whether a datagram that was sent is an answer",
    ]
    if watcher.unusual:
        makers = sorted({f"{name} ({proto}, process {pid})" for proto, name, pid in watcher.unusual})
        shown = ", ".join(makers[:_MAKERS]) + (f" and {len(makers) - _MAKERS:,} more" if len(makers) > _MAKERS else "")
        sentences.append(f"where raw, ICMP, SCTP and like sockets sent; such sockets were made by {shown}")
    else:
        sentences.append("where raw, ICMP and SCTP sockets sent that were made before the watch; none was made in it")
    return sentences
