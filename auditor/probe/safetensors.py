"""Reads the header of a safetensors file: eight bytes of length (little endian), then JSON.

Bounded by ``limits``; what is wrong is named in the header's problems, and only OSError is raised.
"""

import json
from typing import Any, BinaryIO, Dict, List, Tuple

from . import limits
from .header import Header

_BITS = {
    "BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32,
    "C64": 64, "F64": 64, "I64": 64, "U64": 64,
}  # fmt: skip
_COMMAS = 12 * limits.TENSORS
_MOST = 2**63


class _Twice(dict):  # type: ignore[type-arg]
    """An object in which keys are given twice; ``keys_twice`` names them."""

    keys_twice: List[str]


def read(file: BinaryIO, size: int) -> Header:
    """The header of a file of ``size`` bytes, read from its beginning."""
    header = Header("safetensors")
    head = file.read(8)
    if len(head) < 8:
        header.problem(f"file of {size} bytes is too short for a header")
        return header
    length = int.from_bytes(head, "little")
    if length > limits.SAFETENSORS_HEADER:
        header.problem(f"header claims {length} bytes, the format allows {limits.SAFETENSORS_HEADER}")
        return header
    if 8 + length > size:
        header.problem(
            f"header claims {length} bytes, the file has {max(0, size - 8)} after the length: it is truncated"
        )
        return header
    header.bytes = 8 + length
    content = _parse(file.read(length), length, header)
    if content is not None:
        _sum_up(content, header, 8 + length, size)
    return header


def _parse(data: bytes, length: int, header: Header) -> Any:
    if len(data) < length:
        header.problem(f"only {len(data)} bytes of the header could be read")
        return None
    if data.count(b"{") > limits.TENSORS + 2 or data.count(b",") > _COMMAS:
        header.problem(f"header names more than {limits.TENSORS} tensors")
        return None
    try:
        content = json.loads(
            data.decode("utf-8"), object_pairs_hook=_unique, parse_int=_integer, parse_constant=_refuse
        )
    except (ValueError, RecursionError) as error:
        header.problem(f"header is not JSON: {str(error)[:200]}")
        return None
    if not isinstance(content, dict):
        header.problem("header is not a JSON object")
        return None
    return content


def _unique(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen = set()
    marked = _Twice(found)
    marked.keys_twice = [key for key, _ in pairs if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
    return marked


def _integer(digits: str) -> int:
    # int() of a long text takes quadratic time in older Pythons.
    if len(digits) > 20:
        raise ValueError("a number has more than 20 digits")
    return int(digits)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _sum_up(content: Dict[str, Any], header: Header, start: int, size: int) -> None:
    for key in getattr(content, "keys_twice", [])[: limits.HEADER_PROBLEMS]:
        header.problem(f"{key[:200]} is given twice")
    spans = []
    for name, tensor in content.items():
        if name == "__metadata__":
            _metadata(tensor, header)
            continue
        try:
            spans.append(_tensor(name, tensor, header))
        except (TypeError, ValueError, KeyError) as error:
            header.problem(f"tensor {name[:200]} is not described: {str(error)[:100]}")
    header.check_layout(spans, start, size, dense=True)


def _metadata(value: Any, header: Header) -> None:
    if not isinstance(value, dict):
        header.problem("__metadata__ is not an object")
        return
    for key, text in value.items():
        if isinstance(text, str):
            header.keep(key, text)
        else:
            header.problem(f"__metadata__ {key[:200]} is not text")


def _tensor(name: str, tensor: Any, header: Header) -> Tuple[int, int, str]:
    dtype, shape = tensor["dtype"], tensor["shape"]
    first, last = tensor["data_offsets"]
    if not isinstance(dtype, str) or not isinstance(shape, list):
        raise TypeError("dtype or shape is of the wrong kind")
    if not all(
        isinstance(number, int) and not isinstance(number, bool) and number >= 0 for number in (first, last, *shape)
    ):
        raise ValueError("a number is negative or none")
    elements = 1
    for extent in shape:
        elements *= extent
        if elements > _MOST:
            raise ValueError("the shape is too large")
    if last < first:
        raise ValueError("it ends before it begins")
    header.count(name, dtype[:32], elements)
    bits = _BITS.get(dtype)
    if bits is None:
        header.problem(f"tensor {name[:200]} is of the unknown type {dtype[:32]}")
    elif (elements * bits + 7) // 8 != last - first:
        header.problem(f"tensor {name[:200]} has {last - first} bytes, its shape needs {(elements * bits + 7) // 8}")
    return first, last, name
