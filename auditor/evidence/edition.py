"""One dossier in the making: what is told, in which words, and on which pages it came to stand."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from auditor.evidence.attachments import Attachment
from auditor.evidence.cover import Cover
from auditor.evidence.words import Words
from auditor.facts.audit import Audit, Outcome
from auditor.facts.models import Model
from auditor.judge.finding import Finding, Judgement, Subject, SubjectKind, Verdict
from auditor.knowledge.knowledge import Knowledge
from auditor.policy.effective import Effective


@dataclass(frozen=True)
class Budget:
    """How many of each are printed; the rest is counted and named as being in the attachments."""

    detailed: int
    listed: int
    models: int
    files: int
    sockets: int
    devices: int
    notes: int
    characters: int
    """Length of a text before it is cut."""


BUDGETS = (
    Budget(detailed=40, listed=120, models=60, files=40, sockets=50, devices=24, notes=40, characters=700),
    Budget(detailed=24, listed=70, models=40, files=24, sockets=30, devices=16, notes=24, characters=450),
    Budget(detailed=12, listed=40, models=24, files=12, sockets=16, devices=8, notes=12, characters=250),
)
"""From generous to terse; the first under which the dossier keeps to its number of pages is used."""

UNKNOWN_PAGE = 88
"""Stands for a page number while the pages are being counted."""


@dataclass(frozen=True)
class Edition:
    """Everything that a chapter may draw on."""

    audit: Audit
    judgement: Judgement
    policy: Effective
    knowledge: Knowledge
    cover: Cover
    attachments: tuple[Attachment, ...]
    words: Words
    budget: Budget
    places: Mapping[str, int]
    """Page of every anchor, from the pass before."""
    total: int
    root: str = ""
    """What redacted copies of this dossier are proved against."""

    def page(self, anchor: str) -> int:
        """The page on which ``anchor`` stands."""
        return self.places.get(anchor, UNKNOWN_PAGE)

    @cached_property
    def models(self) -> dict[str, Model]:
        """Models by their id."""
        return {model.id: model for model in self.audit.facts.models}

    def complete(self, collector: str) -> bool:
        """Whether a collector looked to the end."""
        return self.audit.collector(collector).outcome is Outcome.COMPLETE

    def model_name(self, identity: str) -> str:
        """A model's own name where it is known, else its id."""
        model = self.models.get(identity)
        return model.name.value if model is not None and model.name.value else identity

    def subject(self, subject: Subject) -> str:
        """What a finding speaks of, in words."""
        if subject.kind is SubjectKind.MODEL:
            return self.model_name(subject.id)
        if subject.kind in (SubjectKind.HOST, SubjectKind.DESTINATION, SubjectKind.LISTENER):
            return subject.id
        return self.words(f"subject.{subject.kind.value}", id=subject.id)

    def control(self, identity: str) -> tuple[str, str]:
        """A control's title and the language it is in; empty where the policy has no such control."""
        texts = next((each.title for each in self.policy.controls if each.id == identity), {})
        return self.words.local(texts, "")

    def remedy(self, finding: Finding) -> tuple[str, str]:
        """A finding's remedy and the language it is in: the check's, or that of the policy's author."""
        own = next((each.remedy for each in self.policy.controls if each.id == finding.control), {})
        if own.get("en") == finding.remedy:
            return self.words.local(own, finding.remedy)
        return self.words.sentence(next(iter(finding.sentences.get("remedy", ())), None), finding.remedy)

    @cached_property
    def open(self) -> tuple[tuple[int, Finding], ...]:
        """Findings that are told in full: contradicted, not seen and waived, with their index in findings.json."""
        told = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.WAIVED)
        return tuple((i, f) for i, f in enumerate(self.judgement.findings) if f.verdict in told)

    @cached_property
    def settled(self) -> tuple[Finding, ...]:
        """Findings that need no reading: evidenced and not applicable."""
        return tuple(f for f in self.judgement.findings if f.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE))

    def verdict(self, finding: Finding) -> str:
        """The verdict's word."""
        if finding.verdict is Verdict.WAIVED and finding.waiver is not None:
            return self.words("verdict.waived_until", day=self.day(finding.waiver.until))
        return self.words(f"verdict.{finding.verdict.value}")

    def day(self, iso: str) -> str:
        """A day of a document in words; what is no date stays as it is."""
        try:
            return self.words.date(dt.date.fromisoformat(iso))
        except ValueError:
            return iso
