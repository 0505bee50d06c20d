"""Finds what a loader would run as code: Python files beside the weights, and entries that name classes to load."""

from collections.abc import Iterator

from auditor.facts.fact import Fact, Status
from auditor.recognise.models_files import Document, Files, listed, text, walk
from auditor.recognise.models_leaf import clean, seen, unseen

MOST = 200
"""Entries that are listed; those beyond are counted in the note."""

_CODE = (".py", ".pyc", ".so", ".pyd", ".dll")
_CONFIGURATION = (
    "config.json",
    "tokenizer_config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "modules.json",
)


def custom_code_of(files: Files) -> Fact[tuple[str, ...]]:
    """Files and entries that a loader may execute; no value where that could not be looked up."""
    found = list(listed(files.model.files, *_CODE))
    documents = list(files.documents())
    for document in documents:
        found.extend(_entries(document))
    values = tuple(dict.fromkeys(clean(entry) for entry in found))
    unread = _unread(files, documents)
    if values:
        more = f"{len(values) - MOST} more entries are not listed" if len(values) > MOST else ""
        return seen(
            files.model, values[:MOST], "file list and configuration", note="; ".join(filter(None, (more, unread)))
        )
    if unread:
        return unseen(files.model, "file list and configuration", unread, Status.ERROR)
    return seen(files.model, (), "file list and configuration")


def _entries(document: Document) -> Iterator[str]:
    name = document.record.name
    for key, value in walk(document.value):
        if key == "auto_map" and value:
            yield f"{name}: auto_map {_classes(value)}".rstrip()
        elif key in ("custom_pipelines", "model_file") and value:
            # diffusers and mlx-lm load the code that these keys name.
            yield f"{name}: {key}"
    if name.rsplit("/", 1)[-1] == "modules.json" and isinstance(document.value, list):
        for module in document.value:
            kind = text(module, "type") if isinstance(module, dict) else ""
            if kind and not kind.startswith("sentence_transformers."):
                yield f"{name}: type {kind}"


def _classes(value: object) -> str:
    if isinstance(value, dict):
        flat = (item for item in value.values() for item in (item if isinstance(item, list) else [item]))
        return ", ".join(sorted({item for item in flat if isinstance(item, str)})[:8])
    return value if isinstance(value, str) else ""


def _unread(files: Files, documents: list[Document]) -> str:
    """Why code could have been missed; empty where it could not."""
    problems = [d.problem for d in documents if d.problem and d.record.name.rsplit("/", 1)[-1] in _CONFIGURATION]
    have = {document.record.name for document in documents}
    problems += [f"{name} was not read" for name in _CONFIGURATION if files.has(name) and name not in have]
    if not files.model.complete:
        problems.append("the list of files is not complete")
    return "; ".join(problems)
