"""A private copy of exported files on this machine, in which the probe's own code looks as it would on the host.

Nothing of an archive is ever unpacked by its own word: only regular files are made, below one new folder, under names
that were taken apart, with bytes and number bounded. A weight file of which only the header was exported gets its
stated size as a hole. A link is made only where it stays within the copy.
"""

import io
import os
import posixpath
import re
import stat
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

from auditor.probe.walk import explain, open_regular

FILES = 100_000
FILE = 128 * 1024**2
"""Bytes of one file that are copied."""
BYTES = 4 * 1024**3
"""Of all files together."""
LARGEST = 1 << 42
"""Size that a file may claim, four TiB."""
DEEPEST = 64
UNPACKED = 64 * 1024**3
"""Bytes of an archive that are passed over or read at most."""
_HEADER = 1024**2
"""Bytes of one header of an archive, which may hold a long name."""

Report = Callable[[str, str], None]
"""``report(where, what)``: something of the export could not be taken."""


class _Header:
    """The stream of an archive while a header is read: long names do not fill the memory, a cut one is no end."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        if size > _HEADER:
            raise ValueError(f"a header of {size:,} bytes")
        data = bytes(self._stream.read(size))
        if len(data) < size:
            # tarfile itself takes this for the end, unless it is the beginning.
            raise ValueError("it ends without an end")
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Member(tarfile.TarInfo):
    """A member whose header is read through :class:`_Header`; releases differ in what lies below this method."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> Self:
        stream = archive.fileobj
        archive.fileobj = _Header(stream)
        try:
            return super().fromtarfile(archive)
        finally:
            archive.fileobj = stream


class Mirror:
    """The copy below ``root``, an empty folder that belongs to nobody else."""

    def __init__(self, root: Path, report: Report) -> None:
        self.root = os.path.realpath(root)
        self._report = report
        self._bytes = 0
        self._made: set[str] = set()
        self._full = False

    def place(self, path: str) -> str:
        """Where a path of the host is in the copy."""
        return self.root + "/" + path.lstrip("/")

    def __contains__(self, path: str) -> bool:
        return path in self._made

    def add(self, path: str, data: bytes, modified: float | None = None) -> None:
        """A file of the host."""
        parts = parts_of(path)
        if parts is None:
            self._report(path[:200], "has a name that leads out of the export, and was not taken")
            return
        name = "/" + "/".join(parts)
        if self._full or len(self._made) >= FILES or self._bytes + len(data) > BYTES:
            if not self._full:
                self._report(name, f"more than {FILES:,} files or {BYTES >> 30} GiB; the rest was not taken")
            self._full = True
            return
        target = self.place(name)
        try:
            os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
            with os.fdopen(os.open(target, flags, 0o600), "wb") as file:
                file.write(data)
        except (OSError, ValueError) as error:
            self._report(name, f"could not be copied: {getattr(error, 'strerror', None) or error}")
            return
        self._made.add(name)
        self._bytes += len(data)
        if modified is not None:
            self._touch(target, modified)

    def stretch(self, path: str, size: int, modified: float) -> None:
        """Give a file the size and time that the export states; what was not exported of it reads as zeros."""
        if path not in self._made:
            self.add(path, b"", modified)
        target = self.place(path)
        if path not in self._made or not os.stat(target).st_size < size <= LARGEST:
            if path in self._made:
                self._touch(target, modified)
            return
        try:
            os.truncate(target, size)
            self._touch(target, modified)
        except OSError as error:
            self._report(path, f"could not be given its size: {error.strerror}")

    def link(self, path: str, target: str) -> None:
        """A link of the host, if it leads to a file that the copy has."""
        parts = parts_of(path)
        leads = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        if parts is None or leads not in self._made:
            return
        here, there = self.place("/" + "/".join(parts)), self.place(leads)
        try:
            os.makedirs(os.path.dirname(here), mode=0o700, exist_ok=True)
            os.symlink(os.path.relpath(there, os.path.dirname(here)), here)
        except (OSError, ValueError) as error:
            self._report(path, f"the link could not be made: {getattr(error, 'strerror', None) or error}")

    def folder(self, folder: Path) -> None:
        """Everything below a folder of the export, without following links."""
        for place, name in _below(folder, self._report):
            try:
                with os.fdopen(open_regular(place), "rb") as file:
                    size, modified = os.fstat(file.fileno()).st_size, os.fstat(file.fileno()).st_mtime
                    data = file.read(FILE)
            except OSError as error:
                self._report(name, explain(error)[0])
                continue
            self.add(name, data, modified)
            if size > len(data):
                self.stretch(name, size, modified)

    def archive(self, data: io.BufferedIOBase, name: str) -> None:
        """The regular files of a tar, packed or not; it is read once, from its beginning."""
        count = passed = 0
        links: list[tuple[str, str]] = []
        try:
            with tarfile.open(fileobj=data, mode="r|*", tarinfo=_Member) as archive:
                for member in archive:
                    count += 1
                    passed += member.size
                    if self._full or count > FILES or passed > UNPACKED:
                        self._report(name, f"has more than {FILES:,} members or is too large; the rest was not taken")
                        break
                    if member.isreg():
                        content = archive.extractfile(member)
                        self.add(member.name, content.read(FILE) if content is not None else b"", member.mtime)
                        if member.size > FILE and parts_of(member.name) is not None:
                            self.stretch("/" + "/".join(parts_of(member.name) or ()), member.size, member.mtime)
                    elif member.issym():
                        links.append((posixpath.normpath("/" + member.name), member.linkname))
                    elif not member.isdir():
                        self._report(f"{name}: {member.name[:200]}", "is no regular file and was not taken")
        except (tarfile.TarError, EOFError, OSError, ValueError, OverflowError) as error:
            self._report(name, f"is damaged or cut after {count:,} members: {error}")
        except Exception as error:
            # zlib.error and lzma.LZMAError have no base of their own.
            self._report(name, f"cannot be unpacked after {count:,} members: {type(error).__name__}: {error}")
        for path, target in links:
            self.link(path, target)

    def _touch(self, target: str, modified: float) -> None:
        try:
            os.utime(target, (modified, modified))
        except (OSError, OverflowError, ValueError):
            self._report(target.removeprefix(self.root), f"states a time that is none: {modified}")


