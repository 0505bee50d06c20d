"""How fast weights are read: progress with rate and time left, and one limit that all readers together keep."""

import threading
import time
from typing import Optional

from .stream import Stream

NAME = "weights"
_SLICES = 8
"""A second's allowance is taken in so many pieces at least, so that a low limit is kept evenly."""
_LEAST = 4096


class Pace:
    """Counts bytes for all readers, reports progress and holds them to a rate.

    Each piece is booked before it is read: it may begin when all that was booked before it has had its time.
    """

    def __init__(self, stream: Stream, total: int, bytes_per_second: int) -> None:
        self._stream = stream
        self._total = total
        self._limit = bytes_per_second
        self._lock = threading.Lock()
        self._start = time.monotonic()
        self._free = self._start
        self.done = 0

    def piece(self, most: int) -> int:
        """How many bytes to read at once under the limit, at most ``most``."""
        return min(most, max(_LEAST, self._limit // _SLICES)) if self._limit else most

    def book(self, count: int) -> bool:
        """Wait for one's turn to read so many bytes; False where cancel came first."""
        if self._limit:
            with self._lock:
                turn = max(self._free, time.monotonic())
                self._free = turn + count / self._limit
            return not self._stream.cancelled.wait(max(0.0, turn - time.monotonic()))
        return not self._stream.cancelled.is_set()

    def add(self, count: int, what: str) -> None:
        """So many bytes more were read, from this file."""
        with self._lock:
            self.done += count
            self._tell(what, False)

    @property
    def limited(self) -> bool:
        """Whether there is a limit."""
        return self._limit > 0

    def _tell(self, what: str, last: bool) -> None:
        rate = int(self.done / max(time.monotonic() - self._start, 1e-6))
        left: Optional[int] = int((self._total - self.done) / rate) if rate and self.done <= self._total else None
        self._stream.progress(NAME, self.done, self._total, "bytes", rate, left, what, last)

    def finish(self) -> None:
        """The last word on progress."""
        self._tell("", True)
