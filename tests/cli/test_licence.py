"""``auditor licence``."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from auditor.cli import licence as _registered
from auditor.cli.registry import REGISTRY, Answer, Exit
from auditor.errors import UserError
from tests.recognise.installed_texts import apache, mit

assert _registered


def run(*arguments: object) -> Answer:
    parser = argparse.ArgumentParser()
    command = REGISTRY.commands["licence"]
    command.arguments(parser)
    return command.run(parser.parse_args([str(a) for a in arguments]))


def shown(answer: Answer, capsys: pytest.CaptureFixture[str]) -> str:
    answer.show()
    return " ".join(capsys.readouterr().out.split())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "LICENSE"
    path.write_text(apache(), encoding="utf-8")
    return path


def test_a_whole_text_is_named_and_decided(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run(file)
    assert answer.code is Exit.CONFORMS
    (data,) = json.loads(json.dumps(answer.data))
    assert (data["id"], data["spdx"], data["match"], data["changes"]) == ("apache-2.0", "Apache-2.0", "exact", [])
    assert data["decision"]["answers"]["commercial"] == "yes"
    assert {"clause", "file", "line", "effect"} <= set(data["decision"]["steps"][0])
    assert "word for word" in shown(answer, capsys)


def test_a_changed_text_shows_its_words_and_does_not_conform(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(apache().replace("irrevocable", "revocable", 1), encoding="utf-8")
    answer = run(file)
    assert answer.code is Exit.DOES_NOT_CONFORM
    (change,) = answer.data[0]["changes"]
    assert (change["found"], change["before"]) == ("revocable", "irrevocable")
    assert answer.data[0]["decision"]["answers"]["deploy"] == "unknown"
    assert "published irrevocable found revocable" in shown(answer, capsys)


def test_a_strange_text_is_inconclusive(file: Path) -> None:
    file.write_text("nothing of the sort", encoding="utf-8")
    answer = run(file)
    assert answer.code is Exit.INCONCLUSIVE
    assert (answer.data[0]["id"], answer.data[0]["match"]) == (None, "none")


def test_several_files_are_decided_each(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "COPYING"
    other.write_text(mit(), encoding="utf-8")
    assert [one["id"] for one in run(file, other).data] == ["apache-2.0", "mit"]


@pytest.mark.parametrize("text", ["country: DE\nmonthly_active_users: 5\n", "deployer:\n  country: DE\n"])
def test_facts_of_the_deployer_come_from_a_file(file: Path, tmp_path: Path, text: str) -> None:
    deployer = tmp_path / "deployer.yaml"
    deployer.write_text(text, encoding="utf-8")
    assert run(file, "--deployer", deployer).data[0]["decision"]["deployer"]["country"] == "DE"


@pytest.mark.parametrize("text", ["country: Germany", "size: 5", "- a", "{", "\x00", "", "deployer: 7"])
def test_a_bad_file_of_the_deployer_is_told(file: Path, tmp_path: Path, text: str) -> None:
    deployer = tmp_path / "deployer.yaml"
    deployer.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as told:
        run(file, "--deployer", deployer)
    assert told.value.where == str(deployer)
    assert told.value.hint


def test_files_that_cannot_be_read_are_told(file: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        run(tmp_path / "none")
    with pytest.raises(UserError):
        run(file, "--deployer", tmp_path / "none")
    with pytest.raises(UserError):
        run(tmp_path)


def test_bytes_that_are_no_text_are_no_licence(file: Path) -> None:
    file.write_bytes(bytes(range(256)) * 100)
    assert run(file).code is Exit.INCONCLUSIVE


def test_a_licence_is_explained_by_id_and_by_tag(capsys: pytest.CaptureFixture[str]) -> None:
    answer: Any = run("explain", "qwen-2024")
    assert answer.data[0]["id"] == "qwen-2024"
    text = shown(answer, capsys)
    assert "100 million" in text
    assert len(run("explain", "gemma").data) == 4


def test_what_cannot_be_explained_is_told() -> None:
    with pytest.raises(UserError, match="nobody"):
        run("explain", "nobody")
    with pytest.raises(UserError, match="needs"):
        run("explain")
