"""Fingerprints of licences and use policies: sequences of hashed words, one JSON file a text.

A fingerprint holds no text. Each word is the first 32 bits of its BLAKE2b digest, in the order of the text; clauses
are ranges of words. Two words of one language share 32 bits about once in four thousand million pairs.
"""

import base64
import json
from array import array
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cache
from pathlib import Path
from sys import byteorder

from auditor.knowledge.resources import resource

SCHEMA = "sovereign-fingerprint/1"


class Mark(IntEnum):
    """What a word of a licence is, as far as a difference there may be harmless."""

    BODY = 0
    """Ordinary text: any difference counts."""
    ENUMERATOR = 1
    """``a.``, ``(iv)``, ``3.2``: converters drop and renumber them."""
    COPYRIGHT = 2
    """A copyright line: its holder and years differ from copy to copy."""
    TITLE = 3
    """The name of the text above it, which many copies leave out."""
    OPTIONAL = 4
    """An annex that tells how to apply the text and is often left out."""
    HOLDER = 5
    """A name in the running text that each licensor replaces by his own."""


class Kind(StrEnum):
    """What a text is."""

    LICENCE = "licence"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Clause:
    """Words ``start`` to ``end`` (exclusive) and the rights that they touch."""

    name: str
    start: int
    end: int
    rights: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One known text."""

    id: str
    """Key of ``licences.yaml``."""
    spdx: str
    title: str
    version: str
    kind: Kind
    words: tuple[int, ...]
    marks: bytes
    """A :class:`Mark` for each word."""
    clauses: tuple[Clause, ...]

    def clause(self, word: int) -> Clause | None:
        """The clause that holds a word."""
        return next((c for c in self.clauses if c.start <= word < c.end), None)


@dataclass(frozen=True, eq=False)
class Fingerprints:
    """All known texts, and the words that a deleted passage may be spelt with."""

    texts: tuple[Fingerprint, ...]
    lexicon: tuple[str, ...] = ()

    def get(self, id: str) -> Fingerprint | None:
        """The text with this id."""
        return next((t for t in self.texts if t.id == id), None)


def encode(text: Fingerprint) -> str:
    """The file of a fingerprint."""
    packed = array("I", text.words)
    if byteorder == "big":
        packed.byteswap()
    data = base64.b64encode(packed.tobytes()).decode()
    document = {
        "schema": SCHEMA,
        "id": text.id,
        "spdx": text.spdx,
        "title": text.title,
        "version": text.version,
        "kind": text.kind.value,
        "marks": {mark.name.lower(): _ranges(text.marks, mark) for mark in Mark if mark and mark in text.marks},
        "clauses": [[c.name, c.start, c.end, list(c.rights)] for c in text.clauses],
        "words": [data[i : i + 100] for i in range(0, len(data), 100)],
    }
    head = ",\n".join(
        f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
        for key, value in document.items()
        if key not in ("clauses", "words")
    )
    clauses = ",\n".join("  " + json.dumps(c, ensure_ascii=False) for c in document["clauses"])
    words = ",\n".join("  " + json.dumps(w) for w in document["words"])
    return f'{{\n{head},\n "clauses": [\n{clauses}\n ],\n "words": [\n{words}\n ]\n}}\n'


def decode(data: str) -> Fingerprint:
    """Read one. Raises ValueError or KeyError where it is not a fingerprint."""
    raw = json.loads(data)
    if raw["schema"] != SCHEMA:
        raise ValueError(f"not a {SCHEMA}: {raw['schema']}")
    words = array("I", base64.b64decode("".join(raw["words"]), validate=True))
    if byteorder == "big":
        words.byteswap()
    marks = bytearray(len(words))
    for name, ranges in raw["marks"].items():
        for start, end in ranges:
            marks[start:end] = bytes([Mark[name.upper()]]) * (end - start)
    if len(marks) != len(words):
        raise ValueError("a mark lies outside the text")
    clauses = tuple(Clause(name, start, end, tuple(rights)) for name, start, end, rights in raw["clauses"])
    return Fingerprint(
        raw["id"], raw["spdx"], raw["title"], raw["version"], Kind(raw["kind"]), tuple(words), bytes(marks), clauses
    )


def read(folder: Path) -> Fingerprints:
    """All fingerprints of a folder, and its list of words."""
    texts = tuple(decode(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json")))
    lexicon = folder / "words.txt"
    words = lexicon.read_text(encoding="utf-8").split() if lexicon.is_file() else []
    return Fingerprints(texts, tuple(words))


@cache
def load() -> Fingerprints:
    """The fingerprints that the product ships."""
    return read(resource("knowledge", "fingerprints"))


def _ranges(marks: bytes, mark: Mark) -> list[list[int]]:
    found: list[list[int]] = []
    for index, value in enumerate(marks):
        if value != mark:
            continue
        if found and found[-1][1] == index:
            found[-1][1] = index + 1
        else:
            found.append([index, index + 1])
    return found
