"""Known vulnerabilities of serving stacks by version, with the day on which the table was checked.

The table is ``resources/knowledge/vulnerabilities.yaml``; rows that a user imported from an OSV archive come beside it.
It is small and ages: who rests on it has to say how old it is, and a stack it knows nothing of is not thereby sound.
"""

import re
from functools import cache
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, StringConstraints

from auditor.facts.fact import Sha256, Value
from auditor.knowledge.resources import resource
from auditor.knowledge.tables import read, read_yaml

Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]
Severity = Literal["low", "medium", "high", "critical", "unstated"]
SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")

_BUILDS = frozenset({"llama.cpp"})
"""Stacks that number their builds (``b8146``); other numbers of theirs belong to bindings and compare with nothing."""
_PRE = re.compile(r"[-_.]?(a|b|c|rc|alpha|beta|pre|preview|dev)[-_.]?\d*", re.I)


class Span(Value):
    """A run of affected versions."""

    from_: str = Field("", alias="from")
    """First affected; empty: from the beginning, or not known."""
    before: str = ""
    """First that is not affected any more; empty: none is known."""
    to: str = ""
    """Last affected, where no fixed version is told."""


class Vulnerability(Value):
    """One vulnerability of one stack."""

    id: str
    also: tuple[str, ...] = ()
    """Further ids of the same."""
    stack: str
    """Key of ``stacks.yaml``."""
    summary: str
    severity: Severity
    """As the source states it."""
    affected: tuple[Span, ...]
    fixed_in: str = ""
    needs: str = ""
    """What has to be switched on or reachable for it to matter, in words."""
    source: str
    checked: Day


class Import(Value):
    """An archive of OSV records that a user took in."""

    name: str
    sha256: Sha256
    date: Day
    """Of the newest record in it."""
    stacks: tuple[str, ...]
    """Stacks that records of its ecosystems could speak of."""
    entries: int


class Vulnerabilities(Value):
    """The whole table."""

    date: Day = "1970-01-01"
    """On which the shipped rows were checked."""
    entries: tuple[Vulnerability, ...] = ()
    imports: tuple[Import, ...] = ()

    def of(self, stack: str) -> tuple[Vulnerability, ...]:
        """The entries on a stack."""
        return tuple(entry for entry in self.entries if entry.stack == stack)

    def date_of(self, stack: str) -> str:
        """Until when something about this stack could have come into the table."""
        return max([self.date, *(one.date for one in self.imports if stack in one.stacks)])

    def with_import(self, entries: tuple[Vulnerability, ...], taken: Import) -> "Vulnerabilities":
        """The table with imported rows; what it has under one of its ids already is not taken twice."""
        have = {(entry.stack, name) for entry in self.entries for name in (entry.id, *entry.also)}
        new = tuple(entry for entry in entries if not {(entry.stack, n) for n in (entry.id, *entry.also)} & have)
        return self.model_copy(update={"entries": (*self.entries, *new), "imports": (*self.imports, taken)})


class _Key(NamedTuple):
    numbers: tuple[int, ...]
    final: bool


def affects(entry: Vulnerability, version: str) -> bool | None:
    """Whether a version is among the affected; None where the two cannot be compared."""
    given = _key(entry.stack, version)
    if given is None:
        return None
    results = [_within(entry.stack, span, given) for span in entry.affected]
    if any(results):
        return True
    return None if None in results else False


def _within(stack: str, span: Span, given: _Key) -> bool | None:
    ends = [(end, _key(stack, end)) for end in (span.from_, span.before, span.to)]
    if any(text and key is None for text, key in ends):
        return None
    (_, low), (_, before), (_, last) = ends
    if low is not None and _padded(given, low) < _padded(low, given):
        return False
    if before is not None:
        return _padded(given, before) < _padded(before, given)
    return last is None or _padded(given, last)[0] <= _padded(last, given)[0]


def _key(stack: str, version: str) -> _Key | None:
    text = version.strip()
    if stack in _BUILDS:
        match = re.fullmatch(r"b(\d{1,9})(?:-[0-9a-f]{6,40})?", text, re.ASCII | re.I)
        return _Key((int(match[1]),), True) if match else None
    match = re.match(r"[vV]?(\d{1,9}(?:\.\d{1,9}){0,9})", text, re.ASCII)
    if not match:
        return None
    rest = text[match.end() :]
    return _Key(tuple(int(part) for part in match[1].split(".")), not _PRE.match(rest))


def _padded(key: _Key, other: _Key) -> tuple[tuple[int, ...], bool]:
    width = max(len(key.numbers), len(other.numbers))
    return key.numbers + (0,) * (width - len(key.numbers)), key.final


@cache
def load_vulnerabilities() -> Vulnerabilities:
    """The shipped table. Raises ValueError naming the file and the place of a mistake in it."""
    date = str(read_yaml(resource("knowledge", "vulnerabilities.yaml"))["date"])
    return Vulnerabilities(date=date, entries=read("vulnerabilities.yaml", Vulnerability, "vulnerabilities"))
