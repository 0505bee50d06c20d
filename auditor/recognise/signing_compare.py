"""Holds the files of a model against a baseline: which are equal, differ, are missing, are there besides."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from auditor.recognise.signing import Baseline, Piece, Resource


class Held(StrEnum):
    """What became of one file."""

    EQUAL = "equal"
    DIFFERENT = "different"
    MISSING = "missing"
    EXTRA = "extra"
    """There, and not in the baseline."""
    UNCOVERED = "uncovered"
    """There, and left out of the baseline on purpose."""
    UNREAD = "unread"


@dataclass(frozen=True)
class Measured:
    """One file as it lies there."""

    size: int
    digests: Mapping[Piece, str]
    problem: str = ""
    """Why it was not wholly read."""


@dataclass(frozen=True)
class Comparison:
    """What became of every file, in order of name; ``notes`` says why where that is not plain."""

    held: dict[str, Held]
    notes: dict[str, str]

    def names(self, held: Held) -> tuple[str, ...]:
        """The files of which this became."""
        return tuple(name for name, each in self.held.items() if each is held)

    @property
    def broken(self) -> bool:
        """Whether the model is not the one of the baseline."""
        return any(each in (Held.DIFFERENT, Held.MISSING, Held.EXTRA) for each in self.held.values())

    @property
    def whole(self) -> bool:
        """Whether every file of the baseline is there and equal, and nothing is there besides."""
        return not self.broken and Held.UNREAD not in self.held.values()


def compare(baseline: Baseline, measured: Mapping[str, Measured]) -> Comparison:
    """Every file that the baseline or the folder has."""
    files = baseline.files()
    held: dict[str, Held] = {}
    notes: dict[str, str] = {}
    for name in sorted({*files, *measured}):
        held[name], note = _compare(baseline, files.get(name), measured.get(name), name)
        if note:
            notes[name] = note
    return Comparison(held, notes)


def _compare(
    baseline: Baseline, stated: tuple[Resource, ...] | None, found: Measured | None, name: str
) -> tuple[Held, str]:
    if found is None:
        return Held.MISSING, ""
    if stated is None:
        if baseline.ignores(name):
            return Held.UNCOVERED, "the baseline leaves it out"
        if found.problem:
            return Held.UNREAD, found.problem
        if baseline.shard_size is not None and not found.size:
            return Held.UNCOVERED, "a baseline of shards does not name empty files"
        return Held.EXTRA, ""
    if found.problem:
        return Held.UNREAD, found.problem
    end = stated[-1].piece.end
    if end is not None and end != found.size:
        return Held.DIFFERENT, f"has {found.size} bytes, the baseline says {end}"
    if any(each.piece not in found.digests for each in stated):
        return Held.UNREAD, f"digests of {baseline.algorithm} cannot be computed here"
    wrong = next((each for each in stated if found.digests[each.piece] != each.digest), None)
    if wrong is None:
        return Held.EQUAL, ""
    return Held.DIFFERENT, f"has {found.digests[wrong.piece]}, the baseline says {wrong.digest}"
