"""The collector ``weights``: SHA-256 of every weight file, each inode once, by several readers at low priority."""

import hashlib
import os
import threading
import time
from typing import Any, Callable, Dict, List, Optional, Tuple

from . import limits
from .found import File, Weight
from .names import format_of
from .stream import Stream
from .text import exact, instant
from .text import path as shown
from .walk import explain, open_regular

NAME = "weights"
_BLOCK = limits.MIB
_MOST_READERS = 16


class Pace:
    """Counts bytes for all readers, reports progress and holds them to a rate."""

    def __init__(self, stream: Stream, total: int, bytes_per_second: int) -> None:
        self._stream = stream
        self._total = total
        self._limit = bytes_per_second
        self._lock = threading.Lock()
        self._start = time.monotonic()
        self._done = 0

    def add(self, count: int, what: str) -> None:
        """So many bytes more were read, from this file."""
        with self._lock:
            self._done += count
            done, passed = self._done, max(time.monotonic() - self._start, 1e-6)
            self._tell(done, passed, what, False)
        if self._limit:
            ahead = done / self._limit - passed
            if ahead > 0:
                self._stream.cancelled.wait(min(ahead, 1.0))

    def _tell(self, done: int, passed: float, what: str, last: bool) -> None:
        rate = int(done / passed)
        left = int((self._total - done) / rate) if rate and done <= self._total else None
        self._stream.progress(NAME, done, self._total, "bytes", rate, left, what, last)

    def finish(self) -> None:
        """The last word on progress."""
        self._tell(self._done, max(time.monotonic() - self._start, 1e-6), "", True)


def collect(stream: Stream, request: Dict[str, Any], weights: List[Weight]) -> None:
    """Hash and report all weight files, largest first; on cancel, those not wholly read are reported without digest."""
    groups: Dict[Tuple[int, int], List[Weight]] = {}
    for weight in weights:
        groups.setdefault((weight.file.device, weight.file.inode), []).append(weight)
    queue = sorted(groups.values(), key=lambda group: (-group[0].file.size, group[0].file.path))
    pace = Pace(stream, sum(group[0].file.size for group in queue), int(request.get("bytes_per_second") or 0))
    lock = threading.Lock()
    places = iter(queue)

    def work() -> None:
        buffer = bytearray(_BLOCK)
        while True:
            with lock:
                group = next(places, None)
            if group is None:
                return
            _report(stream, group, pace, buffer)

    readers = [threading.Thread(target=work, name=f"reader-{n}") for n in range(_readers(request, len(queue)))]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    pace.finish()


def _readers(request: Dict[str, Any], files: int) -> int:
    """Asked for, or one more than processors: the spare one reads while the others hash."""
    asked = int(request.get("readers") or 0)
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(asked or available + 1, _MOST_READERS, files))


def _report(stream: Stream, group: List[Weight], pace: Pace, buffer: bytearray) -> None:
    file = group[0].file
    try:
        fields, status, note = _hash(file, stream.cancelled.is_set, lambda n: pace.add(n, shown(file.path)), buffer)
    except Exception as error:
        # One unreadable file must not take the thread, and with it the files behind it, away.
        failed = error if isinstance(error, OSError) else OSError(f"{type(error).__name__}: {error}")
        note, status, remedy = explain(failed)
        fields = {
            "size": file.size,
            "modified": _modified(file.real),
            "sha256": None,
            "format": "unknown",
        }
        stream.problem(NAME, shown(file.path), note, status, remedy, lost=True)
    else:
        if fields["sha256"] is None and not note.startswith("cancelled"):
            stream.problem(NAME, shown(file.path), note, status, "audit again while nothing writes to it", lost=True)
    for weight in group:
        stream.record(
            NAME, "weight", shown(weight.file.real), "sha256", status, note, model=shown(weight.model),
            path=shown(weight.file.path), expected=weight.expected, **fields,
        )  # fmt: skip


def _modified(path: str) -> str:
    try:
        return instant(os.stat(path).st_mtime)
    except OSError:
        return instant(0)


def _hash(
    given: File, stop: Callable[[], bool], count: Callable[[int], None], buffer: bytearray
) -> Tuple[Dict[str, Any], str, str]:
    """Fields, status and note of one file. Raises OSError where it cannot be read."""
    descriptor = open_regular(given.real, follow=True)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        before = os.fstat(descriptor)
        hasher, view, done = hashlib.sha256(), memoryview(buffer), 0
        head: Optional[bytes] = None
        while not stop():
            got = file.readinto(buffer)
            if not got:
                break
            if head is None:
                head = bytes(buffer[:16])
            hasher.update(view[:got])
            done += got
            if done > before.st_size:
                break
            count(got)
        after = os.fstat(descriptor)
    fields = {
        "size": exact(before.st_size),
        "modified": instant(before.st_mtime),
        "sha256": None,
        # What the name promises is no evidence of a file of which no byte was read.
        "format": format_of(given.name, head) if head else "unknown",
    }
    if done < before.st_size and stop():
        return fields, "error", f"cancelled after {done} of {before.st_size} bytes"
    if done != before.st_size:
        change = "was truncated" if done < before.st_size else "grew"
        return fields, "error", f"{change} while it was read"
    if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
        return fields, "error", "was written to while it was read"
    fields["sha256"] = hasher.hexdigest()
    return fields, "observed", "" if after.st_nlink else "was deleted while it was read"
