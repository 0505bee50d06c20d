"""``auditor compare``: two dossiers in words."""

import datetime as dt
from pathlib import Path

import pytest

import auditor.cli.compare  # noqa: F401  (registers the command)
from auditor.cli.registry import Exit
from auditor.documents import Documents
from auditor.errors import UserError
from auditor.evidence.compose import compose
from auditor.evidence.keys import Key, make_key
from auditor.evidence.seal import seal
from auditor.judge.engine import judge
from tests.cli.commands import data, run
from tests.evidence import samples


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A folder, the folder of an audit an hour later in which a GPU is another one, and the first as a dossier."""
    root = tmp_path_factory.mktemp("compare")
    audit, judgement, policy, knowledge = samples.real()
    gpus = audit.facts.gpus
    other = gpus[0].model_copy(update={"name": samples.seen("NVIDIA GeForce RTX 4090")})
    facts = audit.facts.model_copy(update={"gpus": (other, *gpus[1:3])})
    later = audit.model_copy(update={"facts": facts, "started": "2026-11-23T13:00:00Z"})
    Documents.of(audit, policy, knowledge, judgement).write(root / "one")
    again = judge(later, policy, knowledge, samples.WHEN + dt.timedelta(days=1))
    Documents.of(later, policy, knowledge, again).write(root / "two")
    key: Key = make_key("Example Ltd", samples.WHEN)
    pages = compose(audit, judgement, policy, knowledge, samples.cover())
    (root / "one.pdf").write_bytes(seal(pages, key, when=samples.WHEN))
    return root / "one", root / "two", root / "one.pdf"


def test_each_direction_is_said_in_words(folders: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    answer = run("compare", folders[0], folders[1])
    answer.show()
    told = capsys.readouterr().out
    assert answer.code is Exit.DOES_NOT_CONFORM
    assert "Worse (1)" in told
    assert "was evidenced and is contradicted" in told
    assert "Gone (1)" in told
    back = run("compare", folders[1], folders[0])
    assert [each["direction"] for each in back.data["changes"]] == ["new", "better"]
    assert "The first one is the later audit." in back.data["remarks"]


def test_a_dossier_is_read_like_its_folder(folders: tuple[Path, Path, Path]) -> None:
    one, two, pdf = folders
    from_folder, from_pdf = data("compare", one, two), data("compare", pdf, two)
    assert from_pdf["changes"] == from_folder["changes"]
    same = run("compare", one, pdf)
    assert same.code is Exit.CONFORMS
    assert same.data["changes"] == []
    assert "Both judge the same facts." in same.data["remarks"]


def test_a_changed_dossier_is_not_compared(folders: tuple[Path, Path, Path], tmp_path: Path) -> None:
    changed = bytearray(folders[2].read_bytes())
    changed[5000] ^= 1
    path = tmp_path / "changed.pdf"
    path.write_bytes(changed)
    with pytest.raises(UserError, match=r"not as it was signed|cannot be read"):
        run("compare", path, folders[1])


def test_what_is_no_dossier_is_refused(folders: tuple[Path, Path, Path], tmp_path: Path) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(b"%PDF-1.7 nothing")
    with pytest.raises(UserError):
        run("compare", path, folders[1])
