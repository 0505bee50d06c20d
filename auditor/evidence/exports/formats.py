"""Every format that a judged audit can be exported in."""

from collections.abc import Callable
from dataclasses import dataclass

from auditor.evidence.exports import cyclonedx, gdpr, junit, oscal, pia, sarif, spreadsheet, vsa
from auditor.evidence.exports.common import Material
from auditor.evidence.words import Words

Writer = Callable[[Material, Words], bytes]


@dataclass(frozen=True)
class Format:
    """One format: its name on the command line, the file it becomes, and what it is for."""

    name: str
    file: str
    purpose: str
    write: Writer


def _same(write: Callable[[Material], bytes]) -> Writer:
    """A format that speaks no language."""
    return lambda material, _: write(material)


FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format("sarif", "findings.sarif", "SARIF 2.1.0, for code scanning and CI", _same(sarif.write)),
        Format("junit", "findings.junit.xml", "JUnit XML, for CI", _same(junit.write)),
        Format("csv", "findings.csv", "findings for a spreadsheet", _same(spreadsheet.write_findings)),
        Format("files", "files.csv", "weight files with digests, for a spreadsheet", _same(spreadsheet.write_files)),
        Format("oscal", "assessment-results.json", "OSCAL 1.1.3 assessment results", _same(oscal.write)),
        Format("cyclonedx", "ml-bom.cdx.json", "CycloneDX 1.6 ML-BOM", _same(cyclonedx.write)),
        Format("vsa", "verification-summaries.json", "SLSA verification summaries, one per model", _same(vsa.write)),
        Format("pia", "pia-measures.json", "measures for the PIA software of the CNIL", pia.write),
        Format("gdpr", "gdpr.md", "text blocks for GDPR Articles 30 and 32", gdpr.write),
    )
}
"""By name."""
