"""A document as values that know their places."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from auditor.policy.message import Place


@dataclass(frozen=True, eq=False)
class Node:
    """A value with its place; ``key`` is the place of the key that it stands under."""

    value: "str | int | float | bool | dict[str, Node] | list[Node] | None"
    place: Place
    key: Place
    text_at: Place | None = None
    """Where the first character of a text stands, if its lines stand in the file as they are read."""

    @cached_property
    def size(self) -> int:
        """Values in it, itself included, shared ones counted as often as they occur."""
        return 1 + sum(child.size for child in self.children())

    def children(self) -> "Iterator[Node]":
        """The values directly in it."""
        if isinstance(self.value, dict):
            yield from self.value.values()
        elif isinstance(self.value, list):
            yield from self.value

    def get(self, name: str) -> "Node | None":
        """The value under a key; None where there is none or this is no mapping."""
        return self.value.get(name) if isinstance(self.value, dict) else None

    def entries(self, name: str) -> "dict[str, Node]":
        """The mapping under a key, empty where it is missing or something else."""
        found = self.get(name)
        return found.value if found is not None and isinstance(found.value, dict) else {}

    def elements(self, name: str) -> "list[Node]":
        """The list under a key, empty where it is missing or something else."""
        found = self.get(name)
        return found.value if found is not None and isinstance(found.value, list) else []

    def text(self, name: str) -> str:
        """The text under a key, empty where it is missing or something else."""
        found = self.get(name)
        return found.value if found is not None and isinstance(found.value, str) else ""

    def nearest(self, path: tuple[str | int, ...]) -> "Node":
        """The value at a path, or the innermost one on the way to it."""
        here = self
        for step in path:
            below: Node | None = None
            if isinstance(here.value, dict):
                below = here.value.get(str(step))
            elif isinstance(here.value, list) and isinstance(step, int) and step < len(here.value):
                below = here.value[step]
            if below is None:
                return here
            here = below
        return here

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {name: child.plain() for name, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def with_value(self, value: Any) -> "Node":
        """Another value in the same place."""
        return Node(value, self.place, self.key, self.text_at)

    def within(self, line: int, column: int) -> Place:
        """The place of a character of this text, by its line and column in it, both from 1."""
        if self.text_at is None:
            return self.place
        return Place(self.place.file, self.text_at.line + line - 1, self.text_at.column + column - 1)


def graft(value: Any, place: Place) -> Node:
    """A plain value as a tree that stands wholly at one place."""
    if isinstance(value, dict):
        return Node({str(k): graft(v, place) for k, v in value.items()}, place, place)
    if isinstance(value, list | tuple):
        return Node([graft(v, place) for v in value], place, place)
    return Node(value, place, place)
