"""What only the merged whole can tell: names that lead nowhere, arguments of checks, dates against each other.

Works on trees, not on models, so that a file with malformed parts still gets all its messages at once. What a schema
has already reported (wrong types) is passed over here.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from auditor.policy.checks import SPECS
from auditor.policy.merge import Layer, Merged
from auditor.policy.message import Message, Place, nearest, tell
from auditor.policy.params import REFERENCE, check_value, substitute
from auditor.policy.schema import ControlEntry
from auditor.policy.tree import Node
from auditor.policy.validation import validate

REQUIRED = ("group", "title", "severity", "check")
"""What a control must have once everything is merged."""


def crosscheck(merged: Merged, layers: Iterable[Layer]) -> Iterator[Message]:
    """All messages about the whole."""
    for layer in layers:
        yield from _repeated(layer.tree)
    values = default_values(merged)
    wrong = {name: tuple(_param(name, node)) for name, node in merged.params.items()}
    for messages in wrong.values():
        yield from messages
    yield from _texts(merged)
    for name, node in merged.active.items():
        yield from _control(name, node, merged)
        yield from _arguments(node, values, {name for name, messages in wrong.items() if messages})
        yield from _expression(node)
    yield from _tailoring(merged)
    yield from _dates(merged)
    yield from _waivers(merged)
    for case in merged.head.elements("tests"):
        for name, node in case.entries("expect").items():
            yield from _known(name, node, merged)
    if not merged.active:
        yield tell(merged.head.place, "no-controls", "the policy has no controls; write some or extend one that has")


def default_values(merged: Merged) -> dict[str, Any]:
    """Every parameter with its default."""
    defaults = {name: node.get("default") for name, node in merged.params.items()}
    return {name: default.plain() for name, default in defaults.items() if default is not None}


def arguments_of(
    node: Node, values: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, list[str]], tuple[Message, ...]]:
    """A control's typed arguments and its ``applies_to`` with parameters filled in, and what is wrong with them."""
    spec = SPECS.get(node.text("check"))
    given = node.get("with")
    filled, messages = substitute(given if given is not None else node.with_value({}), values)
    places = {(m.file, m.line, m.column) for m in messages}
    arguments: dict[str, Any] = {}
    if spec is not None and isinstance(filled.value, dict):
        model, wrong = validate(spec.arguments, filled, within=f"'with' of {spec.name}")
        messages += tuple(m for m in wrong if (m.file, m.line, m.column) not in places)
        arguments = model.model_dump(mode="json") if model is not None else {}
    scope, unfilled = substitute(
        node.nearest(("applies_to",)) if node.get("applies_to") else node.with_value({}), values
    )
    return arguments, scope.plain() if isinstance(scope.value, dict) else {}, messages + unfilled


def check_param(name: str, param: Node, value: Node) -> Iterator[Message]:
    """Whether a value is of the type that the parameter declares; the message stands at the wrong entry."""
    kind = param.text("type")
    if not kind:
        return
    bounds = [b if isinstance(b, int) else None for b in (param.nearest((k,)).value for k in ("min", "max"))]
    if isinstance(value.value, list):
        for entry in value.value:
            problem, meant = check_value(kind, [entry.plain()], *bounds)
            if problem:
                yield tell(entry.place, "parameter", f"parameter '{name}' ({kind}): {problem}", meant)
        if value.value:
            return
    problem, meant = check_value(kind, value.plain(), *bounds)
    if problem:
        yield tell(value.place, "parameter", f"parameter '{name}' ({kind}): {problem}", meant)


def _repeated(tree: Node) -> Iterator[Message]:
    """Ids given twice within one file."""
    for section, word in (("groups", "group"), ("controls", "control"), ("waivers", "waiver")):
        first: dict[str, Node] = {}
        for node in tree.elements(section):
            name = node.text("id")
            if name and name in first:
                words = f"{word} {name} is given twice, first in line {first[name].place.line}"
                yield tell(node.nearest(("id",)).place, "repeated-id", words)
            first.setdefault(name, node)


def _param(name: str, node: Node) -> Iterator[Message]:
    if not isinstance(node.value, dict):
        return
    for wanted in ("type", "default"):
        if node.get(wanted) is None:
            yield tell(node.key, "missing-key", f"'{wanted}' is missing in parameter '{name}'")
    default = node.get("default")
    if default is not None:
        yield from check_param(name, node, default)


def _arguments(node: Node, values: Mapping[str, Any], wrong: set[str]) -> Iterator[Message]:
    """Messages about arguments, but for those that only repeat what is wrong with a parameter."""
    spoiled = {place for name, place in _references(node) if name in wrong}
    for message in arguments_of(node, values)[2]:
        if Place(message.file, message.line, message.column) not in spoiled:
            yield message


