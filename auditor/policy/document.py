"""YAML text to a tree whose every value knows its place.

Reads the core schema of YAML 1.2.2 (section 10.3) and nothing beyond it: ``NO`` is the country, ``12:30:45`` and
``2026-01-01`` are text, keys are text and stand once, tags and further documents are refused. Size, depth and what
aliases unfold to are bounded; nothing is ever constructed from a tag.
"""

import math
import re
from typing import Any

import yaml

from auditor.facts.canonical import MAX_INT
from auditor.policy.message import MOST_TOLD, Message, Place, tell
from auditor.policy.tree import Node

MAX_BYTES = 1 << 20
MAX_DEPTH = 24
MAX_NODES = 100_000
"""Values in one document, aliases unfolded."""
LONGEST_NUMBER = 40
"""What is longer is text: a digest may happen to hold nothing but decimal digits."""

_STR = "tag:yaml.org,2002:str"
_CORE = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
    ("null", r"null|Null|NULL|~|", ["n", "N", "~", ""]),
)
_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "bool", "int", "float", "null", "map", "seq"))


def parse(data: bytes, file: str) -> tuple[Node | None, tuple[Message, ...]]:
    """Read a document; None with messages where there is no tree to go on with. Never raises for bad input."""
    start = Place(file, 1, 1)
    if len(data) > MAX_BYTES:
        return None, (tell(start, "too-large", f"the file is {len(data)} bytes; a policy has at most {MAX_BYTES}"),)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, (_not_utf8(data, error, file),)
    try:
        composed = _Loader(text, file).get_single_node()
    except yaml.YAMLError as error:
        return None, (_syntax(error, text, file),)
    except _Refused as refused:
        return None, (refused.message,)
    if composed is None:
        return None, (tell(start, "empty", "the file is empty; a policy starts with 'schema: sovereign-policy/1'"),)
    builder = _Builder(file)
    try:
        tree = builder.build(composed, _place(composed.start_mark, file))
    except _Refused as refused:
        builder.messages.append(refused.message)
        return None, tuple(builder.messages)
    return tree, tuple(builder.messages)


class _Refused(Exception):
    """A bound was passed; reading stops."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


class _Loader(yaml.SafeLoader):
    """Composes nodes with the scalars of YAML 1.2 core, to a bounded depth and number."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def __init__(self, text: str, file: str) -> None:
        self._file = file
        self._depth = 0
        self._nodes = 0
        super().__init__(_printable(text, file))

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._depth += 1
        self._nodes += 1
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        if self._depth > MAX_DEPTH:
            raise _Refused(tell(_place(mark, self._file), "too-deep", f"nested more than {MAX_DEPTH} levels deep"))
        if self._nodes > MAX_NODES:
            raise _Refused(tell(_place(mark, self._file), "too-large", f"more than {MAX_NODES} values in one file"))
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


for _name, _pattern, _first in _CORE:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(rf"^(?:{_pattern})$"), list(_first))


class _Builder:
    """Turns composed YAML into the tree and collects what is wrong on the way."""

    def __init__(self, file: str) -> None:
        self.messages: list[Message] = []
        self._file = file
        self._built: dict[int, Node] = {}
        self._open: set[int] = set()

    def build(self, node: yaml.Node, key: Place) -> Node:
        place = _place(node.start_mark, self._file)
        known = self._built.get(id(node))
        if known is not None:
            return Node(known.value, known.place, key, known.text_at)
        if id(node) in self._open:
            raise _Refused(tell(place, "alias-cycle", "an alias stands within the value that it repeats"))
        self._open.add(id(node))
        if node.tag not in _TAGS:
            self._say(place, "tag", f"the tag {_short(node.tag)} is not allowed; policies hold plain values only")
        built = Node(self._value(node, place), place, key, _text_at(node, place))
        if built.size > MAX_NODES:
            raise _Refused(tell(place, "too-large", f"aliases unfold to more than {MAX_NODES} values"))
        self._open.remove(id(node))
        self._built[id(node)] = built
        return built

    def _value(self, node: yaml.Node, place: Place) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, _place(child.start_mark, self._file)) for child in node.value]
        try:
            return _scalar(node.tag, node.value)
        except ValueError as error:
            self._say(place, "scalar", str(error))
            return None

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for name, value in node.value:
            place = _place(name.start_mark, self._file)
            if not isinstance(name, yaml.ScalarNode) or name.tag != _STR:
                written = _short(name.value) if isinstance(name, yaml.ScalarNode) else "a list or mapping"
                self._say(place, "key", f"keys are text; {written} is not (put it in quotes)")
                continue
            if name.value in found:
                first = found[name.value].key
                self._say(
                    place, "duplicate-key", f"key '{_short(name.value)}' is given twice, first in line {first.line}"
                )
                continue
            found[name.value] = self.build(value, place)
        return found

    def _say(self, place: Place, rule: str, message: str) -> None:
        if len(self.messages) < MOST_TOLD:
            self.messages.append(tell(place, rule, message))


