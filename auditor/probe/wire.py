"""Watches the packets that pass the interfaces of this network namespace: tier B.

Two rings: one counts the headers of every packet, the other holds the few packets that name a conversation. The kernel
cuts both, so that no other payload reaches this process. Needs CAP_NET_RAW (or root). Changes nothing.
"""

import errno
import select
import threading
import time
from typing import List, NamedTuple, Tuple

from . import filters, limits
from .openings import Openings
from .ring import RETIRE_MS, PacketRing
from .tally import Tally, Way
from .unavailable import Unavailable

_BLOCK, _OPENING_BLOCK = limits.MIB, limits.MIB // 4


class Losses(NamedTuple):
    """Packets that the kernel had no room for."""

    counted: int
    """Missing in the sums."""
    openings: int
    """That would have named a conversation."""


class Wire:
    """The rings at work, and what passed; ``close`` ends it, as does the end of the process."""

    def __init__(self, size: int = limits.PACKET_RING, block: int = _BLOCK) -> None:
        self.tally, self.openings = Tally(), Openings()
        self._lock = threading.Lock()
        try:
            self._headers = PacketRing(filters.counting(), size, block)
        except OSError as error:
            raise unavailable(error) from error
        try:
            self._beginnings = PacketRing(filters.openings(), limits.OPENING_RING, _OPENING_BLOCK)
        except OSError as error:
            self._headers.close()
            raise unavailable(error) from error
        self.packets = 0
        self._losses = Losses(0, 0)
        self._closed = False
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wire", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        poll = select.poll()
        for ring in (self._headers, self._beginnings):
            poll.register(ring.fileno(), select.POLLIN)
        while not self._done.is_set():
            poll.poll(100)
            self._drain()

    def _drain(self) -> None:
        for block in self._headers.blocks():
            with self._lock:
                self.tally.add(block)
        for block in self._beginnings.blocks():
            with self._lock:
                self.openings.add(block)
        self.packets = self._headers.statistics()[0]
        self._losses = Losses(self._headers.dropped, self._beginnings.statistics()[1])

    def losses(self) -> Losses:
        """What was lost so far."""
        return self._losses

    def ways(self) -> List[Way]:
        """Every direction of every conversation so far."""
        with self._lock:
            return list(self.tally.ways())

    def take(self) -> bytes:
        """Beginnings that were kept since the last time, as records of a capture."""
        with self._lock:
            return self.openings.take()

    def close(self) -> Losses:
        """End; what was counted is kept. A second time does nothing."""
        if not self._closed:
            self._closed = True
            # What passed until now lies in blocks that the kernel hands over only when their time is up.
            time.sleep(2 * RETIRE_MS / 1000)
            self._done.set()
            self._thread.join()
            self._drain()
            self._headers.close()
            self._beginnings.close()
        return self._losses


def unavailable(error: OSError) -> Unavailable:
    """What it means that the kernel refused a ring."""
    reason = error.strerror or str(error)
    if error.errno in (errno.EPERM, errno.EACCES):
        what = f"packets may not be watched by this user ({reason})"
        return Unavailable(what, "denied", "run the audit as root, or with CAP_NET_RAW")
    what = f"this system gives no ring of packets ({reason})"
    return Unavailable(what, "unsupported", "use Linux with CONFIG_PACKET, or accept tier A or polling")


def pair(way: Way) -> Tuple[int, bytes, int, bytes, int]:
    """The other direction of the same conversation."""
    return way.proto, way.target, way.target_port, way.source, way.source_port
