"""The command prints the script itself, so that it can be redirected into a file."""

import json

import pytest

from auditor.cli.main import run
from auditor.collect.script import export_script


def test_it_prints_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export-script"]) == 0
    assert capsys.readouterr().out == export_script()


def test_json_holds_it_as_one_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export-script", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"script": export_script()}
