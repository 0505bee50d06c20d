"""Scores: what was not seen widens an interval, and never raises its lower end."""

from itertools import count
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from auditor.judge.finding import Finding, Interval, Score, Subject, SubjectKind, Verdict
from auditor.judge.scores import scores_of
from auditor.policy.effective import Severity


def finding(verdict: Verdict, severity: Severity = Severity.HIGH, control: str = "A-001", group: str = "A") -> Finding:
    return Finding(
        control=control, group=group, title="t", severity=severity, verdict=verdict,
        subject=Subject(kind=SubjectKind.HOST, id="h"), decision_rule="", expected="", observed="", rests_on=(),
        not_seen=(), rationale="", remedy="", references={}, sentences={},
    )  # fmt: skip


def overall(*findings: Finding) -> Score:
    return scores_of(findings)[0]


def numbered(*verdicts: Verdict, **more: Any) -> list[Finding]:
    return [finding(verdict, control=f"A-{n:03}", **more) for n, verdict in zip(count(1), verdicts, strict=False)]


def test_three_of_four_controls_are_three_quarters() -> None:
    score = overall(*numbered(Verdict.PASS, Verdict.PASS, Verdict.PASS, Verdict.FAIL))

    assert score.before == score.after == Interval(lower=750, upper=750)
    assert score.counts[Verdict.PASS] == 3


def test_what_was_not_seen_is_the_width() -> None:
    score = overall(*numbered(Verdict.PASS, Verdict.UNKNOWN, Verdict.UNKNOWN, Verdict.FAIL))

    assert score.before == Interval(lower=250, upper=750)


def test_a_waiver_counts_after_waivers_only() -> None:
    score = overall(*numbered(Verdict.PASS, Verdict.WAIVED))

    assert score.before == Interval(lower=500, upper=500)
    assert score.after == Interval(lower=1000, upper=1000)


def test_a_critical_control_weighs_more_than_a_low_one() -> None:
    low = finding(Verdict.PASS, Severity.LOW, "A-001")
    critical = finding(Verdict.FAIL, Severity.CRITICAL, "A-002")

    assert overall(low, critical).before == Interval(lower=90, upper=90)


def test_many_subjects_do_not_make_a_control_heavier() -> None:
    many = [finding(Verdict.PASS, control="A-001") for _ in range(99)]

    assert overall(*many, finding(Verdict.FAIL, control="A-002")).before == Interval(lower=500, upper=500)


def test_nothing_to_weigh_has_no_share() -> None:
    found = [finding(Verdict.PASS, Severity.INFO), finding(Verdict.NOT_APPLICABLE)]

    assert overall(*found).before is None
    assert overall().after is None


def test_groups_and_severities_have_their_own() -> None:
    scores = scores_of([finding(Verdict.PASS), finding(Verdict.FAIL, Severity.LOW, "B-001", "B")])

    assert [(s.of, s.name) for s in scores] == [
        ("all", ""), ("group", "A"), ("group", "B"), ("severity", "high"), ("severity", "low"),
    ]  # fmt: skip


findings = st.lists(
    st.builds(
        finding, st.sampled_from(Verdict), st.sampled_from(Severity), st.sampled_from(["A-001", "A-002", "A-003"])
    )
)


@given(findings)
def test_no_number_hides_an_unknown(found: list[Finding]) -> None:
    weighty = [f for f in found if f.severity is not Severity.INFO]
    score = overall(*found)
    if score.before is None or score.after is None:
        return
    assert 0 <= score.before.lower <= score.before.upper <= 1000
    assert score.before.lower <= score.after.lower
    assert score.before.upper <= score.after.upper
    if any(f.verdict is Verdict.UNKNOWN for f in weighty):
        assert score.after.lower < 1000
    else:
        assert score.before.lower == score.before.upper
    if any(f.verdict is Verdict.FAIL for f in weighty):
        assert score.after.upper < 1000


@given(findings)
def test_the_order_of_findings_changes_nothing(found: list[Finding]) -> None:
    assert scores_of(found) == scores_of(reversed(found))
