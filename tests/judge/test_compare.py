"""Two judgements, finding by finding."""

import pytest

from auditor.judge.compare import Direction, compare
from auditor.judge.finding import Finding, Subject, Verdict
from tests.desktop import sample


def one(verdict: Verdict, subject: str = "a") -> Finding:
    first = sample.findings()[0]
    return first.model_copy(update={"verdict": verdict, "subject": Subject(kind=first.subject.kind, id=subject)})


def direction(before: Verdict, after: Verdict) -> Direction:
    found = compare(sample.judgement(findings=(one(before),)), sample.judgement(findings=(one(after),)))
    return found.changes[0].direction


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (Verdict.PASS, Verdict.FAIL, Direction.WORSE),
        (Verdict.PASS, Verdict.UNKNOWN, Direction.WORSE),
        (Verdict.UNKNOWN, Verdict.FAIL, Direction.WORSE),
        (Verdict.FAIL, Verdict.PASS, Direction.BETTER),
        (Verdict.FAIL, Verdict.WAIVED, Direction.BETTER),
        (Verdict.UNKNOWN, Verdict.PASS, Direction.BETTER),
        (Verdict.PASS, Verdict.NOT_APPLICABLE, Direction.CHANGED),
        (Verdict.FAIL, Verdict.FAIL, Direction.SAME),
    ],
)
def test_directions(before: Verdict, after: Verdict, expected: Direction) -> None:
    assert direction(before, after) is expected


def test_new_and_gone_are_told_by_control_and_subject() -> None:
    found = compare(
        sample.judgement(findings=(one(Verdict.FAIL, "old"),)), sample.judgement(findings=(one(Verdict.FAIL, "new"),))
    )
    assert [(c.direction, c.finding.subject.id) for c in found.changes] == [
        (Direction.NEW, "new"),
        (Direction.GONE, "old"),
    ]


def test_two_findings_of_one_control_and_subject_are_both_kept() -> None:
    twice = sample.judgement(findings=(one(Verdict.PASS), one(Verdict.FAIL)))
    assert len(compare(twice, twice).changes) == 2


def test_counts_are_after_minus_before() -> None:
    found = compare(
        sample.judgement(findings=(one(Verdict.FAIL),)),
        sample.judgement(findings=(one(Verdict.PASS), one(Verdict.PASS, "b"))),
    )
    assert found.counts[Verdict.FAIL] == -1
    assert found.counts[Verdict.PASS] == 2


def test_the_worst_comes_first() -> None:
    before = sample.judgement(findings=(one(Verdict.FAIL, "x"), one(Verdict.PASS, "y")))
    after = sample.judgement(findings=(one(Verdict.PASS, "x"), one(Verdict.FAIL, "y")))
    assert [c.direction for c in compare(before, after).changes] == [Direction.WORSE, Direction.BETTER]
