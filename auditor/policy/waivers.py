"""Writing a waiver into a policy file: text is inserted, everything else stays as its author left it."""

import json
from collections.abc import Iterator
from typing import Any

import yaml

from auditor.facts.canonical import canonical
from auditor.policy.document import parse
from auditor.policy.effective import Waiver, WaiverSignature


def add_waiver(text: str, waiver: Waiver) -> str:
    """The policy's text with the waiver at the end of its ``waivers``; comments and layout are kept to the byte.

    Raises ValueError where the text is no policy, has a waiver of this id, or is laid out in a way that leaves no
    place for another.
    """
    tree, messages = parse(text.encode(), "policy")
    if tree is None or messages or not isinstance(tree.value, dict):
        raise ValueError(f"the policy cannot be read: {messages[0]}" if messages else "the text is no policy")
    before = tree.plain()
    entry = _entry(waiver)
    listed = before.get("waivers") or []
    if any(isinstance(other, dict) and other.get("id") == waiver.id for other in listed):
        raise ValueError(f"there is a waiver {waiver.id} already")
    written = _insert(text, entry)
    after, problems = parse(written.encode(), "policy")
    if after is None or problems or after.plain() != {**before, "waivers": [*listed, entry]}:
        raise ValueError("the file is laid out in a way that a waiver cannot be inserted into; write it by hand")
    return written


SIGNED_TYPE = "application/vnd.sovereignty-auditor.waiver+json"
"""Type of what an approver signs (DSSE)."""


def signed_bytes(waiver: Waiver) -> bytes:
    """What an approver signs: everything that the waiver says but its signature, whatever its layout in the file."""
    return canonical(waiver.model_dump(mode="json", exclude={"signature"}, exclude_defaults=True))


def add_signature(text: str, name: str, signature: WaiverSignature) -> str:
    """The policy's text with a signature at the end of the waiver of this id; all else is kept to the byte.

    Raises ValueError where there is no such waiver, where it is signed already, or where the layout leaves no place.
    """
    tree, messages = parse(text.encode(), "policy")
    if tree is None or messages or not isinstance(tree.value, dict):
        raise ValueError(f"the policy cannot be read: {messages[0]}" if messages else "the text is no policy")
    before = tree.plain()
    found = [w for w in before.get("waivers") or [] if isinstance(w, dict) and w.get("id") == name]
    if not found:
        raise ValueError(f"there is no waiver {name} in this file")
    if "signature" in found[0]:
        raise ValueError(f"the waiver {name} is signed already; take the old signature out first")
    entry = signature.model_dump(mode="json")
    node = next(_waiver_nodes(text, name))
    if node.flow_style:
        at = node.end_mark.index - 1
        written = f"{text[:at].rstrip().rstrip(',')}, signature: {json.dumps(entry)}{text[at:]}"
    else:
        lines = text.splitlines(keepends=True)
        last = _last_leaf(node).end_mark
        line = last.line + (1 if last.column else 0)
        added = f"{' ' * node.start_mark.column}signature: {_plain(entry)}\n"
        written = _join(lines[:line], added, lines[line:])
    found[0]["signature"] = entry
    after, problems = parse(written.encode(), "policy")
    if after is None or problems or after.plain() != before:
        raise ValueError("the file is laid out in a way that a signature cannot be inserted into; write it by hand")
    return written


def _waiver_nodes(text: str, name: str) -> Iterator[yaml.MappingNode]:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    for key, listed in root.value if isinstance(root, yaml.MappingNode) else ():
        for node in listed.value if key.value == "waivers" else ():
            if any(k.value == "id" and v.value == name for k, v in node.value):
                yield node


def _entry(waiver: Waiver) -> dict[str, Any]:
    """The waiver as the file has it: without what is default."""
    data = waiver.model_dump(mode="json")
    if data["hosts"] == ["*"]:
        del data["hosts"]
    return {key: value for key, value in data.items() if value not in ([], {}, None)}


def _insert(text: str, entry: dict[str, Any]) -> str:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        raise ValueError("the text is no policy")
    found = next((value for key, value in root.value if key.value == "waivers"), None)
    if found is None or not isinstance(found, yaml.SequenceNode):
        if found is not None and found.value:
            raise ValueError("'waivers' is no list")
        return _append(text, root, found, entry)
    if found.flow_style:
        # JSON is a flow collection of YAML, so one line fits into whatever stands there.
        at = found.end_mark.index - 1
        separator = ", " if found.value else ""
        return text[:at].rstrip() + separator + json.dumps(entry, ensure_ascii=False) + text[at:]
    lines = text.splitlines(keepends=True)
    last = _last_leaf(found.value[-1]).end_mark
    line = last.line + (1 if last.column else 0)
    return _join(lines[:line], _block(entry, found.start_mark.column), lines[line:])


def _append(text: str, root: yaml.MappingNode, empty: yaml.Node | None, entry: dict[str, Any]) -> str:
    """Where there are no waivers yet: after the key that stands empty, or at the end of the file."""
    if root.flow_style:
        raise ValueError("the policy is one flow mapping; write the waiver by hand")
    lines = text.splitlines(keepends=True)
    if empty is not None:
        line = empty.start_mark.line + 1
        return _join(lines[:line], _block(entry, 2), lines[line:])
    return _join(lines, "\nwaivers:\n" + _block(entry, 2), [])


def _join(before: list[str], block: str, after: list[str]) -> str:
    head = "".join(before)
    line_end = "\r\n" if "\r\n" in head else "\n"
    if head and not head.endswith("\n"):
        head += line_end
    return head + block.replace("\n", line_end) + "".join(after)


def _block(entry: dict[str, Any], column: int) -> str:
    """The entry as an author would write it, its dash in this column."""
    lines = [f"{key}: {_plain(value)}" for key, value in entry.items()]
    indent = " " * column
    return "".join(f"{indent}{'- ' if number == 0 else '  '}{line}\n" for number, line in enumerate(lines))


def _plain(value: Any) -> str:
    """A value on one line; text in quotes where YAML would read it as something else."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_plain(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_plain(item) for item in value) + "]"
    text = str(value)
    bare = text.strip() == text and all(char.isalnum() or char in "-._/ ()" for char in text)
    tree, messages = parse(f"{{a: {text}}}".encode(), "value") if bare and text else (None, ())
    same = tree is not None and not messages and tree.plain() == {"a": text}
    return text if same else json.dumps(text, ensure_ascii=False)


def _last_leaf(node: yaml.Node) -> yaml.Node:
    """The value that ends a block; flow collections and scalars end themselves."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node
