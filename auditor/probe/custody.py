"""The collector ``custody``: which weight files processes hold mapped or open, and whether these are those on disk.

A mapped file is asked for its identity through ``/proc/PID/map_files``, an open one through ``/proc/PID/fd``. Only
where that file is not the one that ``weights`` hashed (it was deleted, replaced, or lies where nobody looked) its bytes
are read again, through the same links, which lead to them even when no name does any more.
"""

import hashlib
import os
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from . import limits, mounts
from .found import Weight
from .host import boot_time
from .processes import container, is_weight, pids, read, started_at
from .stream import Stream
from .text import exact, instant
from .text import path as shown
from .walk import open_regular

NAME = "custody"
_DELETED = " (deleted)"
Identity = Tuple[int, int]
"""Device and inode."""


class Holding(NamedTuple):
    """A file that a process holds."""

    path: str
    """As the kernel names it, without ``(deleted)``."""
    handle: str
    """What leads to its bytes, below /proc."""
    mapped: bool
    device: int
    inode: int
    """As the table of mappings has them; of overlays these are not always those of ``stat``."""
    deleted: bool


def collect(stream: Stream, request: Dict[str, Any], found: List[Weight]) -> None:
    """Report every weight file that a process holds; ``found`` are those on disk that are hashed anyway."""
    known = {(weight.file.device, weight.file.inode): weight for weight in found}
    inodes = {inode for _, inode in known}
    wanted = {int(pid) for pid in request.get("pids", ())}
    reader = Reader(stream, int(request.get("bytes_per_second") or 0))
    try:
        boot: Optional[int] = boot_time()
    except (OSError, ValueError):
        boot = None
        stream.problem(NAME, "/proc/stat", "has no time of boot, starts of processes are not known", "error")
    for pid in pids():
        if stream.cancelled.is_set():
            return
        if pid == os.getpid() or (wanted and pid not in wanted):
            continue
        try:
            holdings = list(held_by(pid, known, inodes))
        except (FileNotFoundError, ProcessLookupError):
            continue
        except PermissionError:
            # The collector of processes counts those that may not be looked into.
            if wanted:
                what = "its open and mapped files may not be seen by this user"
                stream.problem(NAME, f"/proc/{pid}", what, "denied", "run the audit as root")
            continue
        except OSError as error:
            stream.problem(NAME, f"/proc/{pid}", f"cannot be read: {error.strerror}", "error")
            continue
        if not holdings:
            continue
        copies = copied(pid)
        start = started_at(pid, boot)
        for holding in holdings[: limits.OPEN_FILES]:
            if stream.cancelled.is_set():
                return
            _report(stream, pid, holding, known, reader, start, copies)
        if len(holdings) > limits.OPEN_FILES:
            what = f"holds {len(holdings):,} weight files, the first {limits.OPEN_FILES:,} were looked at"
            stream.problem(NAME, f"/proc/{pid}", what, "error")


def held_by(pid: int, known: Dict[Identity, Weight], inodes: Set[int]) -> Iterator[Holding]:
    """The weight files of a process, by name or because they are known; each file once. Raises OSError."""
    seen: Set[Identity] = set()
    for line in read(pid, "maps").split(b"\n"):
        fields = line.split(None, 5)
        if len(fields) < 6 or not fields[5].startswith(b"/"):
            continue
        number = int(fields[4])
        path, deleted = named(os.fsdecode(_unescaped(fields[5])))
        if not is_weight(path) and number not in inodes:
            continue
        major, _, minor = fields[3].partition(b":")
        device = os.makedev(int(major, 16), int(minor, 16))
        if (device, number) in seen:
            continue
        seen.add((device, number))
        handle = f"/proc/{pid}/map_files/{_range(fields[0])}"
        if is_weight(path) or _identity(handle) in known:
            yield Holding(path, handle, True, device, number, deleted)
    mapped = {number for _, number in seen}
    for descriptor in sorted(os.listdir(f"/proc/{pid}/fd"), key=len):
        handle = f"/proc/{pid}/fd/{descriptor}"
        try:
            target = os.readlink(handle)
            if not target.startswith("/") or target.startswith(("/dev/", "/proc/")):
                continue
            status = os.stat(handle)
        except OSError:
            continue
        identity = (status.st_dev, status.st_ino)
        path, deleted = named(target)
        if identity in seen or status.st_ino in mapped or not (is_weight(path) or identity in known):
            continue
        seen.add(identity)
        yield Holding(path, handle, False, status.st_dev, status.st_ino, deleted)


def named(target: str) -> Tuple[str, bool]:
    """A path as the kernel tells it, without its mark, and whether it has the mark of a deleted file."""
    return (target[: -len(_DELETED)], True) if target.endswith(_DELETED) else (target, False)


def _unescaped(path: bytes) -> bytes:
    """In the table of mappings only a line's end is written in octal."""
    return path.replace(b"\\012", b"\n")


def _range(field: bytes) -> str:
    """The range as ``map_files`` names it: without leading zeros."""
    first, _, last = field.decode("ascii").partition("-")
    return f"{int(first, 16):x}-{int(last, 16):x}"


def _identity(path: str) -> Optional[Identity]:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def copied(pid: int) -> Dict[int, int]:
    """Bytes that each mapped file's inode has as the process's own, changed copy, as far as that may be seen."""
    found: Dict[int, int] = {}
    inode = 0
    try:
        lines = read(pid, "smaps", 4 * limits.PROC_FILE).split(b"\n")
    except OSError:
        return {}
    for line in lines:
        fields = line.split()
        if len(fields) >= 5 and not fields[0].endswith(b":"):
            inode = int(fields[4]) if fields[4].isdigit() else 0
            if inode:
                found.setdefault(inode, 0)
        elif inode and len(fields) >= 2 and fields[0] == b"Anonymous:":
            found[inode] += int(fields[1]) * limits.KIB
    return found


