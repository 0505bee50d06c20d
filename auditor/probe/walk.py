"""Looks into folders without end, trust or side effect: bounded, loop-free, and only regular files are opened."""

import os
import stat
from typing import Callable, List, NamedTuple, Optional, Set, Tuple

from . import limits
from .paths import resolve
from .text import exact
from .text import path as shown

Report = Callable[..., None]
"""``report(where, what, status, remedy="", lost=None)``: a problem of the collector that walks."""


class Entry(NamedTuple):
    """A regular file; ``real`` is what to open (a link's target)."""

    name: str
    real: str
    size: int
    device: int
    inode: int


class Listing(NamedTuple):
    """What one folder holds."""

    folders: List[str]
    files: List[Entry]
    links: List[Tuple[str, str]]
    """Names and real targets of links to files."""

    def names(self) -> Set[str]:
        """Names of files and of links to files."""
        return {entry.name for entry in self.files} | {name for name, _ in self.links}


def open_regular(path: str, follow: bool = False) -> int:
    """A descriptor of a regular file for reading; never waits on FIFOs or devices. Raises OSError."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | (0 if follow else os.O_NOFOLLOW)
    before = os.stat(path) if follow else os.lstat(path)
    if not stat.S_ISREG(before.st_mode):
        raise OSError(f"not a regular file: {kind_of(before.st_mode)}")
    try:
        # Keeps the host's own access times, where the owner of the file asks; others may not set the flag.
        descriptor = os.open(path, flags | getattr(os, "O_NOATIME", 0))
    except PermissionError:
        descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("not a regular file any more")
    return descriptor


def read_regular(path: str, limit: int, follow: bool = False) -> bytes:
    """At most ``limit`` bytes of a regular file. Raises OSError."""
    with os.fdopen(open_regular(path, follow), "rb") as file:
        return file.read(limit)


def kind_of(mode: int) -> str:
    """The kind of a file in words."""
    kinds = (
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a character device"),
        (stat.S_ISBLK, "a block device"),
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISLNK, "a link"),
    )
    return next((name for test, name in kinds if test(mode)), "a regular file")


def explain(error: OSError) -> Tuple[str, str, str]:
    """What, status and remedy of a failed look."""
    if isinstance(error, PermissionError):
        return "may not be read by this user", "denied", "run the audit as root or as the owner of the file"
    if isinstance(error, FileNotFoundError):
        return "is not there", "absent", ""
    return f"cannot be read: {error.strerror or error}", "error", ""


class Walk:
    """One walk below a root: counts entries, knows folders by device and inode (``seen``, which walks may share)."""

    def __init__(self, report: Report, stop: Callable[[], bool], seen: Optional[Set[Tuple[int, int]]] = None) -> None:
        self._report = report
        self._stop = stop
        self._entries = 0
        self._seen: Set[Tuple[int, int]] = seen if seen is not None else set()
        self.cut = False
        """Whether the walk as a whole ended early. A folder that cannot be entered is only what it holds itself."""

    def list(self, folder: str, depth: int) -> Optional[Listing]:
        """What the folder holds, in order of name; None where it was seen before or cannot be read."""
        if depth > limits.DEPTH:
            self._report(shown(folder), f"is nested deeper than {limits.DEPTH} folders and was not entered", "error")
            return None
        try:
            status = os.stat(folder)
            if (status.st_dev, status.st_ino) in self._seen:
                return None
            self._seen.add((status.st_dev, status.st_ino))
            return self._scan(folder)
        except OSError as error:
            what, state, remedy = explain(error)
            self._report(shown(folder), what, state, remedy)
            return None

    def _scan(self, folder: str) -> Listing:
        found = Listing([], [], [])
        with os.scandir(folder) as entries:
            for entry in entries:
                if self._stop():
                    self.cut = True
                    break
                if self._entries >= limits.ENTRIES:
                    if not self.cut:
                        what = f"has more than {limits.ENTRIES:,} entries, those beyond were not looked at"
                        self._report(shown(folder), what, "error", "name the folders of the models one by one")
                    self.cut = True
                    break
                self._entries += 1
                try:
                    self._sort(entry, found)
                except OSError as error:
                    self._report(shown(entry.path), *explain(error))
        found.folders.sort()
        found.files.sort()
        found.links.sort()
        return found

    def _sort(self, entry: "os.DirEntry[str]", found: Listing) -> None:
        status = entry.stat(follow_symlinks=False)
        if stat.S_ISREG(status.st_mode):
            size = exact(status.st_size)
            if size != status.st_size:
                self._report(shown(entry.path), f"claims {status.st_size} bytes, {size} are told", "unsupported")
            found.files.append(Entry(entry.name, entry.path, size, status.st_dev, status.st_ino))
        elif stat.S_ISDIR(status.st_mode):
            found.folders.append(entry.name)
        elif stat.S_ISLNK(status.st_mode):
            self._link(entry, found)
        else:
            self._report(shown(entry.path), f"is {kind_of(status.st_mode)} and was not opened", "unsupported")

    def _link(self, entry: "os.DirEntry[str]", found: Listing) -> None:
        target = entry.path
        try:
            target = resolve(entry.path)
            status = os.stat(target)
        except OSError as error:
            what, state, remedy = explain(error)
            self._report(shown(entry.path), f"is a link to {shown(target)}, which {what}", state, remedy)
            return
        if stat.S_ISREG(status.st_mode):
            found.links.append((entry.name, target))
        elif stat.S_ISDIR(status.st_mode):
            what = f"is a link to the folder {shown(target)} and was not followed"
            self._report(shown(entry.path), what, "unsupported", "name the target if models lie there")
        else:
            self._report(shown(entry.path), f"is a link to {kind_of(status.st_mode)} and was not opened", "unsupported")
