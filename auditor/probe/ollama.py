"""Reads an Ollama store as it lies on disk.

``manifests/<host>/<namespace>/<model>/<tag>`` name layers, ``blobs/sha256-<digest>`` hold them.
"""

import os
import re
from typing import Any, List

from .found import Found, Report, Text, file_at, read_json
from .paths import resolve
from .text import path as shown
from .walk import Entry, Walk, explain

_DIGEST = re.compile(r"^sha256[:-]([0-9a-f]{64})$")
_MEDIA = re.compile(r"^application/vnd\.ollama\.image\.([a-z]{1,32})$")
_WEIGHTS = ("model", "adapter", "projector", "tensor", "embed", "draft")
_LAYERS = 10_000


def is_store(folders: List[str]) -> bool:
    """Whether a folder is an Ollama store."""
    return "manifests" in folders and "blobs" in folders


def stored(folder: str, walk: Walk, report: Report) -> List[Found]:
    """Each tag of each model of a store."""
    models: List[Found] = []
    _manifests(folder, os.path.join(folder, "manifests"), (), walk, report, models)
    return models


def _manifests(
    store: str, folder: str, parts: "tuple[str, ...]", walk: Walk, report: Report, models: List[Found]
) -> None:
    listing = walk.list(folder, len(parts) + 1)
    if listing is None:
        return
    for entry in listing.files:
        if len(parts) >= 2:
            models.append(_model(store, entry, parts, report))
        else:
            report(shown(entry.real), "is a file where a manifest's folder should be", "unsupported")
    for sub in listing.folders:
        _manifests(store, os.path.join(folder, sub), (*parts, sub), walk, report, models)


def _name(parts: "tuple[str, ...]", tag: str) -> str:
    shortened = parts[1:] if parts[0] == "registry.ollama.ai" else parts
    shortened = shortened[1:] if shortened[0] == "library" and len(shortened) > 1 else shortened
    return "/".join(shortened) + ":" + tag


def _model(store: str, entry: Entry, parts: "tuple[str, ...]", report: Report) -> Found:
    model = Found("ollama", entry.real, _name(parts, entry.name), "manifest")
    model.add_text(Text("manifest", entry.real, entry.real))
    try:
        manifest = read_json(entry.real)
        layers = [("config", manifest["config"]), *((None, layer) for layer in manifest["layers"][:_LAYERS])]
        model.complete = len(manifest["layers"]) <= _LAYERS
        for kind, layer in layers:
            _layer(model, store, kind, layer, report)
    except OSError as error:
        model.complete = False
        report(shown(entry.real), *explain(error))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        model.complete = False
        report(shown(entry.real), f"is not a manifest as Ollama writes it: {str(error)[:200]}", "error")
    return model


def _layer(model: Found, store: str, kind: Any, layer: Any, report: Report) -> None:
    # The digest becomes part of a path, so nothing but a digest may pass.
    digest = _DIGEST.match(layer["digest"])
    if not digest:
        raise ValueError("a layer's digest is not a SHA-256")
    if kind is None:
        media = _MEDIA.match(layer["mediaType"])
        kind = media.group(1) if media else "other"
    name = "blobs/sha256-" + digest.group(1)
    path = os.path.join(store, name)
    try:
        real = resolve(path)
        if not real.startswith(resolve(store) + os.sep):
            report(
                shown(path),
                f"is a link out of its store, to {shown(real)}, and was not followed",
                "unsupported",
                lost=True,
            )
            model.complete = False
            return
        file = file_at(name, path, real)
    except OSError as error:
        model.complete = False
        report(shown(path), f"blob of {model.name}: " + explain(error)[0], *explain(error)[1:])
        return
    expected = [
        {"algorithm": "sha256", "digest": digest.group(1), "source": source}
        for source in ("blob name", shown(model.path))
    ]
    model.add(file, expected, weight=kind in _WEIGHTS)
    if kind not in _WEIGHTS:
        model.add_text(Text(kind, path, real))
    stated = layer.get("size")
    if isinstance(stated, int) and stated != file.size:
        report(
            shown(path),
            f"has {file.size} bytes, the manifest of {shown(model.name)} says {stated}",
            "error",
            lost=False,
        )
