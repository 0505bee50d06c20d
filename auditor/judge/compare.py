"""What changed from one judgement to another, finding by finding. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from auditor.judge.finding import Finding, Judgement, Verdict

_WORSE_BY_RANK = {Verdict.PASS: 0, Verdict.WAIVED: 1, Verdict.UNKNOWN: 2, Verdict.FAIL: 3}
"""``not_applicable`` has no rank: what does not apply is neither better nor worse."""


class Direction(StrEnum):
    """Which way a finding went."""

    WORSE = "worse"
    NEW = "new"
    BETTER = "better"
    GONE = "gone"
    CHANGED = "changed"
    """Became, or ceased to be, not applicable."""
    SAME = "same"


@dataclass(frozen=True)
class Change:
    """One control for one subject, before and after; one of the two is None where it is new or gone."""

    direction: Direction
    before: Finding | None
    after: Finding | None

    @property
    def finding(self) -> Finding:
        """The one to show: after if there is one."""
        shown = self.after or self.before
        if shown is None:
            raise ValueError("a change without a finding")
        return shown


@dataclass(frozen=True)
class Comparison:
    """All changes, worst first, and the difference of the counts."""

    changes: tuple[Change, ...]
    counts: dict[Verdict, int]
    """After minus before."""

    def of(self, direction: Direction) -> tuple[Change, ...]:
        """The changes in this direction."""
        return tuple(c for c in self.changes if c.direction is direction)


def compare(before: Judgement, after: Judgement) -> Comparison:
    """Match findings by control and subject. Two findings of the same key are matched in their order."""
    old, new = _keyed(before), _keyed(after)
    changes = [Change(_direction(old.get(key), new.get(key)), old.get(key), new.get(key)) for key in old | new]
    order = list(Direction)
    changes.sort(key=lambda c: (order.index(c.direction), c.finding.control, c.finding.subject.id))
    counts = {v: after.counts.get(v, 0) - before.counts.get(v, 0) for v in Verdict}
    return Comparison(tuple(changes), counts)


def _keyed(judgement: Judgement) -> dict[tuple[str, str, str, int], Finding]:
    found: dict[tuple[str, str, str, int], Finding] = {}
    for finding in judgement.findings:
        number = 0
        while (key := (finding.control, finding.subject.kind, finding.subject.id, number)) in found:
            number += 1
        found[key] = finding
    return found


def _direction(before: Finding | None, after: Finding | None) -> Direction:
    if before is None:
        return Direction.NEW
    if after is None:
        return Direction.GONE
    if before.verdict is after.verdict:
        return Direction.SAME
    old, new = _WORSE_BY_RANK.get(before.verdict), _WORSE_BY_RANK.get(after.verdict)
    if old is None or new is None:
        return Direction.CHANGED
    return Direction.WORSE if new > old else Direction.BETTER
