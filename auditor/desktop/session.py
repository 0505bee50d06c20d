"""The audit that the window shows: its documents, and which page each finding belongs to."""

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from auditor.desktop.leaves import Leaf, leaves
from auditor.desktop.spoken import spoken
from auditor.documents import Documents
from auditor.facts.audit import Audit
from auditor.facts.canonical import parse
from auditor.judge.compare import Comparison
from auditor.judge.finding import Finding, Judgement, Verdict
from auditor.policy.checks import SPECS
from auditor.policy.effective import Effective, Severity

PAGE_OF_GROUP = {
    "licences": "models",
    "openness": "models",
    "expressions": "policy",
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

    @property
    def id(self) -> str:
        """Of the evidence. As the findings name it: to compute it again, all facts would be written anew."""
        return self.judgement.audit.id

    @property
    def digest(self) -> str:
        """SHA-256 of facts.json."""
        return self.judgement.audit.digest

    def prepare(self) -> None:
        """Compute what pages ask for, beside the window. Raises UserError where a document cannot be read."""
        _ = self.audit, self.judgement, self.policy, self.leaves, self._by_page, self._by_subject

    def signed(self, dossier: Path) -> "Session":
        """The same audit with a dossier; what was computed is kept."""
        made = replace(self, dossier=dossier)
        made.__dict__.update({key: value for key, value in self.__dict__.items() if key not in made.__dict__})
        return made

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

    @cached_property
    def _by_page(self) -> dict[str, list[Finding]]:
        found: dict[str, list[Finding]] = defaultdict(list)
        for finding in self.shown:
            found[self.page(finding)].append(finding)
        return found

    @cached_property
    def _by_subject(self) -> dict[tuple[str, str], list[tuple[int, Finding]]]:
        found: dict[tuple[str, str], list[tuple[int, Finding]]] = defaultdict(list)
        for number, finding in enumerate(self.shown):
            found[self.page(finding), finding.subject.id].append((number, finding))
        return found

    def findings(self, page: str) -> list[Finding]:
        """All findings of a page."""
        return self._by_page.get(page, [])

    def about(self, page: str, *ids: str) -> list[Finding]:
        """Findings of a page about one of these subjects."""
        found = [pair for subject in set(ids) for pair in self._by_subject.get((page, subject), ())]
        return [finding for _, finding in sorted(found, key=lambda pair: pair[0])]

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
