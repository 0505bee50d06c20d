"""Several layers to one policy: the child over the parent, by id, every value keeping its place.

Layers come base first. A layer may change an inherited control freely as long as it asks for no less; whoever weakens
one (lower severity, milder ``on_unknown`` or arguments, fewer subjects, another check, or none at all) has to give a
reason, which the dossier prints.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.policy.checks import SPECS
from auditor.policy.direction import OPAQUE, Direction, argument_direction
from auditor.policy.effective import OnUnknown, Severity
from auditor.policy.message import Message, tell
from auditor.policy.spec import Spec
from auditor.policy.tree import Node

_SEVERITIES = [member.value for member in Severity]
_ON_UNKNOWN = [OnUnknown.WARN.value, OnUnknown.MANUAL.value, OnUnknown.FAIL.value]
"""Mildest first."""


@dataclass(frozen=True)
class Layer:
    """One file, read."""

    file: str
    tree: Node
    sha256: str

    @property
    def id(self) -> str:
        """The id that the file states."""
        return self.tree.text("id")

    @property
    def version(self) -> str:
        """The version that the file states."""
        return self.tree.text("version")


@dataclass(frozen=True)
class Weakening:
    """What a layer takes back of an inherited control, and why."""

    control: str
    field: str
    value: Any
    reason: str


@dataclass
class Merged:
    """All layers as one; mappings by id in the order of first mention."""

    head: Node
    """The named policy's own file, for what is not inherited: id, version, title, validity, tests."""
    params: dict[str, Node] = field(default_factory=dict)
    deployer: dict[str, Node] = field(default_factory=dict)
    reading: dict[str, Node] = field(default_factory=dict)
    sealed: dict[str, Node] = field(default_factory=dict)
    standards: dict[str, Node] = field(default_factory=dict)
    groups: dict[str, Node] = field(default_factory=dict)
    controls: dict[str, Node] = field(default_factory=dict)
    tailoring: list[Node] = field(default_factory=list)
    pins: list[Node] = field(default_factory=list)
    waivers: dict[str, Node] = field(default_factory=dict)
    approvers: list[Node] = field(default_factory=list)
    weakenings: list[Weakening] = field(default_factory=list)

    @property
    def active(self) -> dict[str, Node]:
        """The controls that no layer took out."""
        return {name: node for name, node in self.controls.items() if not is_disabled(node)}


def merge(layers: Sequence[Layer]) -> tuple[Merged, tuple[Message, ...]]:
    """The layers, base first, as one; messages are weakenings without a reason. Tolerates malformed parts."""
    merged = Merged(layers[-1].tree)
    messages: list[Message] = []
    for layer in layers:
        tree = layer.tree
        for section, into in (
            ("params", merged.params),
            ("deployer", merged.deployer),
            ("reading", merged.reading),
            ("sealed", merged.sealed),
            ("standards", merged.standards),
        ):
            for name, node in tree.entries(section).items():
                into[name] = overlay(into[name], node) if name in into else node
        for node in tree.elements("groups"):
            name = node.text("id")
            merged.groups[name] = overlay(merged.groups[name], node) if name in merged.groups else node
        inherited = dict(merged.controls)
        for node in tree.elements("controls"):
            _put_control(merged, inherited, node, messages)
        merged.tailoring += tree.elements("tailoring")
        merged.pins += tree.elements("pins")
        _put_approvers(merged, tree.elements("approvers"), messages)
        merged.waivers.update({node.text("id"): node for node in tree.elements("waivers") if node.text("id")})
    return merged, tuple(messages)


def is_disabled(control: Node) -> bool:
    """Whether a layer took the control out."""
    return control.nearest(("disabled",)).value is True


def overlay(base: Node, over: Node) -> Node:
    """``over`` laid upon ``base``: mappings key by key, everything else replaced.

    Laws: laying a tree upon itself changes nothing, and the order of grouping does not matter.
    """
    if not isinstance(base.value, dict) or not isinstance(over.value, dict):
        return over
    both = dict(base.value)
    for name, node in over.value.items():
        both[name] = overlay(both[name], node) if name in both else node
    return base.with_value(both)


