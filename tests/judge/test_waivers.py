"""A waiver accepts one contradiction, of one subject, with these weights, until its last day."""

import datetime as dt
from typing import Any

import pytest

from auditor.judge.context import Context
from auditor.judge.finding import Outcome, Subject, SubjectKind, Verdict, say
from auditor.judge.waivers import waive
from auditor.knowledge.knowledge import Knowledge
from auditor.policy.effective import Approval, Control, Effective, PolicySource, Severity, Waiver
from tests.facts.samples import audit, model, weight

CONTROL = Control(
    id="LIC-002", group="LIC", title={"en": "May be used"}, severity=Severity.HIGH, check="licence.permits"
)
LAST_DAY = dt.date(2027, 3, 31)


def waiver(**changes: Any) -> Waiver:
    values: dict[str, Any] = {
        "id": "W-1",
        "control": "LIC-002",
        "reason": "Signed agreement no. 118 with the vendor.",
        "approved_by": Approval(name="J. Nováková", role="DPO", on=dt.date(2026, 10, 1)),
        "until": LAST_DAY,
    }
    return Waiver(**(values | changes))


def outcome(verdict: Any = Verdict.FAIL) -> Outcome:
    return Outcome(
        subject=Subject(kind=SubjectKind.MODEL, id="acme/small"),
        verdict=verdict,
        expected=say("A right."),
        observed=say("None."),
    )


def verdict_with(given: Waiver, *, day: dt.date = dt.date(2026, 11, 2), verdict: Any = Verdict.FAIL) -> Any:
    policy = Effective(
        id="p", version="1.0.0", title={"en": "P"}, valid_from=dt.date(2026, 1, 1), valid_until=dt.date(2027, 12, 31),
        host="gpu-rack-03", sources=(PolicySource(id="p", version="1.0.0", sha256="0" * 64),), controls=(CONTROL,),
        waivers=(given,),
    )  # fmt: skip
    now = dt.datetime.combine(day, dt.time(23, 59, 59), dt.UTC)
    seen = audit(models=(model(),), weights=(weight(sha256="a" * 64),))
    return waive(CONTROL, outcome(verdict), Context(seen, policy, Knowledge.model_construct(), now))


def test_a_contradiction_is_waived_and_the_waiver_is_named() -> None:
    verdict, applied = verdict_with(waiver())
    assert verdict is Verdict.WAIVED
    assert (applied.id, applied.applies, applied.approved_by, applied.until) == (
        "W-1",
        True,
        "J. Nováková",
        "2027-03-31",
    )


@pytest.mark.parametrize("verdict", [Verdict.UNKNOWN, Verdict.PASS, Verdict.NOT_APPLICABLE])
def test_only_a_contradiction_can_be_waived(verdict: Verdict) -> None:
    assert verdict_with(waiver(), verdict=verdict) == (verdict, None)


def test_the_last_day_is_inclusive_in_utc() -> None:
    assert verdict_with(waiver(), day=LAST_DAY)[0] is Verdict.WAIVED
    verdict, spent = verdict_with(waiver(), day=LAST_DAY + dt.timedelta(days=1))
    assert verdict is Verdict.FAIL
    assert (spent.applies, spent.why) == (False, "expired")


def test_a_waiver_does_not_reach_back_before_its_approval() -> None:
    verdict, spent = verdict_with(waiver(), day=dt.date(2026, 9, 30))
    assert (verdict, spent.why) == (Verdict.FAIL, "not_yet")


def test_a_changed_weight_kills_the_waiver() -> None:
    assert verdict_with(waiver(subject={"model": "acme/*", "sha256": "a" * 64}))[0] is Verdict.WAIVED
    verdict, spent = verdict_with(waiver(subject={"model": "acme/*", "sha256": "b" * 64}))
    assert (verdict, spent.why) == (Verdict.FAIL, "weights")


@pytest.mark.parametrize(
    "elsewhere", [{"control": "LIC-003"}, {"hosts": ("gpu-lab-*",)}, {"subject": {"model": "acme/large"}}]
)
def test_a_waiver_for_something_else_says_nothing(elsewhere: dict[str, Any]) -> None:
    assert verdict_with(waiver(**elsewhere)) == (Verdict.FAIL, None)
