"""Lists every file below a folder of this machine and hashes it, whole or in shards; reads only.

Files whose digest was collected before, and that have not been written to since, are not read again.
"""

import datetime as dt
import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from auditor.errors import UserError
from auditor.facts.weights import Weight
from auditor.recognise.signing import SINGLE, Piece
from auditor.recognise.signing_compare import Measured

WHOLE = Piece("sha256")
MOST_FILES = 500_000
DEEPEST = 64
"""Folders inside each other."""
_BLOCK = 2**20
_HASHES = ("sha256", "blake2b")

Known = dict[tuple[int, int], tuple[int, str, str]]
"""Size, time of change and SHA-256 by device and inode."""


@dataclass
class Tree:
    """The files below a folder by name; a root that is a file itself has the name ``.``."""

    files: dict[str, Measured] = field(default_factory=dict)
    links: bool = False
    """A link to a file was followed."""

    @property
    def problems(self) -> dict[str, str]:
        """What was not wholly read, and why."""
        return {name: file.problem for name, file in self.files.items() if file.problem}


def known_of(weights: Iterable[Weight]) -> Known:
    """What was hashed already."""
    found: Known = {}
    for weight in weights:
        if weight.sha256.value is None or weight.size.value is None or weight.modified.value is None:
            continue
        try:
            status = os.stat(weight.path)
        except (OSError, ValueError):
            continue
        found[status.st_dev, status.st_ino] = (weight.size.value, weight.modified.value, weight.sha256.value)
    return found


def measure(
    root: Path,
    pieces: Callable[[str], Iterable[Piece]],
    *,
    known: Known | None = None,
    ignored: Callable[[str], bool] = lambda name: False,
    skip: Path | None = None,
) -> Tree:
    """Every file below ``root`` with the digests that ``pieces`` asks for by name.

    Ignored files are listed and not opened; ``skip`` is not even listed. Raises UserError where nothing can be listed.
    """
    tree = Tree()
    passed = skip.resolve() if skip is not None else None
    try:
        if root.is_file():
            tree.files[SINGLE] = _measure(str(root), pieces(SINGLE), known or {})
            return tree
        for name, path, problem in _walk(str(root), "", 0, tree, ignored):
            if passed is not None and os.path.realpath(path) == str(passed):
                continue
            if len(tree.files) >= MOST_FILES:
                raise UserError(f"more than {MOST_FILES:,} files", "Name the folder of one model.", str(root))
            if problem or ignored(name):
                tree.files[name] = Measured(0, {}, problem)
            else:
                tree.files[name] = _measure(path, pieces(name), known or {})
    except OSError as error:
        raise UserError(f"cannot be listed: {error.strerror}", where=str(error.filename or root)) from error
    return tree


def _walk(
    folder: str, prefix: str, depth: int, tree: Tree, ignored: Callable[[str], bool]
) -> Iterator[tuple[str, str, str]]:
    """Name, path and problem of all that is no folder, in order of name."""
    with os.scandir(folder) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        # A name that is no text cannot stand in a baseline; it is told in a form that can be printed.
        shown = entry.name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        name = prefix + shown
        if shown != entry.name:
            yield name, entry.path, "its name is not UTF-8"
        elif entry.is_dir(follow_symlinks=False):
            if depth >= DEEPEST:
                yield name, entry.path, f"more than {DEEPEST} folders inside each other"
                continue
            try:
                yield from _walk(entry.path, f"{name}/", depth + 1, tree, ignored)
            except PermissionError:
                yield name, entry.path, "a folder that this user may not list"
        else:
            yield name, entry.path, "" if ignored(name) else _kind(entry, tree)


def _kind(entry: "os.DirEntry[str]", tree: Tree) -> str:
    """What keeps an entry from being read; empty where it is a file, or a link to one."""
    try:
        mode = entry.stat().st_mode
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if entry.is_symlink():
        tree.links = True
        return "" if stat.S_ISREG(mode) else "a link to something other than a file; links to folders are not followed"
    return "" if stat.S_ISREG(mode) else "neither file nor folder"


def _measure(path: str, pieces: Iterable[Piece], known: Mapping[tuple[int, int], tuple[int, str, str]]) -> Measured:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                return Measured(0, {}, "not a file any more")
            collected = _collected(before, known)
            digests = {
                each: collected if each == WHOLE and collected else _digest(file, each)
                for each in pieces
                if each.algorithm in _HASHES
            }
            after = os.fstat(descriptor)
    except OSError as error:
        return Measured(0, {}, f"cannot be read: {error.strerror}")
    changed = (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size)
    return Measured(before.st_size, digests, "was written to while it was read" if changed else "")


def _collected(status: os.stat_result, known: Mapping[tuple[int, int], tuple[int, str, str]]) -> str:
    """The digest that was collected for this very file, if it has not changed since."""
    size, modified, digest = known.get((status.st_dev, status.st_ino), (-1, "", ""))
    if size != status.st_size:
        return ""
    apart = dt.datetime.fromisoformat(modified) - dt.datetime.fromtimestamp(status.st_mtime, dt.UTC)
    return digest if abs(apart) <= dt.timedelta(microseconds=2) else ""


def _digest(file: io.FileIO, piece: Piece) -> str:
    hasher = hashlib.new(piece.algorithm)
    file.seek(piece.start)
    left = piece.end - piece.start if piece.end is not None else None
    while left is None or left > 0:
        block = file.read(_BLOCK if left is None else min(_BLOCK, left))
        if not block:
            break
        hasher.update(block)
        left = left - len(block) if left is not None else None
    return hasher.hexdigest()
