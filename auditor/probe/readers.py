"""As many readers as serve a device, measured while they work: no byte is read only to find that out."""

import os
import threading
import time
from typing import Any, Callable, List

MOST = 16
_WINDOW = 0.2
"""Seconds between two looks at the rate."""
_COMPUTING = 0.7
"""Share of their time that readers compute; above it they do not wait for the device."""
_GAIN = 1.1
"""One more reader has to bring so much."""


def processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Crew:
    """Readers of one device, which take work from one list in its order.

    It starts with one reader for a spinning disk, else with one more than processors: the spare one reads while the
    others hash. While the readers wait for the device, readers are added one by one for as long as that raises the
    rate. ``fixed`` keeps the number as it is.
    """

    def __init__(
        self, kind: str, work: List[Any], do: "Callable[[Crew, Any, bytearray], None]", fixed: int, most: int
    ) -> None:
        self._work = iter(work)
        self._do = do
        self._lock = threading.Lock()
        self._threads: List[threading.Thread] = []
        self._most = max(1, min(fixed or most, len(work)))
        self._full = min(processors() + 1, self._most)
        self._settled = bool(fixed)
        self._wanted = min(fixed, self._most) if fixed else 1 if kind == "spinning" else self._full
        self._done = 0
        self._computed = 0.0
        self._looked = (time.monotonic(), 0, 0.0)
        self._before = 0.0
        """The rate before the last reader was added; 0: none was."""

    def start(self) -> None:
        """Let them begin."""
        self._fill()

    def _fill(self) -> None:
        while len(self._threads) < self._wanted:
            thread = threading.Thread(target=self._run, args=(len(self._threads),), name=f"reader-{len(self._threads)}")
            self._threads.append(thread)
            thread.start()

    def _run(self, number: int) -> None:
        buffer = bytearray(2**20)
        while True:
            with self._lock:
                if number >= self._wanted:
                    return
                work = next(self._work, None)
            if work is None:
                return
            self._do(self, work, buffer)

    def count(self, read: int, computed: float) -> None:
        """A reader read so many bytes and computed for so long, in seconds of its own."""
        with self._lock:
            self._done += read
            self._computed += computed

    @property
    def busy(self) -> bool:
        """Whether a reader is at work."""
        return any(thread.is_alive() for thread in self._threads)

    @property
    def size(self) -> int:
        """How many there are to be."""
        return self._wanted

    def tend(self) -> None:
        """Look at the rate, where it is time for that, and fit the number of readers to it."""
        moment = time.monotonic()
        since, done, computed = self._looked
        passed = moment - since
        if self._settled or passed < _WINDOW:
            return
        rate, share = (self._done - done) / passed, (self._computed - computed) / passed / self._wanted
        self._looked = (moment, self._done, self._computed)
        if share > _COMPUTING:
            self._wanted = max(self._wanted, self._full)
            self._before = 0.0
        elif self._before and rate < self._before * _GAIN:
            self._wanted -= 1
            self._settled = True
        elif self._wanted < self._most:
            self._before = rate
            self._wanted += 1
        else:
            self._settled = True
        self._fill()

    def wait(self, seconds: float) -> None:
        """Until one of them is done, or so long."""
        for thread in self._threads:
            if thread.is_alive():
                thread.join(seconds)
                return

    def join(self) -> None:
        """Wait for all."""
        for thread in self._threads:
            thread.join()
