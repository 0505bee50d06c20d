"""TLS: records, and what a ClientHello says."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.recognise.packets.tls import Hello, client_hello, handshake, text
from tests.recognise.packets import build
from tests.recognise.packets.build import hello, server_name, tls_record

MESSAGE = build.client_hello([server_name(b"stats.example.net"), (16, b"\0\3\2h2")])


def read(message: bytes) -> Hello:
    found = client_hello(message)
    assert found is not None
    return found


def test_a_real_hello_of_openssl() -> None:
    message, more = handshake(hello("Stats.Example.NET", ["h2", "http/1.1"]))
    found = read(message)
    assert (found.name, found.alpn, found.ech, found.whole) == ("stats.example.net", ("h2", "http/1.1"), False, True)
    assert 0x1301 in found.ciphers
    assert 0x0304 in found.versions
    assert not more


def test_a_real_hello_without_name_or_protocols() -> None:
    found = read(handshake(hello(None, []))[0])
    assert (found.name, found.alpn, found.whole) == ("", (), True)


@pytest.mark.parametrize("kind", [0xFE0D, 0xFFCE])
def test_encrypted_hellos_are_noted(kind: int) -> None:
    found = read(build.client_hello([server_name(b"front.example"), (kind, b"\0" * 60)]))
    assert found.ech
    assert found.name == "front.example"


def test_a_hello_over_many_records_is_put_together() -> None:
    stream = b"".join(tls_record(MESSAGE[i : i + 7]) for i in range(0, len(MESSAGE), 7))
    assert handshake(stream) == (MESSAGE, False)


def test_a_record_of_no_bytes_is_passed_over() -> None:
    assert (
        handshake(tls_record(b"") + tls_record(MESSAGE[:9]) + tls_record(b"") + tls_record(MESSAGE[9:]))[0] == MESSAGE
    )


def test_a_record_of_16_384_bytes_is_one_and_of_16_385_is_none() -> None:
    long = build.client_hello([server_name(b"a.example"), (21, bytes(16_400))])
    data, more = handshake(tls_record(long[:16_384]))
    assert (len(data), more) == (16_384, True)
    with pytest.raises(ValueError, match="no TLS record"):
        handshake(tls_record(long[:16_385]))


def test_other_records_before_the_hello_is_whole_end_it() -> None:
    assert handshake(tls_record(MESSAGE[:9]) + tls_record(b"x", kind=21)) == (MESSAGE[:9], False)


@pytest.mark.parametrize("stream", [tls_record(b"x", kind=23), b"\x16\x02\x01\0\1x", b"GET / "])
def test_what_is_no_handshake_is_refused(stream: bytes) -> None:
    with pytest.raises(ValueError, match="no TLS record"):
        handshake(stream)


def test_what_stands_before_a_cut_is_kept() -> None:
    """Captures often hold the first 96 or 256 bytes of each packet."""
    found = read(build.client_hello([server_name(b"stats.example.net"), (51, bytes(1200))])[:256])
    assert (found.name, found.whole) == ("stats.example.net", False)


def test_a_name_that_is_itself_cut_is_none() -> None:
    at = MESSAGE.index(b"stats") + 5
    assert read(MESSAGE[:at]).name == ""


def test_other_messages_are_no_hello() -> None:
    assert client_hello(b"\x02\0\0\x30" + bytes(48)) is None
    assert client_hello(b"\x01\0\0\x10" + bytes(16)) is None


def test_the_first_host_name_counts() -> None:
    entry = b"\x07\0\1x" + b"\0" + struct.pack("!H", 1) + b"a"
    assert read(build.client_hello([(0, struct.pack("!H", len(entry)) + entry), server_name(b"b")])).name == "a"


def test_bytes_that_no_name_has_cannot_reach_a_terminal() -> None:
    assert read(build.client_hello([server_name(b"a\x1b[2J\xff.example")])).name == "a\\x1b[2j\\xff.example"
    assert text(b"\xc3\xa9\n") == "\\xc3\\xa9\\x0a"


@given(st.binary(max_size=300))
def test_any_stream_is_refused_or_read(stream: bytes) -> None:
    for data in (stream, b"\x16\x03\x01" + stream):
        try:
            message, _ = handshake(data)
        except ValueError:
            continue
        assert len(message) <= max(0, len(data) - 5)
        client_hello(message)


@given(st.binary(max_size=300), st.integers(0, 200), st.integers(0, 255))
def test_any_damage_to_a_hello_is_survived(rest: bytes, place: int, value: int) -> None:
    client_hello(b"\x01\0\1\0" + rest)
    place %= len(MESSAGE)
    damaged = client_hello(MESSAGE[:place] + bytes([value]) + MESSAGE[place + 1 :])
    assert damaged is None or damaged.name.isprintable()
