"""The documents inside the dossier: names, canonical bytes, digests."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from auditor.evidence.cover import Cover, Rendering, dump_rendering, renderer
from auditor.facts.audit import Audit
from auditor.facts.canonical import canonical, parse
from auditor.judge.finding import Judgement
from auditor.knowledge.knowledge import Knowledge
from auditor.policy.effective import Effective

FACTS, POLICY, KNOWLEDGE, FINDINGS = "facts.json", "policy.json", "knowledge.json", "findings.json"
RENDERING = "dossier.json"
NAMES = (FACTS, POLICY, KNOWLEDGE, FINDINGS, RENDERING)
"""Every dossier carries these, and nothing else."""

_RELATION = {FACTS: "Source", POLICY: "Source", KNOWLEDGE: "Source", FINDINGS: "Data", RENDERING: "Supplement"}
_SUBJECT = {
    FACTS: "What was seen on the host",
    POLICY: "The policy as it was applied",
    KNOWLEDGE: "The tables that the verdicts rest on",
    FINDINGS: "All findings and their reasons",
    RENDERING: "How these pages were made",
}


@dataclass(frozen=True)
class Attachment:
    """One associated file (PDF/A-3, ISO 19005-3, 6.8)."""

    name: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Digest of the bytes."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def relation(self) -> str:
        """AFRelationship."""
        return _RELATION[self.name]

    @property
    def description(self) -> str:
        """In words."""
        return _SUBJECT[self.name]


@dataclass(frozen=True)
class Attached:
    """The values that attachments hold."""

    audit: Audit
    judgement: Judgement
    policy: Effective
    knowledge: Knowledge


def read(files: Mapping[str, bytes]) -> Attached:
    """The values from the bytes. Raises KeyError for a missing file, ValueError for one that cannot be read."""
    return Attached(
        Audit.model_validate(parse(files[FACTS])),
        Judgement.model_validate(parse(files[FINDINGS])),
        Effective.model_validate(parse(files[POLICY])),
        Knowledge.model_validate(parse(files[KNOWLEDGE])),
    )


def attach(
    audit: Audit, judgement: Judgement, policy: Effective, knowledge: Knowledge, cover: Cover
) -> tuple[Attachment, ...]:
    """The attachments of a dossier, in the order of :data:`NAMES`."""
    return (
        Attachment(FACTS, canonical(audit)),
        Attachment(POLICY, canonical(policy)),
        Attachment(KNOWLEDGE, canonical(knowledge)),
        Attachment(FINDINGS, canonical(judgement)),
        Attachment(RENDERING, dump_rendering(Rendering(cover, renderer()))),
    )
