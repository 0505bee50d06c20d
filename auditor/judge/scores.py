"""How much was evidenced: counts and weighted shares, as intervals that no unknown can hide in. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from auditor.judge.finding import Finding, Interval, Score, Verdict
from auditor.policy.effective import Severity

WEIGHTS = {Severity.INFO: 0, Severity.LOW: 1, Severity.MEDIUM: 3, Severity.HIGH: 6, Severity.CRITICAL: 10}
"""What one control weighs; ``info`` never decides and so weighs nothing."""


def scores_of(findings: Iterable[Finding]) -> tuple[Score, ...]:
    """The score of all, of each group in the order of ids, and of each severity, worst first."""
    found = tuple(findings)
    return (
        _score(found, "all"),
        *_by(found, "group", sorted({finding.group for finding in found if finding.group}), lambda f: f.group),
        *_by(found, "severity", [s.value for s in reversed(Severity)], lambda f: f.severity.value),
    )


def _by(findings: tuple[Finding, ...], of: str, names: Iterable[str], key: Callable[[Finding], str]) -> Iterator[Score]:
    for name in names:
        some = tuple(finding for finding in findings if key(finding) == name)
        if some:
            yield _score(some, of, name)


def _score(findings: tuple[Finding, ...], of: str, name: str = "") -> Score:
    counts = Counter(finding.verdict for finding in findings)
    return Score.model_validate(
        {
            "of": of,
            "name": name,
            "counts": {verdict: counts.get(verdict, 0) for verdict in Verdict},
            "before": _interval(findings, (Verdict.PASS,)),
            "after": _interval(findings, (Verdict.PASS, Verdict.WAIVED)),
        }
    )


def _interval(findings: tuple[Finding, ...], met: tuple[Verdict, ...]) -> Interval | None:
    """The share of the weight that is met, without and with what was not seen."""
    asked: dict[tuple[str, Severity], Counter[Verdict]] = {}
    for finding in findings:
        if finding.verdict is not Verdict.NOT_APPLICABLE and WEIGHTS[finding.severity]:
            asked.setdefault((finding.control, finding.severity), Counter())[finding.verdict] += 1
    total, lower, upper = 0, Fraction(0), Fraction(0)
    for (_, severity), counts in asked.items():
        weight, subjects = WEIGHTS[severity], counts.total()
        fulfilled = sum(counts[verdict] for verdict in met)
        total += weight
        lower += Fraction(weight * fulfilled, subjects)
        upper += Fraction(weight * (fulfilled + counts[Verdict.UNKNOWN]), subjects)
    if not total:
        return None
    return Interval(lower=int(lower * 1000 / total), upper=int(upper * 1000 / total))
