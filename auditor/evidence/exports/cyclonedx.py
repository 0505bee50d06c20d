"""CycloneDX 1.6 ML-BOM (ECMA-424): every model with files, digests, licences and model card; every serving process."""

from typing import Any

from auditor.evidence.exports.common import Material, dump_json
from auditor.evidence.words import parse_instant
from auditor.facts.fact import Fact
from auditor.facts.models import Model
from auditor.judge.context import Context
from auditor.judge.finding import Openness
from auditor.judge.licences import decision_of

VERSION = "1.6"


def write(material: Material) -> bytes:
    """The bill of materials as JSON."""
    context = Context(material.audit, material.policy, material.knowledge, parse_instant(material.judgement.judged))
    openness = {each.model: each for each in material.judgement.openness}
    return dump_json(
        {
            "bomFormat": "CycloneDX",
            "specVersion": VERSION,
            "serialNumber": f"urn:uuid:{material.uuid('cyclonedx')}",
            "version": 1,
            "metadata": {
                "timestamp": material.audit.ended,
                "tools": {
                    "components": [
                        {
                            "type": "application",
                            "name": material.audit.tool.name,
                            "version": material.audit.tool.version,
                        }
                    ]
                },
                "component": {
                    "type": "device",
                    "bom-ref": "host",
                    "name": material.audit.target.name,
                },
                "properties": [
                    _property("facts", material.judgement.audit.id),
                    _property("facts:sha256", material.judgement.audit.digest),
                    *([_property("partial", "true")] if material.audit.partial else []),
                ],
            },
            "components": [_model(context, model, openness.get(model.id)) for model in material.audit.facts.models],
            "services": [
                {
                    "bom-ref": f"process-{served.pid}",
                    "name": served.stack.value or "unknown",
                    **({"version": served.version.value} if served.version.value else {}),
                    "properties": [
                        _property("pid", str(served.pid)),
                        *(_property("model", name) for name in served.models.value or ()),
                    ],
                }
                for served in material.audit.facts.serving
            ],
        }
    )


def _model(context: Context, model: Model, openness: Openness | None) -> dict[str, Any]:
    name = model.name.value or model.id
    group, _, short = name.rpartition("/")
    component: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": f"model-{model.id}",
        **({"group": group} if group else {}),
        "name": short,
        **({"version": model.revision.value} if model.revision.value else {}),
    }
    licences = _licences(context, model)
    if licences:
        component["licenses"] = licences
    component["modelCard"] = _card(model)
    component["components"] = [
        {
            "type": "file",
            "bom-ref": f"model-{model.id}-file-{n}",
            "name": weight.path,
            **({"hashes": [{"alg": "SHA-256", "content": weight.sha256.value}]} if weight.sha256.seen else {}),
            "properties": [_property("sha256:status", weight.sha256.status.value)],
        }
        for n, weight in enumerate(w for w in context.audit.facts.weights if w.model == model.id)
    ]
    facts: tuple[tuple[str, Fact[Any]], ...] = (
        ("format", model.format),
        ("quantisation", model.quantisation),
        ("parameters", model.parameters),
        ("context", model.context),
        ("family", model.family),
    )
    component["properties"] = [
        *(_property(key, f"{fact.value} ({fact.status.value})") for key, fact in facts if fact.seen),
        *(_property("base", each) for each in model.base.value or ()),
        *(
            _property(f"openness:{question}", getattr(openness, question).answer.value)
            for question in ("downloadable", "commercial", "no_phone_home", "modifiable", "redistributable")
            if openness is not None
        ),
    ]
    return component


def _licences(context: Context, model: Model) -> list[dict[str, Any]]:
    """The licences in force; ``concluded`` because they were compared word by word, or inferred from the name."""
    known = context.knowledge.licences
    listed = []
    for id in decision_of(context, model).licences:
        terms = known[id]
        named = {"name": terms.title} if terms.spdx.startswith("LicenseRef-") else {"id": terms.spdx}
        listed.append({"license": {**named, "acknowledgement": "concluded"}})
    return listed


def _card(model: Model) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    if model.family.value:
        parameters["architectureFamily"] = model.family.value
    if model.architecture.value:
        parameters["modelArchitecture"] = model.architecture.value
    if model.modality.value:
        parameters["inputs"] = [{"format": kind} for kind in model.modality.value]
    return {"modelParameters": parameters} if parameters else {}


def _property(name: str, value: str) -> dict[str, str]:
    return {"name": f"sovereignty-auditor:{name}", "value": value}
