"""Joins what several means saw of the same connections; what only one of them saw stands for itself."""

from typing import Collection, Dict, List, Optional, Tuple

from .merge import LEFT_UNKNOWN, Row

ENDS = "sock_diag"
"""Method of rows that tell how connections ended."""
_OF_SOCKETS = (ENDS, "ebpf")
"""Methods that look at sockets, and so from their own side."""
Ends = Tuple[str, str, int, str, int]


def joined_with(rows: List[Row], more: List[Row], own: Collection[str] = ()) -> List[Row]:
    """``rows`` with what ``more`` knows of them, then those of ``more`` that are of no row.

    ``own`` are addresses of this network namespace: what goes out from one of them to another place is outbound, even
    where the other end is a socket of this host, too.
    """
    found = list(rows)
    whole: Dict[Ends, int] = {}
    half: Dict[Tuple[str, str, int], List[int]] = {}
    for place, row in enumerate(found):
        if row.source_port:
            whole[ends(row)] = place
        else:
            half.setdefault((row.proto, row.address, row.port), []).append(place)
    rest = []
    for row in more:
        for one in _views(row, own):
            place = whole.get(ends(one), -1)
            if place < 0:
                places = half.get((one.proto, one.address, one.port), [])
                # Of several that it may belong to, none is credited with it; it is known all the same.
                place = places[0] if len(places) == 1 else -1 if not places else -2
            if place >= 0:
                found[place] = _both(found[place], one, adding=not found[place].source_port)
            if place != -1:
                break
        else:
            rest.append(row)
    return found + rest


def _views(row: Row, own: Collection[str]) -> Tuple[Row, ...]:
    """The connection from both sides, where it is not known which side a row of it was seen from."""
    sided = row.method in _OF_SOCKETS or (row.source_address in own and row.address not in own)
    return (row,) if sided else (row, turned(row))


def ends(row: Row) -> Ends:
    """What tells a connection from others."""
    return row.proto, row.source_address, row.source_port, row.address, row.port


def turned(row: Row) -> Row:
    """The same connection from its other side."""
    return row._replace(
        source_address=row.address, source_port=row.port, address=row.source_address, port=row.source_port,
        direction="out" if row.direction == "in" else "in", bytes_out=row.bytes_in, bytes_in=row.bytes_out,
    )  # fmt: skip


def _both(row: Row, other: Row, adding: bool) -> Row:
    # Several sockets of one sender come one after the other; another means counts the same bytes again.
    known = adding and other.method in row.method
    merged = row._replace(
        method=row.method if other.method in row.method else f"{row.method}, {other.method}",
        bytes_out=_sum(row.bytes_out, other.bytes_out) if known or row.bytes_out is None else row.bytes_out,
        bytes_in=_sum(row.bytes_in, other.bytes_in) if known or row.bytes_in is None else row.bytes_in,
        first=min(row.first, other.first), last=max(row.last, other.last),
        # The sockets of this host know better than packets whether a connection came to be; their end knows best.
        attempt=row.attempt and other.attempt if other.method == ENDS else row.attempt,
        note=row.note.replace(LEFT_UNKNOWN, "") if other.bytes_out else row.note,
        uid=row.uid if row.uid is not None else other.uid,
        pid=row.pid if row.pid is not None else other.pid,
        owner=row.owner or other.owner,
    )  # fmt: skip
    if not merged.source_port and other.source_port:
        merged = merged._replace(source_address=other.source_address, source_port=other.source_port)
    return merged


def _sum(one: Optional[int], other: Optional[int]) -> Optional[int]:
    return other if one is None else one if other is None else one + other
