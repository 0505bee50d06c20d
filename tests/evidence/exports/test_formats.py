"""Exports for other tools: honest about what was not seen, the same bytes again, valid for their readers."""

import csv
import io
import json
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evidence.exports import gdpr, junit, oscal, pia, sarif, spreadsheet, vsa
from auditor.evidence.exports.common import Material, clean
from auditor.evidence.exports.formats import FORMATS
from auditor.evidence.words import languages, words
from auditor.facts.fact import Status
from auditor.judge.finding import Verdict
from tests import products
from tests.evidence import samples


def material(case: samples.Case | None = None) -> Material:
    return Material(*(case or samples.typical()))


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_audit_gives_the_same_bytes(name: str) -> None:
    write = FORMATS[name].write
    assert write(material(), words("en")) == write(material(), words("en")) != b""


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("case", [samples.empty, samples.huge], ids=["empty", "huge"])
def test_empty_and_huge_audits_are_written_too(name: str, case: samples.Case) -> None:
    assert FORMATS[name].write(material(case()), words("cs"))


def test_no_finding_that_was_not_seen_counts_as_passed_anywhere() -> None:
    told = material()
    unknown = [f for f in told.judgement.findings if f.verdict is Verdict.UNKNOWN]
    assert unknown
    run = json.loads(sarif.write(told))["runs"][0]
    kinds = {(r["partialFingerprints"]["controlAndSubject/v1"], r["kind"]) for r in run["results"]}
    results = json.loads(oscal.write(told))["assessment-results"]["results"][0]
    states = {f["title"]: f["target"]["status"] for f in results["findings"]}
    cases = {c.get("name"): c for c in ElementTree.fromstring(junit.write(told)).iter("testcase")}
    for finding in unknown:
        place = f"{finding.control}:{finding.subject.kind.value}/{finding.subject.id}"
        assert (place, "open") in kinds
        assert states[finding.title]["state"] == "not-satisfied"
        case = cases[f"{finding.title}: {finding.subject.id}"]
        assert case.find("error") is not None or case.find("skipped") is not None


def test_sarif_gives_a_level_to_contradictions_only_and_names_waivers() -> None:
    told = material()
    run = json.loads(sarif.write(told))["runs"][0]
    assert len(run["results"]) == len(told.judgement.findings)
    for result, finding in zip(run["results"], told.judgement.findings, strict=True):
        assert (result["level"] != "none") == (result["kind"] == "fail")
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == finding.control
        assert ("suppressions" in result) == (finding.verdict is Verdict.WAIVED)


def test_junit_counts_what_its_cases_say() -> None:
    for suite in ElementTree.fromstring(junit.write(material())).iter("testsuite"):
        cases = list(suite.iter("testcase"))
        assert int(suite.get("tests", "")) == len(cases)
        for end, counted in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert int(suite.get(counted, "")) == sum(case.find(end) is not None for case in cases)


@given(st.text())
def test_xml_holds_whatever_a_host_calls_its_files(text: str) -> None:
    element = ElementTree.Element("e", {"a": clean(text)})
    ElementTree.fromstring(ElementTree.tostring(element, encoding="unicode").encode("utf-8", "replace"))


@given(st.text())
def test_no_cell_of_a_table_begins_a_formula(text: str) -> None:
    told = samples.typical()
    finding = told[1].findings[0].model_copy(update={"observed": text})
    judgement = told[1].model_copy(update={"findings": (finding,)})
    rows = list(csv.reader(io.StringIO(spreadsheet.write_findings(Material(told[0], judgement, *told[2:])).decode())))
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_a_model_passes_its_summary_only_where_everything_was_seen_and_agrees() -> None:
    told = material()
    for each in json.loads(vsa.write(told)):
        predicate = each["predicate"]
        bad = {name for name, controls in predicate["findings"].items() if controls} - {"pass", "not_applicable"}
        assert predicate["verificationResult"] in ("PASSED", "FAILED")
        if bad or predicate["filesNotRead"] or not each["subject"]:
            assert predicate["verificationResult"] == "FAILED"


