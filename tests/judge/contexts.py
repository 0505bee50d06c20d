"""What a check is given, for tests: an audit of whatever is at hand, real knowledge, an empty policy."""

import datetime as dt
from typing import Any

from auditor.facts.audit import Audit
from auditor.judge.context import CHECKS, Context
from auditor.judge.finding import Outcome
from auditor.knowledge.knowledge import load
from auditor.policy.checks import SPECS
from auditor.policy.effective import Effective, PolicySource

POLICY = Effective(
    id="p",
    version="1.0.0",
    title={"en": "P"},
    valid_from=dt.date(2026, 1, 1),
    valid_until=dt.date(2027, 12, 31),
    host="gpu-rack-03",
    sources=(PolicySource(id="p", version="1.0.0", sha256="0" * 64),),
    controls=(),
)


def ask(check: str, audit: Audit, **arguments: Any) -> list[Outcome]:
    """All that a check says of an audit."""
    context = Context(audit, POLICY, load(), dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC))
    return list(CHECKS[check](context, SPECS[check].arguments.model_validate(arguments)))


def verdicts(outcomes: list[Outcome]) -> list[str]:
    """The verdicts alone."""
    return [outcome.verdict.value for outcome in outcomes]


def texts(outcomes: list[Outcome]) -> str:
    """Everything that a reader would see of them."""
    return "\n".join(
        str(sentence)
        for one in outcomes
        for sentence in (one.expected, one.observed, *one.not_seen, *((one.remedy,) if one.remedy else ()))
    )
