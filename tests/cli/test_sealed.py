"""``auditor sealed``, and its result in an audit."""

import json
import sys
from pathlib import Path

import pytest

import auditor.cli.audit
from auditor.cli.registry import Exit
from auditor.cli.sealed import exit_of, read_service
from auditor.errors import UserError
from auditor.facts.canonical import canonical
from auditor.facts.sealed import Ending, Phase
from tests.cli.commands import data, run
from tests.facts.sealed_runs import SIGHTING, attempt, sealed_run, trial
from tests.sealed.servers import PLAIN


def test_a_run_is_told_as_json_and_kept_as_a_file(tmp_path: Path) -> None:
    told = data("sealed", "--minutes", "0", "--profile", "no-route", "--out", tmp_path, "--", sys.executable, "-c",
                PLAIN, "8111")  # fmt: skip
    assert told["schema"] == "sovereign-sealed/1"
    assert told["verdict"] in ("silent", "inconclusive")
    assert [one["ok"] for one in told["trials"][0]["answered"]] == [True] * 5
    kept = json.loads((tmp_path / "sealed.json").read_text())
    assert {**kept, "verdict": told["verdict"], "file": told["file"]} == told
    assert (tmp_path / "sent.jsonl").exists()


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (sealed_run(), Exit.CONFORMS),
        (sealed_run(trial(attempts=(attempt(),))), Exit.DOES_NOT_CONFORM),
        (sealed_run(trial(), trial(Phase.NO_ROUTE, attempts=(attempt(),))), Exit.CONFORMS),
        (sealed_run(trial(), trial(Phase.NO_ROUTE, attempts=(attempt(sightings=(SIGHTING,)),))), Exit.DOES_NOT_CONFORM),
        (sealed_run(trial(ending=Ending.CANCELLED)), Exit.INCONCLUSIVE),
        (sealed_run(trial(Phase.NO_ROUTE, control=())), Exit.INCONCLUSIVE),
    ],
)
def test_the_exit_code_says_what_was_found(result: object, code: Exit) -> None:
    assert exit_of(result) is code  # type: ignore[arg-type]


def test_a_service_tells_its_command_and_variables(tmp_path: Path) -> None:
    file = tmp_path / "vllm.env"
    file.write_text("# comment\nVLLM_NO_USAGE_STATS=1\nNAME='a b'\n")
    shown = (
        'ExecStart={ path=/usr/bin/vllm ; argv[]=/usr/bin/vllm serve "/srv/my models/m" ; pid=1 }\n'
        'Environment=A=1 "B=two words"\n'
        f"EnvironmentFiles={file} (ignore_errors=no)\n"
        "WorkingDirectory=/srv\n"
    )
    line, variables, folder = read_service(shown, "vllm")
    assert line == ("/usr/bin/vllm", "serve", "/srv/my models/m")
    assert variables == {"A": "1", "B": "two words", "VLLM_NO_USAGE_STATS": "1", "NAME": "a b"}
    assert folder == "/srv"


def test_a_service_that_is_not_there_is_refused() -> None:
    with pytest.raises(UserError, match="has no command"):
        read_service("ExecStart=\nEnvironment=\n", "nothing")


def test_prompts_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "prompts").write_text("\n\n")
    with pytest.raises(UserError, match="holds no prompt"):
        run("sealed", "--prompts", tmp_path / "prompts", "--", sys.executable)


def test_the_result_becomes_part_of_the_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert auditor.cli.audit is not None
    result = sealed_run(trial(attempts=(attempt(sightings=(SIGHTING,)),)))
    (tmp_path / "sealed.json").write_bytes(canonical(result))
    run("audit", "--only-models", "--observe", "0", "--no-history", "--sealed", tmp_path / "sealed.json",
        "--out", tmp_path / "out")  # fmt: skip
    facts = json.loads((tmp_path / "out" / "facts.json").read_bytes())
    assert facts["facts"]["sealed"] == [json.loads(canonical(result))]


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sealed.json").write_text('{"schema": "sovereign-sealed/1"}')
    with pytest.raises(UserError):
        run("audit", "--only-models", "--observe", "0", "--sealed", tmp_path / "sealed.json", "--out", tmp_path / "out")
