"""Reads the caches and download folders of huggingface_hub as they lie on disk.

Layout of a cache: ``models--org--name/{refs,snapshots/<commit>,blobs/<digest>,trees/<commit>.json}``. A blob's name is
the SHA-256 of a large file or the git SHA-1 of a small one. Folders of ``local_dir`` keep the same in
``.cache/huggingface/download/<file>.metadata`` (commit, digest, time).
"""

import os
from typing import Any, Dict, List

from . import limits
from .found import HEX40, HEX64, Found, Report, Text, digest_named, file_at, file_of, read_json
from .paths import resolve
from .text import path as shown
from .walk import Walk, explain, read_regular


def is_cached_model(folder: str, folders: List[str]) -> bool:
    """Whether a folder is one model of a cache."""
    return os.path.basename(folder).startswith("models--") and "snapshots" in folders


def cached(folder: str, walk: Walk, report: Report) -> List[Found]:
    """Each snapshot of one model of a cache."""
    name = "/".join(os.path.basename(folder).split("--")[1:])
    refs = _refs(os.path.join(folder, "refs"), walk)
    snapshots = walk.list(os.path.join(folder, "snapshots"), 1)
    models = []
    for commit in snapshots.folders if snapshots else []:
        path = os.path.join(folder, "snapshots", commit)
        note = ", ".join(sorted(ref for ref, target in refs.items() if target == commit))
        model = Found("huggingface-cache", path, name, "snapshot", commit, f"refs: {note}" if note else "")
        _snapshot(model, folder, path, "", walk, report, 2)
        tree = os.path.join(folder, "trees", commit + ".json")
        _expect_tree(model, tree, report)
        models.append(model)
    return models


def _refs(folder: str, walk: Walk) -> Dict[str, str]:
    listing = walk.list(folder, 1) if os.path.isdir(folder) else None
    refs = {}
    for entry in listing.files if listing else []:
        try:
            refs[entry.name] = read_regular(entry.real, limits.KIB).decode("utf-8", "replace").strip()
        except OSError:
            continue
    return refs


def _snapshot(model: Found, store: str, folder: str, prefix: str, walk: Walk, report: Report, depth: int) -> None:
    listing = walk.list(folder, depth)
    if listing is None or walk.cut:
        model.complete = False
    if listing is None:
        return
    inside = resolve(store) + os.sep
    for entry in listing.files:
        model.add(file_of(entry, prefix))
    for name, real in listing.links:
        path = os.path.join(folder, name)
        if not real.startswith(inside):
            report(
                shown(path),
                f"is a link out of its store, to {shown(real)}, and was not followed",
                "unsupported",
                lost=True,
            )
            model.complete = False
            continue
        try:
            file = file_at(os.path.join(prefix, name), path, real)
            model.add(file, digest_named(os.path.basename(real), "blob name"))
        except OSError as error:
            report(shown(path), *explain(error))
    for sub in listing.folders:
        _snapshot(model, store, os.path.join(folder, sub), os.path.join(prefix, sub), walk, report, depth + 1)


def _expect_tree(model: Found, path: str, report: Report) -> None:
    if not os.path.isfile(path):
        return
    try:
        files = read_json(path, 16 * limits.MIB)["files"]
        digests = {name: entry.get("lfs_sha256") for name, entry in files.items()}
        model.expect(shown(path), {name: digest for name, digest in digests.items() if _is(digest, HEX64)})
        model.add_text(Text(f"trees/{os.path.basename(path)}", path, path))
    except OSError as error:
        report(shown(path), *explain(error))
    except (ValueError, KeyError, AttributeError, TypeError):
        report(shown(path), "is not a list of files as huggingface_hub writes it", "error")


def _is(value: Any, pattern: Any) -> bool:
    return isinstance(value, str) and bool(pattern.match(value))


def is_local(folder: str, folders: List[str]) -> bool:
    """Whether a folder was downloaded with ``local_dir``."""
    return ".cache" in folders and os.path.isdir(os.path.join(folder, ".cache", "huggingface"))


def expect_local(model: Found, report: Report) -> None:
    """Take commit and digests from the notes of a ``local_dir`` download."""
    base = os.path.join(model.path, ".cache", "huggingface")
    for weight in model.weights:
        note = os.path.join(base, "download", weight.file.name + ".metadata")
        commit, digest = _note(note, report)
        if HEX64.match(digest) or HEX40.match(digest):
            weight.expected.extend(digest_named(digest, shown(note)))
        model.revision = model.revision or commit
    if not model.revision:
        model.revision = _note(os.path.join(base, "download", "config.json.metadata"), report)[0]
    if HEX40.match(model.revision):
        _expect_tree(model, os.path.join(base, "trees", model.revision + ".json"), report)


def _note(path: str, report: Report) -> List[str]:
    try:
        lines = read_regular(path, 4 * limits.KIB).decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return ["", ""]
    except OSError as error:
        report(shown(path), *explain(error))
        return ["", ""]
    if len(lines) < 2 or not HEX40.match(lines[0].strip()):
        return ["", ""]
    return [lines[0].strip(), lines[1].strip().strip('"')]
