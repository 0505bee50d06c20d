"""What belongs to one model: its record, the texts and headers beside it, and its JSON files, parsed with bounds."""

import json
import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from auditor.facts.records import AnyRecord, FileEntry, HeaderRecord, ModelRecord, TextRecord, WeightRecord
from auditor.recognise.cards import Card, read_card
from auditor.recognise.models_leaf import countable

MOST_NODES = 200_000
"""Values of one JSON file that are walked through."""


@dataclass(frozen=True)
class Document:
    """A JSON file beside the weights; ``problem`` tells why it could not be read."""

    record: TextRecord
    value: Any = None
    problem: str = ""

    @property
    def map(self) -> dict[str, Any]:
        """The value, or nothing where it is not an object."""
        return self.value if isinstance(self.value, dict) else {}


@dataclass(frozen=True)
class Files:
    """One model as its store keeps it."""

    model: ModelRecord
    texts: tuple[TextRecord, ...] = ()
    headers: tuple[HeaderRecord, ...] = ()
    weights: tuple[WeightRecord, ...] = ()
    _parsed: dict[str, Document] = field(default_factory=dict, compare=False, repr=False)

    def text(self, name: str) -> TextRecord | None:
        """The text of this name at the model's root."""
        return next((text for text in self.texts if text.name == name), None)

    def document(self, name: str) -> Document | None:
        """The JSON file of this name at the model's root."""
        record = self.text(name)
        if record is None:
            return None
        if name not in self._parsed:
            self._parsed[name] = read_document(record)
        return self._parsed[name]

    def documents(self) -> Iterator[Document]:
        """Every JSON file that was kept, in the order of reading."""
        for record in self.texts:
            if record.name.lower().endswith(".json") and not record.name.startswith("trees/"):
                found = self.document(record.name)
                if found is not None:
                    yield found

    @cached_property
    def config(self) -> Document | None:
        """``config.json``, unless it is the configuration of an Ollama image."""
        return self.document("config.json")

    @cached_property
    def cards(self) -> tuple[tuple[TextRecord, Card], ...]:
        """The model cards at the model's root."""
        return tuple((record, read_card(record.text)) for record in self.texts if is_card(record.name))

    @cached_property
    def copies(self) -> dict[str, list[HeaderRecord]]:
        """Headers of the language model's own weights by copy, without projectors and adapters.

        Publishers put the same weights side by side in two layouts or in many quantisations.
        """
        found: dict[str, list[HeaderRecord]] = {}
        for header in self.headers:
            if not _is_addition(header):
                found.setdefault(_copy(header), []).append(header)
        return found

    @cached_property
    def main_headers(self) -> tuple[HeaderRecord, ...]:
        """The headers of one copy, the largest."""
        if not self.copies:
            return ()
        return tuple(self.copies[max(self.copies, key=self._weight_of)])

    def _weight_of(self, copy: str) -> tuple[bool, int, str]:
        return copy != "consolidated", sum(header.parameters for header in self.copies[copy]), copy

    @cached_property
    def gguf(self) -> HeaderRecord | None:
        """The header that describes a GGUF model: the first of its main ones."""
        return next((header for header in self.main_headers if header.format == "gguf"), None)

    def has(self, name: str) -> bool:
        """Whether the store lists a file of this name."""
        return any(entry.path == name for entry in self.model.files)


def group(records: Iterable[AnyRecord]) -> tuple[Files, ...]:
    """The models of a stream of records, ordered by path; what was reported twice counts once."""
    models: dict[str, ModelRecord] = {}
    texts: dict[str, dict[str, TextRecord]] = {}
    headers: dict[str, dict[str, HeaderRecord]] = {}
    weights: dict[str, dict[str, WeightRecord]] = {}
    for record in records:
        if isinstance(record, ModelRecord):
            models.setdefault(record.path, record)
        elif isinstance(record, TextRecord):
            texts.setdefault(record.model, {}).setdefault(record.name, record)
        elif isinstance(record, HeaderRecord):
            headers.setdefault(record.model, {}).setdefault(record.path, record)
        elif isinstance(record, WeightRecord):
            weights.setdefault(record.model, {}).setdefault(record.path, record)
    return tuple(
        Files(
            models[path],
            tuple(texts.get(path, {}).values()),
            tuple(headers.get(path, {}).values()),
            tuple(weights.get(path, {}).values()),
        )
        for path in sorted(models)
    )


def is_card(name: str) -> bool:
    """Whether a text is the model's own card."""
    return name.lower() in ("readme.md", "model_card.md", "modelcard.md", "readme", "readme.txt")


def read_document(record: TextRecord) -> Document:
    """Parse a JSON file, tolerant of ``Infinity`` as Python writes it. Never raises."""
    if record.cut:
        return Document(record, problem=f"{record.name} is too long to be read ({record.size} bytes)")
    try:
        value = json.loads(record.text)
    except RecursionError:
        return Document(record, problem=f"{record.name} is nested too deeply")
    except ValueError as error:
        return Document(record, problem=f"{record.name} is not JSON: {str(error)[:120]}")
    return Document(record, value)


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key and value of nested objects, at most :data:`MOST_NODES`; no recursion, whatever the depth."""
    waiting = [value]
    left = MOST_NODES
    while waiting and left > 0:
        node = waiting.pop()
        if isinstance(node, dict):
            for key, inner in node.items():
                left -= 1
                yield key, inner
                waiting.append(inner)
        elif isinstance(node, list):
            left -= len(node)
            waiting.extend(node[:MOST_NODES])


def number(value: dict[str, Any], *keys: str) -> int:
    """The first of these keys that holds a whole number above zero; 0 where none does."""
    return next((found for key in keys if (found := countable(value.get(key))) is not None), 0)


def text(value: dict[str, Any], *keys: str) -> str:
    """The first of these keys that holds a text."""
    return next((found for key in keys if isinstance(found := value.get(key), str) and found.strip()), "")


def listed(files: Iterable[FileEntry], *endings: str) -> tuple[str, ...]:
    """Names of the files with one of these endings (lower case), sorted."""
    return tuple(sorted(entry.path for entry in files if entry.path.lower().endswith(endings)))


def _copy(header: HeaderRecord) -> str:
    name = posixpath.basename(header.path)
    if header.format == "gguf":
        stem = name.rsplit(".", 1)[0]
        return "gguf " + (stem[:-15] if _is_shard(stem) else stem)
    return "consolidated" if name.startswith("consolidated") else "safetensors"


def _is_shard(stem: str) -> bool:
    tail = stem[-15:]
    return len(tail) == 15 and tail[0] == "-" and tail[6:10] == "-of-" and (tail[1:6] + tail[10:]).isdigit()


def _is_addition(header: HeaderRecord) -> bool:
    """Projectors, adapters and the like, which go on top of a model."""
    name = posixpath.basename(header.path).lower()
    if header.format == "gguf":
        kind = header.metadata.get("general.type", "model").lower()
        return kind in ("adapter", "mmproj", "vocab", "imatrix") or _is_projector(header)
    return name.startswith("adapter_")


def _is_projector(header: HeaderRecord) -> bool:
    return header.metadata.get("general.architecture", "").lower() == "clip" or "mmproj" in header.path.lower()
