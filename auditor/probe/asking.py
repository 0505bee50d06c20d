"""One plain GET to a server on this machine: bounded in time and size, redirects not followed, nothing secret sent.

What comes back is somebody else's word and may be anything. Times in seconds, sizes in bytes.
"""

import re
import socket
import time
from typing import Dict, List, NamedTuple

from . import limits
from .text import decode

ORIGIN = "http://auditor.invalid"
"""Sent as ``Origin``, so that a server says which web pages may speak to it."""
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: [^\r\n]*)?\r?\n")
_END = re.compile(rb"\r?\n\r?\n")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")


class Reply(NamedTuple):
    """An answer, or (``status`` 0) why there is none in ``fault``."""

    status: int = 0
    headers: Dict[str, str] = {}
    """By name in lower case; of several the first."""
    body: bytes = b""
    cut: bool = False
    """Longer than the bound, or the time was over before it ended."""
    client: str = ""
    """Own address and port, by which the connection can be told from those of others."""
    fault: str = ""


def get(address: str, port: int, path: str, most: int, seconds: float = limits.ANSWER_SECONDS) -> Reply:
    """Ask once; at most ``most`` bytes of the body are taken, and in all no longer than ``seconds`` is waited."""
    end = time.monotonic() + seconds
    shown = f"[{address}]" if ":" in address else address
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {shown}:{port}\r\nUser-Agent: sovereignty-auditor\r\n"
        f"Accept: application/json, text/plain\r\nOrigin: {ORIGIN}\r\nConnection: close\r\n\r\n"
    )
    client = ""
    try:
        with socket.create_connection((address, port), timeout=seconds) as link:
            own = link.getsockname()
            client = f"{own[0]}:{own[1]}"
            link.sendall(request.encode("ascii"))
            return _receive(link, end, most)._replace(client=client)
    except socket.timeout:
        return Reply(client=client, fault=f"no answer within {seconds:g} s")
    except OSError as error:
        return Reply(client=client, fault=error.strerror or str(error))


def _receive(link: socket.socket, end: float, most: int) -> Reply:
    data, open_ = b"", True
    while open_ and len(data) < most + limits.ANSWER_HEAD:
        left = end - time.monotonic()
        if left <= 0:
            break
        link.settimeout(left)
        try:
            part = link.recv(64 * limits.KIB)
        except socket.timeout:
            break
        data += part
        open_ = bool(part)
        if open_ and _whole(data):
            open_ = False
    return parse(data, most, ended=not open_)


def parse(data: bytes, most: int, ended: bool) -> Reply:
    """The answer in these bytes; ``ended`` says whether nothing more was to come."""
    if not data:
        return Reply(fault="the connection was closed without an answer" if ended else "no answer in time")
    status, end = _STATUS.match(data), _END.search(data, 0, limits.ANSWER_HEAD)
    if status is None or end is None:
        return Reply(fault="what came is no answer of HTTP/1; perhaps it speaks TLS")
    headers = _headers(data[: end.start()])
    body, whole = data[end.end() :], ended
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body, whole = _unchunked(body)
    elif headers.get("content-length", "").isdigit():
        length = int(headers["content-length"][:18])
        whole = len(body) >= length
        body = body[:length]
    return Reply(int(status[1]), headers, body[:most], cut=not whole or len(body) > most)


def _headers(head: bytes) -> Dict[str, str]:
    found: Dict[str, str] = {}
    for line in head.split(b"\n")[1:200]:
        name, colon, value = line.partition(b":")
        if colon:
            found.setdefault(decode(name.strip().lower()), decode(value.strip())[: limits.KIB])
    return found


def _unchunked(data: bytes) -> "tuple[bytes, bool]":
    """The content of a chunked body, and whether its last chunk was there."""
    parts: List[bytes] = []
    at = 0
    while True:
        size = _SIZE.match(data, at)
        if size is None:
            return b"".join(parts), False
        length = int(size[1], 16)
        if length == 0:
            return b"".join(parts), True
        parts.append(data[size.end() : size.end() + length])
        at = size.end() + length
        if data[at : at + 2] == b"\r\n":
            at += 2
        elif data[at : at + 1] == b"\n":
            at += 1


def _whole(data: bytes) -> bool:
    """Whether an answer that states its length is all there."""
    end = _END.search(data, 0, limits.ANSWER_HEAD)
    if end is None:
        return False
    length = _headers(data[: end.start()]).get("content-length", "")
    return length.isdigit() and len(data) - end.end() >= int(length[:18])