def parts_of(path: str) -> list[str] | None:
    """The parts of a path of the host below its root; None where it is none that may be made."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    bad = any(part == ".." or "\0" in part or len(os.fsencode(part)) > 255 for part in parts)
    bad = bad or not parts or len(parts) > DEEPEST or len(path) > 4000
    return None if bad else parts


def sizes_of(text: str) -> Iterator[tuple[int, float, str]]:
    """Size, time of writing and path of a list of files; lines of another form are passed over."""
    for line in text.split("\n")[:FILES]:
        match = re.fullmatch(r"(\d{1,15})\t(\d{1,11}(?:\.\d{1,9})?)\t(/.{1,4000})", line, re.ASCII)
        if match:
            yield int(match[1]), float(match[2]), match[3]


def links_of(text: str) -> Iterator[tuple[str, str]]:
    """Path and target of a list of links."""
    for line in text.split("\n")[:FILES]:
        path, tab, target = line.partition("\t")
        if tab and path.startswith("/") and target:
            yield path, target


def _below(folder: Path, report: Report) -> Iterator[tuple[str, str]]:
    """Regular files below a folder, with their names below it; bounded, links are not followed."""
    waiting, count = [("", 0)], 0
    while waiting:
        name, depth = waiting.pop()
        try:
            entries = sorted(os.scandir(f"{folder}{name}"), key=lambda entry: entry.name)
        except OSError as error:
            report(name, explain(error)[0])
            continue
        for entry in entries:
            count += 1
            if count > FILES:
                report(name, f"more than {FILES:,} entries; the rest was not looked at")
                return
            path = f"{name}/{entry.name}"
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode) and depth < DEEPEST:
                waiting.append((path, depth + 1))
            elif stat.S_ISREG(mode):
                yield entry.path, path
            else:
                report(path, "is no regular file and was not taken")