def test_a_file_that_was_not_read_keeps_its_model_from_passing() -> None:
    audit, judgement, policy, knowledge = samples.typical()
    passing = judgement.model_copy(
        update={"findings": tuple(f.model_copy(update={"verdict": Verdict.PASS}) for f in judgement.findings)}
    )
    weights = audit.facts.weights
    whole = {e["predicate"]["resourceUri"]: e["predicate"]["verificationResult"]
             for e in json.loads(vsa.write(Material(audit, passing, policy, knowledge)))}  # fmt: skip
    assert "PASSED" in whole.values()
    unread = tuple(w.model_copy(update={"sha256": samples.unseen(Status.DENIED)}) for w in weights)
    facts = audit.facts.model_copy(update={"weights": unread})
    told = vsa.write(Material(audit.model_copy(update={"facts": facts}), passing, policy, knowledge))
    assert {e["predicate"]["verificationResult"] for e in json.loads(told)} == {"FAILED"}


@pytest.mark.parametrize("language", languages())
def test_what_people_read_is_in_their_language(language: str) -> None:
    told, spoken = material(), words(language)
    text = gdpr.write(told, spoken).decode()
    assert text.startswith("# ")
    assert re.sub(r"\\(.)", r"\1", text.splitlines()[0])[2:] == spoken("export.title", host=told.audit.target.name)
    measures = json.loads(pia.write(told, spoken))["measures"]
    assert measures
    assert all(m["placeholder"].startswith("knowledge_base.slugs.PIA_") for m in measures)


def test_markup_of_a_host_is_text_in_what_people_read() -> None:
    audit, judgement, policy, knowledge = samples.typical()
    finding = judgement.findings[0].model_copy(
        update={"observed": "<script>x</script> [a](b)", "sentences": {}, "references": {"GDPR": ("Art. 32",)}}
    )
    told = Material(audit, judgement.model_copy(update={"findings": (finding,)}), policy, knowledge)
    assert b"<script>" not in pia.write(told, words("en"))
    assert r"\<script\>" in gdpr.write(told, words("en")).decode()
    assert r"\[a\](b)" in gdpr.write(told, words("en")).decode()


def in_products(code: str, path: Path) -> None:
    """Run a reader of a format in the environment of other programs; it raises where it refuses the file."""
    said = subprocess.run([products.PYTHON, "-c", code, str(path)], capture_output=True, text=True, timeout=120)
    assert said.returncode == 0, said.stderr[-2000:]


@pytest.mark.peer
@products.needs_products
@pytest.mark.parametrize("case", [samples.typical, samples.empty], ids=["typical", "empty"])
def test_trestle_reads_the_assessment_results(case: samples.Case, tmp_path: Path) -> None:
    path = tmp_path / "assessment-results.json"
    path.write_bytes(FORMATS["oscal"].write(material(case()), words("en")))
    code = (
        "import sys, pathlib; from trestle.oscal.assessment_results import AssessmentResults;"
        "found = AssessmentResults.oscal_read(pathlib.Path(sys.argv[1])); assert found.results"
    )
    in_products(code, path)


@pytest.mark.peer
@products.needs_products
@pytest.mark.parametrize("case", [samples.typical, samples.empty], ids=["typical", "empty"])
def test_the_bill_of_materials_fits_the_schema_of_cyclonedx(case: samples.Case, tmp_path: Path) -> None:
    path = tmp_path / "bom.json"
    path.write_bytes(FORMATS["cyclonedx"].write(material(case()), words("en")))
    code = (
        "import sys; from cyclonedx.validation.json import JsonStrictValidator;"
        "from cyclonedx.schema import SchemaVersion;"
        "error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read());"
        "assert not error, error"
    )
    in_products(code, path)
