"""Holds the index of a sharded model against the headers of its files: tensors that lack, tensors that are too many."""

import posixpath
from collections import Counter
from typing import Any

from auditor.facts.fact import Fact
from auditor.facts.records import HeaderRecord
from auditor.recognise.models_files import Document, Files
from auditor.recognise.models_leaf import CONTRADICTION, clean, countable, seen

MOST = 20
"""Disagreements that are told of one model."""
_BYTES = {
    "F64": 8, "I64": 8, "U64": 8, "C64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2,
    "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1, "F8_E4M3FNUZ": 1, "F8_E5M2FNUZ": 1, "I8": 1, "U8": 1, "BOOL": 1,
}  # fmt: skip


def index_of(files: Files) -> Fact[tuple[str, ...]] | None:
    """What the index says and the headers deny; None where no index was held against headers.

    The value are tensors that lack. What there is too much of, and a sum that differs, is a contradiction of two
    sources, of which neither is known to be right: the fact's note tells it.
    """
    denied: list[str] = []
    doubtful: list[str] = []
    source: Document | None = None
    headers = {header.path: header for header in files.headers if header.format == "safetensors"}
    for document in files.documents():
        mapping = document.map.get("weight_map")
        if not document.record.name.lower().endswith(".safetensors.index.json") or not isinstance(mapping, dict):
            continue
        folder = posixpath.join(files.model.path, posixpath.dirname(document.record.name))
        named = Counter(name for name in mapping.values() if isinstance(name, str))
        pairs = [(name, count, headers.get(posixpath.join(folder, name))) for name, count in sorted(named.items())]
        if not any(header is not None for _, _, header in pairs):
            continue
        source = source or document
        for name, count, header in pairs:
            if header is None or header.problems or count == header.tensors:
                continue
            told = f"{document.record.name} names {count} tensors in {clean(name)}, its header has {header.tensors}"
            (denied if count > header.tensors else doubtful).append(told)
        doubtful += _total(document, [header for _, _, header in pairs])
    if source is None:
        return None
    note = CONTRADICTION + "; ".join(doubtful[:MOST]) if doubtful else ""
    return seen(source.record, tuple(denied[:MOST]), "index and headers", note=note)


def _total(document: Document, headers: list[HeaderRecord | None]) -> list[str]:
    """A sum of bytes that the index states and the headers do not come to."""
    metadata: Any = document.map.get("metadata")
    stated = countable(metadata.get("total_size")) if isinstance(metadata, dict) else None
    if stated is None:
        return []
    found = 0
    for header in headers:
        if header is None or header.problems or not set(header.dtypes) <= set(_BYTES):
            return []
        found += sum(count * _BYTES[name] for name, count in header.dtypes.items())
    if found == stated:
        return []
    return [f"{document.record.name} says {stated} bytes of tensors, the headers hold {found}"]
