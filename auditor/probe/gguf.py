"""Reads the header of a GGUF file (versions 2 and 3, little endian): keys, values, tensor table.

Bounded by ``limits``; what is wrong is named in the header's problems, and only OSError is raised.
"""

import struct
from typing import BinaryIO, Dict, List, Optional, Tuple

from . import limits
from .header import Header, Stop, never
from .text import decode

MAGIC = b"GGUF"
_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
_TYPES: Dict[int, Tuple[str, int, int]] = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 40), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136), 24: ("I8", 1, 1),
    25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8), 28: ("F64", 1, 8), 29: ("IQ1_M", 256, 56),
    30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66), 39: ("MXFP4", 32, 17),
    40: ("NVFP4", 64, 36), 41: ("Q1_0", 128, 18),
}  # fmt: skip
"""ggml's tensor types by number: name, elements of a block, bytes of a block."""
_DIMENSIONS = 8


class _Bad(ValueError):
    """The header cannot be read any further."""


class _Reader:
    """Sequential reading with one buffer and a bound on all that is read."""

    def __init__(self, file: BinaryIO, size: int, stop: Stop) -> None:
        self._file = file
        self._size = size
        self._stop = stop
        self._buffer = b""
        self._at = 0
        self.base = 0

    @property
    def position(self) -> int:
        """Offset in the file."""
        return self.base + self._at

    def _need(self, count: int) -> None:
        if len(self._buffer) - self._at >= count:
            return
        if self._stop():
            raise _Bad("reading was cancelled")
        end = self.position + count
        if end > self._size:
            raise _Bad(f"header needs {end} bytes, the file has {self._size}: it is truncated")
        if end > limits.GGUF_HEADER:
            raise _Bad(f"header is longer than {limits.GGUF_HEADER} bytes")
        rest = self._buffer[self._at :]
        more = self._file.read(max(limits.MIB, count - len(rest)))
        self.base, self._at, self._buffer = self.position, 0, rest + more
        if len(self._buffer) < count:
            raise _Bad(f"file ended at byte {self.base + len(self._buffer)} while it was read")

    def unpack(self, layout: str) -> "int | float | bool":
        """One number."""
        count = struct.calcsize(layout)
        self._need(count)
        value: "int | float | bool" = struct.unpack_from(layout, self._buffer, self._at)[0]
        self._at += count
        return value

    def number(self, layout: str = "<Q") -> int:
        """One integer."""
        return int(self.unpack(layout))

    def take(self, count: int) -> bytes:
        """So many bytes."""
        self._need(count)
        data = self._buffer[self._at : self._at + count]
        self._at += count
        return data

    def skip(self, count: int) -> None:
        """Pass over bytes without keeping them."""
        end = self.position + count
        if end > self._size or end > limits.GGUF_HEADER:
            self._need(count)
        if self._at + count <= len(self._buffer):
            self._at += count
        else:
            self._file.seek(end)
            self.base, self._at, self._buffer = end, 0, b""

    def string(self, limit: int) -> str:
        """A length and so many bytes of text, cut at ``limit``."""
        length = self.number()
        if length <= limit:
            return decode(self.take(length))
        kept = decode(self.take(limit)) if length <= self._size else ""
        self.skip(length - limit if length <= self._size else length)
        return kept + "…"

    def skip_strings(self, count: int) -> None:
        """Pass over strings; a vocabulary holds some hundred thousand."""
        unpack = struct.Struct("<Q").unpack_from
        while count:
            self._need(8)
            buffer, at, last = self._buffer, self._at, len(self._buffer) - 8
            while count and at <= last:
                at += 8 + unpack(buffer, at)[0]
                count -= 1
            self._at = min(at, len(buffer))
            self.skip(at - self._at)


