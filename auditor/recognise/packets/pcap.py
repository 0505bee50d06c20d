"""Reads classic pcap: both byte orders, micro- and nanoseconds, the variant with the longer record header.

Format: draft-ietf-opsawg-pcap.
"""

import struct
from collections.abc import Callable, Iterator

from auditor.recognise.packets.batch import LONGEST, WINDOW, Account, Batch, Buffer, Record

HEADER = 24
MAGICS: dict[bytes, tuple[str, int, int]] = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000, 16),
    b"\xa1\xb2\xc3\xd4": (">", 1_000, 16),
    b"\x4d\x3c\xb2\xa1": ("<", 1, 16),
    b"\xa1\xb2\x3c\x4d": (">", 1, 16),
    b"\x34\xcd\xb2\xa1": ("<", 1_000, 24),
    b"\xa1\xb2\xcd\x34": (">", 1_000, 24),
}
"""First four bytes → byte order, nanoseconds per unit of the fraction, length of a record's header."""


def batches(buffer: Buffer, account: Account) -> Iterator[Batch]:
    """The packets in the order of the file. Raises ValueError where the file's own header is cut."""
    size = len(buffer)
    head = bytes(buffer[0:HEADER])
    if len(head) < HEADER:
        raise ValueError(f"the header is cut: {len(head)} of {HEADER} bytes are there")
    order, unit, lead = MAGICS[head[:4]]
    link = struct.unpack(f"{order}I", head[20:24])[0] & 0xFFFF
    snap = struct.unpack(f"{order}I", head[16:20])[0]
    longest = min(max(snap, LONGEST), WINDOW - lead)
    read = struct.Struct(f"{order}IIII").unpack_from
    position = HEADER
    while position < size:
        data = bytes(buffer[position : position + WINDOW])
        records, length, problem = _window(data, read, lead, unit, longest, account)
        if records:
            yield Batch(link, data, position, records)
        position += length
        if problem:
            account.stop(position, problem)
            return
        if len(data) < WINDOW and position < size:
            # The last window, and its last record is not whole.
            account.stop(position, f"the last packet is cut: {size - position:,} bytes are left of it")
            return


def _window(
    data: bytes, read: Callable[[bytes, int], tuple[int, ...]], lead: int, unit: int, longest: int, account: Account
) -> tuple[list[Record], int, str]:
    """The whole records of a window, the bytes that they take, and why nothing can be read behind them."""
    records: list[Record] = []
    add = records.append
    at, last, size = 0, len(data) - lead, len(data)
    while at <= last:
        seconds, fraction, held, wire = read(data, at)
        start = at + lead
        end = start + held
        if held != wire or not 0 < held <= longest:
            if held > longest:
                return records, at, f"a packet of {held:,} bytes is claimed, more than can be believed"
            if not (held or wire or seconds or fraction):
                return records, at, "the file holds zeros instead of packets from here on"
            if held < wire:
                account.cut += end <= size
            else:
                wire = held
        if end > size:
            break
        add((start, end, wire, seconds * 1_000_000_000 + fraction * unit))
        at = end
    return records, at, ""
