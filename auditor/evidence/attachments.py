"""The documents inside the dossier: names, canonical bytes, digests."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from auditor.evidence.cover import Cover, Rendering, dump_rendering, renderer
from auditor.evidence.exports import cyclonedx, oscal, spreadsheet, vsa
from auditor.evidence.exports.common import Material
from auditor.evidence.merkle import root_of
from auditor.facts.audit import Audit
from auditor.facts.canonical import canonical, parse
from auditor.judge.finding import Judgement
from auditor.knowledge.knowledge import Knowledge
from auditor.policy.effective import Effective

FACTS, POLICY, KNOWLEDGE, FINDINGS = "facts.json", "policy.json", "knowledge.json", "findings.json"
RENDERING = "dossier.json"
BOM, RESULTS, SUMMARIES, FILES = (
    "ml-bom.cdx.json",
    "assessment-results.json",
    "verification-summaries.json",
    "files.csv",
)
DOCUMENTS = (FACTS, POLICY, KNOWLEDGE, FINDINGS, RENDERING)
"""What pages and verdicts follow from; canonical JSON."""
NAMES = (*DOCUMENTS, BOM, RESULTS, SUMMARIES, FILES)
"""Every dossier carries these, and nothing else; those beyond the documents follow from them."""

_EXPORTS = {BOM: cyclonedx.write, RESULTS: oscal.write, SUMMARIES: vsa.write, FILES: spreadsheet.write_files}

_RELATION = {
    FACTS: "Source",
    POLICY: "Source",
    KNOWLEDGE: "Source",
    FINDINGS: "Data",
    RENDERING: "Supplement",
} | dict.fromkeys(_EXPORTS, "Supplement")
_SUBJECT = {
    FACTS: "What was seen on the host",
    POLICY: "The policy as it was applied",
    KNOWLEDGE: "The tables that the verdicts rest on",
    FINDINGS: "All findings and their reasons",
    RENDERING: "How these pages were made",
    BOM: "Models, files and licences as a CycloneDX ML-BOM",
    RESULTS: "The findings as OSCAL assessment results",
    SUMMARIES: "An SLSA verification summary for each model",
    FILES: "Every weight file with its digest",
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
        return _RELATION.get(self.name, "Supplement")

    @property
    def media(self) -> str:
        """Media type."""
        return "text/csv" if self.name.endswith(".csv") else "application/json"

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
) -> tuple[tuple[Attachment, ...], Attached]:
    """The attachments of a dossier in the order of :data:`NAMES`, and what a reader of them gets.

    Canonical bytes sort keys; whatever follows from the documents has to follow from the bytes.
    """
    facts, findings = canonical(audit), canonical(judgement)
    rendering = Rendering(cover, renderer(), salted_root(facts, findings, cover.seed))
    documents = (
        Attachment(FACTS, facts),
        Attachment(POLICY, canonical(policy)),
        Attachment(KNOWLEDGE, canonical(knowledge)),
        Attachment(FINDINGS, findings),
        Attachment(RENDERING, dump_rendering(rendering)),
    )
    told = read({each.name: each.data for each in documents})
    return (*documents, *(Attachment(name, data) for name, data in exported(told).items())), told


def salted_root(facts: bytes, findings: bytes, seed: str) -> str:
    """What redacted copies are proved against; empty without a seed. Raises ValueError."""
    return root_of({FACTS: parse(facts), FINDINGS: parse(findings)}, bytes.fromhex(seed)) if seed else ""


def exported(told: Attached) -> dict[str, bytes]:
    """The attachments beyond the documents, as they follow from these."""
    material = Material(told.audit, told.judgement, told.policy, told.knowledge)
    return {name: write(material) for name, write in _EXPORTS.items()}
