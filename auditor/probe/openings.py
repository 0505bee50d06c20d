"""Keeps of the beginnings of conversations what names them, and nothing else, as the records of a capture.

The records are those of pcap with nanoseconds and raw IP (draft-ietf-opsawg-pcap), without the header of the file.
"""

import re
import struct
from typing import Dict, Set

from . import limits
from .ring import DATA, Block
from .tally import TCP, headers

_HEAD = struct.Struct("=5I")
_RECORD = struct.Struct("<IIII")
_SYN, _ACK = 2, 16
_DNS = b"\0\x35"
_MOST = 4
"""Packets that are kept of one direction."""

_LINE = re.compile(
    rb"(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|CONNECT) (?:([A-Za-z][A-Za-z0-9+.-]{0,20}://)(?:[^/@\s]{0,255}@)?)?([^/?#\s]{0,255})"
)
_HOST = re.compile(rb"\n(host:[ \t]*[^\r\n]{0,300})", re.IGNORECASE)


class Openings:
    """What is kept, bounded in number and size."""

    def __init__(self, most: int = limits.OPENINGS) -> None:
        self._left = most
        self._kept: Dict[bytes, int] = {}
        self._pending = bytearray()
        self.openers: Set[bytes] = set()
        """Keys of the directions that began with a SYN."""
        self.over = 0
        """Packets beyond the bound."""

    def add(self, block: Block) -> None:
        """Take the packets of a block."""
        data, at = block.data, block.first
        for _ in range(block.packets):
            step, seconds, nanoseconds, held, size = _HEAD.unpack_from(data, at)
            start = at + DATA
            self._take(data[start : start + held], seconds, nanoseconds, size)
            at += step

    def _take(self, packet: bytes, seconds: int, nanoseconds: int, size: int) -> None:
        proto, key = headers(packet, 0, len(packet))
        if not key:
            return
        name = bytes((proto,)) + key
        if _DNS not in (key[-4:-2], key[-2:]):
            count = self._kept.get(name, 0)
            if count >= _MOST:
                return
            if len(self._kept) >= 4 * limits.FLOWS:
                self.over += 1
                return
            self._kept[name] = count + 1
        kept = self._least(packet, name) if proto == TCP else packet
        if len(kept) > self._left:
            self.over += 1
            return
        self._left -= len(kept)
        self._pending += _RECORD.pack(seconds, nanoseconds, len(kept), max(size, len(kept))) + kept

    def _least(self, packet: bytes, name: bytes) -> bytes:
        """A TCP packet without what does not name the conversation."""
        start = 40 if packet[0] >> 4 == 6 else (packet[0] & 15) * 4
        if len(packet) < start + 20:
            return packet
        flags, at = packet[start + 13], start + (packet[start + 12] >> 4) * 4
        if flags & _SYN:
            if not flags & _ACK and len(self.openers) < 4 * limits.FLOWS:
                self.openers.add(name)
            return packet[:at]
        head = packet[at : at + 4]
        if head.isupper() or head[:3].isupper():
            return packet[:at] + request(packet[at:])
        return packet

    def take(self) -> bytes:
        """What was kept since the last time."""
        found = bytes(self._pending)
        self._pending.clear()
        return found


def request(head: bytes) -> bytes:
    """Of a clear request the method and the host; path, credentials, cookies and everything else are left out."""
    line = head.split(b"\n", 1)[0]
    if line.startswith(b"PRI * HTTP/2.0"):
        return b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    found = _LINE.match(line)
    if found is None:
        return b""
    method, scheme, authority = found.groups()
    target = b"/" if not scheme and method != b"CONNECT" else (scheme or b"") + authority.rpartition(b"@")[2]
    host = _HOST.search(head)
    kept = method + b" " + target + b" HTTP/1.1\r\n"
    return kept + (host.group(1) + b"\r\n" if host else b"") + b"\r\n"
