"""Records of files that a loader takes for more than numbers → contents: what each could do, and what was not seen."""

import posixpath
from collections.abc import Iterable, Iterator

from auditor.facts.contents import Content, Harm, Hazard
from auditor.facts.fact import SEEN, Fact, Status
from auditor.facts.models import Model
from auditor.facts.records import AnyRecord, ContentRecord, HeaderRecord, Record, TextRecord
from auditor.recognise.imports import harm_of
from auditor.recognise.models_files import Document, Files, group, walk
from auditor.recognise.models_leaf import clean, seen, unseen
from auditor.recognise.templates import hazards_of

_HARMS = {
    "computed-name": Harm.HIGH,
    "extension": Harm.HIGH,
    "traversal": Harm.HIGH,
    "archive-link": Harm.HIGH,
    "archive-device": Harm.HIGH,
    "lambda": Harm.HIGH,
    "computed-call": Harm.MEDIUM,
    "build": Harm.MEDIUM,
    "nested": Harm.MEDIUM,
    "code": Harm.MEDIUM,
    "twice": Harm.MEDIUM,
    "objects": Harm.LOW,
    "link": Harm.LOW,
}
_ATTENTION = ("_attn_implementation", "attn_implementation", "_experts_implementation", "experts_implementation")
_UNSUPPORTED = ("is not looked into", "a llamafile is a program")
_GO = "a template of Go, which calls only what the server gives it; it was not parsed"
_TEMPLATE_KEY = "tokenizer.chat_template"
_CUT = 64 * 1024
"""Bytes at which the probe cuts a value of a header."""


def contents_of(records: Iterable[AnyRecord], models: Iterable[Model]) -> tuple[Content, ...]:
    """The contents of the models, ordered by model, path and kind; files of no known model are left out."""
    records = tuple(records)
    ids = {model.path: model.id for model in models}
    found: dict[tuple[str, str, str], Content] = {}
    for record in records:
        if isinstance(record, ContentRecord) and record.model in ids:
            found.setdefault((record.model, record.path, ""), _file(record, ids[record.model]))
    for files in group(records):
        if files.model.path in ids:
            for content in (*_templates(files, ids[files.model.path]), *_settings(files, ids[files.model.path])):
                found.setdefault((files.model.path, content.path, content.kind), content)
    return tuple(sorted(found.values(), key=lambda content: (content.model, content.path, content.kind)))


def _file(record: ContentRecord, model: str) -> Content:
    hazards = []
    for each in record.imports:
        harm = harm_of(each.name)
        if harm is not None:
            name = clean(each.name)
            detail = f"imports {name}" if harm is Harm.HIGH else f"imports {name}, which is not known to be harmless"
            hazards.append(Hazard(kind="import", harm=harm, detail=detail, name=name, where=clean(each.where)))
    for sign in record.signs:
        harm = _HARMS.get(sign.kind, Harm.MEDIUM)
        hazards.append(Hazard(kind=clean(sign.kind, 32), harm=harm, detail=clean(sign.detail), where=clean(sign.where)))
    status = Status.ERROR
    if record.problems and all(any(word in problem for word in _UNSUPPORTED) for problem in record.problems):
        status = Status.UNSUPPORTED
    note = "; ".join(clean(problem) for problem in record.problems)
    if record.status not in SEEN:
        status, note = record.status, record.note or note or "the file was not read"
    return Content(
        path=record.path,
        model=model,
        kind=clean(record.kind, 32),
        hazards=_leaf(record, hazards, note, "opcodes", status, record.path),
    )


def _leaf(
    record: Record, hazards: Iterable[Hazard], note: str, method: str, status: Status, source: str
) -> Fact[tuple[Hazard, ...]]:
    """Whole and empty, or what was found with a note of what was not seen, or no value."""
    ordered = tuple(sorted(dict.fromkeys(hazards), key=lambda h: (_ORDER[h.harm], h.kind, h.detail, h.where)))
    if note and not ordered:
        return unseen(record, method, note, status, source=source)
    return seen(record, ordered, method, note=note, source=source)


_ORDER = {Harm.HIGH: 0, Harm.MEDIUM: 1, Harm.LOW: 2}


def _templates(files: Files, model: str) -> Iterator[Content]:
    for record in files.texts:
        name = posixpath.basename(record.name).lower()
        if files.model.store == "ollama" and record.name == "template":
            fact = seen(record, (), "kind of template", Status.INFERRED, _GO, record.path)
            yield Content(path=record.path, model=model, kind="Go template", hazards=fact)
        elif name.endswith(".jinja"):
            yield _template(record, record.path, [("", record.text)], record.cut, model)
    for document in files.documents():
        templates = list(_in_document(document))
        if templates:
            yield _template(document.record, document.record.path, templates, False, model)
        elif document.problem and posixpath.basename(document.record.name) in _HOLDERS:
            fact = unseen(document.record, "jinja", document.problem, Status.ERROR, source=document.record.path)
            yield Content(path=document.record.path, model=model, kind="chat template", hazards=fact)
    for header in files.headers:
        templates = [(key, value) for key, value in header.metadata.items() if key.startswith(_TEMPLATE_KEY)]
        if templates:
            cut = any(len(value.encode()) >= _CUT for _, value in templates)
            yield _template(header, header.path, templates, cut, model)


_HOLDERS = ("tokenizer_config.json", "chat_template.json", "processor_config.json")


def _in_document(document: Document) -> Iterator[tuple[str, str]]:
    """Every template that a JSON file holds, by name."""
    for key, value in walk(document.value):
        if key != "chat_template":
            continue
        if isinstance(value, str):
            yield "", value
        elif isinstance(value, dict):
            yield from ((str(name), text) for name, text in value.items() if isinstance(text, str))
        elif isinstance(value, list):
            for entry in value:
                if isinstance(entry, dict) and isinstance(entry.get("template"), str):
                    yield str(entry.get("name", "")), entry["template"]


def _template(
    record: TextRecord | HeaderRecord, path: str, templates: Iterable[tuple[str, str]], cut: bool, model: str
) -> Content:
    hazards: list[Hazard] = []
    notes = ["it is too long and was not read whole"] if cut else []
    for name, text in templates:
        found, problem = hazards_of(text)
        label = clean(name, 100)
        for hazard in found:
            where = ", ".join(part for part in (label, hazard.where) if part)
            hazards.append(hazard.model_copy(update={"where": where}))
        if problem:
            notes.append(f"{label}: {problem}" if label else problem)
    leaf = _leaf(record, hazards, "; ".join(dict.fromkeys(notes)), "jinja", Status.ERROR, path)
    return Content(path=path, model=model, kind="chat template", hazards=leaf)


def _settings(files: Files, model: str) -> Iterator[Content]:
    """Configuration that has a loader fetch code from elsewhere."""
    for document in files.documents():
        hazards = [
            Hazard(kind="kernel", harm=Harm.HIGH, detail=f"{key} has a loader fetch and run {clean(value, 200)}")
            for key, given in walk(document.value)
            if key in _ATTENTION
            for value in (given.values() if isinstance(given, dict) else [given])
            if isinstance(value, str) and "/" in value
        ]
        if hazards:
            leaf = _leaf(document.record, hazards, "", "configuration", Status.ERROR, document.record.path)
            yield Content(path=document.record.path, model=model, kind="configuration", hazards=leaf)
