"""The digests of one reading: SHA-256 always, BLAKE3 beside it where this Python can compute it.

BLAKE3 is no part of Python. On this machine's own audits the auditor names the folder that holds its package; on
another host it is taken where the system's own package folders have it, and from no folder that others than root, or
the user who runs the probe, may write to.
"""

import hashlib
import importlib
import os
import queue
import stat
import sys
import sysconfig
import threading
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

_EMPTY = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
"""BLAKE3 of nothing (test vectors of the specification)."""
_ROOMS = 4
"""Buffers of a file that is read ahead of its digests."""
SHA256, BLAKE3 = "sha256", "blake3"


class Blake3(NamedTuple):
    """The means to compute BLAKE3, or why there is none."""

    make: Optional[Callable[..., Any]]
    why: str = ""


def find_blake3(folder: str = "") -> Blake3:
    """Load the package ``blake3``: from ``folder``, else as installed for the whole system."""
    places = [folder] if folder else [place for place in _system_folders() if _is_guarded(place)]
    before = list(sys.path)
    for place in places:
        sys.path.insert(0, place)
        try:
            make = importlib.import_module("blake3").blake3
            if make(b"").hexdigest() == _EMPTY:
                return Blake3(make)
            return Blake3(None, "the host's blake3 package computes wrong digests")
        except Exception:
            continue
        finally:
            sys.path[:] = before
    return Blake3(None, "the host's Python has no blake3 package")


def _system_folders() -> List[str]:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    found = [sysconfig.get_paths()[key] for key in ("platlib", "purelib")]
    found += ["/usr/lib/python3/dist-packages", f"/usr/local/lib/python{version}/dist-packages"]
    return list(dict.fromkeys(found))


def _is_guarded(place: str) -> bool:
    """Whether only root and this user can have put the package there."""
    package = os.path.join(place, "blake3")
    try:
        paths = [place, package, *(os.path.join(package, name) for name in os.listdir(package))]
        found = [os.stat(path) for path in paths]
    except OSError:
        return False
    return all(
        status.st_uid in (0, os.geteuid()) and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) for status in found
    )


class Hashers:
    """The digests of one file in the making, computed by whoever hands over the bytes."""

    def __init__(self, sha256: bool, blake3: Optional[Callable[..., Any]], buffer: bytearray) -> None:
        self._sha256 = hashlib.sha256() if sha256 else None
        self._blake3 = blake3() if blake3 is not None else None
        self._buffer = buffer

    @property
    def _all(self) -> List[Any]:
        return [each for each in (self._sha256, self._blake3) if each is not None]

    def room(self) -> bytearray:
        """Where the next bytes are to be put."""
        return self._buffer

    def take(self, room: bytearray, count: int) -> None:
        """So many bytes are in it now."""
        data = memoryview(room)[:count]
        for each in self._all:
            each.update(data)

    def finish(self) -> None:
        """All was handed over, or nothing more will be."""

    @property
    def sha256(self) -> Optional[str]:
        """In hex, where it was asked for."""
        return self._sha256.hexdigest() if self._sha256 is not None else None

    @property
    def blake3(self) -> Optional[str]:
        """In hex, where it was asked for and can be computed."""
        return str(self._blake3.hexdigest()) if self._blake3 is not None else None


class Spread(Hashers):
    """Each digest is computed by a thread of its own, while the next bytes are read: for few and large files."""

    def __init__(self, sha256: bool, blake3: Optional[Callable[..., Any]], buffer: bytearray) -> None:
        super().__init__(sha256, blake3, buffer)
        self._free: "queue.SimpleQueue[bytearray]" = queue.SimpleQueue()
        for room in (buffer, *(bytearray(len(buffer)) for _ in range(_ROOMS - 1))):
            self._free.put(room)
        self._lock = threading.Lock()
        self._failed: Optional[Exception] = None
        self._held: Dict[int, int] = {}
        """By buffer, how many digests still need it."""
        self._lines: "List[queue.SimpleQueue[Optional[Tuple[bytearray, int]]]]" = []
        self._threads = []
        for number, each in enumerate(self._all):
            line: "queue.SimpleQueue[Optional[Tuple[bytearray, int]]]" = queue.SimpleQueue()
            thread = threading.Thread(target=self._run, args=(each, line), name=f"digest-{number}", daemon=True)
            self._lines.append(line)
            self._threads.append(thread)
            thread.start()

    def _run(self, digest: Any, line: "queue.SimpleQueue[Optional[Tuple[bytearray, int]]]") -> None:
        while True:
            handed = line.get()
            if handed is None:
                return
            room, count = handed
            try:
                digest.update(memoryview(room)[:count])
            except Exception as error:
                # The reader must get its buffer back all the same; it hears of this at the end.
                self._failed = error
            with self._lock:
                self._held[id(room)] -= 1
                last = not self._held[id(room)]
            if last:
                self._free.put(room)

    def room(self) -> bytearray:
        return self._free.get()

    def take(self, room: bytearray, count: int) -> None:
        if not self._lines:
            self._free.put(room)
            return
        with self._lock:
            self._held[id(room)] = len(self._lines)
        for line in self._lines:
            line.put((room, count))

    def finish(self) -> None:
        for line in self._lines:
            line.put(None)
        for thread in self._threads:
            thread.join()
        if self._failed is not None:
            raise self._failed
