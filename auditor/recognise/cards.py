"""Reads the front matter of a model card: the YAML between two lines of dashes at its beginning.

A card comes from whoever published the model and is taken as hostile: the front matter is bounded in length, depth
and number of values, nothing in it is constructed but text, lists and maps, and references (anchors, aliases) are
refused. Everything a card says is a declaration.
"""

from typing import Any, NamedTuple

import yaml

LONGEST = 256 * 1024
"""Characters of front matter; some cards carry a whole licence in theirs."""
DEEPEST = 12
MOST_VALUES = 20_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Card(NamedTuple):
    """What a card's front matter says; ``problem`` tells why nothing could be read."""

    values: dict[str, Any]
    """Text, lists and maps of text; a number stays as it is written."""
    problem: str = ""

    def texts(self, key: str) -> tuple[str, ...]:
        """A value that may be one text or a list of them, empty ones left out."""
        value = self.values.get(key)
        many = value if isinstance(value, list) else [value]
        return tuple(text for text in many if isinstance(text, str) and text.strip())


def read_card(text: str) -> Card:
    """The front matter of a card. Never raises; a card without any is an empty one."""
    matter = _front_matter(text)
    if matter is None:
        return Card({})
    if len(matter) > LONGEST:
        return Card({}, f"front matter is longer than {LONGEST} characters")
    try:
        value = _Builder().build(matter)
    except _Refused as error:
        return Card({}, f"front matter {error}")
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 2}" if mark is not None else ""
        return Card({}, f"front matter is not YAML{line}")
    if not isinstance(value, dict):
        return Card({}, "" if value in (None, "") else "front matter is not a map")
    return Card(value)


def _front_matter(text: str) -> str | None:
    lines = text.removeprefix("\ufeff").split("\n", 1)
    if lines[0].rstrip() != "---" or len(lines) < 2:
        return None
    rest = lines[1]
    at = 0
    while at <= LONGEST and at < len(rest):
        end = rest.find("\n", at)
        end = len(rest) if end < 0 else end
        if rest[at:end].rstrip() in ("---", "..."):
            return rest[:at]
        at = end + 1
    return rest if len(rest) > LONGEST else None


class _Refused(Exception):
    """The front matter goes beyond its bounds."""


class _Builder:
    """Builds plain values from YAML's events, so that depth and number are bounded while reading."""

    def __init__(self) -> None:
        self._left = MOST_VALUES

    def build(self, text: str) -> Any:
        stack: list[tuple[str, Any, list[Any]]] = []
        result: Any = None
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
                raise _Refused("uses references")
            if isinstance(event, yaml.DocumentEndEvent):
                return result
            if isinstance(event, yaml.ScalarEvent):
                result = self._add(stack, event.value)
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                if len(stack) >= DEEPEST:
                    raise _Refused(f"is nested deeper than {DEEPEST}")
                stack.append(("map" if isinstance(event, yaml.MappingStartEvent) else "list", None, []))
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                kind, _, items = stack.pop()
                result = self._add(stack, _map(items) if kind == "map" else items)
        return result

    def _add(self, stack: list[tuple[str, Any, list[Any]]], value: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise _Refused(f"holds more than {MOST_VALUES} values")
        if stack:
            stack[-1][2].append(value)
        return value


def _map(items: list[Any]) -> dict[str, Any]:
    pairs = zip(items[::2], items[1::2], strict=True)
    return {key: value for key, value in pairs if isinstance(key, str)}
