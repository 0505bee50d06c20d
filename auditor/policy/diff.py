"""What changed between two policies, in words, and whether they ask for more or for less."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel

from auditor.policy.direction import Direction, argument_direction, inclusion, toward
from auditor.policy.effective import Control, Effective, OnUnknown, Severity, Waiver

K = TypeVar("K", bound=BaseModel)


@dataclass(frozen=True)
class Difference:
    """One change: what it is about, what it does, and how a person would say it."""

    subject: str
    direction: Direction
    words: str


_SEVERITY = list(Severity)
_ON_UNKNOWN = [OnUnknown.WARN, OnUnknown.MANUAL, OnUnknown.FAIL]
Remark = Iterator[Difference]


def diff(old: Effective, new: Effective) -> tuple[Difference, ...]:
    """All differences between two effective policies, the head first, then controls, waivers and pins."""
    return tuple(
        difference
        for part in (_head, _deployer, _reading, _sealed, _params, _controls, _waivers, _pins, _tailoring)
        for difference in part(old, new)
    )


def _head(old: Effective, new: Effective) -> Remark:
    if (old.id, old.version) != (new.id, new.version):
        words = f"{old.id} {old.version} became {new.id} {new.version}"
        yield Difference("policy", Direction.CHANGED, words)
    if (old.valid_from, old.valid_until) != (new.valid_from, new.valid_until):
        words = f"in force {new.valid_from} to {new.valid_until}, was {old.valid_from} to {old.valid_until}"
        yield Difference("policy", Direction.CHANGED, words)
    if (old.title, old.description) != (new.title, new.description):
        yield Difference("policy", Direction.CHANGED, "title or description is worded differently")


def _deployer(old: Effective, new: Effective) -> Remark:
    before, after = old.deployer.model_dump(), new.deployer.model_dump()
    for name, value in after.items():
        if value != before[name]:
            words = f"{name.replace('_', ' ')} is {say(value)}, was {say(before[name])}"
            yield Difference("deployer", Direction.CHANGED, words)


def _reading(old: Effective, new: Effective) -> Remark:
    before, after = old.reading, new.reading
    if before == after:
        return
    order = ("never", "interrupted", "always")
    for name, value in after.model_dump().items():
        was = before.model_dump()[name]
        if value == was:
            continue
        direction = Direction.CHANGED
        if name == "earlier":
            direction = toward(order.index(value) < order.index(was))
        elif name == "earlier_hours" and "never" not in (before.earlier, after.earlier):
            direction = toward(value < was)
        yield Difference("reading", direction, f"{name.replace('_', ' ')} is {say(value)}, was {say(was)}")


def _sealed(old: Effective, new: Effective) -> Remark:
    after = new.sealed.model_dump()
    for name, was in old.sealed.model_dump().items():
        if after[name] != was:
            direction = toward(after[name] > was) if name == "minutes" else Direction.CHANGED
            yield Difference("sealed", direction, f"{name} is {say(after[name])}, was {say(was)}")


def _params(old: Effective, new: Effective) -> Remark:
    """Only parameters that came or went: what a changed value does is told of the controls that use it."""
    for name in sorted(set(new.params) - set(old.params)):
        yield Difference(f"parameter {name}", Direction.CHANGED, f"new, {say(new.params[name])}")
    for name in sorted(set(old.params) - set(new.params)):
        yield Difference(f"parameter {name}", Direction.CHANGED, "is gone")


def _controls(old: Effective, new: Effective) -> Remark:
    before, after = _by_id(old.controls), _by_id(new.controls)
    for name, control in before.items():
        if name not in after:
            words = f"no longer asked: {control.title.get('en', name)}"
            yield Difference(name, Direction.MILDER, words)
    for name, control in after.items():
        if name not in before:
            yield Difference(name, Direction.STRICTER, f"newly asked: {control.title.get('en', name)}")
        else:
            yield from _control(before[name], control)


def _control(old: Control, new: Control) -> Remark:
    if old.severity is not new.severity:
        up = _SEVERITY.index(new.severity) > _SEVERITY.index(old.severity)
        yield Difference(new.id, toward(up), f"severity is {new.severity.value}, was {old.severity.value}")
    if old.on_unknown is not new.on_unknown:
        up = _ON_UNKNOWN.index(new.on_unknown) > _ON_UNKNOWN.index(old.on_unknown)
        words = f"what was not seen leads to {new.on_unknown.value}, was {old.on_unknown.value}"
        yield Difference(new.id, toward(up), words)
    if old.check != new.check:
        yield Difference(new.id, Direction.CHANGED, f"checked by {new.check}, was {old.check}")
    else:
        for name in sorted(set(old.arguments) | set(new.arguments)):
            before, after = old.arguments.get(name), new.arguments.get(name)
            if before != after:
                yield Difference(new.id, argument_direction(name, before, after), _argument(name, before, after))
    yield from _scope(old, new)
    for field, words in (("title", "title"), ("rationale", "rationale"), ("remedy", "remedy")):
        if getattr(old, field) != getattr(new, field):
            yield Difference(new.id, Direction.CHANGED, f"{words} is worded differently")
    if old.references != new.references:
        yield Difference(new.id, Direction.CHANGED, "references changed")
    if old.group != new.group:
        yield Difference(new.id, Direction.CHANGED, f"stands in group {new.group}, was {old.group}")


def _scope(old: Control, new: Control) -> Remark:
    for key in sorted(set(old.applies_to) | set(new.applies_to)):
        before, after = old.applies_to.get(key), new.applies_to.get(key)
        if before == after:
            continue
        if before is None:
            words, direction = f"applies to {key} {say(after)} only", Direction.MILDER
        elif after is None:
            words, direction = f"applies whatever the {key}", Direction.STRICTER
        else:
            words = f"applies to {key} {say(after)}, was {say(before)}"
            direction = inclusion(set(after), set(before))
        yield Difference(new.id, direction, words)


def _argument(name: str, before: Any, after: Any) -> str:
    if isinstance(before, list | tuple) and isinstance(after, list | tuple) and before and after:
        more = [say(value) for value in after if value not in before]
        less = [say(value) for value in before if value not in after]
        parts = ([f"adds {', '.join(more)}"] if more else []) + ([f"drops {', '.join(less)}"] if less else [])
        return f"{name} {' and '.join(parts) or 'is ordered differently'}"
    return f"{name} is {say(after)}, was {say(before)}"


def _waivers(old: Effective, new: Effective) -> Remark:
    before, after = _by_id(old.waivers), _by_id(new.waivers)
    for name, waiver in after.items():
        if name not in before:
            words = f"{waiver.control} is waived until {waiver.until}, approved by {waiver.approved_by.name}"
            yield Difference(f"waiver {name}", Direction.MILDER, words)
        elif waiver != before[name]:
            yield Difference(f"waiver {name}", *_waiver(before[name], waiver))
    for name in before.keys() - after.keys():
        words = f"{before[name].control} is no longer waived"
        yield Difference(f"waiver {name}", Direction.STRICTER, words)


def _waiver(old: Waiver, new: Waiver) -> tuple[Direction, str]:
    if old.model_copy(update={"until": new.until}) == new:
        return toward(new.until < old.until), f"ends on {new.until}, was {old.until}"
    fields = [name for name in type(new).model_fields if getattr(old, name) != getattr(new, name)]
    return Direction.CHANGED, f"{', '.join(fields)} changed"


def _pins(old: Effective, new: Effective) -> Remark:
    before = {(pin.model, pin.file): pin for pin in old.pins}
    after = {(pin.model, pin.file): pin for pin in new.pins}
    for key, pin in after.items():
        words = f"{pin.file} of {pin.model} is pinned to {pin.sha256[:8]}…"
        if key not in before:
            yield Difference("pins", Direction.CHANGED, words)
        elif before[key].sha256 != pin.sha256:
            yield Difference("pins", Direction.CHANGED, f"{words}, was {before[key].sha256[:8]}…")
    for key in before.keys() - after.keys():
        yield Difference("pins", Direction.CHANGED, f"{key[1]} of {key[0]} is no longer pinned")


def _tailoring(old: Effective, new: Effective) -> Remark:
    before = {tailored.reason for tailored in old.tailoring}
    for tailored in new.tailoring:
        if tailored.reason not in before:
            hosts = ", ".join(tailored.hosts)
            yield Difference("tailoring", Direction.CHANGED, f"new for {hosts}: {tailored.reason}")


def say(value: Any) -> str:
    """A value in words."""
    if value is None:
        return "not stated"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(say(item) for item in value) or "(empty)"
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def _by_id(items: tuple[K, ...]) -> dict[str, K]:
    return {str(getattr(item, "id", "")): item for item in items}
