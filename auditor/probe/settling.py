"""Gives connections that the kernel reported their bytes; what no report explains stands for itself."""

from typing import Dict, List, Optional

from .egress import Egress, Key, Watcher, wall
from .merge import Row
from .passing import proto_name, text
from .volume import Volume

METHOD = "ebpf"
_WHERE = "control groups, cgroup_skb"
_UNMADE = "the socket was made before the watch, took a call of another, or is the kernel's own"


def settle(watcher: Watcher, first: float, last: float) -> List[Row]:
    """Write sums into the reported flows; gives a row for each pair of socket and other end that has no report.

    ``first`` and ``last`` are the ends of the watch: the sums do not say when.
    """
    by_cookie: Dict[int, Dict[Key, Egress]] = {}
    for key, flow in dict(watcher.flows).items():
        by_cookie.setdefault(key[3], {})[key] = flow
        flow.bytes_out = flow.bytes_in = 0
    for cookie, key in list(watcher.folded.items()):
        by_cookie.setdefault(cookie, {})[key] = watcher.flows[key]
    rest = []
    for volume in watcher.volumes.all():
        flow_of = _flow(volume, by_cookie.get(volume.cookie, {}))
        if flow_of is None:
            rest.append(_row(volume, watcher, first, last))
            continue
        flow_of.bytes_out = (flow_of.bytes_out or 0) + volume.bytes_out
        flow_of.bytes_in = (flow_of.bytes_in or 0) + volume.bytes_in
        if not flow_of.source_port and not flow_of.folded:
            flow_of.source, flow_of.source_port = text(volume.local), volume.local_port
    return rest


def _flow(volume: Volume, flows: Dict[Key, Egress]) -> Optional[Egress]:
    """The flow of this socket to that end; behind an address translation it is the only one that the socket has."""
    proto = proto_name(volume.proto, volume.remote)
    for key, flow in flows.items():
        if key[:3] == (proto, text(volume.remote), volume.remote_port):
            return flow
    return next(iter(flows.values())) if len(flows) == 1 else None


def _row(volume: Volume, watcher: Watcher, first: float, last: float) -> Row:
    maker = watcher.makers.get(volume.cookie)
    return Row(
        where=_WHERE, method=METHOD, proto=proto_name(volume.proto, volume.remote), direction="out",
        source_address=text(volume.local), source_port=volume.local_port, address=text(volume.remote),
        port=volume.remote_port, attempt=False, first=wall(maker.first) if maker else first, last=last,
        pid=maker.pid if maker else None, uid=maker.uid if maker else None, owner=maker.owner if maker else None,
        note="" if maker else _UNMADE, bytes_out=volume.bytes_out, bytes_in=volume.bytes_in,
    )  # fmt: skip
