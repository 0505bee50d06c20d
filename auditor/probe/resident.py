"""Leaves the page cache as it was: what reading brought in is let go of, what was there before stays.

``mincore(2)`` tells which pages of a file are in memory. Where the kernel does not tell it to this user, it says that
all are, and nothing is let go of.
"""

import ctypes
import mmap
import os
from typing import Any, List, Optional, Tuple

_WINDOW = 16_384 * mmap.PAGESIZE
"""Bytes that are asked about at once (64 MiB with pages of 4 KiB); more than any kernel reads ahead."""
_PROT_READ, _MAP_SHARED = 1, 1
_LOWEST_BIT = bytes(byte & 1 for byte in range(256))
"""The others are reserved."""


def _library() -> Optional[Any]:
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        libc.mmap.restype = ctypes.c_void_p
        libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long)
        libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
        libc.mincore.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p)
    except (OSError, AttributeError):
        return None
    return libc


_LIBC = _library()


def pages(descriptor: int, start: int, length: int) -> Optional[bytes]:
    """One byte a page of this part of the file, 1 where it is in memory; None where that cannot be told."""
    if _LIBC is None or length <= 0:
        return None
    place = _LIBC.mmap(None, length, _PROT_READ, _MAP_SHARED, descriptor, start)
    if place in (None, ctypes.c_void_p(-1).value):
        return None
    found = ctypes.create_string_buffer(-(-length // mmap.PAGESIZE))
    try:
        # Nothing of the mapping is touched: a file that is cut meanwhile does no harm.
        failed = _LIBC.mincore(place, length, found)
    finally:
        _LIBC.munmap(place, length)
    return None if failed else found.raw.translate(_LOWEST_BIT)


def absent(found: bytes) -> List[Tuple[int, int]]:
    """First page and number of pages of each run that was not in memory."""
    runs: List[Tuple[int, int]] = []
    at = found.find(0)
    while at >= 0:
        end = found.find(1, at)
        end = len(found) if end < 0 else end
        runs.append((at, end - at))
        at = found.find(0, end)
    return runs


class Trace:
    """What was in memory of one file before it was read; asked one window ahead of the reading."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self._size = size
        self._asked = 0
        self._left = 0
        self._runs: List[Tuple[int, int]] = []
        """Start and length in bytes of what reading will have brought in."""
        self._telling = size > 0 and hasattr(os, "posix_fadvise")
        self.reached(0)

    def reached(self, position: int) -> None:
        """All before ``position`` was read: ask about what comes next, let go of what was not there before."""
        while self._telling and self._asked < self._size and self._asked < position + 2 * _WINDOW:
            length = min(_WINDOW, self._size - self._asked)
            found = pages(self._descriptor, self._asked, length)
            if found is None:
                self._telling = False
                break
            self._runs += [
                (self._asked + first * mmap.PAGESIZE, count * mmap.PAGESIZE) for first, count in absent(found)
            ]
            self._asked += length
        if position - self._left >= _WINDOW:
            self._let_go(position)

    def close(self, position: int) -> None:
        """Reading ended here."""
        if self._telling:
            self._let_go(position)

    def _let_go(self, position: int) -> None:
        self._left = position
        while self._runs:
            start, length = self._runs[0]
            # The last page of a file is let go of whole.
            read = length if position >= self._size else (position - start) // mmap.PAGESIZE * mmap.PAGESIZE
            count = min(length, read)
            if count <= 0:
                return
            self._runs[:1] = [(start + count, length - count)] if count < length else []
            try:
                os.posix_fadvise(self._descriptor, start, count, os.POSIX_FADV_DONTNEED)
            except OSError:
                self._telling, self._runs = False, []