def _expression(node: Node) -> Iterator[Message]:
    """What is wrong with a condition in CEL, at its place within the text."""
    cel = node.nearest(("with",)).get("cel")
    if node.text("check") != "facts.expression" or cel is None or not isinstance(cel.value, str):
        return
    if "${" in cel.value:
        words = "an expression reads parameters as values.NAME; give them in 'values'"
        yield tell(cel.within(*_position(cel.value, "${")), "expression", words)
        return
    # The library is read only where a policy has an expression.
    from auditor.policy.expression import SUBJECTS, faults_of

    given = node.nearest(("with",)).entries("values")
    each = node.nearest(("with",)).text("each") or "host"
    for fault in faults_of(cel.value, each, given) if each in SUBJECTS else ():
        place = cel.within(fault.line, fault.column)
        where = f" (line {fault.line}, column {fault.column} of it)" if cel.text_at is None else ""
        yield tell(place, "expression", fault.words + where, fault.suggestion)


def _position(text: str, part: str) -> tuple[int, int]:
    """Line and column of a part of a text, both from 1."""
    before = text[: text.index(part)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _references(node: Node) -> Iterator[tuple[str, Place]]:
    """Where parameters are used."""
    if isinstance(node.value, str):
        yield from ((name, node.place) for name in REFERENCE.findall(node.value))
    for child in node.children():
        yield from _references(child)


def _texts(merged: Merged) -> Iterator[Message]:
    """English stands in for every language that is missing, so it has to be there."""
    holders: list[tuple[Node, tuple[str, ...]]] = [(merged.head, ("title", "description"))]
    holders += [(node, ("title",)) for node in (*merged.groups.values(), *merged.params.values())]
    holders += [(node, ("title", "rationale", "remedy")) for node in merged.active.values()]
    for holder, names in holders:
        for name in names:
            text = holder.get(name)
            languages = text.value if text is not None and isinstance(text.value, dict) else {"en": None}
            if text is not None and "en" not in languages and all(len(language) == 2 for language in languages):
                yield tell(text.place, "missing-english", f"'{name}' has no 'en'")


def _control(name: str, node: Node, merged: Merged) -> Iterator[Message]:
    keys = node.value if isinstance(node.value, dict) else {}
    mistyped = {nearest(key, REQUIRED) for key in keys if key not in ControlEntry.model_fields}
    missing = [key for key in REQUIRED if key not in keys and key not in mistyped]
    if missing:
        others = [other for other in merged.controls if other != name]
        words = f"control {name} lacks {', '.join(missing)}, and no extended policy has it"
        yield tell(node.place, "missing-key", words, nearest(name, others) if len(missing) > 1 else "")
    group = node.text("group")
    if group and group not in merged.groups:
        place = node.nearest(("group",)).place
        yield tell(place, "unknown-group", f"unknown group '{group}'", nearest(group, merged.groups))
    check = node.text("check")
    if check and check not in SPECS:
        place = node.nearest(("check",)).place
        listed = "" if nearest(check, SPECS) else f"; there is {', '.join(SPECS)}"
        yield tell(place, "unknown-check", f"unknown check '{check}'{listed}", nearest(check, SPECS))
    for standard, cited in node.entries("references").items():
        if standard not in merged.standards:
            words = f"'{standard}' is not listed under 'standards'"
            yield tell(cited.key, "unknown-standard", words, nearest(standard, merged.standards))


def _tailoring(merged: Merged) -> Iterator[Message]:
    for node in merged.tailoring:
        for name, value in node.entries("set").items():
            param = merged.params.get(name)
            if param is None:
                words = f"unknown parameter '{name}'"
                yield tell(value.key, "unknown-parameter", words, nearest(name, merged.params))
            else:
                yield from check_param(name, param, value)
        for disabled in node.elements("disable"):
            yield from _known(disabled.value, disabled, merged)


def _known(name: object, node: Node, merged: Merged) -> Iterator[Message]:
    if isinstance(name, str) and name not in merged.controls:
        place = node.key if isinstance(node.value, str) and node.value != name else node.place
        yield tell(place, "unknown-control", f"unknown control '{name}'", nearest(name, merged.controls))


def _dates(merged: Merged) -> Iterator[Message]:
    first, last = (_day(merged.head, ("valid", key)) for key in ("from", "until"))
    if first and last and first > last:
        yield tell(merged.head.nearest(("valid", "until")).place, "dates", "the policy ends before it begins")


def _waivers(merged: Merged) -> Iterator[Message]:
    last = _day(merged.head, ("valid", "until"))
    for node in merged.waivers.values():
        control = node.get("control")
        if control is not None:
            yield from _known(control.value, control, merged)
        until, approved = _day(node, ("until",)), _day(node, ("approved_by", "on"))
        place = node.nearest(("until",)).place
        if until and last and until > last:
            yield tell(place, "dates", f"the waiver outlives the policy, which ends on {last}", last.isoformat())
        if until and approved and until < approved:
            yield tell(place, "dates", f"the waiver ends before it was approved on {approved}")


def _day(node: Node, path: tuple[str, ...]) -> dt.date | None:
    value = node.nearest(path).value
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
