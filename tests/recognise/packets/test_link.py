"""Link layers: where the IP packet begins."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.recognise.packets import link
from tests.recognise.packets.build import HOST, HOST6, SERVER, SERVER6, ethernet, ip4, ip6, udp

FOUR = ip4(HOST, SERVER, 17, udp(1, 2, b"content"))
SIX = ip6(HOST6, SERVER6, 17, udp(1, 2, b"content"))


def found(kind: int, frame: bytes) -> bytes | int:
    """What lies at the place that was found, or the negative answer."""
    at = link.find(kind, b"before" + frame, 6, 6 + len(frame))
    return (b"before" + frame)[at:] if at >= 0 else at


FRAMES = {
    "Ethernet": (1, ethernet(FOUR)),
    "Ethernet, IPv6": (1, ethernet(SIX)),
    "VLAN": (1, ethernet(FOUR, tags=[0x8100])),
    "QinQ": (1, ethernet(SIX, tags=[0x88A8, 0x8100])),
    "802.3 with SNAP": (1, ethernet(b"\xaa\xaa\x03\0\0\0\x08\0" + FOUR, kind=8 + len(FOUR))),
    "MPLS": (1, ethernet(b"\0\1\0\x40\0\2\1\x40" + FOUR, kind=0x8847)),
    "PPPoE": (1, ethernet(b"\x11\0\0\1" + struct.pack("!H", len(FOUR) + 2) + b"\0\x21" + FOUR, kind=0x8864)),
    "Linux cooked v1": (113, struct.pack("!HHH8sH", 0, 1, 6, b"", 0x0800) + FOUR),
    "Linux cooked v1, VLAN": (113, struct.pack("!HHH8sHHH", 0, 1, 6, b"", 0x8100, 5, 0x0800) + FOUR),
    "Linux cooked v2": (276, struct.pack("!HHIHBB8s", 0x86DD, 0, 1, 1, 0, 6, b"") + SIX),
    "PPP": (9, b"\xff\x03\x00\x21" + FOUR),
    "PPP without address": (9, b"\x00\x57" + SIX),
    "PPP, short protocol": (9, b"\x21" + FOUR),
    "PPP in HDLC": (50, b"\xff\x03\x00\x21" + FOUR),
    "Cisco HDLC": (104, b"\x0f\0\x08\0" + FOUR),
    "loopback, little-endian": (0, struct.pack("<I", 2) + FOUR),
    "loopback, big-endian": (0, struct.pack(">I", 30) + SIX),
    "OpenBSD loopback": (108, struct.pack(">I", 24) + SIX),
    "raw": (101, FOUR),
    "raw IPv4": (228, FOUR),
    "raw IPv6": (229, SIX),
}


@pytest.mark.parametrize("name", FRAMES)
def test_the_packet_is_found_behind(name: str) -> None:
    answer = found(*FRAMES[name])
    assert isinstance(answer, bytes)
    assert answer.startswith((FOUR, SIX))


@pytest.mark.parametrize(
    ("kind", "frame"),
    [
        (1, ethernet(b"\0\1", kind=0x0806)),
        (1, ethernet(b"\x42\x42\x03", kind=3)),
        (9, b"\xff\x03\xc0\x21"),
        (0, struct.pack("<I", 7) + b"x" * 20),
        (113, struct.pack("!HHH8sH", 0, 1, 6, b"", 4) + b"x" * 20),
    ],
)
def test_other_protocols_are_no_ip(kind: int, frame: bytes) -> None:
    assert found(kind, frame) == link.NOT_IP


def test_more_tags_than_anyone_uses_are_not_followed() -> None:
    assert found(1, ethernet(FOUR, tags=[0x8100] * 9)) == link.NOT_IP


@pytest.mark.parametrize("length", range(0, 15))
def test_a_frame_that_ends_in_its_header_is_short(length: int) -> None:
    assert found(1, ethernet(FOUR)[:length]) == link.SHORT


def test_a_link_type_that_is_not_known_is_told() -> None:
    assert found(127, FOUR) == link.UNKNOWN


@given(st.sampled_from([*link.NAMES, 127]), st.binary(max_size=80))
def test_every_frame_gets_an_answer_inside_itself(kind: int, frame: bytes) -> None:
    at = link.find(kind, b"\xff" * 9 + frame + b"\xff" * 9, 9, 9 + len(frame))
    assert at in (link.NOT_IP, link.SHORT, link.UNKNOWN) or 9 <= at < 9 + len(frame)
