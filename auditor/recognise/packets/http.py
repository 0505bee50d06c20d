"""Reads the head of an HTTP/1 request in the clear, as far as it names a host (RFC 9110, 9112)."""

import re

from auditor.recognise.packets.tls import host

MOST_HEAD = 8192
METHODS = tuple(
    name + b" "
    for name in (
        b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"TRACE", b"CONNECT",
        # WebDAV (RFC 4918) and its relatives
        b"PROPFIND", b"PROPPATCH", b"MKCOL", b"COPY", b"MOVE", b"LOCK", b"UNLOCK", b"REPORT", b"SEARCH",
    )
)  # fmt: skip
HTTP2 = b"PRI * HTTP/2.0"

_STARTS = (*METHODS, HTTP2)
_TARGET = re.compile(rb"[A-Z]+ (?:[A-Za-z][A-Za-z0-9+.-]{0,20}://(?:[^/@\s]{0,255}@)?)?([^/?#\s]{1,255})")
_HOST = re.compile(rb"\n[Hh][Oo][Ss][Tt]:[ \t]*([^\r\n]{0,300})")
_PORT = re.compile(rb":\d{0,5}$")


def may_be(stream: bytes) -> bool:
    """Whether what is there so far can be the head of a request."""
    return any(stream[: len(method)] == method[: len(stream)] for method in _STARTS)


def whole(stream: bytes) -> bool:
    """Whether the head has come to its end, or to where nobody looks any further."""
    return b"\r\n\r\n" in stream or b"\n\n" in stream or len(stream) >= MOST_HEAD


def host_of(stream: bytes) -> str:
    """The host that the request is for: of its target if that names one (proxies), else of its ``Host`` field."""
    head = stream[:MOST_HEAD]
    line = head.split(b"\n", 1)[0]
    absolute = b"://" in line or line.startswith(b"CONNECT ")
    found = _TARGET.match(line) if absolute else None
    name = found.group(1) if found else b""
    if not name:
        field = _HOST.search(head)
        name = field.group(1).strip() if field else b""
    return host(_without_port(name))


def _without_port(name: bytes) -> bytes:
    if name.startswith(b"["):
        return name[1:].split(b"]", 1)[0]
    return _PORT.sub(b"", name)
