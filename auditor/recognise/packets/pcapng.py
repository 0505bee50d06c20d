"""Reads pcapng: sections of either byte order, interfaces of any link type and resolution, three kinds of packets.

Format: draft-ietf-opsawg-pcapng. Names, comments and secrets that a file may hold are passed over.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.recognise.packets.batch import LONGEST, WINDOW, Account, Batch, Buffer, Record

MAGIC = b"\x0a\x0d\x0d\x0a"
SECTION, INTERFACE, OLD_PACKET, SIMPLE_PACKET, STATISTICS, PACKET = 0x0A0D0D0A, 1, 2, 3, 5, 6
ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
PACKETS = frozenset({OLD_PACKET, SIMPLE_PACKET, PACKET})
SMALLEST = 12
MOST_INTERFACES = 4096
SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Interface:
    """Where packets were captured: its link type and how its clock counts."""

    link: int
    snap: int
    per_second: int
    """Units of the clock in a second."""
    offset: int
    """Seconds to add."""
    scale: int
    """Nanoseconds in a unit where that is a whole number, else 0."""

    def time(self, units: int) -> int:
        """Nanoseconds since 1970."""
        return units * SECOND // self.per_second + self.offset * SECOND


@dataclass(slots=True)
class _Section:
    """What the blocks so far said; a new section forgets the interfaces of the one before."""

    order: str = "<"
    interfaces: list[Interface] = field(default_factory=list)
    unknown: set[int] = field(default_factory=set)
    dropped: dict[int, int] = field(default_factory=dict)


def batches(buffer: Buffer, account: Account) -> Iterator[Batch]:
    """The packets in the order of the file. Raises ValueError where the first block is none of a section."""
    if bytes(buffer[8:12]) not in ORDERS:
        raise ValueError("the first block is cut, or gives no byte order")
    position, size = 0, len(buffer)
    section = _Section()
    while position < size:
        data = bytes(buffer[position : position + WINDOW])
        if len(data) < min(WINDOW, size - position):
            account.stop(position, "the file became shorter while it was read")
            break
        reading = _Window(data, position, section, account)
        yield from reading.batches()
        position += reading.at
        if reading.problem:
            account.stop(position, reading.problem)
            break
        if reading.at == 0:
            need = reading.need
            if position + need > size:
                account.stop(position, f"the last block is cut: {size - position:,} of {need:,} bytes are there")
                break
            if reading.kind in PACKETS:
                account.tell(position, f"a packet block of {need:,} bytes was passed over, longer than can be believed")
            position += need
    account.dropped += sum(section.dropped.values())


class _Window:
    """One pass over the whole blocks of a window; ``at`` is how far it came."""

    def __init__(self, data: bytes, base: int, section: _Section, account: Account) -> None:
        self.data, self.base, self.section, self.account = data, base, section, account
        self.at = 0
        self.need = SMALLEST
        self.kind = 0
        self.problem = ""
        self._records: list[Record] = []
        self._link = -1

    def batches(self) -> Iterator[Batch]:
        data, size = self.data, len(self.data)
        order = self.section.order
        head = struct.Struct(f"{order}II").unpack_from
        while self.at + SMALLEST <= size:
            kind, length = head(data, self.at)
            if kind == SECTION:
                found = ORDERS.get(data[self.at + 8 : self.at + 12])
                if found is None:
                    self.problem = "a section gives no byte order"
                    break
                order = self.section.order = found
                head = struct.Struct(f"{order}II").unpack_from
                kind, length = head(data, self.at)
            if length < SMALLEST or length & 3:
                self.problem = _implausible(kind, length)
                break
            if self.at + length > size:
                self.need, self.kind = length, kind
                break
            if kind == PACKET:
                yield from self._packets(order)
                continue
            yield from self._block(kind, self.at, length, order)
            self.at += length
        yield from self._flush()

    def _packets(self, order: str) -> Iterator[Batch]:
        """Packet blocks as long as they follow one another; the loop that decides the speed."""
        data, size, account = self.data, len(self.data), self.account
        read = struct.Struct(f"{order}IIIIIII").unpack_from
        at, last = self.at, size - 32
        current, scale, shift = -1, 0, 0
        interface: Interface | None = None
        while at <= last:
            kind, length, number, high, low, held, wire = read(data, at)
            if kind != PACKET or length < 32 or length & 3 or at + length > size:
                break
            if number != current:
                interface = self._interface(number, at)
                if interface is None:
                    at += length
                    continue
                if interface.link != self._link:
                    yield from self._flush()
                    self._link = interface.link
                current, scale, shift = number, interface.scale, interface.offset * SECOND
            if held > length - 32 or held > LONGEST:
                account.tell(self.base + at, f"a packet claims {held:,} bytes in a block of {length:,}")
                held = min(length - 32, LONGEST)
            if held != wire:
                if held < wire:
                    account.cut += 1
                else:
                    wire = held
            units = high << 32 | low
            start = at + 28
            self._records.append(
                (
                    start,
                    start + held,
                    wire,
                    units * scale + shift if scale or interface is None else interface.time(units),
                )
            )
            at += length
        if at == self.at:
            # A packet block that is too short for its own fields.
            account.tell(self.base + at, "a packet block is too short")
            at += struct.unpack_from(f"{order}I", data, at + 4)[0]
        self.at = at

    def _block(self, kind: int, at: int, length: int, order: str) -> Iterator[Batch]:
        data, section = self.data, self.section
        if kind == SECTION:
            yield from self._flush()
            self._link = -1
            self.account.dropped += sum(section.dropped.values())
            section.interfaces, section.unknown, section.dropped = [], set(), {}
        elif kind == INTERFACE and length >= 20 and len(section.interfaces) < MOST_INTERFACES:
            link, snap = struct.unpack_from(f"{order}HxxI", data, at + 8)
            section.interfaces.append(_interface(link, snap, _options(data, at + 16, at + length - 4, order)))
        elif kind == STATISTICS and length >= 24:
            self._statistics(at, length, order)
        elif kind == SIMPLE_PACKET and length >= 16:
            interface = self._interface(0, at)
            if interface is not None:
                wire = struct.unpack_from(f"{order}I", data, at + 8)[0]
                held = min(wire, length - 16, interface.snap or wire)
                yield from self._add(interface, at + 12, held, wire, 0)
        elif kind == OLD_PACKET and length >= 32:
            number, high, low, held, wire = struct.unpack_from(f"{order}HxxIIII", data, at + 8)
            interface = self._interface(number, at)
            if interface is not None:
                held = min(held, length - 32)
                yield from self._add(interface, at + 28, held, max(wire, held), interface.time(high << 32 | low))

    def _add(self, interface: Interface, start: int, held: int, wire: int, time: int) -> Iterator[Batch]:
        if interface.link != self._link:
            yield from self._flush()
            self._link = interface.link
        self.account.cut += held < wire
        self._records.append((start, start + held, wire, time))

    def _flush(self) -> Iterator[Batch]:
        if self._records:
            yield Batch(self._link, self.data, self.base, self._records)
            self._records = []

    def _interface(self, number: int, at: int) -> Interface | None:
        if number < len(self.section.interfaces):
            return self.section.interfaces[number]
        if number not in self.section.unknown and len(self.section.unknown) < MOST_INTERFACES:
            self.section.unknown.add(number)
            self.account.tell(
                self.base + at, f"packets of interface {number} were passed over: the file does not describe it"
            )
        return None

    def _statistics(self, at: int, length: int, order: str) -> None:
        """Losses of an interface; the latest word of it counts, since the numbers grow."""
        number = struct.unpack_from(f"{order}I", self.data, at + 8)[0]
        options = _options(self.data, at + 20, at + length - 4, order)
        counts = [int.from_bytes(v, "little" if order == "<" else "big") for c, v in options if c in (5, 7)]
        if counts:
            self.account.loss_known = True
            if number in self.section.dropped or len(self.section.dropped) < MOST_INTERFACES:
                self.section.dropped[number] = sum(counts)


def _interface(link: int, snap: int, options: list[tuple[int, bytes]]) -> Interface:
    per_second, offset = 1_000_000, 0
    for code, value in options:
        if code == 9 and len(value) == 1:
            power = value[0] & 0x7F
            per_second = 2**power if value[0] & 0x80 else 10**power
        elif code == 14 and len(value) == 8:
            # The section's byte order was already applied by whoever cut the options.
            offset = int.from_bytes(value, "big", signed=True)
    scale = SECOND // per_second if SECOND % per_second == 0 else 0
    return Interface(link, snap, per_second, offset, scale)


def _options(data: bytes, at: int, end: int, order: str) -> list[tuple[int, bytes]]:
    """Options of a block; numbers of eight bytes are turned to network order."""
    found: list[tuple[int, bytes]] = []
    while at + 4 <= end and len(found) < 256:
        code, length = struct.unpack_from(f"{order}HH", data, at)
        value = data[at + 4 : min(at + 4 + length, end)]
        if code == 0:
            break
        if code == 14 and order == "<":
            value = value[::-1]
        found.append((code, value))
        at += 4 + (length + 3 & ~3)
    return found


def _implausible(kind: int, length: int) -> str:
    if kind == 0 and length == 0:
        return "the file holds zeros instead of blocks from here on"
    return f"a block of type 0x{kind:08x} claims {length:,} bytes, which no block can have"
