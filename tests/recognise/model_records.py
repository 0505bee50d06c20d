"""Makes the records that a probe would report of a model, with the least that a test has to say."""

import hashlib
import json
import posixpath
from typing import Any

from auditor.facts.models import Store
from auditor.facts.records import (
    AnyRecord,
    ExpectedDigest,
    FileEntry,
    HeaderRecord,
    ModelRecord,
    TextRecord,
    WeightRecord,
)

TIME = "2026-11-22T10:00:00Z"


def text(model: str, name: str, content: str | dict[str, Any] | list[Any], **more: Any) -> TextRecord:
    """A text file of a model."""
    body = content if isinstance(content, str) else json.dumps(content)
    path = posixpath.join(model, name)
    return TextRecord(
        source=path, method="read", time=TIME, model=model, path=path, name=name, size=len(body),
        sha256=hashlib.sha256(body.encode("utf-8", "replace")).hexdigest(), text=body, **more,
    )  # fmt: skip


def header(model: str, name: str, format_: str = "safetensors", **more: Any) -> HeaderRecord:
    """The header of a weight file."""
    path = posixpath.join(model, name)
    more.setdefault("tensors", 2)
    return HeaderRecord(source=path, method="header", time=TIME, model=model, path=path, format=format_, **more)


def weight(model: str, name: str, format_: str = "safetensors", **more: Any) -> WeightRecord:
    """A weight file; ``expected`` as pairs of digest and source."""
    path = posixpath.join(model, name)
    stated = [ExpectedDigest(algorithm="sha256", digest=d, source=s) for d, s in more.pop("expected", [])]
    fields = {"size": 100, "modified": TIME, "sha256": "a" * 64, "method": "sha256", **more}
    return WeightRecord(
        source=path, time=TIME, model=model, path=path, format=format_, expected=tuple(stated), **fields
    )


def model(
    *records: AnyRecord,
    path: str = "/srv/models/m",
    store: Store = Store.DIRECTORY,
    name: str = "m",
    files: tuple[str, ...] = (),
    **more: Any,
) -> tuple[AnyRecord, ...]:
    """A model's own record, which lists the files of the others, and those."""
    own = [posixpath.relpath(r.path, path) for r in records if isinstance(r, TextRecord | HeaderRecord | WeightRecord)]
    entries = tuple(FileEntry(path=name, size=100) for name in dict.fromkeys([*own, *files]))
    record = ModelRecord(
        source=path, method="walk", time=TIME, path=path, store=store, name=name, files=entries, **more
    )
    return (record, *records)
