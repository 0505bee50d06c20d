"""IP: headers, fragments, packets inside packets."""

import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.recognise.packets.ip import MOST_DEPTH, Segment, segments
from tests.recognise.packets.build import HOST, HOST6, SERVER, SERVER6, ethernet, ip4, ip6, packed, udp

DATAGRAM = udp(1000, 2000, b"content")
MORE = 0x2000


def all_of(packet: bytes) -> list[Segment]:
    return list(segments(packet, 0, len(packet)))


def content(packet: bytes) -> bytes:
    last = all_of(packet)[-1]
    return packet[last.start : last.end]


def test_version_4() -> None:
    (segment,) = all_of(ip4(HOST, SERVER, 17, DATAGRAM))
    assert segment == Segment(17, packed(HOST) + packed(SERVER), 20, 20 + len(DATAGRAM), -1, False)


def test_options_are_passed_over() -> None:
    assert content(ip4(HOST, SERVER, 17, DATAGRAM, options=b"\1\1\1\0")) == DATAGRAM


def test_padding_behind_the_packet_does_not_belong_to_it() -> None:
    assert content(ip4(HOST, SERVER, 17, DATAGRAM) + b"padding") == DATAGRAM


def test_length_0_of_offloading_cards_reaches_to_the_end() -> None:
    packet = ip4(HOST, SERVER, 17, DATAGRAM)
    assert content(packet[:2] + b"\0\0" + packet[4:]) == DATAGRAM


def extension(kind: int, after: int) -> bytes:
    """One extension header of 16 bytes (44: of 8); ``after`` is what follows."""
    if kind == 44:
        return struct.pack("!BBHI", after, 0, 0, 5)
    return bytes([after, 2 if kind == 51 else 1]).ljust(16, b"\0")


@pytest.mark.parametrize("chain", [(), (0,), (60, 43), (0, 43, 44, 51, 60), (135, 139, 140)])
def test_version_6_with_any_chain_of_extension_headers(chain: tuple[int, ...]) -> None:
    kinds = (*chain, 17)
    body = b"".join(extension(kind, after) for kind, after in itertools.pairwise(kinds))
    packet = ip6(HOST6, SERVER6, kinds[0], body + DATAGRAM)
    assert content(packet) == DATAGRAM
    assert all_of(packet)[0].proto == 17


def test_a_chain_without_end_is_given_up() -> None:
    packet = ip6(HOST6, SERVER6, 0, extension(0, 0) * 40)
    assert all_of(packet)[0].proto == 0


def test_a_cut_extension_header_leaves_the_addresses() -> None:
    (segment,) = all_of(ip6(HOST6, SERVER6, 60, b"\x11"))
    assert segment.addresses == packed(HOST6) + packed(SERVER6)
    assert segment.later
    assert segment.start == segment.end


@pytest.mark.parametrize(("fragment", "later"), [(MORE, False), (MORE | 100, True), (100, True)])
def test_fragments_of_version_4(fragment: int, later: bool) -> None:
    (segment,) = all_of(ip4(HOST, SERVER, 17, DATAGRAM, ident=77, fragment=fragment))
    assert (segment.ident, segment.later) == (77, later)


@pytest.mark.parametrize(("fragment", "later"), [(1, False), (801, True), (800, True)])
def test_fragments_of_version_6(fragment: int, later: bool) -> None:
    (segment,) = all_of(ip6(HOST6, SERVER6, 44, struct.pack("!BBHI", 17, 0, fragment, 77) + DATAGRAM))
    assert (segment.proto, segment.ident, segment.later) == (17, 77, later)


INNER = ip4("10.0.0.1", "10.0.0.2", 17, DATAGRAM)
INNER6 = ip6("fd00::1", "fd00::2", 17, DATAGRAM)


@pytest.mark.parametrize(
    ("packet", "inner"),
    [
        (ip4(HOST, SERVER, 4, INNER), INNER),
        (ip4(HOST, SERVER, 41, INNER6), INNER6),
        (ip6(HOST6, SERVER6, 4, INNER), INNER),
        (ip6(HOST6, SERVER6, 41, INNER6), INNER6),
        (ip4(HOST, SERVER, 47, b"\0\0\x08\0" + INNER), INNER),
        (ip4(HOST, SERVER, 47, b"\xb0\0\x86\xdd" + b"sum_key_seq_" + INNER6), INNER6),
        (ip4(HOST, SERVER, 47, b"\x20\0\x65\x58key_" + ethernet(INNER)), INNER),
    ],
)
def test_a_tunnel_gives_its_own_packet_and_the_one_inside(packet: bytes, inner: bytes) -> None:
    outer, inside = all_of(packet)
    assert outer.addresses in (packed(HOST) + packed(SERVER), packed(HOST6) + packed(SERVER6))
    assert packet[inside.start : inside.end] == DATAGRAM
    assert inside.addresses == all_of(inner)[0].addresses


def test_tunnels_in_tunnels_are_followed_to_a_limit() -> None:
    packet = DATAGRAM
    for _ in range(20):
        packet = ip4(HOST, SERVER, 4, packet)
    assert len(all_of(packet)) == MOST_DEPTH


def test_other_kinds_of_gre_are_not_looked_into() -> None:
    assert len(all_of(ip4(HOST, SERVER, 47, b"\0\1\x88\x0b" + INNER))) == 1


@pytest.mark.parametrize("packet", [b"", b"\x45" * 19, b"\x44" + bytes(40), b"\x60" + bytes(38), b"\x50" + bytes(60)])
def test_what_makes_no_sense_gives_nothing(packet: bytes) -> None:
    assert all_of(packet) == []


@given(st.sampled_from([b"\x45", b"\x46", b"\x60"]), st.binary(max_size=200))
def test_every_packet_gives_segments_inside_itself(first: bytes, rest: bytes) -> None:
    packet = first + rest
    for segment in all_of(packet):
        assert 0 <= segment.start <= segment.end <= len(packet)
        assert len(segment.addresses) in (8, 32)
