"""Tests that a policy brings along: recorded facts, and what its controls must say of them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from auditor.policy.loader import Loaded
from auditor.policy.message import Place
from auditor.policy.schema import Case, Policy

WORST_FIRST = ("fail", "unknown", "waived", "pass", "not_applicable")
"""A control with several subjects has the worst of their verdicts."""


@dataclass(frozen=True)
class Unmet:
    """A control that said something else."""

    control: str
    expected: str
    seen: str
    """Empty where the control gave no finding at all."""
    place: Place

    def __str__(self) -> str:
        return f"{self.place}: {self.control} is {self.seen or 'not judged'}, expected {self.expected}"


def cases(loaded: Loaded) -> tuple[Case, ...]:
    """The tests of the named policy's own file."""
    head = json.dumps(loaded.merged.head.plain())
    return Policy.model_validate_json(head, strict=True).tests


def facts_of(case: Case, loaded: Loaded) -> Path:
    """Where the recorded facts lie: beside the policy."""
    return loaded.path.parent / case.facts


def unmet(case: Case, verdicts: Iterable[tuple[str, str]], loaded: Loaded) -> tuple[Unmet, ...]:
    """What a judgement, given as pairs of control and verdict, does not say as expected."""
    worst = worst_by_control(verdicts)
    index = [other.name for other in cases(loaded)].index(case.name)
    found = []
    for control, expected in case.expect.items():
        seen = worst.get(control, "")
        if seen != expected:
            place = loaded.merged.head.nearest(("tests", index, "expect", control)).place
            found.append(Unmet(control, expected, seen, place))
    return tuple(found)


def worst_by_control(verdicts: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """One verdict for each control."""
    worst: dict[str, str] = {}
    for control, verdict in verdicts:
        if control not in worst or WORST_FIRST.index(verdict) < WORST_FIRST.index(worst[control]):
            worst[control] = verdict
    return worst
