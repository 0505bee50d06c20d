"""Reads one weight file from its first byte to its last, once, and says honestly where that did not come to pass."""

import os
import threading
import time
from typing import IO, Any, Callable, Dict, NamedTuple, Optional, Tuple

from . import limits
from .device import Devices, holes
from .digests import Blake3, Hashers, Spread
from .earlier import identity
from .found import File
from .names import format_of
from .resident import Trace
from .text import exact, instant
from .walk import open_regular

BLOCK = limits.MIB
"""Bytes that are read at once."""
ALL_PROCESSORS = -1
"""``max_threads`` of the package blake3."""
Fields = Dict[str, Any]
Result = Tuple[Fields, str, str]
"""Fields, status and note of a record."""


class Turn(NamedTuple):
    """What a reader is told while it reads: how much at once, whether to go on, and whom to tell what was read."""

    piece: Callable[[int], int]
    book: Callable[[int], bool]
    tell: Callable[[int, float], None]
    """Bytes, and seconds of the reader's own computing."""


class Means:
    """What all files of one pass are read with."""

    def __init__(self, machine: str, sha256: bool, blake3: Optional[Blake3], spread: bool = False) -> None:
        """``spread``: digests are computed beside the reading, because there are fewer files than processors."""
        self.machine = machine
        self.sha256 = sha256
        self.blake3 = blake3
        self.spread = spread
        self.devices = Devices()
        self._holes = limits.HOLES
        self._lock = threading.Lock()

    @property
    def make_blake3(self) -> Optional[Callable[..., Any]]:
        """A new BLAKE3; alone and of few files it is computed by all processors."""
        make = self.blake3.make if self.blake3 is not None else None
        if make is None or self.sha256 or not self.spread:
            return make
        return lambda: make(max_threads=ALL_PROCESSORS)

    def allow(self, missing: int) -> bool:
        """Whether so many bytes of holes may be read, with all that were before."""
        with self._lock:
            if missing > limits.HOLES_PER_FILE or missing > self._holes:
                return False
            self._holes -= missing
            return True


def read(given: File, means: Means, turn: Turn, buffer: bytearray) -> Result:
    """Fields, status and note of one file. Raises OSError where it cannot be read."""
    descriptor = open_regular(given.real, follow=True)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        before = os.fstat(descriptor)
        fields = fields_of(before)
        missing = holes(descriptor, before.st_size, limits.HOLES_PER_FILE)
        if not means.allow(missing):
            more = f"more than {limits.HOLES_PER_FILE:,}" if missing > limits.HOLES_PER_FILE else f"{missing:,}"
            return (
                fields,
                "error",
                f"was not read: of its {before.st_size:,} bytes {more} are holes, which no disk holds",
            )
        hashers = (Spread if means.spread else Hashers)(means.sha256, means.make_blake3, buffer)
        trace = Trace(descriptor, before.st_size)
        try:
            done, head, stopped = _pass(file, before.st_size, hashers, trace, turn)
        finally:
            hashers.finish()
        trace.close(done)
        after = os.fstat(descriptor)
    # What the name promises is no evidence of a file of which no byte was read.
    fields["format"] = format_of(given.name, head) if head else "unknown"
    if done < before.st_size and stopped:
        return fields, "error", f"cancelled after {done} of {before.st_size} bytes"
    if done != before.st_size:
        change = "was truncated" if done < before.st_size else "grew"
        return fields, "error", f"{change} while it was read"
    if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
        return fields, "error", "was written to while it was read"
    fields["sha256"], fields["blake3"] = hashers.sha256, hashers.blake3
    fields["identity"] = identity(
        means.machine, before, after, means.devices.of(before.st_dev).keeps_times and after.st_nlink > 0
    )
    return fields, "observed", "" if after.st_nlink else "was deleted while it was read"


def _pass(file: IO[bytes], size: int, hashers: Hashers, trace: Trace, turn: Turn) -> Tuple[int, bytes, bool]:
    """Bytes read, the first of them, and whether it was told to stop."""
    done, head, mark = 0, b"", time.thread_time()
    while done <= size:
        # At the end one byte more is asked for, which is there only if the file grew.
        piece = turn.piece(min(BLOCK, max(1, size - done)))
        if not turn.book(piece):
            return done, head, True
        room = hashers.room()
        got = file.readinto(memoryview(room)[:piece])  # type: ignore[attr-defined]
        if not got:
            break
        head = head or bytes(room[:16])
        hashers.take(room, got)
        done += got
        trace.reached(done)
        now = time.thread_time()
        if done <= size:
            turn.tell(got, now - mark)
        mark = now
    return done, head, False


def fields_of(status: os.stat_result) -> Fields:
    """The fields of a file of which nothing was read yet."""
    return {
        "size": exact(status.st_size),
        "modified": instant(status.st_mtime),
        "format": "unknown",
        "sha256": None,
        "blake3": None,
        "identity": None,
        "read": None,
    }
