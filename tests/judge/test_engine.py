"""The judge: every control over every subject, worst first, the same to the byte each time."""

import datetime as dt
from typing import Any

import pytest

from auditor.facts.canonical import canonical
from auditor.facts.fact import Status
from auditor.facts.models import Licence, Match, Part, Statement
from auditor.judge.context import CHECKS
from auditor.judge.engine import judge
from auditor.judge.finding import Answer, Judgement, Overall, Verdict
from auditor.knowledge.knowledge import load
from auditor.policy.checks import SPECS
from auditor.policy.effective import Control, Effective, OnUnknown, PolicySource, Severity
from tests.facts.samples import audit, model, seen, unseen, weight
from tests.judge.test_served import served

NOW = dt.datetime(2026, 11, 2, 12, 0, tzinfo=dt.UTC)


def control(check: str = "weights.format", **changes: Any) -> Control:
    """A control; by default one that a safetensors file passes."""
    values: dict[str, Any] = {
        "id": "WGT-001",
        "group": "WGT",
        "title": {"en": "Weights are inert"},
        "severity": Severity.HIGH,
        "check": check,
    }
    return Control(**(values | changes))


def policy(*controls: Control, **changes: Any) -> Effective:
    """A policy in force on the day of judging."""
    values: dict[str, Any] = {
        "id": "p",
        "version": "1.0.0",
        "title": {"en": "P"},
        "valid_from": dt.date(2026, 1, 1),
        "valid_until": dt.date(2026, 12, 31),
        "host": "gpu-rack-03",
        "sources": (PolicySource(id="p", version="1.0.0", sha256="0" * 64),),
        "controls": controls,
    }
    return Effective(**(values | changes))


def judged(*controls: Control, format: str = "safetensors", partial: bool = False, **changes: Any) -> Judgement:
    """One model with one weight file of this format, judged."""
    found = audit(partial=partial, models=(model(format=seen(format)),), weights=(weight(format=format),))
    return judge(found, policy(*controls, **changes), load(), NOW)


def test_every_declared_check_is_implemented_and_no_other() -> None:
    assert set(CHECKS) == set(SPECS)


def test_judging_twice_gives_the_same_bytes() -> None:
    assert canonical(judged(control())) == canonical(judged(control()))


@pytest.mark.parametrize(
    ("format", "severity", "overall"),
    [
        ("safetensors", Severity.HIGH, Overall.CONFORMS),
        ("pickle", Severity.HIGH, Overall.DOES_NOT_CONFORM),
        ("pickle", Severity.LOW, Overall.DOES_NOT_CONFORM),
        ("pickle", Severity.INFO, Overall.INCONCLUSIVE),
    ],
)
def test_a_contradiction_decides_unless_it_is_for_information_only(
    format: str, severity: Severity, overall: Overall
) -> None:
    assert judged(control(severity=severity), format=format).verdict is overall


@pytest.mark.parametrize(
    ("on_unknown", "overall"),
    [
        (OnUnknown.FAIL, Overall.DOES_NOT_CONFORM),
        (OnUnknown.MANUAL, Overall.INCONCLUSIVE),
        (OnUnknown.WARN, Overall.CONFORMS),
    ],
)
def test_the_policy_says_what_an_unknown_does_but_it_stays_unknown(on_unknown: OnUnknown, overall: Overall) -> None:
    unseen_traffic = control("traffic.only", id="NET-001", on_unknown=on_unknown)
    judgement = judged(control(), unseen_traffic)
    assert {f.verdict for f in judgement.findings if f.control == "NET-001"} == {Verdict.UNKNOWN}
    assert judgement.verdict is overall


def test_a_partial_audit_never_conforms() -> None:
    assert judged(control(), partial=True).verdict is Overall.INCONCLUSIVE


