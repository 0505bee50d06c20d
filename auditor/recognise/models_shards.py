"""The weight files that a model itself calls for: by its index, by the numbering of names, by its manifest."""

import posixpath
import re
from collections import defaultdict
from typing import Any

from auditor.facts.fact import Fact, Status
from auditor.facts.models import Store
from auditor.facts.records import Record
from auditor.recognise.models_engine import ranks_of
from auditor.recognise.models_files import Files, listed
from auditor.recognise.models_leaf import clean, seen, unseen

_NUMBERED = re.compile(r"^(?P<stem>.{1,400})-(?P<at>\d{5,6})-of-(?P<of>\d{5,6})(?P<end>\.[a-z]{1,16})$")
MOST = 20_000
"""Files that an index may call for."""


def shards_of(files: Files) -> Fact[tuple[str, ...]]:
    """Names, relative to the model, of the weight files that must be there; absent where nothing calls for any."""
    wanted: dict[str, None] = {}
    source: Record | None = None
    notes: list[str] = []
    for document in files.documents():
        if not document.record.name.lower().endswith(".index.json"):
            continue
        mapped = _of_index(document.map.get("weight_map"))
        if document.problem or mapped is None:
            # Such indexes of large models go beyond the bounds of the probe; the numbering still tells the files.
            notes.append(document.problem or f"{document.record.name} does not map tensors to files")
            continue
        source = source or document.record
        folder = posixpath.dirname(document.record.name)
        wanted.update((posixpath.join(folder, name), None) for name in mapped)
    have = {document.record.name for document in files.documents()}
    notes += [f"{name} was not read" for name in listed(files.model.files, ".index.json") if name not in have]
    numbered, excess = _of_numbers([entry.path for entry in files.model.files])
    notes += excess
    wanted.update((name, None) for name in numbered)
    wanted.update((f"rank{rank}.engine", None) for rank in range(ranks_of(files)))
    layers = _of_manifest(files)
    wanted.update((name, None) for name in layers)
    note = "; ".join(notes)
    names = tuple(sorted(wanted))[:MOST]
    if names:
        return seen(source or files.model, names, "index" if source else "names", Status.DECLARED, note)
    if notes:
        return unseen(files.model, "index", note, Status.ERROR)
    return unseen(files.model, "index", "nothing calls for more than the files that are there")


def _of_index(mapping: Any) -> list[str] | None:
    if not isinstance(mapping, dict) or not mapping:
        return None
    names = {value for value in mapping.values() if isinstance(value, str)}
    return sorted(clean(name) for name in names)[:MOST]


def _of_numbers(paths: list[str]) -> tuple[list[str], list[str]]:
    """Files ``stem-00001-of-00003.end`` call for all of their series."""
    series: dict[tuple[str, str, str], int] = defaultdict(int)
    for path in paths:
        match = _NUMBERED.match(path)
        if match and match["end"] in (".safetensors", ".gguf", ".bin"):
            series[match["stem"], match["of"], match["end"]] += 1
    wanted, notes = [], []
    for (stem, of, end), count in sorted(series.items()):
        if int(of) > MOST or int(of) > 100 * (count + 10):
            notes.append(f"{stem} is numbered as one of {int(of)} files, {count} are there")
            continue
        wanted += [f"{stem}-{at:0{len(of)}d}-of-{of}{end}" for at in range(1, int(of) + 1)]
    return wanted, notes


def _of_manifest(files: Files) -> list[str]:
    manifest = files.document("manifest") if files.model.store is Store.OLLAMA else None
    layers = manifest.map.get("layers") if manifest is not None else None
    found = []
    for layer in layers[:MOST] if isinstance(layers, list) else []:
        digest = layer.get("digest") if isinstance(layer, dict) else None
        media = layer.get("mediaType") if isinstance(layer, dict) else None
        if not isinstance(digest, str) or not isinstance(media, str):
            continue
        if media.rsplit(".", 1)[-1] in ("model", "adapter", "projector", "tensor", "embed", "draft"):
            found.append(f"blobs/{clean(digest).replace(':', '-')}")
    return found
