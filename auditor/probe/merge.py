"""Makes one list of connections out of what polling saw and what the kernel reported."""

from typing import Dict, List, NamedTuple, Optional, Tuple

from . import egress
from .egress import Egress
from .processes import Identity

Polled = Tuple[int, str, str, int, str, int]
"""Namespace, protocol, local and remote address and port."""
_TCP = ("tcp", "tcp6")
LEFT_UNKNOWN = "; whether they left is not known"
_UNSURE = "whether it got through is not known: reports were lost"


class Row(NamedTuple):
    """One connection as it is reported."""

    where: str
    method: str
    proto: str
    direction: str
    source_address: str
    source_port: int
    address: str
    port: int
    attempt: bool
    first: float
    last: float
    pid: Optional[int]
    uid: Optional[int]
    owner: Optional[Identity]
    note: str
    bytes_out: Optional[int] = None
    """Of IP packets from the source to the other side; None where nobody counted."""
    bytes_in: Optional[int] = None


class Pool:
    """Flows that the kernel reported and that no polled connection has been matched with."""

    def __init__(self, flows: Dict[egress.Key, Egress], lost: int = 0) -> None:
        self._sure = not lost
        self._left: Dict[egress.Key, Egress] = dict(flows)
        self._whole: Dict[Tuple[str, str, int, str, int], List[egress.Key]] = {}
        """Where both ends are known."""
        self._half: Dict[Tuple[str, str, int, int], List[egress.Key]] = {}
        """Where only the destination and the process are known."""
        for key, seen in flows.items():
            proto, address, port, _ = key
            if seen.folded:
                continue
            if seen.source_port:
                self._whole.setdefault((proto, seen.source, seen.source_port, address, port), []).append(key)
            else:
                self._half.setdefault((proto, address, port, seen.pid), []).append(key)

    def take(self, polled: Polled, pid: Optional[int]) -> Optional[Egress]:
        """The report of this connection, once."""
        space, proto, local, local_port, remote, remote_port = polled
        keys = self._whole.get((proto, local, local_port, remote, remote_port), [])
        for key in keys:
            # The same ends may be there in several namespaces.
            if self._left[key].space in (None, space):
                keys.remove(key)
                return self._left.pop(key)
        waiting = self._half.get((proto, remote, remote_port, pid if pid is not None else -1))
        return self._left.pop(waiting.pop(0)) if waiting else None

    def rest(self) -> List[Row]:
        """Those that polling never met."""
        return [_alone(key, seen, self._sure) for key, seen in sorted(self._left.items(), key=lambda item: item[0])]


def joined(row: Row, seen: Egress) -> Row:
    """A polled connection with what the kernel reported of it: who opened it, and when."""
    owner = seen.owner
    if row.owner is not None and row.pid == seen.pid and (owner is None or not owner.exe):
        owner = row.owner
    return row._replace(
        method="procfs, ebpf", direction="out", attempt=row.attempt and not seen.established, pid=seen.pid,
        uid=seen.uid, owner=owner, first=min(row.first, egress.wall(seen.first)),
        last=max(row.last, egress.wall(seen.last)), note="",
        bytes_out=seen.bytes_out, bytes_in=seen.bytes_in,
    )  # fmt: skip


def _alone(key: egress.Key, seen: Egress, sure: bool) -> Row:
    proto, address, port, _ = key
    silent = not seen.established if proto in _TCP else seen.bytes_out == 0
    return Row(
        where=f"control groups, {egress.NAMES[seen.kind]}", method="ebpf", proto=proto, direction="out",
        source_address=seen.source, source_port=seen.source_port, address=address, port=port,
        attempt=silent and sure, first=egress.wall(seen.first), last=egress.wall(seen.last),
        pid=seen.pid, uid=seen.uid, owner=seen.owner, note=_UNSURE if silent and not sure else _note(proto, seen),
        bytes_out=seen.bytes_out, bytes_in=seen.bytes_in,
    )  # fmt: skip


def _note(proto: str, seen: Egress) -> str:
    if seen.folded and proto in _TCP:
        return f"connections of this process to this destination, told as one: {seen.count:,}"
    if seen.kind in (egress.SEND4, egress.SEND6):
        left = LEFT_UNKNOWN if seen.bytes_out is None else "" if seen.bytes_out else "; none left"
        return f"datagrams handed to the kernel: {seen.count:,}{left}"
    if proto not in _TCP and not seen.bytes_out:
        return "the socket was set to this destination; that alone sends nothing"
    return ""
