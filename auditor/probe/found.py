"""A model as a store keeps it, before it is reported: its files, its weights, what is expected of them."""

import json
import os
import re
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from . import limits
from .names import is_text, is_weight
from .text import exact
from .walk import Entry, read_regular

HEX64 = re.compile(r"^[0-9a-f]{64}$")
HEX40 = re.compile(r"^[0-9a-f]{40}$")

Expected = Dict[str, str]
"""``algorithm, digest, source``: an ``ExpectedDigest``."""


class File(NamedTuple):
    """A file of a model: ``name`` relative to its folder, ``path`` where it stands, ``real`` what to open."""

    name: str
    path: str
    real: str
    size: int
    device: int
    inode: int


class Weight(NamedTuple):
    """A weight file and the digests stated for it."""

    model: str
    file: File
    expected: List[Expected]


class Text(NamedTuple):
    """A text to be read; ``name`` as it is reported."""

    name: str
    path: str
    real: str


class Found:
    """One model."""

    def __init__(self, store: str, path: str, name: str, method: str, revision: str = "", note: str = "") -> None:
        self.store = store
        self.path = path
        self.name = name
        self.method = method
        self.revision = revision
        self.note = note
        self.files: List[File] = []
        self.weights: List[Weight] = []
        self.texts: List[Text] = []
        self.complete = True
        self.whole = False
        """Whether folders below it belong to it whatever they hold."""

    def add(self, file: File, expected: Optional[List[Expected]] = None, weight: Optional[bool] = None) -> None:
        """Take a file in; ``weight`` says what it is where its name does not."""
        if len(self.files) >= limits.FILES_PER_MODEL:
            self.complete = False
            return
        self.files.append(file)
        base = os.path.basename(file.name)
        if weight if weight is not None else is_weight(base):
            self.weights.append(Weight(self.path, file, expected or []))
        elif weight is None and is_text(base):
            self.add_text(Text(file.name, file.path, file.real))

    def add_text(self, text: Text) -> None:
        """Take a text in."""
        if len(self.texts) < limits.TEXTS_PER_MODEL:
            self.texts.append(text)
        else:
            self.complete = False

    def expect(self, source: str, digests: Dict[str, str], algorithm: str = "sha256") -> None:
        """Digests by file name that something beside the weights states."""
        for weight in self.weights:
            digest = digests.get(weight.file.name)
            if digest:
                weight.expected.append({"algorithm": algorithm, "digest": digest, "source": source})


def file_at(name: str, path: str, real: Optional[str] = None) -> File:
    """A file by its path. Raises OSError."""
    status = os.stat(real or path)
    return File(name, path, real or path, exact(status.st_size), status.st_dev, status.st_ino)


def file_of(entry: Entry, prefix: str) -> File:
    """A file of a listing; ``prefix`` is the folder relative to the model's."""
    return File(os.path.join(prefix, entry.name), entry.real, entry.real, entry.size, entry.device, entry.inode)


def digest_named(name: str, source: str) -> List[Expected]:
    """What the name of a content-addressed file promises."""
    if HEX64.match(name):
        return [{"algorithm": "sha256", "digest": name, "source": source}]
    if HEX40.match(name):
        return [{"algorithm": "git-sha1", "digest": name, "source": source}]
    return []


def read_json(path: str, limit: int = limits.MIB) -> Any:
    """Parsed JSON of a small file. Raises OSError, and ValueError where it is no JSON or too long."""
    data = read_regular(path, limit + 1, follow=True)
    if len(data) > limit:
        raise ValueError(f"longer than {limit} bytes")
    try:
        return json.loads(data.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def sums(data: bytes, most: int = limits.FILES_PER_MODEL) -> Dict[str, str]:
    """Digests by file name of a ``sha256sum`` list; lines of another form are passed over."""
    found: Dict[str, str] = {}
    for line in data.decode("utf-8", "replace").splitlines()[:most]:
        match = re.match(r"^\\?([0-9A-Fa-f]{64}) [ *](.{1,4096})$", line)
        if match:
            found[os.path.normpath(match.group(2))] = match.group(1).lower()
    return found


Report = Callable[..., None]
