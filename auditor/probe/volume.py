"""Counts, by programs on the root control group, bytes of each socket by the other end it speaks to: part of tier A.

Two programs look at each IP packet of a socket as it leaves or arrives (``cgroup_skb``), add its length to a map and
let it pass. Bytes are those of IP packets. Needs what ``egress`` needs.
"""

import socket
import struct
from typing import Dict, List, NamedTuple, Tuple

from . import bpf, limits

INGRESS, EGRESS = 0, 1
"""Attach types."""
KIND = 8
"""Of the programs: BPF_PROG_TYPE_CGROUP_SKB."""

_LOOKUP, _UPDATE, _LOAD_BYTES, _COOKIE = 1, 2, 26, 46
_ONLY_NEW = 1
_PORTED = (6, 17, 132, 136)
_BATCH = 4096

# Cookie of the socket; local and remote address; local and remote port; protocol; version of IP.
_KEY = struct.Struct("=Q16s16s2s2sBB2x")
_VALUE = struct.Struct("=4Q")
_AT_KEY, _AT_VALUE, _AT_SCRATCH = -48, -80, -88


class Volume(NamedTuple):
    """What one socket and one other end sent each other."""

    cookie: int
    proto: int
    local: bytes
    local_port: int
    remote: bytes
    remote_port: int
    bytes_out: int
    packets_out: int
    bytes_in: int
    packets_in: int


def program(attach: int, table: int, lost: int) -> bytes:
    """The program for this direction, which counts in ``table``, and in ``lost`` what found no room there."""
    out = attach == EGRESS
    source, target = (8, 24) if out else (24, 8)
    source_port, target_port = (40, 42) if out else (42, 40)
    first = 0 if out else 16
    code: bpf.Code = [bpf.move(bpf.R6, bpf.R1)]
    code += [bpf.clear_double(bpf.FRAME, place) for place in range(_AT_SCRATCH, 0, 8)]
    code += [bpf.call(_COOKIE), bpf.jump_if(bpf.R0, 0, "out"), bpf.store_double(bpf.FRAME, _AT_KEY, bpf.R0)]
    # struct __sk_buff: the protocol, in the byte order of the network.
    code += [
        bpf.load_word(bpf.R1, bpf.R6, 16),
        bpf.jump_if(bpf.R1, socket.htons(0x0800), "four"),
        bpf.jump_unless(bpf.R1, socket.htons(0x86DD), "out"),
        *_bytes(6, 44, 1),
        *_bytes(8, source, 16),
        *_bytes(24, target, 16),
        bpf.put(bpf.R7, 40),
        bpf.jump("ports"),
        "four",
        *_bytes(9, 44, 1),
        *_bytes(12, source, 4),
        *_bytes(16, target, 4),
        *_bytes(0, _AT_SCRATCH - _AT_KEY, 1),
        bpf.load_byte(bpf.R7, bpf.FRAME, _AT_SCRATCH),
        bpf.mask(bpf.R7, 15),
        bpf.shift_left(bpf.R7, 2),
        bpf.put(bpf.R1, 4),
        bpf.store_byte(bpf.FRAME, _AT_KEY + 45, bpf.R1),
        "ports",
        bpf.load_byte(bpf.R1, bpf.FRAME, _AT_KEY + 44),
        *[bpf.jump_if(bpf.R1, proto, "ported") for proto in _PORTED],
        bpf.jump("count"),
        "ported",
        *_bytes(-1, source_port, 2),
        bpf.add(bpf.R7, 2),
        *_bytes(-1, target_port, 2),
        "count",
        *_find(table),
        bpf.jump_if(bpf.R0, 0, "new"),
        *_count(first),
        bpf.jump("out"),
        "new",
        bpf.load_word(bpf.R1, bpf.R6, 0),
        bpf.store_double(bpf.FRAME, _AT_VALUE + first, bpf.R1),
        bpf.put(bpf.R1, 1),
        bpf.store_double(bpf.FRAME, _AT_VALUE + first + 8, bpf.R1),
        *bpf.address_of_map(bpf.R1, table),
        bpf.move(bpf.R2, bpf.FRAME),
        bpf.add(bpf.R2, _AT_KEY),
        bpf.move(bpf.R3, bpf.FRAME),
        bpf.add(bpf.R3, _AT_VALUE),
        bpf.put(bpf.R4, _ONLY_NEW),
        bpf.call(_UPDATE),
        bpf.jump_if(bpf.R0, 0, "out"),
        # Another processor was first, or there is no room.
        *_find(table),
        bpf.jump_if(bpf.R0, 0, "full"),
        *_count(first),
        bpf.jump("out"),
        "full",
        *bpf.count_up(lost),
        "out",
        bpf.put(bpf.R0, 1),
        bpf.leave(),
    ]
    return bpf.assemble(code)


def _bytes(offset: int, place: int, size: int) -> bpf.Code:
    """Copy bytes of the packet into the key; ``offset`` -1: from where register 7 says."""
    return [
        bpf.move(bpf.R1, bpf.R6),
        bpf.move(bpf.R2, bpf.R7) if offset < 0 else bpf.put(bpf.R2, offset),
        bpf.move(bpf.R3, bpf.FRAME),
        bpf.add(bpf.R3, _AT_KEY + place),
        bpf.put(bpf.R4, size),
        bpf.call(_LOAD_BYTES),
    ]


def _find(table: int) -> bpf.Code:
    at = [bpf.move(bpf.R2, bpf.FRAME), bpf.add(bpf.R2, _AT_KEY), bpf.call(_LOOKUP)]
    return [*bpf.address_of_map(bpf.R1, table), *at]


def _count(first: int) -> bpf.Code:
    """Add the packet's length, and one, to the value that register 0 points to."""
    return [
        bpf.load_word(bpf.R1, bpf.R6, 0),
        bpf.add_to(bpf.R0, first, bpf.R1),
        bpf.put(bpf.R1, 1),
        bpf.add_to(bpf.R0, first + 8, bpf.R1),
    ]


class Volumes:
    """The map of the sums, and all that was taken out of it."""

    def __init__(self, most: int = limits.VOLUMES) -> None:
        self._most = most
        self._table = bpf.Table(_KEY.size, _VALUE.size, most)
        self.descriptor = self._table.descriptor
        self._sums: Dict[bytes, List[int]] = {}
        self.over = 0
        """Packets of sockets beyond the limit."""

    def take(self) -> None:
        """Take what was counted since the last time. Raises OSError."""
        for key, value in self._table.take(_BATCH):
            sums = self._sums.get(key)
            counts = _VALUE.unpack(value)
            if sums is None:
                if len(self._sums) >= 4 * self._most:
                    self.over += counts[1] + counts[3]
                    continue
                sums = self._sums[key] = [0, 0, 0, 0]
            for place, count in enumerate(counts):
                sums[place] += count

    def all(self) -> List[Volume]:
        """Everything that was taken so far."""
        return [_volume(key, sums) for key, sums in list(self._sums.items())]

    def close(self) -> None:
        """Give the map back."""
        self._table.close()


def _volume(key: bytes, sums: List[int]) -> Volume:
    cookie, local, remote, local_port, remote_port, proto, version = _KEY.unpack(key)
    ends: Tuple[bytes, bytes] = (local[:4], remote[:4]) if version == 4 else (local, remote)
    ports = (int.from_bytes(local_port, "big"), int.from_bytes(remote_port, "big"))
    return Volume(cookie, proto, ends[0], ports[0], ends[1], ports[1], *sums)
