"""Every leaf of facts.json with its JSON pointer and provenance, for tables. Pure."""

from dataclasses import dataclass
from typing import Any

_FACT = frozenset({"value", "source", "method", "time", "status"})


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value; those that carry no provenance of their own have an empty status."""

    pointer: str
    value: str
    status: str = ""
    source: str = ""
    method: str = ""
    time: str = ""
    note: str = ""


def leaves(document: Any) -> list[Leaf]:
    """All of them in the order of the document; an empty text that is no fact says nothing and is left out."""
    found: list[Leaf] = []
    stack: list[tuple[str, Any]] = [("", document)]
    while stack:
        pointer, value = stack.pop()
        if isinstance(value, dict):
            if value.keys() >= _FACT:
                found.append(_fact(pointer, value))
            else:
                stack.extend([(f"{pointer}/{_escape(key)}", value[key]) for key in reversed(value)])
        elif isinstance(value, list):
            stack.extend([(f"{pointer}/{number}", value[number]) for number in reversed(range(len(value)))])
        elif value != "":
            found.append(Leaf(pointer, show(value)))
    return found


def resolve(document: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) points to. Raises LookupError."""
    value = document
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list):
            if not key.isdecimal():
                raise LookupError(pointer)
            value = value[int(key)]
        elif isinstance(value, dict):
            value = value[key]
        else:
            raise LookupError(pointer)
    return value


def leaf_at(document: Any, pointer: str) -> Leaf:
    """The fact at a pointer; a thing with facts in it is summed up by the first words of them."""
    try:
        value = resolve(document, pointer)
    except LookupError:
        return Leaf(pointer, "")
    if isinstance(value, dict) and value.keys() >= _FACT:
        return _fact(pointer, value)
    if isinstance(value, dict | list):
        inside = leaves(value)
        first = next((leaf for leaf in inside if leaf.source), Leaf("", ""))
        words = ", ".join(leaf.value for leaf in inside[:6] if leaf.value)
        return Leaf(pointer, words, first.status, first.source, first.method, first.time)
    return Leaf(pointer, show(value))


def show(value: Any) -> str:
    """A value in one line: ``BF16: 8030261248``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {show(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(show(item) for item in value)
    return str(value)


def _fact(pointer: str, value: dict[str, Any]) -> Leaf:
    text = {key: str(value.get(key) or "") for key in ("status", "source", "method", "time", "note")}
    return Leaf(pointer, show(value["value"]), **text)


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
