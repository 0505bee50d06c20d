"""SARIF 2.1.0 (OASIS), for code scanning and CI: a rule per control, a result per finding."""

from typing import Any

from auditor.evidence.exports.common import Material, dump_json, place, told
from auditor.judge.finding import Finding, Verdict
from auditor.policy.effective import Severity

_KIND = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "fail",
    Verdict.WAIVED: "fail",
    Verdict.UNKNOWN: "open",
    Verdict.NOT_APPLICABLE: "notApplicable",
}
_LEVEL = {
    Severity.INFO: "note",
    Severity.LOW: "note",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "error",
}


def write(material: Material) -> bytes:
    """One run. A level other than ``none`` is only allowed where a result is of kind ``fail`` (section 3.27.10)."""
    controls = list(dict.fromkeys(finding.control for finding in material.judgement.findings))
    run = {
        "tool": {
            "driver": {
                "name": material.audit.tool.name,
                "version": material.audit.tool.version,
                "rules": [_rule(material, control) for control in controls],
            }
        },
        "automationDetails": {"id": f"{material.policy.id}/{material.judgement.audit.id}"},
        "invocations": [
            {
                "executionSuccessful": not material.audit.partial,
                "startTimeUtc": material.audit.started,
                "endTimeUtc": material.audit.ended,
            }
        ],
        "properties": {
            "verdict": material.judgement.verdict.value,
            "policy": material.judgement.policy.model_dump(mode="json"),
            "factsSha256": material.judgement.audit.digest,
        },
        "results": [_result(material, finding, controls) for finding in material.judgement.findings],
    }
    return dump_json(
        {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]},
    )


def _rule(material: Material, control: str) -> dict[str, Any]:
    finding = next(f for f in material.judgement.findings if f.control == control)
    rule: dict[str, Any] = {
        "id": control,
        "shortDescription": {"text": finding.title},
        "help": {"text": finding.decision_rule},
        "defaultConfiguration": {"level": _LEVEL[finding.severity]},
        "properties": {
            "severity": finding.severity.value,
            "tags": [f"{name} {id}" for name, ids in finding.references.items() for id in ids],
        },
    }
    if finding.rationale:
        rule["fullDescription"] = {"text": finding.rationale}
    return rule


def _result(material: Material, finding: Finding, controls: list[str]) -> dict[str, Any]:
    kind = _KIND[finding.verdict]
    result: dict[str, Any] = {
        "ruleId": finding.control,
        "ruleIndex": controls.index(finding.control),
        "kind": kind,
        "level": _LEVEL[finding.severity] if kind == "fail" else "none",
        "message": {"text": told(finding)},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": "facts.json"}},
                "logicalLocations": [{"fullyQualifiedName": place(finding), "kind": finding.subject.kind.value}],
            }
        ],
        "partialFingerprints": {"controlAndSubject/v1": f"{finding.control}:{place(finding)}"},
        "properties": {"verdict": finding.verdict.value, "restsOn": list(finding.rests_on)},
    }
    if finding.verdict is Verdict.WAIVED and finding.waiver is not None:
        waiver = finding.waiver
        who = f"{waiver.approved_by} ({waiver.role}), {waiver.on}, until {waiver.until}"
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": f"{waiver.reason} Approved by {who}."}
        ]
    return result
