"""OSCAL assessment results (NIST, 1.1.3): observations for every finding, OSCAL findings for those with an answer.

OSCAL knows ``satisfied`` and ``not-satisfied`` only. What was not seen is ``not-satisfied`` with the reason ``other``
and says so in its remarks; a waived contradiction stays ``not-satisfied`` and names its waiver.
"""

import re
from typing import Any

from auditor.evidence.exports.common import Material, dump_json, place
from auditor.judge.finding import Finding, Verdict

VERSION = "1.1.3"
_REASON = {Verdict.PASS: "pass", Verdict.FAIL: "fail", Verdict.WAIVED: "fail", Verdict.UNKNOWN: "other"}
_NAMESPACE = "urn:sovereignty-auditor"


def write(material: Material) -> bytes:
    """The document ``assessment-results``."""
    judgement = material.judgement
    policy = material.uuid("policy")
    findings = list(enumerate(judgement.findings))
    result: dict[str, Any] = {
        "uuid": material.uuid("result"),
        "title": f"{judgement.policy.title} – {judgement.audit.target.name}",
        "description": f"Facts {judgement.audit.id} judged under the policy {judgement.policy.id} "
        f"{judgement.policy.version} by {material.tool}. Overall: {judgement.verdict.value}.",
        "start": material.audit.started,
        "end": material.audit.ended,
        "props": [_prop("verdict", judgement.verdict.value), _prop("facts-sha256", judgement.audit.digest)]
        + ([_prop("partial", "true")] if material.audit.partial else []),
        "reviewed-controls": {
            "control-selections": [
                {
                    "include-controls": [
                        {"control-id": _token(control)} for control in dict.fromkeys(f.control for _, f in findings)
                    ]
                }
                if findings
                else {"description": "The policy judged nothing.", "include-all": {}}
            ]
        },
    }
    if findings:
        result["observations"] = [_observation(material, n, finding) for n, finding in findings]
        answered = [_finding(material, n, f) for n, f in findings if f.verdict is not Verdict.NOT_APPLICABLE]
        if answered:
            result["findings"] = answered
    return dump_json(
        {
            "assessment-results": {
                "uuid": material.uuid("assessment-results"),
                "metadata": {
                    "title": f"Assessment results {judgement.audit.id}",
                    "last-modified": judgement.judged,
                    "version": judgement.policy.version,
                    "oscal-version": VERSION,
                },
                "import-ap": {
                    "href": f"#{policy}",
                    "remarks": "There was no assessment plan in OSCAL; the policy took its place.",
                },
                "results": [result],
                "back-matter": {
                    "resources": [
                        {
                            "uuid": policy,
                            "title": judgement.policy.title,
                            "description": "The effective policy, attached to the dossier as policy.json.",
                            "rlinks": [
                                {
                                    "href": "policy.json",
                                    "media-type": "application/json",
                                    "hashes": [{"algorithm": "SHA-256", "value": judgement.policy.sha256}],
                                }
                            ],
                        }
                    ]
                },
            }
        }
    )


def _observation(material: Material, n: int, finding: Finding) -> dict[str, Any]:
    props = [_prop("verdict", finding.verdict.value), _prop("severity", finding.severity.value)]
    props += [_prop("subject", place(finding))]
    observation: dict[str, Any] = {
        "uuid": material.uuid("observation", str(n)),
        "title": finding.title,
        "description": f"{finding.expected} {finding.observed}",
        "props": props,
        "methods": ["TEST"],
        "types": ["finding"],
        "collected": material.audit.ended,
    }
    if finding.rests_on:
        observation["relevant-evidence"] = [
            {"href": f"facts.json#{pointer}", "description": "The fact that this rests on."}
            for pointer in finding.rests_on
        ]
    if finding.not_seen:
        observation["remarks"] = "Not seen: " + " ".join(finding.not_seen)
    return observation


def _finding(material: Material, n: int, finding: Finding) -> dict[str, Any]:
    satisfied = finding.verdict is Verdict.PASS
    status: dict[str, Any] = {
        "state": "satisfied" if satisfied else "not-satisfied",
        "reason": _REASON[finding.verdict],
    }
    if finding.verdict is Verdict.UNKNOWN:
        status["remarks"] = "It was not seen; that is neither satisfied nor contradicted."
    if finding.verdict is Verdict.WAIVED and finding.waiver is not None:
        waiver = finding.waiver
        status["remarks"] = f"Waived until {waiver.until} by {waiver.approved_by}: {waiver.reason}"
    return {
        "uuid": material.uuid("finding", str(n)),
        "title": finding.title,
        "description": finding.observed,
        "target": {"type": "objective-id", "target-id": _token(finding.control), "status": status},
        "related-observations": [{"observation-uuid": material.uuid("observation", str(n))}],
    }


def _prop(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": _NAMESPACE, "value": re.sub(r"\s+", " ", value).strip() or "-"}


def _token(text: str) -> str:
    """As the format's tokens are: a letter or underscore, then letters, digits, full stops, dashes, underscores."""
    token = re.sub(r"[^\w.\-]", "_", text)
    return token if re.match(r"[^\W\d]", token) else f"_{token}"
