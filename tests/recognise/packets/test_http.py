"""HTTP in the clear."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.recognise.packets.http import MOST_HEAD, host_of, may_be, whole


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        (b"GET /v1?q=1 HTTP/1.1\r\nAccept: */*\r\nHOST:  Stats.Example.NET:8080 \r\n\r\n", "stats.example.net"),
        (b"POST / HTTP/1.1\nHost: a.example\n\n", "a.example"),
        (b"CONNECT api.example:443 HTTP/1.1\r\nHost: proxy.example\r\n\r\n", "api.example"),
        (b"GET http://user:pass@api.example:81/x HTTP/1.1\r\nHost: proxy.example\r\n\r\n", "api.example"),
        (b"GET / HTTP/1.1\r\nHost: [2001:db8::7]:80\r\n\r\n", "2001:db8::7"),
        (b"GET / HTTP/1.1\r\nX-Host: no.example\r\n\r\n", ""),
        (b"PROPFIND /dav HTTP/1.1\r\nHost: dav.example\r\n\r\n", "dav.example"),
        (b"GET / HTTP/1.0\r\n\r\n", ""),
        (b"GET / HTTP/1.1\r\nHost: a\x1b[31m\r\n\r\n", "a\\x1b[31m"),
    ],
)
def test_the_host_of_a_request(request_: bytes, name: str) -> None:
    assert host_of(request_) == name


def test_a_request_is_told_from_its_first_bytes() -> None:
    assert may_be(b"P")
    assert may_be(b"CONNECT ")
    assert may_be(b"PROPFIND /x")
    assert may_be(b"PRI * HTTP/2.0")
    assert not may_be(b"\x16\x03\x01")
    assert not may_be(b"GOT / HT")


def test_the_head_ends_with_an_empty_line_or_at_the_limit() -> None:
    assert whole(b"GET / HTTP/1.1\r\n\r\nbody")
    assert not whole(b"GET / HTTP/1.1\r\n")
    assert whole(b"x" * MOST_HEAD)


@given(st.binary(max_size=400))
def test_any_bytes_are_survived(rest: bytes) -> None:
    for head in (b"", b"GET http://", b"CONNECT ", b"GET / HTTP/1.1\r\nHost:"):
        assert host_of(head + rest).isprintable()
