"""Policy files from disk: the named one and all that it extends, each read once and digested."""

import hashlib
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from auditor.errors import UserError
from auditor.knowledge.resources import root
from auditor.policy.crosscheck import crosscheck
from auditor.policy.document import MAX_BYTES, parse
from auditor.policy.merge import Layer, Merged, merge
from auditor.policy.message import MOST_TOLD, Message, PolicyError, nearest, tell
from auditor.policy.schema import MOST_CONTROLS, Policy
from auditor.policy.tree import Node
from auditor.policy.validation import validate
from auditor.policy.versions import holds

BUILTIN = "builtin:"
SUFFIXES = (".yaml", ".yml")
MOST_FILES = 32
SCHEMA = "sovereign-policy/1"


@dataclass(frozen=True)
class Loaded:
    """A policy without mistakes: its layers, base first, and their merged whole."""

    path: Path
    layers: tuple[Layer, ...]
    merged: Merged


def builtin_names() -> tuple[str, ...]:
    """The policies that come with the product."""
    return tuple(sorted(path.stem for path in root().joinpath("policies").glob("*.yaml")))


def find(name_or_path: str | Path) -> Path:
    """Where a policy lies: a name (with or without ``builtin:``) or a path. Raises UserError."""
    given = str(name_or_path)
    if isinstance(name_or_path, Path) or "/" in given or "\\" in given or given.endswith(SUFFIXES):
        path = Path(given).expanduser()
        if not path.exists():
            raise UserError("there is no such policy file", "See the built-in ones: auditor policy list", given)
        return path
    name = given.removeprefix(BUILTIN)
    if name not in builtin_names():
        near = nearest(name, builtin_names())
        meant = f"Did you mean '{near}'? " if near else ""
        hint = f"{meant}Built in: {', '.join(builtin_names())}. A file is given with its path, like ./{name}.yaml"
        raise UserError(f"there is no built-in policy '{name}'", hint)
    return root() / "policies" / f"{name}.yaml"


def load(name_or_path: str | Path) -> Loaded:
    """The policy with all that it extends. Raises PolicyError with every message, UserError where there is no file."""
    loaded, messages = examine(name_or_path)
    if loaded is None:
        raise PolicyError(messages)
    return loaded


def examine(name_or_path: str | Path, data: bytes | None = None) -> tuple[Loaded | None, tuple[Message, ...]]:
    """The policy, or None with all its messages in the order of the files. Raises UserError where there is no file.

    With ``data`` that content is judged as if it stood at the path, so that an editor can check before it saves.
    """
    path = find(name_or_path) if data is None else Path(name_or_path)
    reading = _Reading()
    reading.read(path, str(path), data)
    if not reading.layers or reading.layers[-1].file != str(path):
        return None, _ordered(reading.messages)
    merged, weakened = merge(reading.layers)
    messages = reading.messages
    if len(merged.controls) > MOST_CONTROLS:
        messages.append(tell(merged.head.place, "too-large", f"a policy has at most {MOST_CONTROLS} controls"))
    elif not reading.unreadable:
        messages = _add(messages, [*weakened, *islice(crosscheck(merged, reading.layers), MOST_TOLD)])
    if messages:
        return None, _ordered(messages)
    return Loaded(path, tuple(reading.layers), merged), ()


def _add(messages: list[Message], later: Iterable[Message]) -> list[Message]:
    """Both, without what a later stage says of a place that an earlier one has found wrong."""
    taken = {(m.file, m.line, m.column) for m in messages}
    return messages + [m for m in later if (m.file, m.line, m.column) not in taken]


def _ordered(messages: Iterable[Message]) -> tuple[Message, ...]:
    return tuple(sorted(set(messages)))


@dataclass
class _Reading:
    """Depth first; a file that is extended twice is one layer, below everything that extends it."""

    layers: list[Layer] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    unreadable: bool = False
    """Part of what is extended could not be read, so names that seem unknown may be there."""
    _open: list[Path] = field(default_factory=list)
    _done: dict[Path, Layer | None] = field(default_factory=dict)

    def read(self, path: Path, shown: str, data: bytes | None = None) -> Layer | None:
        """Read a file after what it extends."""
        key = path.resolve()
        if key in self._done:
            return self._done[key]
        self._done[key] = None
        data = _bytes(path, shown) if data is None else data
        tree, messages = parse(data, shown)
        if tree is None:
            self.messages += messages
            self.unreadable = True
            return None
        self.messages += _add([*messages, *_version(tree)], validate(Policy, tree, within="the policy")[1])
        self._open.append(key)
        for entry in tree.elements("extends"):
            if isinstance(entry.value, str):
                self._extend(path, entry, entry.value)
        self._open.pop()
        layer = Layer(shown, tree, hashlib.sha256(data).hexdigest())
        self.layers.append(layer)
        self._done[key] = layer
        return layer

    def _extend(self, child: Path, entry: Node, written: str) -> None:
        name, _, wanted = written.partition("@")
        try:
            path, shown = _beside(child, name)
            if path.resolve() in self._open:
                chain = " → ".join(p.name for p in [*self._open, path.resolve()])
                raise ValueError(f"the policies extend each other: {chain}")
            if len(self._done) >= MOST_FILES:
                raise ValueError(f"more than {MOST_FILES} files are extended")
            layer = self.read(path, shown)
            if layer is not None and wanted and not holds(wanted, layer.version):
                raise ValueError(f"{name} is version {layer.version}, which is not in '{wanted}'")
        except (ValueError, UserError) as error:
            self.unreadable = True
            words = error.message if isinstance(error, UserError) else str(error)
            near = nearest(name.removeprefix(BUILTIN), builtin_names()) if name.startswith(BUILTIN) else ""
            meant = f"{BUILTIN}{near}" if near and near != name.removeprefix(BUILTIN) else ""
            self.messages.append(tell(entry.place, "extends", words, meant))


def _version(tree: Node) -> tuple[Message, ...]:
    """What to do about a file of another version of the format."""
    written = tree.text("schema")
    name, _, number = written.partition("/")
    known, _, current = SCHEMA.partition("/")
    if name != known or written == SCHEMA:
        return ()
    later = number.isascii() and number.isdigit() and len(number) < 10 and int(number) > int(current)
    what = "a later release of this product reads it" if later else "there never was such a version"
    place = tree.nearest(("schema",)).place
    return (
        tell(
            place, "schema-version", f"version '{number[:20]}' of the format: {what}; this one reads {SCHEMA}", SCHEMA
        ),
    )


def _beside(child: Path, name: str) -> tuple[Path, str]:
    """The file that ``extends`` names. Raises ValueError or UserError."""
    if name.startswith(BUILTIN):
        path = find(name)
        return path, str(path)
    if not name.endswith(SUFFIXES):
        raise ValueError(f"'{name}' is neither builtin:NAME nor a file that ends in .yaml")
    if Path(name).is_absolute() or "://" in name:
        raise ValueError(f"'{name}': a file is given relative to the policy that extends it")
    path = child.parent / name
    if not path.exists():
        raise ValueError(f"there is no file '{name}' beside this policy")
    return path, str(path)


def _bytes(path: Path, shown: str) -> bytes:
    """The content, at most one byte more than a policy may have. Raises UserError."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UserError("a policy is a regular file", "Give the path of a .yaml file.", shown)
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror or error}", "Check path and permissions.", shown) from error
