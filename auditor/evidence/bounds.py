"""Limits on what a file to be verified may cost, checked before a PDF parser sees it."""

import re
import zlib

LARGEST = 256 * 2**20
"""Bytes of a file."""

UNPACKED = 768 * 2**20
"""Bytes that all compressed streams of a file may hold together."""

STREAMS = 200_000
REVISIONS = 64
SIGNATURES = 32
"""With their time stamps, and with one more time stamp every few years for a century."""
DEPTH = 100
"""Levels of nested arrays and dictionaries."""

_STREAM = re.compile(rb"stream\r?\n")
_CHAINED = re.compile(rb"/Filter\s*\[\s*/[^\]/]*/")
_OTHER = re.compile(rb"/Filter\s*\[?\s*/(?!(?:FlateDecode|DCTDecode|Adobe)\b)[A-Za-z0-9#]+")
_CHUNK = 1 << 20


def refuse(data: bytes) -> str:
    """Why the file is not even opened; empty where it may be."""
    if len(data) > LARGEST:
        return f"the file is larger than {LARGEST >> 20} MiB"
    if not data.startswith(b"%PDF-"):
        return "this is not a PDF file"
    if data.count(b"%%EOF") > REVISIONS:
        return f"the file has more than {REVISIONS} revisions"
    if re.search(rb"(?:(?:<<|\[)\s*(?:/[^\s/<\[]*\s*)?){%d}" % DEPTH, data):
        return "the file is nested too deeply"
    if _CHAINED.search(data) or _OTHER.search(data):
        return "the file holds streams packed in a way that no dossier uses"
    return _packed(data)


def _packed(data: bytes) -> str:
    total = 0
    for number, found in enumerate(_STREAM.finditer(data)):
        if number >= STREAMS:
            return f"the file holds more than {STREAMS} streams"
        total += unpacked(memoryview(data)[found.end() :], UNPACKED - total)
        if total >= UNPACKED:
            return f"the file unpacks to more than {UNPACKED >> 20} MiB"
    return ""


def unpacked(data: memoryview, limit: int) -> int:
    """Bytes that a zlib stream at the start of ``data`` unpacks to, counted up to ``limit``; 0 where there is none."""
    if len(data) < 2 or data[0] & 0x0F != 8 or (data[0] * 256 + data[1]) % 31:
        return 0
    inflater, total, fed = zlib.decompressobj(), 0, 0
    try:
        while not inflater.eof and total < limit:
            pending = inflater.unconsumed_tail
            if not pending:
                pending = bytes(data[fed : fed + _CHUNK])
                fed += len(pending)
                if not pending:
                    break
            total += len(inflater.decompress(pending, _CHUNK))
    except zlib.error:
        return total
    return total
