"""Opening an audit: everything that the pages show, in short steps; what is damaged is told."""

import json
from pathlib import Path

import pytest

from auditor.archive.history import History
from auditor.desktop.opening import decode, entries, open_entry, open_folder
from auditor.desktop.session import Session
from auditor.documents import NAMES
from auditor.errors import UserError
from auditor.facts.audit import Audit
from auditor.judge.finding import Judgement
from tests.desktop import sample


def kept(folder: Path) -> History:
    return History(folder / "history.sqlite")


def test_step_by_step_gives_what_one_step_gives() -> None:
    documents = sample.documents()
    assert decode(documents.facts, Audit, "facts.json") == documents.audit
    assert decode(documents.findings, Judgement, "findings.json") == documents.judgement


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("facts", "weights", 0, "model"), 7, "/facts/weights/0/model"),
        (("partial",), "perhaps", "/partial"),
        (("facts", "traffic", "flows"), "none", "/facts/traffic/flows"),
        (("facts",), [], "/facts"),
        (("collectors", 0, "records"), "many", "/collectors/0/records"),
    ],
)
def test_the_place_of_an_error_is_that_of_the_whole_document(path: tuple[str, ...], value: object, place: str) -> None:
    data = json.loads(sample.documents().facts)
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(UserError, match=f"at {place}") as caught:
        decode(json.dumps(data).encode(), Audit, "facts.json")
    assert caught.value.where == "facts.json"


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"\xff", b'{"a": NaN}', b"[" * 100_000])
def test_what_is_no_document_is_an_error(data: bytes) -> None:
    with pytest.raises(UserError):
        decode(data, Audit, "facts.json")


def test_a_folder_is_kept_and_opened(tmp_path: Path) -> None:
    sample.documents().write(tmp_path / "audit")
    opened = open_folder(lambda: kept(tmp_path), tmp_path / "audit")
    assert opened.error is None
    assert opened.session.number == 1
    assert opened.session.shown
    assert [entry.number for entry in entries(lambda: kept(tmp_path))] == [1]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("broken", [b"", b"{", b'{"schema": "other"}'])
def test_a_damaged_folder_is_told_and_not_kept(tmp_path: Path, name: str, broken: bytes) -> None:
    sample.documents().write(tmp_path / "audit")
    (tmp_path / "audit" / f"{name}.json").write_bytes(broken)
    with pytest.raises(UserError):
        open_folder(lambda: kept(tmp_path), tmp_path / "audit")
    assert entries(lambda: kept(tmp_path)) == []


def test_a_history_that_cannot_keep_it_does_not_hide_the_folder(tmp_path: Path) -> None:
    sample.documents().write(tmp_path / "audit")
    (tmp_path / "history.sqlite").write_bytes(b"broken" * 1000)
    opened = open_folder(lambda: kept(tmp_path), tmp_path / "audit")
    assert opened.error is not None
    assert "set aside" in opened.error.message
    assert opened.session.number is None
    assert opened.session.judgement.findings


def test_the_audit_before_is_compared_with(tmp_path: Path) -> None:
    with kept(tmp_path) as history:
        history.add(sample.documents(findings=sample.earlier(), of=sample.audit(started="2026-10-18T12:00:00Z")))
        number = history.add(sample.documents())
    session = open_entry(lambda: kept(tmp_path), number).session
    assert session.since == "2026-10-18T12:00:00Z"
    assert session.change is not None


def test_findings_are_found_by_page_and_subject_in_the_order_of_the_judge() -> None:
    session = Session(sample.documents())
    for page in ("models", "weights", "traffic", "gpus", "serving", "policy"):
        every = session.findings(page)
        assert every == [finding for finding in session.shown if session.page(finding) == page]
        subjects = {finding.subject.id for finding in every}
        assert session.about(page, *subjects) == every
    assert session.id == session.audit.id
    assert session.digest == session.audit.digest


def test_a_session_that_was_signed_keeps_what_was_computed(tmp_path: Path) -> None:
    session = Session(sample.documents())
    session.prepare()
    signed = session.signed(tmp_path / "dossier.pdf")
    assert signed.dossier == tmp_path / "dossier.pdf"
    assert signed.leaves is session.leaves
