"""Maintainer's command: licence texts and their markup to fingerprints under ``resources/knowledge/fingerprints``.

    python -m tools.fingerprint_licences FOLDER [MARKUP ...]

FOLDER holds the texts; MARKUP (default ``tools/fingerprints.yaml``) names for each the id, the title, the lines that
are the text, and paragraphs that want a name of their own. The texts themselves never enter the repository.

Clauses are taken from the enumerators (``1.``, ``b.``, ``iv.`` give ``1.b.iv``), the rights they touch from the words
in them; ``names`` gives a paragraph (counted from 1, blank lines between) a name where the text numbers nothing.
"""

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from auditor.knowledge.fingerprints import Clause, Fingerprint, Kind, Mark, encode
from auditor.knowledge.resources import resource
from auditor.recognise.licences_rights import ordered, rights_of
from auditor.recognise.licences_text import Text, enumerator_of, read_text

_ANNEX = re.compile(r"^\W*(?:attachment|appendix|annex|exhibit|schedule)\s+([A-Z0-9])?\b", re.IGNORECASE)
_ANNEX_LINE = re.compile(r"^\W*(?:attachment|appendix|annex|exhibit)\s+[A-Z]\s*(?:[-–—:].*)?$", re.IGNORECASE)
_SECTION = re.compile(r"^\W*section\s+(\d+)\s*(?:--|–|—)", re.IGNORECASE)
_PART = re.compile(r"^\W*section\s+[IVX]+\b", re.IGNORECASE)


@dataclass
class Level:
    """One open level of enumeration."""

    kind: str
    indent: int
    value: int
    label: str


@dataclass
class Outline:
    """Follows the enumerators of a text and names the clause that each begins."""

    levels: list[Level] = field(default_factory=list)
    prefix: str = ""

    def annex(self, label: str) -> str:
        self.levels.clear()
        self.prefix = f"Attachment {label}".strip()
        return self.prefix

    def enter(self, label: str, indent: int) -> str:
        if "." in label:
            self.levels = [Level("dotted", indent, 0, label)]
            return self._name()
        choices = _kinds(label)
        place = self._beside(choices, indent)
        if place is None:
            first = next(((kind, value) for kind, value in choices if value == 1), None)
            if first or not self.levels:
                kind, value = first or choices[0]
                while self.levels and self.levels[-1].indent > indent + 1:
                    self.levels.pop()
                if self.levels and self.levels[-1].kind == kind and self.levels[-1].indent == indent > 0:
                    self.levels.pop()
                self.levels.append(Level(kind, indent, value, label))
                return self._name()
            place = self._following(choices)
        depth, kind, value = place
        self.levels[depth:] = [Level(kind, indent, value, label)]
        return self._name()

    def outer(self, value: int) -> None:
        """Close every level but the first, whose next number is ``value``."""
        self.levels = [Level("number", self.levels[0].indent if self.levels else 0, value - 1, str(value - 1))]

    def _beside(self, choices: list[tuple[str, int]], indent: int) -> tuple[int, str, int] | None:
        """The deepest level that stands at this indent and that the enumerator continues."""
        for depth in range(len(self.levels) - 1, -1, -1):
            level = self.levels[depth]
            for kind, value in choices:
                if level.kind == kind and value == level.value + 1:
                    if abs(level.indent - indent) <= 1 or not any(
                        upper.kind == kind and abs(upper.indent - indent) <= 1 and value > upper.value
                        for upper in self.levels[:depth]
                    ):
                        return depth, kind, value
                elif level.kind == kind == "number" and abs(level.indent - indent) <= 1 and value > level.value:
                    return depth, kind, value
        return None

    def _following(self, choices: list[tuple[str, int]]) -> tuple[int, str, int]:
        kinds = {kind for kind, _ in choices}
        depth = max((n for n, level in enumerate(self.levels) if level.kind in kinds), default=0)
        return depth, *choices[0]

    def _name(self) -> str:
        labels = ".".join(level.label for level in self.levels)
        return f"{self.prefix}, {labels}" if self.prefix else labels


