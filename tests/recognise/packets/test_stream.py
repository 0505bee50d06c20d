"""The first bytes of a TCP direction."""

from hypothesis import given
from hypothesis import strategies as st

from auditor.recognise.packets.stream import MOST_HELD, MOST_PIECES, Stream


def test_segments_in_order() -> None:
    stream = Stream(100)
    assert stream.add(100, b"abc")
    assert stream.add(103, b"def")
    assert stream.data == b"abcdef"


def test_a_gap_waits() -> None:
    stream = Stream(100)
    assert not stream.add(103, b"def")
    assert stream.data == b""
    assert stream.add(100, b"abc")
    assert stream.data == b"abcdef"


def test_of_bytes_sent_twice_the_first_count() -> None:
    stream = Stream(0)
    stream.add(0, b"abc")
    assert not stream.add(0, b"XYZ")
    assert stream.add(1, b"YZd")
    assert stream.data == b"abcd"


def test_a_longer_copy_of_what_waits_adds_its_end() -> None:
    stream = Stream(0)
    stream.add(1, b"b")
    stream.add(1, b"Xcd")
    stream.add(0, b"a")
    assert stream.data == b"abcd"


def test_numbers_wrap() -> None:
    stream = Stream(0xFFFFFFFE)
    stream.add(0xFFFFFFFE, b"ab")
    stream.add(0, b"cd")
    assert stream.data == b"abcd"


def test_far_ahead_and_from_before_are_passed_over() -> None:
    stream = Stream(1000)
    assert not stream.add(1000 + MOST_HELD + 1, b"x")
    assert not stream.add(999, b"x")
    assert not stream.spent


def test_bytes_that_were_taken_are_gone_and_what_waits_stays_in_place() -> None:
    stream = Stream(0)
    stream.add(0, b"abcd")
    stream.add(6, b"gh")
    stream.take(3)
    assert stream.data == b"d"
    stream.add(4, b"ef")
    assert stream.data == b"defgh"


def test_too_much_is_told() -> None:
    stream = Stream(0)
    stream.add(0, b"x" * MOST_HELD)
    assert stream.spent
    gaps = Stream(0)
    for n in range(MOST_PIECES):
        gaps.add(10 + 2 * n, b"x")
    assert gaps.spent


@given(st.binary(min_size=1, max_size=60), st.data())
def test_any_order_and_any_overlap_gives_the_same_bytes(sent: bytes, data: st.DataObject) -> None:
    ends = data.draw(st.lists(st.tuples(st.integers(0, len(sent)), st.integers(0, len(sent))), max_size=12))
    pieces = [(min(pair), sent[min(pair) : max(pair)]) for pair in ends] + [
        (n, sent[n : n + 1]) for n in range(len(sent))
    ]
    first = data.draw(st.integers(0, 0xFFFFFFFF))
    stream = Stream(first)
    for offset, piece in data.draw(st.permutations(pieces)):
        if piece:
            stream.add(first + offset & 0xFFFFFFFF, piece)
    assert stream.data == sent or stream.spent
