"""Which findings stand before every collector has ended."""

import pytest

from auditor.judge.certain import UNREAD, certain
from auditor.judge.finding import Verdict
from auditor.policy.checks import SPECS
from tests.desktop import sample

POLICY = sample.documents().effective
GROUPS = {control.id: SPECS[control.check].group for control in POLICY.controls}
EVERY = frozenset({"host", "gpus", "processes", "models", "weights", "custody", "footprints", "traffic"})


def told(*running: str) -> set[str]:
    return {GROUPS[finding.control] for finding in certain(sample.findings(), POLICY, running)}


def test_while_everything_runs_nothing_is_certain() -> None:
    assert certain(sample.findings(), POLICY, EVERY) == []


@pytest.mark.parametrize("group", sorted(set(GROUPS.values())))
def test_a_group_is_told_while_only_what_it_does_not_read_is_missing(group: str) -> None:
    unread = UNREAD.get(group, frozenset())
    known = {GROUPS[f.control] for f in sample.findings() if f.verdict in (Verdict.FAIL, Verdict.PASS, Verdict.WAIVED)}
    assert (group in told(*unread)) == (group in known)
    for needed in EVERY - unread:
        assert group not in told(needed)


def test_what_was_not_seen_is_never_certain() -> None:
    verdicts = {finding.verdict for finding in certain(sample.findings(), POLICY, ())}
    assert Verdict.UNKNOWN not in verdicts
    assert Verdict.FAIL in verdicts


def test_traffic_and_groups_that_are_not_named_wait_for_all() -> None:
    assert "traffic" not in UNREAD
    assert "traffic" not in told("gpus")
