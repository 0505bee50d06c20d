"""The name server of a sealed run: every name exists, and each has addresses of its own, by which it is known again.

RFC 1035. IPv4 addresses are of 198.18.0.0/15, which RFC 2544 keeps for tests; IPv6 addresses of fd53::/16.
"""

import ipaddress
import struct

from auditor.recognise.packets import dns

_A, _AAAA, _ANY = 1, 28, 255
_FOUR, _SIX = int(ipaddress.IPv4Address("198.18.0.0")), int(ipaddress.IPv6Address("fd53::"))
MOST = (1 << 17) - 2


class Names:
    """Names that were asked for, by address."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._names: dict[int, str] = {}

    def of(self, address: bytes) -> str:
        """The name that an address was given out for; empty where it was not."""
        number = int.from_bytes(address, "big") - (_FOUR if len(address) == 4 else _SIX)
        return self._names.get(number, "")

    def addresses(self, name: str) -> tuple[bytes, bytes]:
        """The two addresses of a name; beyond the size of the block, names share the last ones."""
        number = self._numbers.get(name)
        if number is None:
            number = min(len(self._numbers) + 1, MOST)
            self._numbers[name] = number
            self._names.setdefault(number, name)
        return (_FOUR + number).to_bytes(4, "big"), (_SIX + number).to_bytes(16, "big")

    def answer(self, question: bytes) -> tuple[str, str, bytes] | None:
        """Name, type and answer for a message; None where it is no question."""
        asked = dns.parse(question)
        if asked is None or asked.response or len(question) < 12:
            return None
        end = _end_of_question(question)
        if end is None:
            return None
        records = []
        for kind, data in zip((_A, _AAAA), self.addresses(asked.name), strict=True):
            if asked.kind in (kind, _ANY):
                records.append(dns.QUESTION + struct.pack("!HHIH", kind, 1, 30, len(data)) + data)
        head = question[:2] + struct.pack("!HHHHH", 0x8180, 1, len(records), 0, 0)
        kind_name = dns.kind_name(asked.kind)
        return asked.name, kind_name, head + question[12:end] + b"".join(records)


def _end_of_question(message: bytes) -> int | None:
    at = 12
    while at < len(message):
        size = message[at]
        if size == 0:
            return at + 5 if at + 5 <= len(message) else None
        if size > 63:
            return None
        at += 1 + size
    return None
