"""A running watch as a value: rows by process and destination, and a timeline that holds whatever length."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from auditor.desktop.watching import BINS, MOST_LANES, MOST_ROWS, Timeline, Watching

FLOW: dict[str, Any] = {
    "proto": "tcp", "direction": "out", "source_address": "192.0.2.1", "source_port": 1, "address": "203.0.113.5",
    "port": 443, "attempt": False, "bytes_out": 100, "bytes_in": 900, "pid": 7, "name": "curl", "exe": "/usr/bin/curl",
    "uid": 0, "container": "", "host": "", "operator": "Example", "countries": ["DE"], "transfer": "eea",
}  # fmt: skip


def live(seconds: int, *flows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    message = {"kind": "live", "seconds": seconds, "tiers": ["A", "D"], "connections": 3, "packets": 40, "dropped": 2}
    return message | {"flows": [FLOW | flow for flow in flows]} | changes


def test_a_row_is_a_destination_of_a_process_in_its_newest_state() -> None:
    seen = Watching()
    assert seen.feed(live(1, {}, {"pid": 8}, {"direction": "in"}))
    assert seen.feed(live(2, {"bytes_out": 300, "host": "stats.example.org"}))
    assert {(row.pid, row.sent, row.name) for row in seen.rows.values()} == {
        (7, 300, "stats.example.org"),
        (8, 100, ""),
    }
    assert (seen.seconds, seen.tiers, seen.connections, seen.packets, seen.dropped) == (2, ("A", "D"), 3, 40, 2)
    assert [row.places for row in seen.rows.values()] == [("DE",), ("DE",)]


def test_who_called_is_counted_and_no_row() -> None:
    seen = Watching()
    seen.feed(live(1, {"direction": "in"}))
    assert (seen.accepted, seen.rows) == (1, {})


def test_the_timeline_takes_what_came_newly() -> None:
    seen = Watching()
    seen.feed(live(0, {}))
    seen.feed(live(1, {}))
    seen.feed(live(2, {"bytes_in": 1000}))
    bars, hollow = seen.timeline.lanes["203.0.113.5"]
    assert bars[:4] == [1000, 0, 100, 0]
    assert not any(hollow)


def test_an_attempt_is_apart_from_what_went() -> None:
    seen = Watching()
    seen.feed(live(3, {"attempt": True, "bytes_out": None, "bytes_in": None}))
    bars, hollow = seen.timeline.lanes["203.0.113.5"]
    assert (sum(bars), hollow[3]) == (0, 1)
    assert not next(iter(seen.rows.values())).counted


def test_a_row_that_the_child_leaves_out_stays() -> None:
    seen = Watching()
    seen.feed(live(1, {}))
    seen.feed(live(2, {"address": "198.51.100.1"}))
    assert len(seen.rows) == 2


def test_rows_and_lanes_are_bounded() -> None:
    seen = Watching()
    for start in range(0, MOST_ROWS + 400, 200):
        seen.feed(live(1, *({"address": f"10.0.{n >> 8}.{n & 255}"} for n in range(start, start + 200))))
    assert len(seen.rows) == MOST_ROWS
    assert len(seen.timeline.lanes) == MOST_LANES


@given(st.lists(st.tuples(st.integers(0, 700_000), st.integers(1, 10**9), st.booleans()), max_size=60))
def test_no_byte_is_lost_however_long_the_watch(points: list[tuple[int, int, bool]]) -> None:
    line = Timeline()
    for second, amount, attempt in sorted(points):
        line.reach(second)
        line.put(second, "a", amount, attempt=attempt)
        assert line.used <= BINS
    for attempt in (False, True):
        held = sum(line.lanes["a"][attempt]) if points else 0
        assert held == sum(amount for _, amount, kind in points if kind is attempt)


@given(st.dictionaries(st.sampled_from(["kind", "seconds", "tiers", "flows", "done", "total", "where", "what"]),
                       st.one_of(st.none(), st.integers(), st.text(), st.lists(st.dictionaries(st.text(), st.none()),
                                 max_size=3), st.sampled_from(["live", "progress", "problem"]))))  # fmt: skip
def test_malformed_messages_change_nothing(message: dict[str, Any]) -> None:
    seen = Watching()
    seen.feed(message)
    assert seen.rows == {}
