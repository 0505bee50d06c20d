"""The history keeps what was judged, byte for byte, and never loses a file."""

import sqlite3
from pathlib import Path

import pytest

from auditor.archive.history import History
from auditor.documents import Documents
from auditor.errors import UserError
from tests.desktop import sample

LATER = "2026-12-01T08:00:00Z"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "history.sqlite"


def test_what_is_added_comes_back_unchanged(path: Path) -> None:
    documents = sample.documents()
    with History(path) as history:
        number = history.add(documents, "/home/a/dossier.pdf")
    with History(path) as history:
        assert history.documents(number) == documents
        entry = history.entry(number)
    assert entry.audit == sample.audit().id
    assert entry.digest == sample.audit().digest
    assert entry.dossier == "/home/a/dossier.pdf"


def test_the_list_is_newest_first(path: Path) -> None:
    with History(path) as history:
        late = history.add(sample.documents(of=sample.audit(started=LATER)))
        early = history.add(sample.documents())
        assert [entry.number for entry in history.entries()] == [late, early]


def test_the_same_findings_are_kept_once_and_keep_their_dossier(path: Path) -> None:
    with History(path) as history:
        number = history.add(sample.documents(), "/a.pdf")
        assert history.add(sample.documents()) == number
        assert history.entry(number).dossier == "/a.pdf"


def test_before_is_the_latest_earlier_audit_of_the_same_target_and_policy(path: Path) -> None:
    with History(path) as history:
        early = history.add(sample.documents())
        history.add(sample.documents(of=sample.audit(started=LATER), under=sample.policy(id="other")))
        late = history.add(sample.documents(of=sample.audit(started=LATER)))
        before = history.before(history.entry(late))
        assert before is not None
        assert before.number == early
        assert history.before(before) is None


def test_deleting_keeps_documents_that_another_entry_needs(path: Path) -> None:
    with History(path) as history:
        first = history.add(sample.documents())
        second = history.add(sample.documents(judged=LATER))
        history.delete(first)
        assert history.documents(second).audit == sample.audit()
        history.delete(second)
        assert history.entries() == ()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM document").fetchone() == (0,)


def test_documents_that_do_not_belong_together_are_refused(path: Path) -> None:
    mixed = sample.documents(of=sample.audit(partial=True)).facts
    documents = sample.documents()
    with History(path) as history, pytest.raises(UserError, match="is not the document"):
        history.add(type(documents)(mixed, documents.policy, documents.knowledge, documents.findings))


def test_an_export_holds_the_documents_and_the_dossier(path: Path, tmp_path: Path) -> None:
    (tmp_path / "dossier.pdf").write_bytes(b"%PDF-2.0")
    with History(path) as history:
        number = history.add(sample.documents(), str(tmp_path / "dossier.pdf"))
        written = history.export(number, tmp_path / "out")
    assert Documents.read(tmp_path / "out") == sample.documents()
    assert (tmp_path / "out" / "dossier.pdf").read_bytes() == b"%PDF-2.0"
    assert len(written) == 5


def test_an_export_does_not_overwrite(path: Path, tmp_path: Path) -> None:
    with History(path) as history:
        number = history.add(sample.documents())
        with pytest.raises(UserError, match="exists already"):
            history.export(number, tmp_path)


def test_a_number_that_is_not_there_is_named(path: Path) -> None:
    with History(path) as history, pytest.raises(UserError, match="no audit 7"):
        history.documents(7)


@pytest.mark.parametrize("garbage", [b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_damaged_file_is_set_aside_whole_and_a_new_one_begun(path: Path, garbage: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(garbage)
    with pytest.raises(UserError, match="set aside") as error:
        History(path)
    (kept,) = path.parent.glob("*.damaged-1.sqlite")
    assert kept.read_bytes() == garbage
    assert str(kept) in error.value.hint
    with History(path) as history:
        assert history.entries() == ()


def test_damage_found_later_is_set_aside_too(path: Path) -> None:
    with History(path) as history:
        for second in range(40):
            history.add(sample.documents(of=sample.audit(started=f"2026-11-22T12:00:{second:02d}Z")))
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(UserError, match="set aside"), History(path) as history:
        history.entries()
    assert (path.parent / "history.damaged-1.sqlite").read_bytes() == bytes(data)


def test_a_second_damaged_file_does_not_overwrite_the_first(path: Path) -> None:
    path.parent.mkdir()
    for content in (b"first" * 200, b"second" * 200):
        path.write_bytes(content)
        with pytest.raises(UserError):
            History(path)
    assert len(list(path.parent.glob("*.damaged-*"))) == 2


def test_a_document_changed_inside_the_file_is_noticed(path: Path) -> None:
    with History(path) as history:
        number = history.add(sample.documents())
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE document SET bytes = '{}' WHERE kind = 'facts'")
    with History(path) as history, pytest.raises(UserError, match="changed inside the history"):
        history.documents(number)


def test_a_file_of_a_newer_release_is_left_alone(path: Path) -> None:
    History(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(UserError, match="version 99"):
        History(path)
    assert path.exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be made"):
        History(tmp_path / "file" / "history.sqlite")
