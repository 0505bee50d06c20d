"""The audit that the window shows: its documents, and which page each finding belongs to."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from auditor.archive.compare import Comparison
from auditor.desktop.leaves import Leaf, leaves
from auditor.desktop.spoken import spoken
from auditor.documents import Documents
from auditor.facts.audit import Audit
from auditor.facts.canonical import parse
from auditor.judge.finding import Finding, Judgement, Verdict
from auditor.policy.checks import SPECS
from auditor.policy.effective import Effective, Severity

PAGE_OF_GROUP = {
    "licences": "models",
    "openness": "models",
    "weights": "weights",
    "traffic": "traffic",
    "serving": "serving",
    "gpus": "gpus",
}
"""Group of a check → page; findings of the policy itself belong to the policy's page."""

VERDICT_ORDER = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.WAIVED, Verdict.PASS, Verdict.NOT_APPLICABLE)
"""Worst first, as the judge lists them."""

SEVERITY_ORDER = tuple(reversed(Severity))
"""Worst first."""

OPEN = (Verdict.FAIL, Verdict.UNKNOWN)
"""What is counted beside a page."""


@dataclass(frozen=True)
class Session:
    """One judged audit."""

    documents: Documents
    number: int | None = None
    """In the history."""
    dossier: Path | None = None
    since: str = ""
    """Start of the audit before it, same host and policy."""
    change: Comparison | None = None
    """Against that audit."""

    @property
    def audit(self) -> Audit:
        """What was seen."""
        return self.documents.audit

    @property
    def judgement(self) -> Judgement:
        """What follows from it."""
        return self.documents.judgement

    @property
    def policy(self) -> Effective:
        """Under what."""
        return self.documents.effective

    @cached_property
    def shown(self) -> tuple[Finding, ...]:
        """All findings, in the interface's language where their sentences are translated."""
        return spoken(self.judgement.findings, self.policy)

    @cached_property
    def facts(self) -> Any:
        """facts.json as plain data, for pointers."""
        return parse(self.documents.facts)

    @cached_property
    def leaves(self) -> list[Leaf]:
        """Every leaf of it, what was seen first."""
        return sorted(leaves(self.facts), key=lambda leaf: not leaf.pointer.startswith("/facts/"))

    @cached_property
    def _pages(self) -> dict[str, str]:
        return {c.id: PAGE_OF_GROUP[SPECS[c.check].group] for c in self.policy.controls if c.check in SPECS}

    def page(self, finding: Finding) -> str:
        """The page of the evidence that a finding speaks of."""
        return self._pages.get(finding.control, "policy")

    def findings(self, page: str) -> list[Finding]:
        """All findings of a page."""
        return [finding for finding in self.shown if self.page(finding) == page]

    def about(self, page: str, *ids: str) -> list[Finding]:
        """Findings of a page about one of these subjects."""
        return [finding for finding in self.findings(page) if finding.subject.id in ids]

    def open(self, page: str) -> int:
        """Contradicted and not seen, of a page."""
        return sum(finding.verdict in OPEN for finding in self.findings(page))

    @property
    def open_findings(self) -> list[Finding]:
        """Contradicted, then not seen, as the judge ordered them."""
        return [finding for finding in self.shown if finding.verdict in OPEN]


def worst(findings: list[Finding]) -> str:
    """The mark for a row about which these findings speak; empty where none does."""
    verdicts = {finding.verdict for finding in findings}
    return next((verdict.value for verdict in VERDICT_ORDER if verdict in verdicts), "")