def _put_approvers(merged: Merged, added: list[Node], messages: list[Message]) -> None:
    """Whoever is accepted beside those of an extended policy makes more waivers apply, which needs a reason."""
    if merged.approvers:
        for node in added:
            name, reason = node.text("name"), node.text("reason")
            if not reason:
                words = f"{name} may sign waivers beside those whom an extended policy names; give a 'reason'"
                messages.append(tell(node.place, "weakened-without-reason", words))
            merged.weakenings.append(Weakening("approvers", "name", name, reason))
    merged.approvers += added


def _put_control(merged: Merged, inherited: dict[str, Node], node: Node, messages: list[Message]) -> None:
    name = node.text("id")
    if not name:
        return
    base = inherited.get(name)
    if base is None:
        if is_disabled(node):
            words = f"{name} takes out a control that no extended policy has"
            messages.append(tell(node.place, "unknown-control", words))
        merged.controls.setdefault(name, node)
        return
    weaker = _weaker(base, node)
    reason = node.text("reason")
    for field_, place_node in weaker.items():
        if not reason:
            words = f"{name} is weakened ({_WORDS[field_]}); give a 'reason', which the dossier prints"
            messages.append(tell(place_node.key, "weakened-without-reason", words))
        merged.weakenings.append(Weakening(name, field_, place_node.plain(), reason))
    if "check" in weaker and isinstance(base.value, dict):
        base = base.with_value({key: value for key, value in base.value.items() if key != "with"})
    merged.controls[name] = overlay(base, node)


_WORDS = {
    "severity": "lower severity",
    "on_unknown": "milder on_unknown",
    "applies_to": "fewer subjects",
    "check": "another check",
    "disabled": "taken out",
    "with": "milder arguments",
}


def _weaker(base: Node, over: Node) -> dict[str, Node]:
    """The fields by which ``over`` asks for less than ``base``."""
    found: dict[str, Node] = {}
    for name, order, default in (("severity", _SEVERITIES, ""), ("on_unknown", _ON_UNKNOWN, OnUnknown.MANUAL.value)):
        old, new = base.text(name) or default, over.text(name)
        if old in order and new in order and order.index(new) < order.index(old):
            found[name] = over.nearest((name,))
    check = over.text("check")
    if check and base.text("check") and check != base.text("check"):
        found["check"] = over.nearest(("check",))
    before = {key: set(map(str, _list(node))) for key, node in base.entries("applies_to").items()}
    for key, node in over.entries("applies_to").items():
        if key not in before or not before[key] <= set(map(str, _list(node))):
            found["applies_to"] = over.nearest(("applies_to",))
    if "check" not in found and _milder_arguments(base, over):
        found["with"] = over.nearest(("with",))
    if is_disabled(over):
        found["disabled"] = over.nearest(("disabled",))
    return found


def _milder_arguments(base: Node, over: Node) -> bool:
    """Whether an argument that stands in the file permits more than before; values of parameters are the site's own."""
    spec = SPECS.get(base.text("check"))
    before = base.entries("with")
    for name, node in over.entries("with").items():
        old = before[name].plain() if name in before else _default(spec, name)
        new = node.plain()
        if isinstance(old, list | tuple) or isinstance(new, list | tuple):
            # A reference to a list counts as one entry of it.
            old, new = (value if isinstance(value, list | tuple) else [value] for value in (old, new))
        if name in OPAQUE and old != new:
            return True
        if not _plain(old) or not _plain(new):
            continue
        if argument_direction(name, old, new) is Direction.MILDER:
            return True
    return False


def _default(spec: Spec | None, name: str) -> Any:
    field = spec.arguments.model_fields.get(name) if spec is not None else None
    return None if field is None or field.is_required() else field.default


def _plain(value: Any) -> bool:
    """Whether a value can be compared: a scalar, or a list of such."""
    return all(isinstance(item, str | int | float) for item in (value if isinstance(value, list | tuple) else [value]))


def _list(node: Node) -> list[Any]:
    value = node.plain()
    return value if isinstance(value, list) else [value]
