"""A ring of packets in memory that the kernel fills (TPACKET_V3, packet(7)): no copy and no call for each packet.

Everything is held by one socket: it is gone when this process is. Layouts are those of linux/if_packet.h.
"""

import contextlib
import ctypes
import mmap
import os
import socket
import struct
from typing import Iterator, NamedTuple, Tuple

from . import filters

_SOL_PACKET = 263
_RX_RING, _STATISTICS, _VERSION = 5, 6, 10
_V3 = 2
_FOR_USER = 1
_FRAME = 2048
RETIRE_MS = 60
"""A block that is not full is handed over after this time."""
_EVERYTHING = 3

DATA = 96
"""Where the IP header lies behind the head of a packet, for sockets of the type SOCK_DGRAM."""
MARGIN = 128
"""Bytes that may be read behind the end of a block."""


class Block(NamedTuple):
    """Packets that were handed over together: a copy, with :data:`MARGIN` bytes behind it."""

    data: bytes
    first: int
    packets: int


class PacketRing:
    """Packets of all interfaces of this network namespace, as much of each as ``program`` keeps.

    ``size`` is a multiple of ``block``; both are multiples of a page. Raises OSError where that is not allowed.
    """

    def __init__(self, program: bytes, size: int, block: int) -> None:
        # Without a protocol nothing arrives until the filter stands.
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        try:
            filters.attach(self._socket, program)
            self._socket.setsockopt(_SOL_PACKET, _VERSION, _V3)
            count = size // block
            layout = (block, count, _FRAME, size // _FRAME, RETIRE_MS, 0, 0)
            self._socket.setsockopt(_SOL_PACKET, _RX_RING, struct.pack("=7I", *layout))
            self._memory = mmap.mmap(self._socket.fileno(), size)
        except BaseException:
            self._socket.close()
            raise
        self._block, self._count, self._next = block, count, 0
        self.packets = self.dropped = 0
        """What the kernel counted: all that the filter kept, and what of it found no room."""
        # Bound with its protocol, it receives.
        try:
            _bind(self._socket)
        except BaseException:
            self.close()
            raise

    def fileno(self) -> int:
        """For ``poll``: it can be read when a block is handed over."""
        return self._socket.fileno()

    def blocks(self) -> Iterator[Block]:
        """All that were handed over by now, each given back to the kernel at once."""
        for _ in range(self._count):
            start = self._next * self._block
            status, count, first, used = struct.unpack_from("=4I", self._memory, start + 8)
            if not status & _FOR_USER:
                return
            used = min(used, self._block)
            data = self._memory[start : start + used] + bytes(MARGIN)
            struct.pack_into("=I", self._memory, start + 8, 0)
            self._next = (self._next + 1) % self._count
            yield Block(data, first, count)

    def statistics(self) -> Tuple[int, int]:
        """Packets that the filter kept and packets that were dropped of them, since the ring was made."""
        # Reading sets the kernel's own counters back.
        with contextlib.suppress(OSError):
            packets, dropped, _ = struct.unpack("=3I", self._socket.getsockopt(_SOL_PACKET, _STATISTICS, 12))
            self.packets += packets
            self.dropped += dropped
        return self.packets, self.dropped

    def close(self) -> None:
        """Give the memory and the socket back."""
        self._memory.close()
        self._socket.close()


def _bind(to: socket.socket) -> None:
    """To every interface, which Python's own bind, that wants a name, cannot. Raises OSError."""
    place = struct.pack("=HHiHBB8x", socket.AF_PACKET, socket.htons(_EVERYTHING), 0, 0, 0, 0)
    library = ctypes.CDLL(None, use_errno=True)
    if library.bind(to.fileno(), ctypes.create_string_buffer(place, len(place)), len(place)) < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
