"""An audit's four documents: read with clear errors, written whole or not at all."""

from pathlib import Path

import pytest

from auditor.documents import NAMES, Documents, decode, read_audit, write
from auditor.errors import UserError
from auditor.facts.audit import Audit
from auditor.facts.canonical import canonical
from auditor.judge.engine import judge
from auditor.knowledge.knowledge import load
from tests.facts.samples import audit, model
from tests.judge.test_engine import NOW, control, policy


@pytest.fixture
def documents() -> Documents:
    seen = audit(models=(model(),))
    under = policy(control())
    return Documents.of(seen, under, load(), judge(seen, under, load(), NOW))


def test_what_is_written_is_read_back(documents: Documents, tmp_path: Path) -> None:
    paths = documents.write(tmp_path / "out")
    assert list(paths) == [f"{name}.json" for name in NAMES]
    again = Documents.read(tmp_path / "out")
    assert again == documents
    again.check()
    assert again.judgement.audit.digest == again.audit.digest


def test_documents_of_two_audits_do_not_pass_for_one(documents: Documents) -> None:
    other = Documents(canonical(audit()), documents.policy, documents.knowledge, documents.findings)
    with pytest.raises(UserError, match=r"facts\.json"):
        other.check()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"not json", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"{}", "cannot be read by this release"),
        (b'{"schema": "sovereign-facts/9"}', "cannot be read by this release"),
    ],
)
def test_a_damaged_document_names_the_file_and_the_reason(data: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    path.write_bytes(data)
    with pytest.raises(UserError, match=words) as raised:
        read_audit(path)
    assert raised.value.where == str(path)


def test_the_place_of_a_wrong_value_is_named(documents: Documents) -> None:
    with pytest.raises(UserError, match="/probe/uid"):
        decode(documents.facts.replace(b'"uid":0', b'"uid":"root"'), Audit, "facts.json")


def test_a_file_that_cannot_be_written_whole_leaves_the_old_one(tmp_path: Path) -> None:
    old = tmp_path / "dossier.pdf"
    old.write_bytes(b"old")
    (tmp_path / ".dossier.pdf.partial").mkdir()
    with pytest.raises((UserError, IsADirectoryError)):
        write(old, b"new")
    assert old.read_bytes() == b"old"
