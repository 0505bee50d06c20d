"""Of the beginning of a conversation what names it is kept, and nothing that a person said."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.probe import limits
from auditor.probe.openings import Openings, request
from auditor.probe.ring import DATA, Block
from tests.probe.test_filters import HELLO, ip4, tcp, udp


def block(*packets):
    """Packets as the kernel lays them out."""
    data = bytearray(48)
    for place, packet in enumerate(packets):
        size = DATA + len(packet)
        step = 0 if place == len(packets) - 1 else size
        head = struct.pack("=5I", step, 1_700_000_000 + place, 5, len(packet), len(packet))
        beside = struct.pack("=iHBB", 2, 1, 4, 0)
        data += (head.ljust(52, b"\0") + beside).ljust(DATA, b"\0") + packet
    return Block(bytes(data) + bytes(128), 48, len(packets))


def kept(*packets):
    openings = Openings()
    openings.add(block(*packets))
    data, found = openings.take(), []
    while data:
        _, _, held, _ = struct.unpack_from("<IIII", data)
        found.append(data[16 : 16 + held])
        data = data[16 + held :]
    return found


def test_a_syn_is_kept_without_what_it_may_carry():
    assert kept(ip4(6, tcp(b"early data", flags=2))) == [ip4(6, tcp(b"early data", flags=2))[:40]]


def test_who_began_is_known():
    openings = Openings()
    openings.add(block(ip4(6, tcp(flags=2)), ip4(6, tcp(flags=0x12, port=80))))

    assert openings.openers == {b"\x06" + bytes(8) + struct.pack(">HH", 40_000, 443)}


def test_a_client_hello_is_kept_as_it_is():
    assert kept(ip4(6, tcp(HELLO))) == [ip4(6, tcp(HELLO))]


def test_repetitions_are_not_kept_but_every_look_up_is():
    assert len(kept(*[ip4(6, tcp(HELLO))] * 10)) == 4
    assert len(kept(*[ip4(17, udp(b"question", port=53))] * 10)) == 10


@pytest.mark.parametrize(
    ("head", "left"),
    [
        (
            b"POST /v1/chat?user=anna HTTP/1.1\r\nAuthorization: Bearer s3cret\r\nHost: api.example:8080\r\n\r\nprompt",
            b"POST / HTTP/1.1\r\nHost: api.example:8080\r\n\r\n",
        ),
        (
            b"GET http://anna:s3cret@www.example/a/b HTTP/1.1\r\nCookie: c\r\n\r\n",
            b"GET http://www.example HTTP/1.1\r\n\r\n",
        ),
        (b"CONNECT api.example:443 HTTP/1.1\r\n\r\n", b"CONNECT api.example:443 HTTP/1.1\r\n\r\n"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nheaders", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        (b"GETTING something else", b""),
    ],
)
def test_of_a_clear_request_method_and_host_are_left(head, left):
    assert request(head) == left


@given(st.binary(max_size=300), st.text(alphabet="abcdefgh", min_size=8, max_size=12))
def test_no_credential_of_a_request_is_ever_kept(noise, secret):
    head = b"GET /" + noise + b" HTTP/1.1\r\nAuthorization: " + secret.encode() + b"\r\n\r\n"

    assert secret.encode() not in request(head) or secret.encode() in noise


def test_beyond_the_bound_nothing_is_kept_and_that_is_counted():
    openings = Openings(most=600)
    openings.add(block(*[ip4(17, udp(bytes(200), port=53))] * 5))

    assert openings.over == 3
    assert len(openings.take()) == 2 * (16 + 228)


@given(st.lists(st.binary(max_size=120), max_size=8))
def test_any_packets_are_taken(packets):
    if packets:
        openings = Openings()
        openings.add(block(*packets))
        assert len(openings.take()) <= limits.OPENINGS
