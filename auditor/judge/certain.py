"""Findings of an audit that still runs: those that nothing still to come can change. Pure.

A check declares its group; a group does not read what the collectors named here see. Once all other collectors have
ended, its answers stand. A group that is not named waits for every collector.
"""

from collections.abc import Collection

from auditor.judge.finding import Finding, Verdict
from auditor.policy.checks import SPECS
from auditor.policy.effective import Effective

UNREAD: dict[str, frozenset[str]] = {
    "gpus": frozenset({"models", "weights", "custody", "footprints", "endpoints", "traffic"}),
    "host": frozenset({"gpus", "weights", "custody", "footprints", "endpoints", "traffic"}),
    "licences": frozenset({"weights", "custody", "footprints", "endpoints", "traffic"}),
    "serving": frozenset({"weights", "custody", "traffic"}),
    "weights": frozenset({"footprints", "endpoints", "traffic"}),
}
"""Group of checks → collectors that its checks do not read."""

TOLD = (Verdict.FAIL, Verdict.WAIVED, Verdict.PASS)
"""What was not seen may be seen yet."""


def certain(findings: Collection[Finding], policy: Effective, running: Collection[str]) -> list[Finding]:
    """Those of ``findings`` that stand, while the collectors ``running`` have not ended."""
    groups = {control.id: SPECS[control.check].group for control in policy.controls}
    return [
        finding
        for finding in findings
        if finding.verdict in TOLD
        and finding.control in groups
        and set(running) <= UNREAD.get(groups[finding.control], frozenset())
    ]