def read(file: BinaryIO, size: int, stop: Stop = never) -> Header:
    """The header of a file of ``size`` bytes, read from its beginning."""
    header = Header("gguf")
    reader = _Reader(file, size, stop)
    try:
        tensors, keys = _start(reader)
        for _ in range(keys):
            _pair(reader, header)
        _table(reader, header, tensors, size)
    except _Bad as error:
        header.problem(str(error))
        header.bytes = header.bytes or min(reader.position, size)
    return header


def _start(reader: _Reader) -> Tuple[int, int]:
    if reader.take(4) != MAGIC:
        raise _Bad("file does not begin with GGUF")
    version = reader.number("<I")
    if version not in (2, 3):
        swapped = int.from_bytes(version.to_bytes(4, "little"), "big")
        if swapped in (2, 3):
            raise _Bad("big-endian GGUF is not supported")
        raise _Bad(f"GGUF version {version} is not supported")
    tensors, keys = reader.number(), reader.number()
    if tensors > limits.GGUF_TENSORS:
        raise _Bad(f"header claims {tensors} tensors, at most {limits.GGUF_TENSORS} are read")
    if keys > limits.GGUF_KEYS:
        raise _Bad(f"header claims {keys} keys, at most {limits.GGUF_KEYS} are read")
    return tensors, keys


def _pair(reader: _Reader, header: Header) -> None:
    key = reader.string(limits.GGUF_NAME)
    value = _value(reader, reader.number("<I"), 0)
    if value is None:
        return
    if key in header.metadata:
        header.problem(f"key {key[:200]} is given twice")
        return
    header.keep(key, value)


def _value(reader: _Reader, kind: int, nesting: int) -> Optional[str]:
    """The value as text; None for arrays, which are passed over."""
    if kind == _STRING:
        return reader.string(limits.METADATA_VALUE)
    if kind == _ARRAY:
        _skip_array(reader, nesting)
        return None
    if kind not in _SCALARS:
        raise _Bad(f"value of the unknown type {kind} at byte {reader.position}")
    value = reader.unpack(_SCALARS[kind])
    return str(value).lower() if kind == 7 else repr(value)


def _skip_array(reader: _Reader, nesting: int) -> None:
    if nesting >= limits.GGUF_NESTING:
        raise _Bad(f"arrays are nested deeper than {limits.GGUF_NESTING} at byte {reader.position}")
    kind, count = reader.number("<I"), reader.number()
    if kind in _SCALARS:
        reader.skip(count * struct.calcsize(_SCALARS[kind]))
    elif kind == _STRING:
        reader.skip_strings(count)
    elif kind == _ARRAY:
        for _ in range(count):
            _skip_array(reader, nesting + 1)
    else:
        raise _Bad(f"array of the unknown type {kind} at byte {reader.position}")


def _table(reader: _Reader, header: Header, tensors: int, size: int) -> None:
    spans: List[Tuple[int, int, str]] = []
    names = set()
    for _ in range(tensors):
        name = reader.string(limits.GGUF_NAME)
        dimensions = reader.number("<I")
        if dimensions > _DIMENSIONS:
            raise _Bad(f"tensor {name[:200]} claims {dimensions} dimensions")
        elements = 1
        for _ in range(dimensions):
            elements *= reader.number()
        kind, offset = reader.number("<I"), reader.number()
        if name in names:
            header.problem(f"tensor {name[:200]} is given twice")
        names.add(name)
        dtype, block, bytes_ = _TYPES.get(kind, (f"type {kind}", 0, 0))
        header.count(name, dtype, elements)
        if block:
            spans.append((offset, offset + -(-elements // block) * bytes_, name))
        else:
            header.problem(f"tensor {name[:200]} is of the unknown type {kind}")
            spans.append((offset, offset, name))
    alignment = header.metadata.get("general.alignment", "32")
    step = int(alignment) if alignment.isdigit() and 0 < int(alignment) <= 2**20 else 32
    start = -(-reader.position // step) * step if spans else reader.position
    header.check_layout(spans, start, size, dense=False)
