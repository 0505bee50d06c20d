"""Destinations by the country that their addresses are registered to, for the map and the table behind it. No Qt."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

ORDER = ("eea", "adequate", "conditional", "third", "unknown")
"""Classes of transfer that can be drawn; best first."""


class Found(Protocol):
    """What is asked of a destination."""

    @property
    def name(self) -> str: ...
    @property
    def addresses(self) -> tuple[str, ...]: ...
    @property
    def operator(self) -> str: ...
    @property
    def cdn(self) -> bool: ...
    @property
    def transfer(self) -> str: ...
    @property
    def reach(self) -> str: ...
    @property
    def sent(self) -> int: ...
    @property
    def received(self) -> int: ...
    @property
    def connections(self) -> int: ...
    @property
    def places(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Place:
    """One country; ``transfer`` is the worst class of what is registered there."""

    code: str
    transfer: str
    names: tuple[str, ...]
    connections: int
    sent: int
    received: int

    @property
    def destinations(self) -> int:
        """How many."""
        return len(self.names)


@dataclass(frozen=True)
class Places:
    """What can be drawn, and what cannot."""

    drawn: tuple[Place, ...] = ()
    """The country with the worst class first, then with the most destinations."""
    undetermined: tuple[tuple[str, int], ...] = ()
    """Operators that answer in many places, with their destinations: no place means anything."""
    unknown: tuple[str, ...] = ()
    """Destinations of which no table knows a country."""
    own: int = 0
    """Destinations of the organisation's own networks."""


def places_of(told: Iterable[Found]) -> Places:
    """Group destinations; whoever called this host is no destination."""
    grouped: dict[str, list[Found]] = {}
    undetermined: Counter[str] = Counter()
    unknown, own = [], 0
    for one in told:
        name = one.name or next(iter(one.addresses), "")
        if one.reach == "reply":
            continue
        if one.transfer == "own":
            own += 1
        elif one.cdn:
            undetermined[one.operator or name] += 1
        elif not one.places:
            unknown.append(name)
        else:
            for code in one.places:
                grouped.setdefault(code, []).append(one)
    drawn = [_place(code, found) for code, found in grouped.items()]
    drawn.sort(key=lambda place: (-_rank(place.transfer), -place.destinations, place.code))
    return Places(tuple(drawn), tuple(undetermined.most_common()), tuple(unknown), own)


def _place(code: str, found: list[Found]) -> Place:
    names = dict.fromkeys(one.name or next(iter(one.addresses), "") for one in found)
    return Place(
        code=code,
        transfer=max((one.transfer for one in found), key=_rank),
        names=tuple(names),
        connections=sum(one.connections for one in found),
        sent=sum(one.sent for one in found),
        received=sum(one.received for one in found),
    )


def _rank(transfer: str) -> int:
    return ORDER.index(transfer) if transfer in ORDER else len(ORDER)
