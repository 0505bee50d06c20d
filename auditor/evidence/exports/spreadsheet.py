"""CSV (RFC 4180) of the findings and of the weight files, for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Sequence

from auditor.evidence.exports.common import Material
from auditor.judge.standing import pins_for, standing_of

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula; a path of the host may begin so."""


def write_findings(material: Material) -> bytes:
    """One row per finding, worst first."""
    head = (
        "control", "group", "title", "severity", "verdict", "subject_kind", "subject", "expected", "observed",
        "not_seen", "remedy", "references", "waiver", "waived_until", "rests_on",
    )  # fmt: skip
    rows = (
        (
            finding.control, finding.group, finding.title, finding.severity.value, finding.verdict.value,
            finding.subject.kind.value, finding.subject.id, finding.expected, finding.observed,
            "\n".join(finding.not_seen), finding.remedy,
            "; ".join(f"{name}: {', '.join(ids)}" for name, ids in finding.references.items()),
            finding.waiver.id if finding.waiver else "", finding.waiver.until if finding.waiver else "",
            " ".join(finding.rests_on),
        )
        for finding in material.judgement.findings
    )  # fmt: skip
    return _table(head, rows)


def write_files(material: Material) -> bytes:
    """One row per weight file, with what its digest rests on."""
    models = {model.id: model for model in material.audit.facts.models}
    head = ("model", "path", "format", "size", "modified", "sha256", "sha256_status", "standing", "expected")

    def rows() -> Iterable[Sequence[str]]:
        for weight in material.audit.facts.weights:
            pins = pins_for(weight, models.get(weight.model), material.policy.pins)
            stated = [f"{e.value.algorithm}:{e.value.digest} ({e.source})" for e in weight.expected if e.value]
            stated += [f"sha256:{pin.sha256} ({pin.source})" for pin in pins]
            yield (
                weight.model, weight.path, weight.format, _shown(weight.size.value), _shown(weight.modified.value),
                _shown(weight.sha256.value), weight.sha256.status.value, standing_of(weight, pins).value,
                "; ".join(stated),
            )  # fmt: skip

    return _table(head, rows())


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8", "replace")


def _harmless(cell: str) -> str:
    return "'" + cell if cell.startswith(_FORMULA) else cell
