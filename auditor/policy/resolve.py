"""The policy as it judges one host: tailored, parameters filled in, arguments typed, sources digested."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from auditor.errors import UserError
from auditor.policy.crosscheck import arguments_of, default_values
from auditor.policy.effective import (
    Approver,
    Control,
    Deployer,
    Effective,
    Pin,
    PolicySource,
    Reading,
    Sealing,
    Tailored,
    Waiver,
)
from auditor.policy.loader import Loaded, load
from auditor.policy.merge import Merged
from auditor.policy.message import Message, PolicyError, nearest
from auditor.policy.params import check_value, read_value
from auditor.policy.tree import Node

__all__ = ["effective", "load", "load_effective"]


def load_effective(name_or_path: str | Path, host: str, params: Mapping[str, Any] | None = None) -> Effective:
    """Load a policy and apply it to a host; ``params`` may hold text as typed by a user.

    Raises UserError; where the policy has mistakes, a PolicyError with all of them.
    """
    return effective(load(name_or_path), host, params)


def effective(loaded: Loaded, host: str, overrides: Mapping[str, Any] | None = None) -> Effective:
    """The policy for ``host``: defaults, then tailorings in their order, then ``overrides``."""
    merged = loaded.merged
    given = _overrides(merged, overrides or {})
    tailored = [node for node in merged.tailoring if _matches(node, host)]
    values = default_values(merged)
    for node in tailored:
        values.update({name: value.plain() for name, value in node.entries("set").items()})
    values.update(given)
    disabled = {name.value for node in tailored for name in node.elements("disable")}
    messages: list[Message] = []
    controls = []
    for name, node in merged.active.items():
        arguments, scope, wrong = arguments_of(node, values)
        messages += wrong
        if name not in disabled:
            controls.append((node, arguments, scope))
    if messages:
        raise PolicyError(messages)
    head = merged.head.plain()
    return Effective(
        id=head["id"],
        version=head["version"],
        title=head["title"],
        description=head.get("description", {}),
        valid_from=head["valid"]["from"],
        valid_until=head["valid"]["until"],
        host=host,
        sources=tuple(
            PolicySource(id=layer.id, version=layer.version, sha256=layer.sha256) for layer in reversed(loaded.layers)
        ),
        deployer=Deployer.model_validate(_plain(merged.deployer)),
        reading=Reading.model_validate(_plain(merged.reading)),
        sealed=Sealing.model_validate(_plain(merged.sealed)),
        pins=tuple(Pin.model_validate(node.plain()) for node in merged.pins),
        params=values,
        standards=_plain(merged.standards),
        groups={name: node.plain().get("title", {}) for name, node in merged.groups.items()},
        controls=tuple(_control(*parts) for parts in controls),
        tailoring=_tailoring(merged, tailored, host, given),
        waivers=tuple(_waiver(node) for node in merged.waivers.values()),
        approvers=tuple(Approver.model_validate(node.plain()) for node in merged.approvers),
    )


def origins(loaded: Loaded, host: str, overrides: Mapping[str, Any] | None = None) -> dict[str, str]:
    """``file:line`` of every value by its path in the effective policy, e.g. of ``controls/LIC-001/severity``."""
    merged = loaded.merged
    found: dict[str, str] = {}

    def walk(node: Node, path: str) -> None:
        if isinstance(node.value, dict):
            for name, child in node.value.items():
                walk(child, f"{path}/{name}")
        else:
            found[path] = node.place.origin

    for section in ("deployer", "reading", "sealed", "standards", "groups", "controls", "waivers"):
        for key, node in getattr(merged, section).items():
            walk(node, f"{section}/{key}")
    for name, node in merged.params.items():
        found[f"params/{name}"] = node.nearest(("default",)).place.origin
    for tailoring in (node for node in merged.tailoring if _matches(node, host)):
        for name, value in tailoring.entries("set").items():
            found[f"params/{name}"] = value.place.origin
    found.update({f"params/{name}": "set for this audit" for name in overrides or {}})
    return found


def _matches(node: Node, host: str) -> bool:
    return any(isinstance(glob.value, str) and fnmatchcase(host, glob.value) for glob in node.elements("hosts"))


def _plain(nodes: Mapping[str, Node]) -> dict[str, Any]:
    return {name: node.plain() for name, node in nodes.items()}


def _control(node: Node, arguments: dict[str, Any], scope: dict[str, list[str]]) -> Control:
    data = {key: value for key, value in node.plain().items() if key not in ("with", "applies_to", "reason")}
    return Control.model_validate({**data, "with": arguments, "applies_to": scope, "origin": node.place.origin})


def _waiver(node: Node) -> Waiver:
    return Waiver.model_validate(node.plain())


def _tailoring(merged: Merged, tailored: list[Node], host: str, given: dict[str, Any]) -> tuple[Tailored, ...]:
    """All that makes this policy differ from those it extends, each with its reason."""
    found = [
        Tailored(
            hosts=("*",),
            set={} if weak.field == "disabled" else {f"{weak.control}.{weak.field}": weak.value},
            disabled=(weak.control,) if weak.field == "disabled" else (),
            reason=weak.reason,
        )
        for weak in merged.weakenings
    ]
    for node in tailored:
        data = node.plain()
        found.append(
            Tailored(
                hosts=data["hosts"],
                set=data.get("set", {}),
                disabled=data.get("disable", ()),
                reason=data["reason"],
            )
        )
    if given:
        found.append(Tailored(hosts=(host,), set=given, reason="Set for this audit by whoever ran it."))
    return tuple(found)


def _overrides(merged: Merged, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Values given from outside, typed. Raises UserError naming the parameter."""
    found: dict[str, Any] = {}
    for name, value in overrides.items():
        param = merged.params.get(name)
        if param is None:
            near = nearest(name, merged.params)
            known = ", ".join(merged.params) or "none"
            hint = f"Did you mean '{near}'?" if near else f"This policy has: {known}."
            raise UserError(f"unknown parameter '{name}'", hint, f"--param {name}")
        kind, low, high = param.text("type"), *(param.nearest((key,)).value for key in ("min", "max"))
        try:
            typed = read_value(kind, value) if isinstance(value, str) else value
        except ValueError as error:
            raise UserError(str(error), f"The parameter is of the type {kind}.", f"--param {name}") from None
        bounds = [bound if isinstance(bound, int) else None for bound in (low, high)]
        problem, meant = check_value(kind, typed, *bounds)
        if problem:
            raise UserError(problem, f"Did you mean '{meant}'?" if meant else "", f"--param {name}")
        found[name] = typed
    return found
