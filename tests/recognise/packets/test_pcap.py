"""The reader of classic pcap."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.recognise.packets.batch import WINDOW, Account, Batch
from auditor.recognise.packets.capture import batches
from tests.recognise.packets.build import pcap

FRAMES = [bytes([n]) * (60 + n) for n in range(5)]
START = 1_795_305_600 * 10**9


def read(data: bytes) -> tuple[list[Batch], Account]:
    account = Account("x.pcap")
    return list(batches(data, account)), account


def frames(found: list[Batch]) -> list[bytes]:
    return [batch.data[start:end] for batch in found for start, end, _, _ in batch.records]


def times(found: list[Batch]) -> list[int]:
    return [time for batch in found for *_, time in batch.records]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("magic", [0xA1B2C3D4, 0xA1B23C4D])
def test_both_byte_orders_and_both_resolutions_give_the_same_packets(order: str, magic: int) -> None:
    found, account = read(pcap(FRAMES, order=order, magic=magic))
    assert frames(found) == FRAMES
    assert times(found) == [START + n * 10**6 for n in range(5)]
    assert not account.problems


def test_the_variant_with_the_longer_record_header_is_read() -> None:
    data = struct.pack("<IHHiIII", 0xA1B2CD34, 2, 4, 0, 0, 65535, 1)
    data += struct.pack("<IIII", 1, 2, 60, 60) + bytes(8) + bytes(60)
    found, _ = read(data)
    assert frames(found) == [bytes(60)]


def test_the_link_type_is_the_lower_half_of_its_field() -> None:
    found, _ = read(pcap(FRAMES, link=0x24000001))
    assert found[0].link == 1


def test_an_empty_capture_has_no_packets_and_no_problem() -> None:
    assert read(pcap([])) == ([], Account("x.pcap"))


@pytest.mark.parametrize("length", [4, 23])
def test_a_cut_file_header_is_an_error(length: int) -> None:
    with pytest.raises(ValueError, match=r"^x\.pcap: the header is cut"):
        read(pcap([])[:length])


def test_packets_of_no_bytes_are_packets() -> None:
    found, account = read(pcap([b"", b"a", b""]))
    assert frames(found) == [b"", b"a", b""]
    assert not account.problems


def test_a_cut_last_packet_is_named_with_its_place() -> None:
    data = pcap(FRAMES)
    found, account = read(data[:-1])
    assert frames(found) == FRAMES[:-1]
    assert account.truncated
    assert account.problems[0].offset == len(data) - 64 - 16
    assert "the last packet is cut: 79 bytes" in account.problems[0].what


def test_packets_of_which_only_the_beginning_was_captured_are_counted() -> None:
    found, account = read(pcap(FRAMES, cut=61))
    assert account.cut == 3
    assert [record[2] for record in found[0].records] == [60, 61, 62, 63, 64]


def test_a_length_that_cannot_be_believed_ends_the_reading_with_its_place() -> None:
    data = pcap(FRAMES[:1]) + struct.pack("<IIII", 1, 0, 0x7FFFFFFF, 0x7FFFFFFF) + bytes(100)
    found, account = read(data)
    assert frames(found) == FRAMES[:1]
    assert account.truncated
    assert (account.problems[0].where, account.problems[0].offset) == ("x.pcap", 24 + 16 + 60)


class Sparse:
    """Ten gigabytes of which only the head was ever written."""

    def __init__(self, head: bytes, size: int = 10 * 10**9) -> None:
        self.head, self.size, self.asked = head, size, 0

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(self.size)
        self.asked += stop - start
        return self.head[start:stop].ljust(stop - start, b"\0")


def test_ten_gigabytes_of_hole_are_not_walked_through() -> None:
    buffer = Sparse(pcap(FRAMES))
    account = Account("x")
    found = list(batches(buffer, account))
    assert frames(found) == FRAMES
    assert "zeros" in account.problems[0].what
    assert account.problems[0].offset == len(buffer.head)
    assert buffer.asked < 4 * WINDOW


def test_a_file_that_gets_shorter_meanwhile_ends_the_reading() -> None:
    data = pcap(FRAMES)

    class Shrinking:
        def __len__(self) -> int:
            return len(data) + 1000

        def __getitem__(self, part: slice) -> bytes:
            return data[part]

    account = Account("x")
    assert frames(list(batches(Shrinking(), account))) == FRAMES
    assert account.truncated


def test_packets_across_windows_are_whole() -> None:
    many = [bytes([n % 251]) * 50_000 for n in range(40)]
    assert frames(read(pcap(many))[0]) == many


@given(st.binary(max_size=400), st.sampled_from(["<", ">"]))
def test_whatever_follows_the_header_ends_and_no_packet_lies_outside(rest: bytes, order: str) -> None:
    data = pcap([], order=order) + rest
    found, _ = read(data)
    assert all(0 <= start <= end <= len(batch.data) for batch in found for start, end, _, _ in batch.records)
