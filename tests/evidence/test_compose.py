"""The dossier: the same bytes each time, never longer than it may be, nothing hidden, nothing claimed."""

import datetime as dt
import io
import json
import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest

from auditor.errors import UserError
from auditor.evidence.attachments import NAMES
from auditor.evidence.compose import PAGES, compose
from auditor.evidence.level import Level
from auditor.evidence.words import languages
from auditor.facts.canonical import canonical
from tests.evidence import samples

CASES = {name: getattr(samples, name) for name in ("typical", "empty", "clean")}


def opened(pdf: bytes) -> pikepdf.Pdf:
    """The file, read strictly."""
    return pikepdf.open(io.BytesIO(pdf), attempt_recovery=False)


def text_of(pdf: bytes, tmp_path: Path, *pages: str) -> str:
    """The text that poppler reads."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    path = tmp_path / "dossier.pdf"
    path.write_bytes(pdf)
    done = subprocess.run(["pdftotext", *pages, str(path), "-"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split())


@pytest.mark.parametrize("name", CASES)
def test_two_runs_give_the_same_bytes(name: str) -> None:
    assert compose(*CASES[name](), samples.cover()) == compose(*CASES[name](), samples.cover())


def test_fractions_of_a_second_do_not_matter() -> None:
    later = samples.WHEN + dt.timedelta(microseconds=999)
    assert compose(*samples.clean(), samples.cover(when=later)) == compose(*samples.clean(), samples.cover())


@pytest.mark.parametrize("name", CASES)
def test_the_documents_are_attached_byte_for_byte(name: str) -> None:
    audit, judgement, policy, knowledge = CASES[name]()
    with opened(compose(audit, judgement, policy, knowledge, samples.cover())) as pdf:
        held = {name: pdf.attachments[name].get_file().read_bytes() for name in pdf.attachments}
        assert len(pdf.Root.AF) == len(NAMES)
    assert sorted(held) == sorted(NAMES)
    expected = {"facts": audit, "policy": policy, "knowledge": knowledge, "findings": judgement}
    for kind, value in expected.items():
        assert held[f"{kind}.json"] == canonical(value)
    assert json.loads(held["dossier.json"])["cover"]["level"] == "B-B"


def test_the_pages_follow_from_the_attached_bytes_alone() -> None:
    """Canonical JSON sorts keys; the order in which a value was made must not show."""
    audit, judgement, policy, knowledge = samples.typical()
    groups = dict(reversed(policy.groups.items()))
    standards = {"zzz": {"title": "Last"}, **policy.standards}
    other = policy.model_copy(update={"groups": groups, "standards": standards})
    same = policy.model_copy(update={"standards": {**policy.standards, "zzz": {"title": "Last"}}})
    first = compose(audit, judgement, other, knowledge, samples.cover())
    assert first == compose(audit, judgement, same, knowledge, samples.cover())


def test_a_judgement_of_other_facts_is_refused() -> None:
    _, judgement, policy, knowledge = samples.typical()
    with pytest.raises(ValueError, match="not of these facts"):
        compose(samples.clean()[0], judgement, policy, knowledge, samples.cover())


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(UserError, match="language"):
        compose(*samples.clean(), samples.cover(language="xx"))


@pytest.fixture(scope="module")
def huge() -> bytes:
    """A dossier of far too much."""
    return compose(*samples.huge(), samples.cover())


def test_a_huge_audit_stays_readable(huge: bytes, tmp_path: Path) -> None:
    with opened(huge) as pdf:
        assert len(pdf.pages) <= PAGES
    text = text_of(huge, tmp_path)
    assert "more in facts.json" in text
    assert "more in findings.json" in text


def test_page_one_is_one_page_whatever_is_told(huge: bytes, tmp_path: Path) -> None:
    for pdf in (huge, *(compose(*case(), samples.cover()) for case in CASES.values())):
        first = text_of(pdf, tmp_path, "-l", "1")
        for part in ("What this audit could not see", "Five questions", "You are asked to decide", "sign here"):
            assert part in first


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("typical", "This deployment does not meet “EU on-prem baseline”."),
        ("clean", "This deployment meets “EU on-prem baseline”."),
        ("empty", "This audit could not decide whether the deployment meets “EU on-prem baseline”."),
    ],
)
def test_the_verdict_is_one_sentence(name: str, sentence: str, tmp_path: Path) -> None:
    assert sentence in text_of(compose(*CASES[name](), samples.cover()), tmp_path, "-l", "1")


def test_nothing_is_claimed_beyond_evidence(tmp_path: Path) -> None:
    for case in CASES.values():
        text = text_of(compose(*case(), samples.cover()), tmp_path).lower()
        for claim in ("compliant", "secure", "guaranteed"):
            assert claim not in text


def test_what_was_not_looked_for_is_not_called_absent(tmp_path: Path) -> None:
    text = text_of(compose(*samples.empty(), samples.cover()), tmp_path)
    for claim in ("No model was found", "No weight file was found", "No GPU was found", "No listening socket"):
        assert claim not in text


def test_an_unsigned_copy_says_so(tmp_path: Path) -> None:
    text = text_of(compose(*samples.clean(), samples.cover(Level.UNSIGNED, signer="")), tmp_path, "-l", "1")
    assert "This copy is not signed." in text


def test_every_page_names_the_evidence_and_its_number(tmp_path: Path) -> None:
    audit, *rest = samples.clean()
    pdf = compose(audit, *rest, samples.cover())
    with opened(pdf) as file:
        total = len(file.pages)
    for page in range(1, total + 1):
        text = text_of(pdf, tmp_path, "-f", str(page), "-l", str(page))
        assert f"Evidence {audit.id}" in text
        assert f"{page} of {total}" in text


def test_hostile_text_is_shown_not_obeyed(tmp_path: Path) -> None:
    audit, judgement, policy, knowledge = samples.typical()
    evil = '<b>bold</b> <a href="http://example.org">x</a> &amp; <para> \u202e {0} %s'
    findings = (judgement.findings[0].model_copy(update={"observed": evil, "title": evil, "sentences": {}}),)
    changed = judgement.model_copy(update={"findings": findings})
    text = text_of(compose(audit, changed, policy, knowledge, samples.cover()), tmp_path)
    assert "<b>bold</b>" in text
    assert "<U+202E>" in text


@pytest.mark.parametrize("language", languages())
def test_every_language_prints(language: str) -> None:
    for case in CASES.values():
        with opened(compose(*case(), samples.cover(language=language))) as pdf:
            assert str(pdf.Root.Lang) == language
            assert len(pdf.pages) >= 5
