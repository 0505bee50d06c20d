"""The collector ``models``: finds models, reports their files, texts and headers."""

import os
from typing import Any, Dict, Iterable, List

from . import contents, gguf, safetensors, stores, texts
from .found import Found, Weight
from .names import WEIGHTS, ending, format_of
from .stream import Stream
from .text import path as shown
from .walk import explain, open_regular, read_regular

NAME = "models"


def collect(stream: Stream, request: Dict[str, Any], seen: Iterable[str] = ()) -> List[Weight]:
    """Report the models below the asked-for places, the default stores and ``seen``; gives their weight files."""

    def report(where: str, what: str, status: str, remedy: str = "", lost: "bool | None" = None) -> None:
        stream.problem(NAME, where, what, status, remedy, lost)

    looks = 0

    def stop() -> bool:
        nonlocal looks
        looks += 1
        stream.progress(NAME, looks, None, "files")
        return stream.cancelled.is_set()

    finder = stores.Finder(report, stop)
    places = [(str(path), True) for path in request.get("paths", ())]
    if request.get("stores"):
        places += [(path, False) for path in stores.default_places()]
    if request.get("stores") or request.get("held"):
        places += [(path, False) for path in seen]
    done = 0
    for path, named in places:
        if stream.cancelled.is_set():
            break
        finder.look(os.path.abspath(os.path.expanduser(path)), named)
        while done < len(finder.models):
            _model(stream, finder.models[done])
            done += 1
    return [weight for model in finder.models for weight in model.weights]


def _model(stream: Stream, model: Found) -> None:
    files = [{"path": shown(file.name), "size": file.size} for file in sorted(model.files)]
    stream.record(
        NAME, "model", shown(model.path), model.method, note=model.note, path=shown(model.path), store=model.store,
        name=shown(model.name), revision=shown(model.revision), files=files, complete=model.complete,
    )  # fmt: skip
    if not model.complete:
        stream.problem(NAME, shown(model.path), "not all of its files could be listed", "error")
    for text in sorted(model.texts):
        if stream.cancelled.is_set():
            return
        try:
            read = texts.read(text.real, stream.cancelled.is_set)
        except OSError as error:
            stream.problem(NAME, shown(text.path), *explain(error))
            continue
        stream.record(
            NAME, "text", shown(text.path), "read", model=shown(model.path), path=shown(text.path),
            name=shown(text.name), size=read.size, sha256=read.sha256, text=read.text, cut=read.cut,
        )  # fmt: skip
    for weight in sorted(model.weights, key=lambda weight: weight.file):
        if stream.cancelled.is_set():
            return
        _header(stream, weight)
    for file, content in contents.of_model(model, stream.cancelled.is_set):
        stream.record(
            NAME, "content", shown(file.real), "opcodes", model=shown(model.path), path=shown(file.path), **content
        )


def _header(stream: Stream, weight: Weight) -> None:
    file = weight.file
    try:
        kind = format_of(file.name, read_regular(file.real, 16, follow=True))
        if kind == "unknown":
            # What is damaged at its very beginning is read as what it should be, so that the damage is named.
            kind = WEIGHTS.get(ending(file.name), kind)
        if kind not in ("safetensors", "gguf"):
            return
        with os.fdopen(open_regular(file.real, follow=True), "rb") as opened:
            size = os.fstat(opened.fileno()).st_size
            if kind == "gguf":
                header = gguf.read(opened, size, stream.cancelled.is_set)
            else:
                header = safetensors.read(opened, size)
    except OSError as error:
        stream.problem(NAME, shown(file.path), *explain(error))
        return
    stream.record(
        NAME, "header", shown(file.real), "header", model=shown(weight.model), path=shown(file.path), **header.fields()
    )
