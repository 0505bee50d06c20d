"""``auditor chain`` over a kept audit and over this machine."""

import json
from pathlib import Path

import pytest

from auditor.cli.main import run as main
from auditor.facts.canonical import canonical
from auditor.knowledge.knowledge import load
from auditor.recognise.stacks import serving_of
from tests.facts.samples import audit
from tests.recognise.process_records import process


def test_a_kept_audit_is_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "facts.json"
    path.write_bytes(canonical(audit(serving=serving_of([process("vllm serve /srv/m")], load()))))

    assert main(["chain", str(path), "--json"]) == 2
    data = json.loads(capsys.readouterr().out)
    assert [step["kind"] for step in data["chains"][0]["steps"]][:4] == ["gpu", "process", "container", "stack"]
    assert main(["chain", str(path)]) == 2
    assert "→ stack" in capsys.readouterr().out


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chain", str(tmp_path / "none.json")]) == 3
    assert "none.json" in capsys.readouterr().err
