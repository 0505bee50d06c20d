"""Looks at the kernel's tables of sockets, again and again: tiers D and E."""

import os
import time
from typing import Dict, List, NamedTuple, Optional, Set, Tuple

from . import limits, sockets
from .merge import Row
from .processes import Identity, identity
from .sockets import Socket

_NAMESPACES_EVERY = 1.0
_TRIES = 3

Key = Tuple[int, str, str, int, str, int]
"""Namespace, protocol, local and remote address and port."""


class Seen:
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
        self.flows: Dict[Key, Seen] = {}
        self.listeners: Dict[Key, Seen] = {}
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
        unknown: Dict[int, Seen] = {}
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

    def _note(self, space: int, row: Socket, moment: float, unknown: Dict[int, Seen]) -> None:
        table, most = (self.listeners, limits.LISTENERS) if row.listens else (self.flows, limits.FLOWS)
        key = (space, row.proto, row.address, row.port, row.remote, row.remote_port)
        seen = table.get(key)
        if seen is None:
            if len(table) >= most:
                self.over += 1
                return
            seen = table[key] = Seen(moment)
        seen.last = moment
        if row.state not in (sockets.SYN_SENT, sockets.SYN_RECV, sockets.NEW_SYN_RECV):
            seen.attempt = False
        if row.state != sockets.TIME_WAIT:
            seen.closed = False
        if row.inode and row.inode != seen.inode:
            seen.inode, seen.pid, seen.owner, seen.uid = row.inode, None, None, row.uid
        if seen.inode and seen.owner is None and self._tries.get(seen.inode, 0) < _TRIES:
            unknown[seen.inode] = seen

    def _attribute(self, unknown: Dict[int, Seen]) -> None:
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

    def row(self, key: Key) -> Row:
        """What was seen of a connection."""
        seen = self.flows[key]
        return Row(
            where=source(key), method="procfs", proto=key[1], direction=self.direction(key), source_address=key[2],
            source_port=key[3], address=key[4], port=key[5], attempt=seen.attempt, first=seen.first, last=seen.last,
            pid=seen.pid, uid=seen.uid, owner=seen.owner,
            note="was already closed when it was first seen" if seen.closed else "",
        )  # fmt: skip


def source(key: Key) -> str:
    """The table that this was read from."""
    return f"/proc/net/{key[1]} of net:[{key[0]}]"