class Reader:
    """Digests of files that nobody else reads; each file once, however many processes hold it."""

    def __init__(self, stream: Stream, bytes_per_second: int) -> None:
        self._stream = stream
        self._limit = bytes_per_second
        self._done: Dict[Tuple[int, int, int, int], Tuple[Optional[str], str, str]] = {}
        self._read = 0

    def digest(self, handle: str) -> Tuple[Optional[str], str, str]:
        """SHA-256, status and note of what a path leads to. Never raises OSError."""
        try:
            with os.fdopen(open_regular(handle, follow=True), "rb", buffering=0) as file:
                before = os.fstat(file.fileno())
                key = (before.st_dev, before.st_ino, before.st_size, before.st_ctime_ns)
                if key not in self._done:
                    self._done[key] = self._hash(file, before, handle)
                return self._done[key]
        except PermissionError:
            return None, "denied", "its bytes may not be read by this user: run the audit as root"
        except OSError as error:
            return None, "error", f"its bytes cannot be read: {error.strerror or error}"

    def _hash(self, file: Any, before: os.stat_result, handle: str) -> Tuple[Optional[str], str, str]:
        hasher, buffer, done = hashlib.sha256(), bytearray(limits.MIB), 0
        view = memoryview(buffer)
        while done <= before.st_size:
            if self._stream.cancelled.is_set():
                return None, "error", f"cancelled after {done} of {before.st_size} bytes"
            got = file.readinto(buffer)
            if not got:
                break
            hasher.update(view[:got])
            done += got
            self._read += got
            self._stream.progress(NAME, self._read, None, "bytes", what=handle)
            if self._limit:
                self._stream.cancelled.wait(got / self._limit)
        after = os.fstat(file.fileno())
        if done != before.st_size or (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
            return None, "error", "was written to while it was read"
        return hasher.hexdigest(), "observed", ""


def _report(
    stream: Stream, pid: int, holding: Holding, known: Dict[Identity, Weight], reader: Reader,
    start: Optional[float], copies: Dict[int, int],
) -> None:  # fmt: skip
    try:
        status: Optional[os.stat_result] = os.stat(holding.handle)
    except OSError:
        status = None
    view = mounts.View(pid)
    place, present = _on_disk(view, holding, status)
    same = _is_same(holding, status, present)
    lies = known.get((present.st_dev, present.st_ino)) if present is not None else None
    digest, state, note = None, "observed", ""
    disk, disk_state, disk_note = None, "observed", ""
    if present is None:
        disk_state, disk_note = "absent", "no file of this name is there any more"
    elif lies is None:
        disk, disk_state, disk_note = reader.digest(place)
    if same is not True:
        digest, state, note = reader.digest(holding.handle)
    if status is None and same is None and not note:
        state, note = "denied", "which file is held may not be seen by this user: run the audit as root"
    told = status or present
    stream.record(
        NAME, "custody", holding.handle, "map_files" if holding.mapped else "fd", state, note, pid=pid,
        container=container(pid), path=shown(holding.path), place=shown(place),
        weight=shown(lies.file.path) if lies is not None else "", held="mapped" if holding.mapped else "open",
        same=same, deleted=holding.deleted if status is None else status.st_nlink == 0,
        sha256=digest, disk_sha256=disk, disk_status=disk_state, disk_note=disk_note,
        device=holding.device if status is None else status.st_dev,
        inode=holding.inode if status is None else status.st_ino,
        size=exact(told.st_size) if told is not None else None,
        modified=instant(told.st_mtime) if told is not None else None,
        changed=instant(told.st_ctime) if told is not None else None,
        started=instant(start) if start is not None else None,
        copied=copies.get(holding.inode) if holding.mapped else None, namespace=view.namespace, foreign=view.foreign,
        **view.layer_of(holding.path),
    )  # fmt: skip
    if state in ("denied", "error"):
        what = f"{shown(holding.path)}: {note}"
        stream.problem(NAME, f"/proc/{pid}", what, state, "run the audit as root" if state == "denied" else "")


def _on_disk(
    view: mounts.View, holding: Holding, status: Optional[os.stat_result]
) -> Tuple[str, Optional[os.stat_result]]:
    """Where a file's name leads now, and what lies there; None where nothing does."""
    first: Optional[Tuple[str, os.stat_result]] = None
    places = view.places(holding.path)
    for place in places:
        try:
            found = os.stat(place)
        except OSError:
            continue
        if status is not None and (found.st_dev, found.st_ino) == (status.st_dev, status.st_ino):
            return place, found
        first = first or (place, found)
    return first if first is not None else (places[0], None)


def _is_same(holding: Holding, status: Optional[os.stat_result], present: Optional[os.stat_result]) -> Optional[bool]:
    """Whether the held file is the one that its name leads to; None where identities do not tell, as on overlays."""
    if present is None:
        return False
    here = (present.st_dev, present.st_ino)
    if status is not None:
        if here == (status.st_dev, status.st_ino):
            return True
        return False if status.st_nlink == 0 or holding.deleted or status.st_dev == present.st_dev else None
    if here == (holding.device, holding.inode) and not holding.deleted:
        return True
    return False if holding.deleted or holding.device == present.st_dev else None
