"""Makes audits of models and weights for the judge's tests, through the recognisers."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from auditor.facts.audit import Audit, Collector, Facts, Outcome, Probe, Problem, Target, Tool
from auditor.facts.fact import Fact, Status
from auditor.facts.host import Host
from auditor.facts.records import AnyRecord
from auditor.facts.traffic import Traffic
from auditor.judge.context import CHECKS, Context
from auditor.judge.finding import Outcome as Finding
from auditor.knowledge.knowledge import load
from auditor.policy.effective import Deployer, Effective, Pin, Reading
from auditor.recognise.contents import contents_of
from auditor.recognise.models import models_of
from auditor.recognise.weights import weights_of
from tests.recognise.model_records import TIME


def nothing() -> Fact[Any]:
    """A fact that nothing was looked at for."""
    return Fact(value=None, source="", method="", time=TIME, status=Status.ABSENT)


def problem(where: str, collector: str = "models", status: Status = Status.DENIED) -> Problem:
    """Something that a collector could not see."""
    return Problem(collector=collector, where=where, what="may not be read by this user", status=status)


def audit_of(
    records: Iterable[AnyRecord],
    outcome: Outcome = Outcome.COMPLETE,
    problems: Iterable[Problem] = (),
    **ended: Outcome,
) -> Audit:
    """An audit in which models and weights were looked for, and nothing else; ``ended`` by name goes first."""
    records = list(records)
    models = models_of(records, load())
    return Audit(
        target=Target(kind="local", name="host"),
        tool=Tool(name="t", version="0"),
        probe=Probe(version="0", python="3", uid=0, capabilities=()),
        started=TIME,
        ended=TIME,
        partial=outcome is not Outcome.COMPLETE,
        collectors=tuple(
            Collector(name=name, outcome=ended.get(name, outcome), started=TIME, ended=TIME)
            for name in ("models", "weights")
        ),
        problems=tuple(problems),
        facts=Facts(
            host=Host(**{name: nothing() for name in Host.model_fields}),
            models=models,
            weights=weights_of(records, models),
            contents=contents_of(records, models),
            traffic=Traffic(capture=nothing()),
        ),
    )


def context_of(
    audit: Audit, pins: tuple[Pin, ...] = (), deployer: Deployer | None = None, reading: Reading | None = None
) -> Context:
    """The audit under a policy that only pins digests and knows its deployer."""
    policy = Effective(
        id="p", version="1", title={"en": "p"}, valid_from=dt.date(2026, 1, 1), valid_until=dt.date(2027, 1, 1),
        host="host", sources=(), pins=pins, controls=(), deployer=deployer or Deployer(),
        reading=reading or Reading(),
    )  # fmt: skip
    return Context(audit, policy, load(), dt.datetime(2026, 11, 22, tzinfo=dt.UTC))


def outcomes(name: str, context: Context, arguments: Any) -> dict[str, Finding]:
    """What a check says, by the subject's id."""
    return {finding.subject.id: finding for finding in CHECKS[name](context, arguments)}
