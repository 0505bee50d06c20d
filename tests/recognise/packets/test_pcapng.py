"""The reader of pcapng."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.recognise.packets.batch import MOST_PROBLEMS, WINDOW, Account
from auditor.recognise.packets.capture import batches
from tests.recognise.packets.build import block, interface, option, packet, section
from tests.recognise.packets.test_pcap import Sparse, frames, read, times

FRAME = b"f" * 61


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_are_read(order: str) -> None:
    found, account = read(section(order) + interface(order=order) + packet(FRAME, 5_000_007, order=order))
    assert frames(found) == [FRAME]
    assert times(found) == [5_000_007_000]
    assert not account.problems


@pytest.mark.parametrize(
    ("resolution", "units", "nanoseconds"),
    [
        (b"\x06", 3, 3000),
        (b"\x09", 3, 3),
        (b"\x03", 3, 3_000_000),
        (b"\x00", 3, 3_000_000_000),
        (b"\x0c", 3_000_000, 3_000),
        (b"\x8a", 1024, 1_000_000_000),
        (b"\x7f", 3, 0),
    ],
)
def test_the_clock_of_an_interface_counts_in_its_own_units(resolution: bytes, units: int, nanoseconds: int) -> None:
    found, _ = read(section() + interface(options=option(9, resolution)) + packet(FRAME, units))
    assert times(found) == [nanoseconds]


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_clock_of_an_interface_may_have_an_offset(order: str) -> None:
    options = option(14, struct.pack(f"{order}q", 100), order)
    found, _ = read(section(order) + interface(order=order, options=options) + packet(FRAME, 7, order=order))
    assert times(found) == [100_000_007_000]


def test_interfaces_of_different_link_types_give_batches_of_their_own() -> None:
    data = section() + interface(1) + interface(101) + packet(FRAME) + packet(FRAME, number=1) + packet(FRAME)
    assert [batch.link for batch in read(data)[0]] == [1, 101, 1]


def test_a_new_section_forgets_the_interfaces() -> None:
    data = section() + interface(1) + packet(FRAME) + section(">") + interface(101, ">") + packet(FRAME, order=">")
    assert [batch.link for batch in read(data)[0]] == [1, 101]


def test_packets_of_an_interface_that_is_missing_are_named_once() -> None:
    data = section() + interface() + packet(FRAME, number=3) + packet(FRAME, number=3) + packet(b"seen")
    found, account = read(data)
    assert frames(found) == [b"seen"]
    assert [problem.offset for problem in account.problems] == [len(section() + interface())]
    assert "interface 3" in account.problems[0].what


def test_no_interface_at_all_is_a_problem_and_no_error() -> None:
    found, account = read(section() + packet(FRAME) + block(3, struct.pack("<I", 61) + FRAME))
    assert found == []
    assert "interface 0" in account.problems[0].what


def test_simple_and_obsolete_packets_are_read() -> None:
    old = block(2, struct.pack("<HHIIII", 0, 0, 0, 9, len(FRAME), len(FRAME)) + FRAME)
    data = section() + interface() + block(3, struct.pack("<I", len(FRAME)) + FRAME) + old
    found, _ = read(data)
    assert frames(found) == [FRAME, FRAME]
    assert times(found) == [0, 9000]


def test_a_simple_packet_is_cut_at_the_length_of_its_interface() -> None:
    data = section() + interface(snap=10) + block(3, struct.pack("<I", 61) + FRAME[:10])
    found, account = read(data)
    assert frames(found) == [FRAME[:10]]
    assert account.cut == 1


def test_losses_that_interfaces_tell_are_added_up_and_the_last_word_counts() -> None:
    def statistics(number: int, lost: int) -> bytes:
        return block(5, struct.pack("<III", number, 0, 0) + option(5, struct.pack("<Q", lost)))

    data = section() + interface() + interface() + statistics(0, 5) + statistics(0, 9) + statistics(1, 2)
    account = read(data)[1]
    assert account.dropped == 11
    assert account.loss_known


def test_names_secrets_and_unknown_blocks_are_passed_over() -> None:
    data = section() + interface() + block(4, b"names") + block(10, b"secrets") + block(0x99, b"?") + packet(FRAME)
    assert frames(read(data)[0]) == [FRAME]


def test_a_block_longer_than_a_window_is_passed_over() -> None:
    data = section() + interface() + packet(b"one") + block(4, bytes(WINDOW + 5)) + packet(b"two")
    found, account = read(data)
    assert frames(found) == [b"one", b"two"]
    assert not account.problems


def test_a_packet_longer_than_can_be_believed_is_named() -> None:
    head = section() + interface() + packet(b"one")
    account = read(head + packet(bytes(WINDOW)) + packet(b"two"))[1]
    assert account.problems[0].offset == len(head)


def test_a_length_beyond_the_block_is_named_and_the_block_is_the_limit() -> None:
    body = struct.pack("<IIIII", 0, 0, 0, 5000, 5000) + FRAME
    found, account = read(section() + interface() + block(6, body) + packet(b"next"))
    assert frames(found) == [FRAME + b"\0\0\0", b"next"]
    assert "5,000" in account.problems[0].what


def test_a_packet_block_too_short_for_its_fields_is_named() -> None:
    found, account = read(section() + interface() + block(6, b"\0" * 8) + packet(b"next"))
    assert frames(found) == [b"next"]
    assert "too short" in account.problems[0].what


@pytest.mark.parametrize("length", [0, 4, 11, 13, 0x7FFFFFF1])
def test_a_length_that_no_block_can_have_ends_the_reading_with_its_place(length: int) -> None:
    head = section() + interface() + packet(FRAME)
    found, account = read(head + struct.pack("<III", 5, length, 0) + bytes(20))
    assert frames(found) == [FRAME]
    assert account.truncated
    assert account.problems[0].offset == len(head)


def test_a_cut_last_block_is_named() -> None:
    data = section() + interface() + packet(FRAME)
    found, account = read(data + packet(FRAME)[:-1])
    assert frames(found) == [FRAME]
    assert account.truncated
    assert account.problems[0].offset == len(data)


@pytest.mark.parametrize("length", [4, 8, 11])
def test_a_cut_first_block_is_an_error(length: int) -> None:
    with pytest.raises(ValueError, match="the first block is cut"):
        read(section()[:length])


def test_ten_gigabytes_of_hole_are_not_walked_through() -> None:
    buffer = Sparse(section() + interface() + packet(FRAME))
    account = Account("x")
    assert frames(list(batches(buffer, account))) == [FRAME]
    assert "zeros" in account.problems[0].what
    assert buffer.asked < 4 * WINDOW


def test_a_hole_inside_a_believable_block_is_not_walked_through_either() -> None:
    buffer = Sparse(section() + struct.pack("<II", 4, 0x7FFFFFF0))
    account = Account("x")
    assert list(batches(buffer, account)) == []
    assert account.truncated
    assert buffer.asked < 4 * WINDOW


def test_a_file_that_gets_shorter_meanwhile_ends_the_reading() -> None:
    data = section() + interface() + packet(FRAME)

    class Shrinking:
        def __len__(self) -> int:
            return len(data) + 10**9

        def __getitem__(self, part: slice) -> bytes:
            return data[part]

    account = Account("x")
    assert list(batches(Shrinking(), account)) == []
    assert "shorter" in account.problems[0].what


def test_problems_are_listed_up_to_a_limit_and_counted_beyond() -> None:
    account = read(section() + interface() + block(6, b"\0" * 8) * (MOST_PROBLEMS + 7))[1]
    assert len(account.problems) == MOST_PROBLEMS
    assert account.unlisted == 7


BLOCKS = st.one_of(
    st.binary(max_size=64),
    st.builds(block, st.sampled_from([1, 2, 3, 5, 6, 7]), st.binary(max_size=64)),
    st.builds(packet, st.binary(max_size=64), st.integers(0, 2**64 - 1), st.integers(0, 3)),
    st.just(interface()),
    st.just(section(">")),
)


@given(st.lists(BLOCKS, max_size=8))
def test_whatever_follows_a_section_ends_and_no_packet_lies_outside(blocks: list[bytes]) -> None:
    found, _ = read(section() + b"".join(blocks))
    assert all(0 <= start <= end <= len(batch.data) for batch in found for start, end, _, _ in batch.records)
