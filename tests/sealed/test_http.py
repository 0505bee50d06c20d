"""Servers that take whatever is sent to them."""

import h2.config
import h2.connection
from hypothesis import given
from hypothesis import strategies as st

from auditor.sealed.http import PREFACE, One, Request, Two


def feed(machine: One | Two, data: bytes, step: int) -> bytes:
    return b"".join(machine.feed(data[at : at + step]) for at in range(0, len(data), step))


POST = b"POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"


@given(st.integers(1, 80))
def test_requests_are_read_however_they_are_cut(step: int) -> None:
    machine = One()
    answer = feed(machine, POST + CHUNKED + b"HEAD / HTTP/1.1\r\n\r\n", step)
    assert [(request.line, request.body) for request in machine.done] == [
        (b"POST /a?b HTTP/1.1", b"hello"),
        (b"PUT /c HTTP/1.1", b"abcde"),
        (b"HEAD / HTTP/1.1", b""),
    ]
    assert answer.count(b"200 OK") == 3
    assert machine.pending == ()


def test_a_client_that_waits_is_told_to_go_on() -> None:
    machine = One()
    assert machine.feed(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n").startswith(
        b"HTTP/1.1 100"
    )
    assert b"200 OK" in machine.feed(b"ab")


def test_what_did_not_end_is_kept() -> None:
    machine = One()
    machine.feed(POST[:-2])
    assert machine.pending == (Request(b"POST /a?b HTTP/1.1", b"Host: x\r\nContent-Length: 5\r\n\r\n", b"hel"),)


def test_frames_of_a_websocket_are_unmasked() -> None:
    machine = One()
    answer = machine.feed(
        b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer
    key = b"\x01\x02\x03\x04"
    masked = bytes(byte ^ key[at % 4] for at, byte in enumerate(b"the secret"))
    assert feed(machine, b"\x81\x8a" + key + masked, 3) == b""
    assert machine.pending[-1].body == b"the secret"


def test_a_name_is_looked_up_over_https() -> None:
    machine = One(lambda message: message[::-1])
    head = b"POST /dns-query HTTP/1.1\r\nContent-Type: application/dns-message\r\nContent-Length: 3\r\n\r\n"
    assert machine.feed(head + b"abc").endswith(b"\r\n\r\ncba")


@given(st.binary(max_size=300))
def test_whatever_comes_nothing_breaks(data: bytes) -> None:
    for machine, first in ((One(), b"POST / HTTP/1.1\r\n"), (Two(), PREFACE)):
        machine.feed(first + data)
        assert machine.pending is not None


@given(st.integers(1, 400))
def test_http_2_is_read_however_it_is_cut(step: int) -> None:
    client = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    client.initiate_connection()
    fields = [(":method", "POST"), (":path", "/p"), (":authority", "x"), (":scheme", "https")]
    client.send_headers(1, [*fields, ("x-key", "value")])
    client.send_data(1, b"body" * 1000, end_stream=True)
    client.send_headers(3, [*fields, ("content-type", "application/grpc")])
    client.send_data(3, b"rpc", end_stream=True)
    machine = Two()
    answer = feed(machine, client.data_to_send(), step)
    first, second = machine.done
    assert (first.line, first.body) == (b"POST /p HTTP/2", b"body" * 1000)
    assert b"x-key: value" in first.head
    assert second.body == b"rpc"
    client.receive_data(answer)
