"""Tests that policies bring along."""

from pathlib import Path

import pytest

from auditor.policy.cases import cases, facts_of, unmet, worst_by_control
from auditor.policy.loader import Loaded, load
from tests.policy.samples import write
from tests.policy.test_broken import GOOD


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    return load(write(tmp_path, "site.yaml", GOOD))


def test_the_facts_lie_beside_the_policy(loaded: Loaded) -> None:
    (case,) = cases(loaded)

    assert facts_of(case, loaded) == loaded.path.parent / "a.json"


def test_a_control_has_the_worst_of_its_verdicts() -> None:
    verdicts = [("A", "pass"), ("A", "unknown"), ("A", "not_applicable"), ("B", "waived"), ("B", "pass")]

    assert worst_by_control(verdicts) == {"A": "unknown", "B": "waived"}


def test_what_is_as_expected_is_not_told(loaded: Loaded) -> None:
    (case,) = cases(loaded)

    assert unmet(case, [("LIC-001", "pass"), ("NET-001", "fail")], loaded) == ()


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [([("LIC-001", "fail")], "LIC-001 is fail, expected pass"), ([], "LIC-001 is not judged, expected pass")],
)
def test_what_is_otherwise_is_told_at_the_expectation(
    loaded: Loaded, verdicts: list[tuple[str, str]], words: str
) -> None:
    (case,) = cases(loaded)

    (wrong,) = unmet(case, verdicts, loaded)

    assert str(wrong) == f"{loaded.path}:52:53: {words}"
