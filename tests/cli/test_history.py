"""``auditor history``, as a person and as a program use it."""

import argparse
from pathlib import Path
from typing import Any

import pytest

from auditor.archive.history import History
from auditor.cli import history as verbs
from auditor.cli.registry import REGISTRY, Answer, Exit
from auditor.errors import UserError
from auditor.judge.finding import Verdict
from tests.desktop import sample


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "history.sqlite"
    better = tuple(f.model_copy(update={"verdict": Verdict.PASS}) for f in sample.findings())
    with History(path) as history:
        history.add(sample.documents(findings=better))
        history.add(sample.documents(of=sample.audit(started="2026-11-23T12:00:02Z")))
    return path


def run(name: str, *argv: str, file: Path) -> Answer:
    parser = argparse.ArgumentParser()
    REGISTRY.commands[f"history {name}"].arguments(parser)
    return REGISTRY.commands[f"history {name}"].run(parser.parse_args([*argv, "--file", str(file)]))


def printed(answer: Answer, capsys: pytest.CaptureFixture[str]) -> str:
    answer.show()
    return capsys.readouterr().out


def test_list_gives_the_newest_first(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run("list", file=file)
    assert [row["number"] for row in answer.data] == [2, 1]
    assert "inference-1" in printed(answer, capsys)


def test_an_empty_list_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "No audit is kept yet." in printed(run("list", file=tmp_path / "new.sqlite"), capsys)


def test_show_has_the_exit_code_of_the_verdict(file: Path) -> None:
    answer = run("show", "2", file=file)
    assert answer.code is Exit.DOES_NOT_CONFORM
    assert answer.data["schema"] == "sovereign-findings/1"


def test_compare_names_what_became_worse(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run("compare", "1", "2", file=file)
    worse: list[dict[str, Any]] = [c for c in answer.data["changes"] if c["direction"] == "worse"]
    assert {"before": "pass", "after": "fail"}.items() <= worse[0].items()
    assert answer.code is Exit.DOES_NOT_CONFORM
    assert "was evidenced and is contradicted" in printed(answer, capsys)


def test_compare_the_other_way_round_is_better_and_exits_with_0(file: Path) -> None:
    assert run("compare", "2", "1", file=file).code is Exit.CONFORMS


def test_delete_asks_first(file: Path) -> None:
    with pytest.raises(UserError, match="would be deleted"):
        run("delete", "1", file=file)
    assert run("delete", "1", "--yes", file=file).data == {"deleted": 1}
    assert len(run("list", file=file).data) == 1


def test_export_writes_the_documents(file: Path, tmp_path: Path) -> None:
    answer = run("export", "1", "--out", str(tmp_path / "out"), file=file)
    assert sorted(Path(p).name for p in answer.data) == [
        "facts.json",
        "findings.json",
        "knowledge.json",
        "policy.json",
    ]


def test_every_verb_is_registered_with_an_example() -> None:
    found = [c for c in REGISTRY.commands.values() if c.run.__module__ == verbs.__name__]
    assert len(found) == 5
    assert all(c.example for c in found)