def _scalar(tag: str, text: str) -> str | int | float | bool | None:
    kind = tag.rpartition(":")[2]
    if kind == "null":
        return None
    if kind == "bool":
        if text.lower() not in ("true", "false"):
            raise ValueError(f"{_short(text)} is neither true nor false")
        return text.lower() == "true"
    if kind == "int":
        if len(text) > LONGEST_NUMBER:
            return text
        number = int(text, 0 if text[:2] in ("0o", "0x") else 10)
        if abs(number) > MAX_INT:
            raise ValueError(f"the number is beyond {MAX_INT}, which no JSON keeps exact")
        return number
    if kind == "float":
        if "inf" in text.lower() or "nan" in text.lower():
            raise ValueError(f"{text} is no number that a policy can hold")
        if len(text) > LONGEST_NUMBER:
            return text
        real = float(text)
        if real in (math.inf, -math.inf):
            raise ValueError(f"{_short(text)} is beyond what a number can hold")
        return real
    return text


def _text_at(node: yaml.Node, place: Place) -> Place | None:
    """Where a text begins within its quotes or below its ``|``; None where lines are folded or characters escaped."""
    if not isinstance(node, yaml.ScalarNode) or node.tag != _STR:
        return None
    buffer = node.start_mark.buffer
    if node.style == "|" and buffer is not None:
        for at, line in enumerate(buffer[node.start_mark.pointer :].split("\n")[1:], 1):
            if line.strip():
                return Place(place.file, place.line + at, len(line) - len(line.lstrip(" ")) + 1)
        return None
    if node.style == ">" or node.start_mark.line != node.end_mark.line:
        return None
    written = node.end_mark.column - node.start_mark.column
    if len(node.value) != written - (2 if node.style else 0):
        return None
    return Place(place.file, place.line, place.column + (1 if node.style else 0))


def _place(mark: yaml.Mark, file: str) -> Place:
    return Place(file, mark.line + 1, mark.column + 1)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _printable(text: str, file: str) -> str:
    """Refuse control characters with their place; PyYAML would only count characters."""
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if found is None:
        return text
    before = text[: found.start()]
    place = Place(file, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
    raise _Refused(tell(place, "syntax", f"the character U+{ord(found.group()):04X} is not allowed"))


def _not_utf8(data: bytes, error: UnicodeDecodeError, file: str) -> Message:
    before = data[: error.start]
    line_start = before.rfind(b"\n") + 1
    place = Place(file, before.count(b"\n") + 1, len(before[line_start:].decode("utf-8", "replace")) + 1)
    return tell(place, "encoding", f"byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8")


_HINTS = (
    ("mapping values are not allowed here", "a second ': ' in this line; put a text that holds a colon in quotes"),
    ("found character '\\t'", "a tab stands where spaces indent"),
    ("found undefined alias", "the alias repeats an anchor that is not there"),
    ("expected a single document", "a policy is one document; '---' starts another here"),
    ("expected ',' or", "a bracket or brace is not closed before this"),
    ("expected <block end>", "the indentation does not fit the lines above"),
    ("could not find expected ':'", "a ':' is missing after the key"),
    ("while scanning a quoted scalar", "the quotation mark is never closed"),
)


def _syntax(error: yaml.YAMLError, text: str, file: str) -> Message:
    problem = str(getattr(error, "problem", None) or error)
    context = str(getattr(error, "context", None) or "")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = _place(mark, file) if mark else Place(file, 1, 1)
    plain = next((words for sign, words in _HINTS if sign in problem or sign in context), "")
    technical = f"{context}, {problem}" if context else problem
    return tell(place, "syntax", f"{plain} (YAML: {technical})" if plain else f"not YAML: {technical}")
