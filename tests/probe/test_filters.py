"""The kernel hands over headers, and of the bytes behind them only those that name a conversation."""

import socket
import struct

import pytest

from auditor.probe import filters


def run(program, packet, interface=2, kind=4, protocol=0x0800):
    """An interpreter of classic BPF as linux/filter.h describes it; gives the bytes that are kept."""
    steps = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    beside = {0xFFFFF000: protocol, 0xFFFFF004: kind, 0xFFFFF008: interface}
    a = x = at = 0
    memory: dict[int, int] = {}

    def load(offset, size):
        if offset in beside:
            return beside[offset]
        if offset + size > len(packet):
            raise IndexError
        return int.from_bytes(packet[offset : offset + size], "big")

    while True:
        code, yes, no, value = steps[at]
        at += 1
        try:
            if code in (0x20, 0x28, 0x30):
                a = load(value, {0x20: 4, 0x28: 2, 0x30: 1}[code])
            elif code in (0x40, 0x48, 0x50):
                a = load(value + x, {0x40: 4, 0x48: 2, 0x50: 1}[code])
            elif code == 0xB1:
                x = (load(value, 1) & 15) * 4
            elif code in (0x15, 0x35, 0x45):
                taken = {0x15: a == value, 0x35: a >= value, 0x45: bool(a & value)}[code]
                at += yes if taken else no
            elif code == 0x05:
                at += value
            elif code == 0x06:
                return value
            elif code == 0x02:
                memory[value] = a
            else:
                a, x = {
                    0x00: (value, x), 0x01: (a, value), 0x54: (a & value, x), 0x74: (a >> value, x),
                    0x64: (a << (value & 31), x), 0x0C: (a + x, x), 0x07: (a, a), 0x60: (memory.get(value, 0), x),
                    0x80: (len(packet), x),
                }[code]  # fmt: skip
        except IndexError:
            return 0


def ip4(proto, inner, piece=0, options=b""):
    head = (0x45 + len(options) // 4, 0, 20 + len(options) + len(inner), 0, piece, 64, proto, 0)
    return struct.pack(">BBHHHBBH", *head) + bytes(4) + bytes(4) + options + inner


def ip6(proto, inner):
    return struct.pack(">IHBB", 6 << 28, len(inner), proto, 64) + bytes(32) + inner


def tcp(payload=b"", flags=0x18, port=443, options=b""):
    head = struct.pack(">HHIIBBHHH", 40_000, port, 1, 1, (5 + len(options) // 4) << 4, flags, 0, 0, 0)
    return head + options + payload


def udp(payload=b"", port=443):
    return struct.pack(">HHHH", 40_000, port, 8 + len(payload), 0) + payload


HELLO = b"\x16\x03\x01\x02\x00\x01" + bytes(500)
INITIAL = b"\xc3" + bytes(1_250)


@pytest.mark.parametrize(
    "packet",
    [
        ip4(6, tcp(flags=2)),
        ip4(6, tcp(flags=0x12)),
        ip4(6, tcp(HELLO)),
        ip4(6, tcp(HELLO, port=5432)),
        ip4(6, tcp(HELLO, options=bytes(12)), options=bytes(8)),
        ip4(6, tcp(b"POST /v1/chat HTTP/1.1\r\n")),
        ip4(6, tcp(b"\0\x1d", port=53)),
        ip4(17, udp(b"question", port=53)),
        ip4(17, udp(INITIAL)),
    ],
)
def test_what_names_a_conversation_is_kept(packet):
    assert run(filters.openings(), packet) == filters.OPENING


def test_the_same_is_kept_of_ipv6():
    kept = [run(filters.openings(), ip6(*inner), protocol=0x86DD) for inner in ((6, tcp(HELLO)), (17, udp(b"?", 53)))]

    assert kept == [filters.OPENING, filters.OPENING]


@pytest.mark.parametrize(
    "packet",
    [
        ip4(6, tcp()),
        ip4(6, tcp(b"a prompt of an employee")),
        ip4(6, tcp(b"\x17\x03\x03\x01\x00" + bytes(256))),
        ip4(6, tcp(b"\x16\x03\x03\x00\x5a\x02" + bytes(90))),
        ip4(17, udp(b"a voice")),
        ip4(17, udp(b"\x43" + bytes(1_250))),
        ip4(6, tcp(HELLO), piece=20),
        ip4(1, bytes(64)),
        b"",
        b"\x45",
    ],
)
def test_nothing_else_leaves_the_kernel(packet):
    assert run(filters.openings(), packet) == 0


def test_of_a_counted_packet_only_headers_are_kept():
    assert run(filters.counting(), ip4(6, tcp(HELLO))) == filters.HEADERS
    assert run(filters.counting(), ip6(6, tcp(HELLO)), protocol=0x86DD) == filters.HEADERS


def test_what_is_no_ip_and_what_stays_on_the_loopback_is_not_counted():
    assert run(filters.counting(), bytes(60), protocol=0x0806) == 0
    assert run(filters.counting(), ip4(6, tcp(HELLO)), interface=1) == 0


def test_of_the_loopback_only_look_ups_are_kept_and_once():
    look_up = ip4(17, udp(b"question", port=53))

    assert run(filters.openings(), look_up, interface=1, kind=socket.PACKET_HOST) == filters.OPENING
    assert run(filters.openings(), look_up, interface=1, kind=4) == 0
    assert run(filters.openings(), ip4(6, tcp(HELLO)), interface=1, kind=socket.PACKET_HOST) == 0
