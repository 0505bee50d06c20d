"""Parameters of a policy: their types, and putting their values where ``${name}`` stands."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.policy.addresses import check_cidr
from auditor.policy.message import Message, nearest, tell
from auditor.policy.tree import Node

REFERENCE = re.compile(r"\$\{([^${}]{0,80})\}")
_SPDX = re.compile(r"^[A-Za-z0-9*?][A-Za-z0-9.+*?-]{0,99}$", re.ASCII)
_TEXT_TYPES = ("spdx-list", "cidr-list", "str-list", "gpu-list")
MOST_ENTRIES = 2_000
"""Of a list, parameters spliced in."""
LONGEST_TEXT = 10_000
"""Characters of a text with parameters filled in."""


def check_value(kind: str, value: Any, low: int | None = None, high: int | None = None) -> tuple[str, str]:
    """What is wrong with a value of this type, and what was perhaps meant; two empty texts if nothing is."""
    if kind == "bool":
        return ("", "") if isinstance(value, bool) else ("true or false is needed here", "")
    if kind == "int":
        if isinstance(value, bool) or not isinstance(value, int):
            return "a whole number is needed here", ""
        if low is not None and value < low:
            return f"{value} has to be at least {low}", ""
        if high is not None and value > high:
            return f"{value} has to be at most {high}", ""
        return "", ""
    if kind == "str":
        return ("", "") if isinstance(value, str) else ("a text is needed here", "")
    if not isinstance(value, list | tuple) or not all(isinstance(entry, str) for entry in value):
        return "a list of texts is needed here", ""
    if len(value) > MOST_ENTRIES:
        return f"a list has at most {MOST_ENTRIES} entries", ""
    found = (_check_entry(kind, entry) for entry in value)
    return next((problem for problem in found if problem[0]), ("", ""))


def _check_entry(kind: str, entry: str) -> tuple[str, str]:
    if kind == "cidr-list":
        return check_cidr(entry)
    if kind == "spdx-list" and not _SPDX.match(entry):
        return f"'{entry}' is no SPDX id or glob of such, like Apache-2.0 or CC-BY-*", ""
    if not entry.strip():
        return "an entry is empty", ""
    return "", ""


def read_value(kind: str, text: str) -> Any:
    """A value as typed on a command line; lists are separated by commas. Raises ValueError."""
    if kind == "bool":
        if text.lower() not in ("true", "false"):
            raise ValueError(f"'{text}' is neither true nor false")
        return text.lower() == "true"
    if kind == "int":
        if not re.fullmatch(r"[-+]?\d{1,15}", text, re.ASCII):
            raise ValueError(f"'{text}' is no whole number")
        return int(text)
    if kind in _TEXT_TYPES:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def references(node: Node) -> Iterator[str]:
    """The names of all parameters that a tree uses."""
    if isinstance(node.value, str):
        yield from REFERENCE.findall(node.value)
    for child in node.children():
        yield from references(child)


def substitute(node: Node, values: Mapping[str, Any]) -> tuple[Node, tuple[Message, ...]]:
    """The tree with ``${name}`` replaced, typed; a list within a list is spliced in. Places stay those of the use."""
    messages: list[Message] = []
    return _fill(node, values, messages), tuple(messages)


def _fill(node: Node, values: Mapping[str, Any], messages: list[Message]) -> Node:
    if isinstance(node.value, dict):
        return node.with_value({name: _fill(child, values, messages) for name, child in node.value.items()})
    if isinstance(node.value, list):
        filled: list[Node] = []
        for child in node.value:
            new = _fill(child, values, messages)
            splice = isinstance(child.value, str) and isinstance(new.value, list)
            filled += new.value if splice and isinstance(new.value, list) else [new]
            if len(filled) > MOST_ENTRIES:
                messages.append(tell(child.place, "too-large", f"a list has at most {MOST_ENTRIES} entries"))
                break
        return node.with_value(filled)
    if not isinstance(node.value, str) or "${" not in node.value:
        return node
    return _reference(node, node.value, values, messages)


def _reference(node: Node, text: str, values: Mapping[str, Any], messages: list[Message]) -> Node:
    names = REFERENCE.findall(text)
    if not names:
        messages.append(tell(node.place, "parameter", f"'{text}': a parameter is written ${{name}}"))
    for name in names:
        if name not in values:
            words = f"unknown parameter '{name}'" + ("" if values else "; the policy declares none")
            messages.append(tell(node.place, "unknown-parameter", words, nearest(name, values)))
    if not names or any(name not in values for name in names):
        return node.with_value(None)
    whole = REFERENCE.fullmatch(text)
    if whole:
        value = values[whole[1]]
        items = [Node(entry, node.place, node.key) for entry in value] if isinstance(value, list | tuple) else value
        return node.with_value(items)
    for name in names:
        if isinstance(values[name], list | tuple):
            messages.append(tell(node.place, "parameter", f"'{text}': a list cannot stand within a text"))
            return node.with_value(None)
    if len(text) + sum(len(_as_text(values[name])) for name in names) > LONGEST_TEXT:
        messages.append(tell(node.place, "too-large", f"a text has at most {LONGEST_TEXT} characters"))
        return node.with_value(None)
    return node.with_value(REFERENCE.sub(lambda match: _as_text(values[match[1]]), text))


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
