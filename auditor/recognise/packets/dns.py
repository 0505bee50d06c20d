"""Reads DNS messages: what was asked, and which addresses the answer ties to it.

RFC 1035 and 9460 (SVCB and HTTPS). Names are lower case, without the dot at their end.
"""

import contextlib
import struct
from functools import lru_cache
from typing import NamedTuple

from auditor.recognise.packets.tls import text

A, CNAME, AAAA, DNAME, SVCB, HTTPS = 1, 5, 28, 39, 64, 65
TYPES = {1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 64: "SVCB"}
TYPES |= {65: "HTTPS", 255: "ANY"}
MOST_NAME = 255
MOST_STEPS = 4096
"""Labels and pointers that are followed in one message: what bounds the time of a hostile one."""
MOST_RECORDS = 512
QUESTION = b"\xc0\x0c"
"""Pointer to the name that was asked for, which most answers begin with."""
_FLAGS, _RECORD = struct.Struct("!HHH"), struct.Struct("!HHIH")
IPV4_HINT, IPV6_HINT, ECH = 4, 6, 5


class Message(NamedTuple):
    """One message. ``addresses`` are packed; ``aliases`` the names that the answer led through."""

    response: bool
    name: str
    kind: int
    refused: bool
    """The answer is an error, e.g. that there is no such name."""
    addresses: tuple[bytes, ...] = ()
    aliases: tuple[str, ...] = ()
    ech: bool = False
    """The answer offers keys to encrypt the name with."""


class _Names:
    """Reads names of one message and counts what that costs."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.left = MOST_STEPS

    def read(self, at: int) -> tuple[str, int]:
        """A name and where it ends. Raises ValueError where it makes no sense."""
        data = self.data
        labels: list[str] = []
        length, behind, lowest = 0, -1, at
        while True:
            self.left -= 1
            if self.left < 0 or at >= len(data):
                raise ValueError("a name does not end")
            size = data[at]
            if size == 0:
                return ".".join(labels), (behind if behind >= 0 else at + 1)
            if size >= 0xC0:
                if at + 1 >= len(data):
                    raise ValueError("a pointer is cut")
                behind = behind if behind >= 0 else at + 2
                at = (size & 0x3F) << 8 | data[at + 1]
                # Pointing back only, each time further, is what ends every chain.
                if at >= lowest:
                    raise ValueError("a pointer does not point back")
                lowest = at
                continue
            length += size + 1
            if size > 63 or at + 1 + size > len(data) or length >= MOST_NAME:
                raise ValueError("a label is too long")
            labels.append(_label(data[at + 1 : at + 1 + size]))
            at += 1 + size


@lru_cache(maxsize=4096)
def _label(raw: bytes) -> str:
    return text(raw).lower().replace(".", "\\.")


def parse(data: bytes) -> Message | None:
    """The message; None where it is no DNS message or makes no sense.

    An answer that is cut keeps what stands before the cut.
    """
    if len(data) < 17:
        return None
    flags, questions, answers = _FLAGS.unpack_from(data, 2)
    if questions != 1 or flags & 0x7800:
        return None
    # A label may hold a zero byte; then the question does not end at the first one.
    asked = _question(data[12 : data.find(b"\0", 12) + 5]) or _question(data[12 : 12 + MOST_NAME + 5])
    if asked is None:
        return None
    name, kind, at = asked
    if not flags & 0x8000:
        return Message(False, name, kind, False)
    found = _Answers(name)
    with contextlib.suppress(ValueError, struct.error):
        found.read(_Names(data), 12 + at, min(answers, MOST_RECORDS))
    return Message(True, name, kind, bool(flags & 15), tuple(found.addresses), tuple(found.aliases), found.ech)


@lru_cache(maxsize=8192)
def _question(raw: bytes) -> tuple[str, int, int] | None:
    """Name, type and length of a question; None where it makes no sense. Programs ask the same again and again."""
    try:
        name, at = _Names(raw).read(0)
        return name, struct.unpack_from("!HH", raw, at)[0], at + 4
    except (ValueError, struct.error):
        return None


class _Answers:
    """Walks the answers; only those that the question leads to count, others could name anything."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.reached = {name}
        self.aliases: list[str] = []
        self.addresses: list[bytes] = []
        self.ech = False

    def read(self, names: _Names, at: int, count: int) -> None:
        data = names.data
        for _ in range(count):
            if data[at : at + 2] == QUESTION:
                owner, at = self.name, at + 2
            else:
                owner, at = names.read(at)
            kind, _, _, size = _RECORD.unpack_from(data, at)
            start, at = at + 10, at + 10 + size
            if at > len(data):
                return
            if owner not in self.reached:
                continue
            if (kind == A and size == 4) or (kind == AAAA and size == 16):
                self.addresses.append(data[start:at])
            elif kind == CNAME:
                self._alias(names.read(start)[0])
            elif kind in (HTTPS, SVCB):
                self._service(names, start, at)

    def _alias(self, name: str) -> None:
        if name and name not in self.reached:
            self.reached.add(name)
            self.aliases.append(name)

    def _service(self, names: _Names, start: int, end: int) -> None:
        target, at = names.read(start + 2)
        self._alias(target)
        data = names.data
        while at + 4 <= end:
            key, size = struct.unpack_from("!HH", data, at)
            value = data[at + 4 : min(at + 4 + size, end)]
            at += 4 + size
            if key == IPV4_HINT:
                self.addresses += [value[i : i + 4] for i in range(0, len(value) - 3, 4)]
            elif key == IPV6_HINT:
                self.addresses += [value[i : i + 16] for i in range(0, len(value) - 15, 16)]
            elif key == ECH:
                self.ech = True


def kind_name(kind: int) -> str:
    """``A``, ``HTTPS``, or ``TYPE999`` (RFC 3597)."""
    return TYPES.get(kind, f"TYPE{kind}")
