"""What a check is given, and how it registers."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from auditor.facts.audit import Audit
from auditor.judge.finding import Outcome
from auditor.knowledge.knowledge import Knowledge
from auditor.policy.arguments import Arguments
from auditor.policy.checks import SPECS
from auditor.policy.effective import Effective


@dataclass(frozen=True)
class Context:
    """Everything that a verdict may rest on. No clock, no file, no socket."""

    audit: Audit
    policy: Effective
    knowledge: Knowledge
    now: dt.datetime


type_of_check = Callable[[Context, Arguments], Iterable[Outcome]]
CHECKS: dict[str, type_of_check] = {}


def check(name: str) -> Callable[[Callable[..., Iterable[Outcome]]], Callable[..., Iterable[Outcome]]]:
    """Register the implementation of a check that ``policy.checks`` declares."""
    if name not in SPECS:
        raise ValueError(f"check {name} is not declared in auditor.policy.checks")

    def register(function: Callable[..., Iterable[Outcome]]) -> Callable[..., Iterable[Outcome]]:
        CHECKS[name] = function
        return function

    return register
