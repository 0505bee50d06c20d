"""SLSA verification summaries (predicate v1) as in-toto statements: one per model, a gate that a machine can read.

A statement names the weight files by digest. ``PASSED`` is said only of a model every file of which was read, and of
which no finding is contradicted or not seen; a waived contradiction is named in the properties and does not pass.
"""

from typing import Any

from auditor.evidence.exports.common import Material, dump_json
from auditor.facts.canonical import canonical
from auditor.facts.models import Model
from auditor.judge.finding import SubjectKind, Verdict

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/verification_summary/v1"
_SETTLED = {Verdict.PASS, Verdict.NOT_APPLICABLE}


def write(material: Material) -> bytes:
    """All statements, as a JSON list."""
    return dump_json([statement(material, model) for model in material.audit.facts.models])


def statements(material: Material) -> dict[str, bytes]:
    """Canonical payloads by model id, for signing."""
    return {model.id: canonical(statement(material, model)) for model in material.audit.facts.models}


def statement(material: Material, model: Model) -> dict[str, Any]:
    """The statement of one model."""
    judgement = material.judgement
    files = [weight for weight in material.audit.facts.weights if weight.model == model.id]
    about = [
        finding
        for finding in judgement.findings
        if finding.subject.kind is SubjectKind.MODEL and finding.subject.id == model.id
    ]
    read = bool(files) and all(weight.sha256.seen for weight in files)
    passed = read and bool(about) and all(finding.verdict in _SETTLED for finding in about)
    passed = passed and not material.audit.partial
    facts = f"urn:sovereignty-auditor:facts:{judgement.audit.id}"
    controls = {each.value: [finding.control for finding in about if finding.verdict is each] for each in Verdict}
    return {
        "_type": STATEMENT,
        "subject": [
            {"name": weight.path, "digest": {"sha256": weight.sha256.value}} for weight in files if weight.sha256.seen
        ],
        "predicateType": PREDICATE,
        "predicate": {
            "verifier": {"id": f"urn:sovereignty-auditor:{material.audit.tool.version}"},
            "timeVerified": judgement.judged,
            "resourceUri": f"urn:model:{model.name.value or model.id}",
            "policy": {
                "uri": f"urn:sovereignty-auditor:policy:{judgement.policy.id}:{judgement.policy.version}",
                "digest": {"sha256": judgement.policy.sha256},
            },
            "inputAttestations": [{"uri": facts, "digest": {"sha256": judgement.audit.digest}}],
            "verificationResult": "PASSED" if passed else "FAILED",
            "verifiedLevels": [],
            "slsaVersion": "1.0",
            "findings": controls,
            "filesNotRead": [weight.path for weight in files if not weight.sha256.seen],
        },
    }
