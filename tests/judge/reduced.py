"""Every check with arguments under which it passes somewhere, and audits with facts taken away."""

import datetime as dt
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from auditor.documents import read_audit
from auditor.facts.audit import Audit, Outcome
from auditor.facts.canonical import digest
from auditor.facts.fact import Status
from auditor.judge.engine import judge
from auditor.judge.finding import Verdict
from auditor.knowledge.knowledge import load as load_knowledge
from auditor.knowledge.resources import root
from auditor.policy.effective import Control, Effective, Severity
from auditor.policy.loader import builtin_names, load
from auditor.policy.resolve import effective

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
UNSEEN = (Status.ABSENT, Status.DENIED, Status.UNSUPPORTED, Status.ERROR)

MORE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("traffic.named", {"unnamed": ["0.0.0.0/0", "::/0"], "observe_seconds": 1}),
    ("traffic.residency", {"observe_seconds": 1}),
    ("traffic.budget", {"observe_seconds": 1}),
    ("facts.expression", {"cel": "models.all(m, m.format == 'safetensors') && host.kernel != ''"}),
    ("facts.expression", {"cel": "process.stack == 'vllm'", "each": "process"}),
)
"""Checks that no shipped policy asks in a way that the recorded hosts meet."""


def recorded(name: str) -> Audit:
    return read_audit(Path(str(root())) / "policies" / "facts" / f"{name}.json")


@cache
def everything() -> Effective:
    """All that any shipped policy asks, and what none asks, as one policy."""
    asked: dict[str, Control] = {}
    for name in builtin_names():
        policy = effective(load(name), "silent-rack")
        for control in policy.controls:
            plain = control.model_copy(update={"applies_to": {}, "severity": Severity.HIGH})
            asked.setdefault(digest([control.check, control.arguments]), plain)
    for check, arguments in MORE:
        asked[digest([check, arguments])] = Control.model_validate(
            {"id": "", "group": "X", "title": {"en": "x"}, "severity": "high", "check": check, "with": arguments}
        )
    controls = tuple(
        control.model_copy(update={"id": f"X-{number:03}"}) for number, control in enumerate(asked.values(), 1)
    )
    base = effective(load("procurement-dossier"), "silent-rack")
    return base.model_copy(update={"controls": controls, "waivers": ()})


def verdicts_of(audit: Audit) -> dict[tuple[str, str, str], Verdict]:
    """Verdicts by check, control and subject."""
    policy = everything()
    checks = {control.id: control.check for control in policy.controls}
    judgement = judge(audit, policy, load_knowledge(), NOW)
    return {(checks[f.control], f.control, f.subject.id): f.verdict for f in judgement.findings if f.control in checks}


def leaves(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where facts with a value stand in a document."""
    if isinstance(data, dict):
        if {"value", "status", "method"} <= set(data):
            if data["value"] is not None:
                yield path
            return
        for name, value in data.items():
            yield from leaves(value, (*path, name))
    elif isinstance(data, list):
        for at, value in enumerate(data):
            yield from leaves(value, (*path, at))


def without(audit: Audit, paths: list[tuple[str | int, ...]], status: Status) -> Audit:
    """The audit with the facts at these places reduced to a status without a value."""
    data = audit.model_dump(mode="json", by_alias=True)
    for path in paths:
        here: Any = data
        for step in path:
            here = here[step]
        here.update(value=None, status=status.value, note="taken away by a test")
    return Audit.model_validate(data)


def ended(audit: Audit, outcome: Outcome) -> Audit:
    """The audit as if every collector had ended so."""
    collectors = tuple(each.model_copy(update={"outcome": outcome}) for each in audit.collectors)
    return audit.model_copy(update={"collectors": collectors, "partial": outcome is not Outcome.COMPLETE})
