"""Whatever the other side sends becomes events, never an exception."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.collect import stream
from auditor.collect.stream import Lines, Problem, Seen, parse
from auditor.facts.records import HostRecord

NOW = "2026-11-22T12:00:00Z"
RECORD = {"type": "host", "source": "uname", "method": "uname", "time": NOW, "name": "kernel", "value": "6.1"}
LINE = json.dumps({"kind": "record", "collector": "host", "record": RECORD}).encode()


def events(*pieces):
    lines = Lines()
    return [event for piece in pieces for event in lines.feed(piece)] + list(lines.finish())


def test_a_record_is_typed():
    event = parse(LINE)

    assert isinstance(event, Seen)
    assert isinstance(event.record, HostRecord)
    assert event.record.value == "6.1"


@given(st.lists(st.integers(0, len(LINE) * 3 + 3), max_size=8))
def test_it_does_not_matter_how_a_stream_is_cut(cuts):
    whole = (LINE + b"\n") * 3
    places = [0, *sorted(cuts), len(whole)]
    pieces = [whole[a:b] for a, b in pairwise(places)]

    assert events(*pieces) == [parse(LINE)] * 3


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense",
        b"[]",
        b"7",
        b"{}",
        b'{"kind": "unheard of"}',
        b'{"kind": "begin"}',
        b'{"kind": "begin", "collector": "host", "time": "yesterday"}',
        b'{"kind": "record", "collector": "host", "record": {"type": "other"}}',
        b'{"kind": "record", "collector": 7, "record": {}}',
        b'{"kind": "bye", "time": "2026-11-22T12:00:00Z", "cancelled": true, "more": 1}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"kind": ["begin"]}',
        LINE.replace(b'"6.1"', b"9007199254740993"),
        LINE.replace(b'"6.1"', b"9" * 5000),
        LINE.replace(b"6.1", rb"\ud800"),
        LINE.replace(b'"6.1"', b"NaN"),
        LINE.replace(
            b'"host", "source"', b'"footprint", "entry": "e", "path": "/x", "size": "9007199254740993", "source"'
        ),
    ],
)
def test_a_line_of_another_form_is_a_problem_and_the_next_is_read(line):
    first, second = events(line + b"\n" + LINE + b"\n")

    assert isinstance(first, Problem)
    assert first.status == "error"
    assert isinstance(second, Seen)


def test_half_a_line_at_the_end_is_a_problem():
    assert [type(event).__name__ for event in events(LINE + b"\n" + LINE[:20])] == ["Seen", "Problem"]


def test_a_line_without_end_is_dropped_and_the_next_is_read(monkeypatch):
    monkeypatch.setattr(stream, "LINE", 1000)

    first, second = events(b"x" * 700, b"x" * 700, b"x" * 700 + b"\n" + LINE + b"\n")

    assert "longer than 1000 bytes" in first.what
    assert isinstance(second, Seen)


@given(st.lists(st.binary(max_size=100), max_size=10))
def test_no_bytes_raise(pieces):
    for event in events(*pieces):
        assert isinstance(event, Problem)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(
    st.sampled_from(["hello", "begin", "record", "progress", "problem", "end", "bye"]),
    st.dictionaries(st.sampled_from(["collector", "time", "record", "done", "total", "unit", "outcome"]), anything),
)
def test_no_object_raises(kind, fields):
    parse(json.dumps({"kind": kind, **fields}).encode())
