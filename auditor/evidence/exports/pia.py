"""Measures for the PIA software of the CNIL: a file that its import reads, one measure per control.

The importer takes ``pia``, ``answers``, ``measures`` and ``comments``; contents are HTML, placeholders are keys of the
program's own knowledge base, so each measure opens with the matching advice beside it.
"""

from html import escape
from typing import Any

from auditor.evidence.exports.common import Material, dump_json
from auditor.evidence.exports.telling import by_control, origin, sentence
from auditor.evidence.words import Words
from auditor.judge.finding import Finding

_ADVICE = {
    "licence": "PIA_ORG_EXT",
    "openness": "PIA_ORG_EXT",
    "weights": "PIA_SEC_EXP",
    "serving": "PIA_SEC_EXP",
    "telemetry": "PIA_SEC_NET",
    "traffic": "PIA_SEC_NET",
    "sealed": "PIA_SEC_NET",
    "gpus": "PIA_SEC_MAT",
    "host": "PIA_SEC_EXP",
}
"""Entry of the program's knowledge base by the first part of a check's name."""
_OTHER = "PIA_ORG_AUD"


def write(material: Material, words: Words) -> bytes:
    """A new analysis that holds the measures; a person fills in the rest."""
    checks = {control.id: control for control in material.policy.controls}
    day = material.judgement.judged
    measures: list[dict[str, Any]] = []
    for control, findings in by_control(material).items():
        known = checks.get(control)
        title, _ = words.local(known.title if known else {}, findings[0].title)
        advice = _ADVICE.get(known.check.partition(".")[0], _OTHER) if known else _OTHER
        measures.append(
            {
                "title": f"{title} ({control})",
                "content": _content(material, words, findings),
                "placeholder": f"knowledge_base.slugs.{advice}.placeholder",
                "created_at": day,
                "updated_at": day,
            }
        )
    return dump_json(
        {
            "pia": {
                "name": words("export.title", host=material.audit.target.name),
                "category": "",
                "author_name": "",
                "evaluator_name": "",
                "validator_name": "",
                "status": 0,
                "created_at": day,
                "updated_at": day,
            },
            "answers": [],
            "measures": measures,
            "evaluations": [],
            "comments": [],
        }
    )


def _content(material: Material, words: Words, findings: list[Finding]) -> str:
    lines = "".join(f"<li>{escape(sentence(words, finding))}</li>" for finding in findings)
    return f"<ul>{lines}</ul><p>{escape(origin(material, words))}</p>"
