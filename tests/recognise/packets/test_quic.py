"""QUIC: the first packets of a client."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.recognise.packets import quic, tls
from tests.recognise.packets import build
from tests.recognise.packets.build import V1_SALT, V2_SALT, crypto, initial, server_name

MESSAGE = build.client_hello([server_name(b"quic.example"), (16, b"\0\3\2h3")])
ID = bytes.fromhex("8394c8f03e515708")


def name(*datagrams: bytes) -> str:
    """The name in the ClientHello that the datagrams bring; empty where they bring none."""
    opening = quic.Opening()
    for datagram in datagrams:
        message = opening.feed(datagram)
        if message:
            found = tls.client_hello(message)
            assert found is not None
            return found.name
    return ""


def test_the_keys_of_the_standards_own_examples() -> None:
    assert [part.hex() for part in quic.client_keys(quic.V1, ID)] == [
        "1f369613dd76d5467730efcbe3b1a22d",
        "fa044b2f42a3fd3b46fb255c",
        "9f50449e04a0e810283a1e9933adedd2",
    ]
    assert [part.hex() for part in quic.client_keys(quic.V2, ID)] == [
        "8b1a0bc121284290a29e0971b5cd045d",
        "91f73e2351d8fa91660e909f",
        "45b95e15235d6f45a6b19cbcb0294ba9",
    ]


@pytest.mark.parametrize(
    ("version", "salt", "kind", "label"),
    [
        (quic.V1, V1_SALT, 0, b"quic "),
        (quic.V2, V2_SALT, 1, b"quicv2 "),
        (0xFF000017, "c3eef712c72ebb5a11a7d2432bb46365bef9f502", 0, b"quic "),
        (0xFF00001D, "afbfec289993d24c9e9786f19c6111e04390a899", 0, b"quic "),
        (0xFACEB002, "c3eef712c72ebb5a11a7d2432bb46365bef9f502", 0, b"quic "),
        (0xFF000022, V1_SALT, 0, b"quic "),
    ],
)
def test_every_version_that_was_deployed(version: int, salt: str, kind: int, label: bytes) -> None:
    assert name(initial(crypto(0, MESSAGE), salt, version, kind, label=label)) == "quic.example"


def test_pieces_in_any_order_with_other_frames_between() -> None:
    ack = b"\x02\x05\x00\x00\x05"
    frames = b"\x01" + crypto(30, MESSAGE[30:]) + bytes(9) + ack + crypto(0, MESSAGE[:30])
    assert name(initial(frames, V1_SALT)) == "quic.example"


def test_pieces_over_several_datagrams() -> None:
    later, first = initial(crypto(30, MESSAGE[30:]), V1_SALT, number=3), initial(crypto(0, MESSAGE[:30]), V1_SALT)
    assert name(later) == ""
    assert name(later, first) == "quic.example"


def test_packets_in_one_datagram() -> None:
    two = initial(crypto(0, MESSAGE[:30]), V1_SALT, size=200) + initial(crypto(30, MESSAGE[30:]), V1_SALT, number=3)
    assert name(two) == "quic.example"
    early = bytes([0xD0]) + initial(b"", V1_SALT, size=60)[1:]
    # 0-RTT has no token, so its second length is that of the packet: rebuilt here by leaving the token out.
    early = early[:15] + early[16:]
    assert name(early + initial(crypto(0, MESSAGE), V1_SALT)) == "quic.example"


def test_a_token_is_passed_over() -> None:
    assert name(initial(crypto(0, MESSAGE), V1_SALT, token=b"t" * 100)) == "quic.example"


def test_a_new_id_after_a_retry_has_new_keys() -> None:
    first = initial(crypto(0, MESSAGE[:30]), V1_SALT)
    again = initial(crypto(0, MESSAGE), V1_SALT, dcid=b"another!", token=b"retry", number=4)
    assert name(first, again) == "quic.example"


def test_a_servers_id_keeps_the_keys_of_the_first() -> None:
    first = initial(crypto(0, MESSAGE[:30]), V1_SALT)
    second = initial(crypto(30, MESSAGE[30:]), V1_SALT, dcid=b"chosen-by-server", key_id=ID, number=4)
    assert name(first, second) == "quic.example"


def test_packets_that_were_tampered_with_are_not_believed() -> None:
    packet = bytearray(initial(crypto(0, MESSAGE), V1_SALT))
    packet[200] ^= 1
    assert name(bytes(packet)) == ""


def test_what_is_no_quic_is_not_tried() -> None:
    assert not quic.may_be(b"\x40" + bytes(100))
    assert not quic.may_be(b"\xc0\x0a\x0a\x0a\x0a" + bytes(100))
    assert not quic.may_be(b"\xc0\0\0\0\1")


def test_packets_that_never_open_are_given_up() -> None:
    opening = quic.Opening()
    garbage = bytearray(initial(crypto(0, MESSAGE), V1_SALT))
    garbage[-1] ^= 1
    for _ in range(quic.MOST_TRIES):
        opening.feed(bytes(garbage))
    assert opening.spent
    assert opening.feed(initial(crypto(0, MESSAGE), V1_SALT)) == b""


def test_a_flood_of_pieces_is_given_up() -> None:
    opening = quic.Opening()
    for number in range(4):
        frames = b"".join(crypto(1000 + 50 * number + 2 * n, b"x") for n in range(40))
        opening.feed(initial(frames, V1_SALT, number=number))
    assert opening.spent


@pytest.mark.parametrize("data", [b"", b"\x40", b"\xc0\1\2"])
def test_cut_numbers_are_refused(data: bytes) -> None:
    with pytest.raises(IndexError):
        quic.varint(data, 0)


@given(st.binary(max_size=120))
def test_any_datagram_is_survived(rest: bytes) -> None:
    for head in (b"\xc0\0\0\0\1", b"\xd0\x6b\x33\x43\xcf", b"\xc0\0\0\0\1\x08" + ID + b"\0\0\x40\x50"):
        assert quic.Opening().feed(head + rest) == b""


@given(st.binary(max_size=200))
def test_any_frames_are_survived(plain: bytes) -> None:
    assert sum(len(piece) for _, piece in quic.crypto_frames(plain)) <= len(plain)