def test_nothing_evidenced_is_no_answer() -> None:
    empty = judge(audit(), policy(control("gpus.permitted", **{"with": {"names": ("*",)}})), load(), NOW)
    assert empty.counts[Verdict.PASS] == 0
    assert empty.verdict is Overall.INCONCLUSIVE


def test_a_policy_out_of_force_is_said_and_decides_nothing() -> None:
    judgement = judged(control(), valid_until=dt.date(2026, 10, 31))
    assert judgement.findings[0].control == "POLICY"
    assert judgement.verdict is Overall.INCONCLUSIVE


def test_a_control_that_does_not_apply_says_so() -> None:
    judgement = judged(control(applies_to={"store": ("ollama",)}), format="pickle")
    assert [f.verdict for f in judgement.findings] == [Verdict.NOT_APPLICABLE]


def test_a_property_that_is_not_known_does_not_excuse_from_a_control() -> None:
    found = audit(models=(model(family=unseen(Status.ERROR)),), weights=(weight(format="pickle"),))
    judgement = judge(found, policy(control(applies_to={"family": ("qwen*",)})), load(), NOW)
    assert [f.verdict for f in judgement.findings] == [Verdict.FAIL]


def test_a_control_for_one_runtime_follows_the_process_that_serves_the_model() -> None:
    found = audit(models=(model(),), weights=(weight(format="pickle"),), serving=(served("/models/acme/small"),))
    for stack, verdict in (("vllm", Verdict.FAIL), ("ollama", Verdict.NOT_APPLICABLE)):
        judgement = judge(found, policy(control(applies_to={"runtime": (stack,)})), load(), NOW)
        assert [f.verdict for f in judgement.findings] == [verdict]


def test_findings_come_worst_first() -> None:
    judgement = judged(
        control(id="WGT-002", severity=Severity.LOW), control(id="WGT-003", severity=Severity.CRITICAL), format="pickle"
    )
    assert [f.control for f in judgement.findings] == ["WGT-003", "WGT-002"]


def test_a_check_that_breaks_has_seen_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(context: Any, arguments: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setitem(CHECKS, "weights.format", broken)
    judgement = judged(control(), control("weights.complete", id="WGT-009"))
    broken_finding = next(f for f in judgement.findings if f.control == "WGT-001")
    assert broken_finding.verdict is Verdict.UNKNOWN
    assert "ZeroDivisionError" in broken_finding.observed


def test_every_sentence_prints_the_same_from_its_template() -> None:
    for finding in judged(control(), control("traffic.only", id="NET-001")).findings:
        assert str(finding.sentences["observed"][0]) == finding.observed
        assert tuple(map(str, finding.sentences["not_seen"])) == finding.not_seen


def test_facts_that_name_a_licence_which_this_release_does_not_know_are_judged_and_never_pass() -> None:
    part = Part(
        id="next-year-1.0",
        spdx="LicenseRef-Next",
        title="Next Year License",
        match=Match.EXACT,
        first_line=1,
        last_line=9,
    )
    text = Licence(
        file="/models/acme/small/LICENSE",
        model="acme/small",
        id=seen("next-1.0"),
        match=Match.EXACT,
        parts=(part,),
        sha256=seen("c" * 64),
    )
    stated = seen(Statement(where="README.md license", value="apache-2.0"), status=Status.DECLARED)
    found = audit(models=(model(stated=(stated,)),), licences=(text,))
    controls = [
        control(name, id=f"LIC-{number:03}", **{"with": {"use": "commercial"} if name == "licence.permits" else {}})
        for number, name in enumerate(("licence.identified", "licence.permits", "licence.no_remote_restriction"), 1)
    ]
    judgement = judge(found, policy(*controls), load(), NOW)
    verdicts = {finding.control: finding.verdict for finding in judgement.findings}
    assert verdicts["LIC-002"] is not Verdict.PASS
    assert verdicts["LIC-003"] is not Verdict.PASS
    assert judgement.openness[0].commercial.answer is Answer.UNKNOWN
