"""What the readers of file formats hand on: packets by their place in a window of the file.

Offsets and lengths are bytes, times are nanoseconds since 1970 (UTC).
"""

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

WINDOW = (1 << 18) + 4096
"""Bytes of the file that are looked at together; the reader's memory does not grow with the file.

A little more than the longest packet, and few enough packets that the interpreter recycles their tuples.
"""

LONGEST = 1 << 18
"""Longest packet that is believed; the limit that capture programs set themselves."""

MOST_PROBLEMS = 100
"""Problems that are listed; those behind them are only counted."""


class Buffer(Protocol):
    """Bytes of a capture: ``bytes``, an ``mmap``, or a file that reads what is asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> bytes: ...


class Packet(NamedTuple):
    """One packet: where it lies in the window, its length on the wire and its time."""

    start: int
    end: int
    wire: int
    time: int


Record = tuple[int, int, int, int]
"""A :class:`Packet` as a plain tuple, which costs a third of the time."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Packets of one link type in one window of the file."""

    link: int
    """Link type as tcpdump.org numbers them."""
    data: bytes
    base: int
    """Where the window begins in the file."""
    records: list[Record]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something of the file that could not be read, and where."""

    where: str
    offset: int
    what: str


@dataclass(slots=True)
class Account:
    """What a reader has to say beside the packets."""

    where: str = ""
    problems: list[Problem] = field(default_factory=list)
    unlisted: int = 0
    """Problems beyond :data:`MOST_PROBLEMS`."""
    truncated: bool = False
    """The file ends, or stops making sense, before its own structure does."""
    cut: int = 0
    """Packets of which the file holds fewer bytes than were on the wire."""
    dropped: int = 0
    """Packets that the capturing side says it lost."""
    loss_known: bool = False
    """Whether the capturing side said anything about losses."""

    def tell(self, offset: int, what: str) -> None:
        """Note a problem."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(self.where, offset, what))
        else:
            self.unlisted += 1

    def stop(self, offset: int, what: str) -> None:
        """Note the problem behind which nothing was read."""
        self.truncated = True
        self.tell(offset, what)
