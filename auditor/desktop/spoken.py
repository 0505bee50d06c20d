"""Findings in the interface's language, from the templates that the judge keeps beside each sentence.

A sentence without a translation stays English; findings.json itself is never changed.
"""

from collections.abc import Iterable

from PySide6.QtCore import QLocale

from auditor.errors import UserError
from auditor.evidence.words import Words, languages, words
from auditor.judge.finding import Finding
from auditor.policy.effective import Control, Effective


def speaker() -> Words | None:
    """The dossier's words in the interface's language; None for English and for a language that it does not speak."""
    code = QLocale().name()[:2]
    if code == "en" or code not in languages():
        return None
    try:
        return words(code)
    except UserError:
        return None


def said(text: str) -> str:
    """A sentence that comes as text, from the probe or from a capture, in the interface's language."""
    voice = speaker()
    return text if voice is None else voice.told(text)[0]


def spoken(findings: Iterable[Finding], policy: Effective) -> tuple[Finding, ...]:
    """The same findings, their sentences in the interface's language."""
    voice = speaker()
    if voice is None:
        return tuple(findings)
    controls = {control.id: control for control in policy.controls}
    return tuple(_spoken(finding, voice, controls.get(finding.control)) for finding in findings)


def _spoken(finding: Finding, voice: Words, control: Control | None) -> Finding:
    def one(part: str, english: str) -> str:
        return voice.sentence(next(iter(finding.sentences.get(part, ())), None), english)[0]

    templates = finding.sentences.get("not_seen", ())
    changed = {
        "expected": one("expected", finding.expected),
        "observed": one("observed", finding.observed),
        "decision_rule": one("decision_rule", finding.decision_rule),
        "not_seen": tuple(
            voice.sentence(templates[number] if number < len(templates) else None, english)[0]
            for number, english in enumerate(finding.not_seen)
        ),
    }
    if control is not None:
        changed["title"] = voice.local(control.title, finding.title)[0]
        changed["rationale"] = voice.local(control.rationale, finding.rationale)[0]
    if finding.remedy:
        remedy = one("remedy", finding.remedy)
        if remedy == finding.remedy and control is not None and control.remedy.get("en") == finding.remedy:
            remedy = voice.local(control.remedy, finding.remedy)[0]
        changed["remedy"] = remedy
    return finding.model_copy(update=changed)