def fingerprint(raw: str, markup: dict[str, Any]) -> Fingerprint:
    """One text with its markup to a fingerprint."""
    lines = raw.replace("\r\n", "\n").split("\n")
    first, last = markup.get("lines", (1, len(lines)))
    text = read_text("\n".join(lines[first - 1 : last]))
    marks = bytearray(text.marks)
    shown = [n for n, line in enumerate(text.source.split("\n"), 1) if line.strip()]
    titles = set(shown[: markup.get("title_lines", 1)])
    annex = markup.get("optional_from")
    for place, line in enumerate(text.lines):
        if line in titles:
            marks[place] = Mark.TITLE
        elif annex and line + first - 1 >= annex and marks[place] != Mark.COPYRIGHT:
            marks[place] = Mark.OPTIONAL
    for phrase in markup.get("holders", ()):
        _mark_phrase(text, marks, phrase)
    return Fingerprint(
        id=markup["id"],
        spdx=markup["spdx"],
        title=markup["title"],
        version=str(markup.get("version", "")),
        kind=Kind(markup.get("kind", "licence")),
        words=text.hashes,
        marks=bytes(marks),
        clauses=tuple(_clauses(text, markup)),
    )


def _mark_phrase(text: Text, marks: bytearray, phrase: str) -> None:
    words = read_text(phrase).words
    for place in range(len(text.words) - len(words) + 1):
        if text.words[place : place + len(words)] == words:
            marks[place : place + len(words)] = bytes([Mark.HOLDER]) * len(words)


def _clauses(text: Text, markup: dict[str, Any]) -> Iterable[Clause]:
    names: dict[int, str] = markup.get("names", {})
    outline = Outline()
    outer: list[int] = markup.get("outer", [])
    starts: list[tuple[int, str]] = []
    source = text.source.split("\n")
    words_of_line: dict[int, int] = {}
    for place, line in enumerate(text.lines):
        words_of_line.setdefault(line, place)
    paragraph, blank = 0, True
    for number, line in enumerate(source, 1):
        if not line.strip():
            blank = True
            continue
        paragraph += blank
        place = words_of_line.get(number)
        if place is not None:
            annex = _ANNEX.match(line) if blank or _ANNEX_LINE.match(line) else None
            if blank and paragraph in names:
                starts.append((place, names[paragraph]))
            elif annex and len(line) < 100:
                starts.append((place, outline.annex((annex.group(1) or "").upper())))
            elif section := _SECTION.match(line):
                outline.levels = [Level("number", 0, int(section.group(1)), section.group(1))]
                starts.append((place, section.group(1)))
            elif text.marks[place] == Mark.ENUMERATOR and not _PART.match(line):
                if number in outer:
                    outline.outer(int(enumerator_of(line)))
                indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
                starts.append((place, outline.enter(enumerator_of(line), indent)))
        blank = False
    if not starts or starts[0][0] > 0:
        starts.insert(0, (0, names.get(1, "preamble")))
    seen: dict[str, int] = {}
    ends = [place for place, _ in starts[1:]] + [len(text.words)]
    for (start, name), end in zip(starts, ends, strict=True):
        seen[name] = seen.get(name, 0) + 1
        unique = name if seen[name] == 1 else f"{name} ({seen[name]})"
        rights = ordered([*rights_of(text.words[start:end]), *markup.get("rights", {}).get(unique, ())])
        yield Clause(unique, start, end, rights)


def _kinds(label: str) -> list[tuple[str, int]]:
    if label.isdigit():
        return [("number", int(label))]
    roman = _roman(label)
    letter = ord(label) - ord("a") + 1 if len(label) == 1 else 0
    return [(k, v) for k, v in (("letter", letter), ("roman", roman)) if v]


def _roman(label: str) -> int:
    values = {"i": 1, "v": 5, "x": 10}
    if set(label) - set(values):
        return 0
    total = 0
    for char, following in zip(label, [*label[1:], ""], strict=True):
        total += -values[char] if values.get(following, 0) > values[char] else values[char]
    return total


def main(arguments: list[str]) -> int:
    """Write the fingerprint files; says which texts it made."""
    if not arguments:
        print(__doc__)
        return 3
    folder = Path(arguments[0])
    target = resource("knowledge", "fingerprints")
    target.mkdir(parents=True, exist_ok=True)
    markups = [Path(a) for a in arguments[1:]] or [Path(__file__).with_name("fingerprints.yaml")]
    for markup in markups:
        for entry in yaml.safe_load(markup.read_text(encoding="utf-8")):
            source = folder / entry["file"]
            if not source.is_file():
                print(f"{source}: not there, its fingerprint is left as it is")
                continue
            made = fingerprint(source.read_text(encoding="utf-8"), entry)
            made = replace(made, clauses=tuple(c for c in made.clauses if c.end > c.start))
            name = entry.get("variant", entry["id"])
            (target / f"{name}.json").write_text(encode(made), encoding="utf-8")
            print(f"{name}: {len(made.words)} words, {len(made.clauses)} clauses")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
