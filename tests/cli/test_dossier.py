"""``auditor dossier``: recorded documents are printed, signed and judged again without a host."""

import argparse
import datetime as dt
from pathlib import Path

import pytest

from auditor.cli import dossier
from auditor.cli.registry import REGISTRY, Answer, Exit
from auditor.documents import Documents
from auditor.errors import UserError
from auditor.evidence.keys import make_key, save_key
from auditor.evidence.verify import verify
from tests.desktop import sample


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sample.documents().write(tmp_path / "in")
    return tmp_path / "in"


def run(*argv: str) -> Answer:
    parser = argparse.ArgumentParser()
    REGISTRY.commands["dossier"].arguments(parser)
    return dossier.run(parser.parse_args(argv))


def test_documents_are_judged_again_under_another_policy(folder: Path, tmp_path: Path) -> None:
    answer = run(str(folder), "--policy", "truly-open", "--out", str(tmp_path / "out"), "--unsigned")
    written = Documents.read(tmp_path / "out")
    written.check()
    assert written.audit == sample.audit()
    assert written.judgement.policy.id == "truly-open"
    assert answer.data["verdict"] == written.judgement.verdict.value
    assert not (tmp_path / "out" / "dossier.pdf").exists()


def test_the_documents_are_not_written_over_themselves(folder: Path) -> None:
    with pytest.raises(UserError, match="over themselves"):
        run(str(folder), "--out", str(folder))


def test_documents_that_do_not_belong_together_are_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "facts.json").write_bytes(sample.documents(of=sample.audit(partial=True)).facts)
    with pytest.raises(UserError, match="is not the document"):
        run(str(folder), "--out", str(tmp_path / "out"))


def test_what_was_judged_again_is_signed_and_verifies(folder: Path, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    save_key(make_key("Example Ltd", dt.datetime.now(dt.UTC)), key)
    answer = run(str(folder), "--policy", "truly-open", "--key", str(key), "--out", str(tmp_path / "out"))
    assert answer.code in (Exit.DOES_NOT_CONFORM, Exit.INCONCLUSIVE)
    assert "Example Ltd" in answer.data["signer"]
    assert verify(Path(answer.data["dossier"]).read_bytes()).ok
