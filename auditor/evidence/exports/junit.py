"""JUnit XML, for CI: a suite per group of controls, a case per finding.

The format knows no "not seen". A control that was not seen is an error, or skipped where the policy says that it only
warns; it never counts as passed.
"""

from xml.etree import ElementTree

from auditor.evidence.exports.common import Material, clean, place, told
from auditor.judge.finding import Finding, Verdict
from auditor.policy.effective import OnUnknown


def write(material: Material) -> bytes:
    """One document, UTF-8."""
    judgement = material.judgement
    warns = {control.id for control in material.policy.controls if control.on_unknown is OnUnknown.WARN}
    title = f"{judgement.policy.title} – {judgement.audit.target.name}"
    root = ElementTree.Element("testsuites", {"name": clean(title)})
    groups = list(dict.fromkeys(finding.group for finding in judgement.findings))
    for group in groups:
        cases = [finding for finding in judgement.findings if finding.group == group]
        ends = [_end(finding, warns) for finding in cases]
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            {
                "name": clean(material.policy.groups.get(group, {}).get("en", group) or material.policy.id),
                "tests": str(len(cases)),
                "failures": str(ends.count("failure")),
                "errors": str(ends.count("error")),
                "skipped": str(ends.count("skipped")),
                "timestamp": judgement.judged.rstrip("Z"),
                "hostname": clean(judgement.audit.target.name),
            },
        )
        for finding, end in zip(cases, ends, strict=True):
            _case(suite, finding, end)
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _end(finding: Finding, warns: set[str]) -> str:
    if finding.verdict is Verdict.FAIL:
        return "failure"
    if finding.verdict is Verdict.UNKNOWN:
        return "skipped" if finding.control in warns else "error"
    return "" if finding.verdict is Verdict.PASS else "skipped"


def _case(suite: ElementTree.Element, finding: Finding, end: str) -> None:
    name = f"{finding.title}: {finding.subject.id}"
    case = ElementTree.SubElement(
        suite, "testcase", {"classname": clean(finding.control), "name": clean(name), "file": clean(place(finding))}
    )
    if not end:
        return
    message = finding.observed
    if finding.verdict is Verdict.WAIVED and finding.waiver is not None:
        message = f"waived until {finding.waiver.until} by {finding.waiver.approved_by}: {finding.waiver.reason}"
    ElementTree.SubElement(case, end, {"type": finding.verdict.value, "message": clean(message)}).text = clean(
        told(finding)
    )
