"""Findings in sentences of one language, for exports that people read."""

from auditor.evidence.exports.common import Material
from auditor.evidence.words import Words
from auditor.judge.finding import Finding, Verdict


def by_control(material: Material) -> dict[str, list[Finding]]:
    """Findings by control, both in the order of the judgement; what does not apply is left out."""
    found: dict[str, list[Finding]] = {}
    for finding in material.judgement.findings:
        if finding.verdict is not Verdict.NOT_APPLICABLE:
            found.setdefault(finding.control, []).append(finding)
    return found


def sentence(words: Words, finding: Finding) -> str:
    """Verdict, subject and what was seen; a waiver is named with its reason."""
    template = next(iter(finding.sentences.get("observed", ())), None)
    observed, _ = words.sentence(template, finding.observed)
    told = f"{words(f'verdict.{finding.verdict.value}')}: {finding.subject.id} – {observed}"
    if finding.verdict is Verdict.WAIVED and finding.waiver is not None:
        waiver = finding.waiver
        told += " " + words("export.waiver", reason=waiver.reason, by=waiver.approved_by, until=waiver.until)
    return told


def origin(material: Material, words: Words) -> str:
    """Which audit the sentences are of, and how far they go."""
    judgement = material.judgement
    return words(
        "export.origin",
        id=judgement.audit.id,
        host=judgement.audit.target.name,
        span=words.span(material.audit.started, material.audit.ended),
        policy=words.local(material.policy.title, judgement.policy.title)[0],
    )
