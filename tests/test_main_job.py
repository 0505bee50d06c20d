"""The main job, end to end, with real parts: probe, recognisers, judge, dossier, signature, verification."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from auditor.cli.schema import DOCUMENTS, schema_of


class Auditor:
    """The command line in a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home / "data")}
        self.environment |= {"XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))}
        self.environment.pop("HF_HOME", None)

    def __call__(self, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "auditor", *map(str, arguments)]
        return subprocess.run(
            command, cwd=self.home, env=self.environment, capture_output=True, text=True, timeout=240, check=False
        )

    def audit(self, models: Path, *arguments: str | Path) -> "tuple[int, dict[str, Any], Path]":
        """Exit code, findings and the folder of an audit of these models only."""
        out = self.home / "out"
        done = self(
            "audit", "local", "--only-models", "--models", models, "--observe", "0", "--out", out, "--json", *arguments
        )
        assert done.returncode in (0, 1, 2), done.stderr
        return done.returncode, json.loads(done.stdout), out


@pytest.fixture
def auditor(tmp_path: Path) -> Auditor:
    home = tmp_path / "home"
    home.mkdir()
    return Auditor(home)


@pytest.fixture
def sample(auditor: Auditor, tmp_path: Path) -> Path:
    store = tmp_path / "sample"
    done = auditor("sample", store)
    assert done.returncode == 0, done.stderr
    return store


def verdicts(findings: dict[str, Any], subject: str) -> dict[str, str]:
    """Verdict by control, for the subject whose id has this word in it."""
    return {f["control"]: f["verdict"] for f in findings["findings"] if subject in f["subject"]["id"]}


def test_the_sample_ends_in_a_dossier_that_verifies_and_breaks_with_any_byte(auditor: Auditor, sample: Path) -> None:
    code, findings, out = auditor.audit(sample)
    assert code == 1, "one sample model is restricted, one has a wrong digest"
    assert findings["verdict"] == "does_not_conform"

    dossier = out / "dossier.pdf"
    good = auditor("verify", dossier, "--json")
    assert good.returncode == 0, good.stdout + good.stderr
    answer = json.loads(good.stdout)
    assert answer["ok"]
    assert answer["verdicts"]["recomputed"]
    assert answer["verdicts"]["equal"]
    assert answer["rendering"]["equal"]

    data = bytearray(dossier.read_bytes())
    data[len(data) // 3] ^= 1
    dossier.write_bytes(data)
    assert auditor("verify", dossier).returncode == 1


def test_each_sample_model_is_judged_for_what_it_is(auditor: Auditor, sample: Path) -> None:
    _, findings, _ = auditor.audit(sample)
    by_model = {row["model"]: row for row in findings["openness"]}
    assert len(by_model) == 3
    answers = {row["commercial"]["answer"] for row in by_model.values()}
    assert {"yes", "no"} <= answers
    failed = {f["control"] for f in findings["findings"] if f["verdict"] == "fail"}
    assert any(control.startswith("WGT") for control in failed), failed


def test_the_documents_agree_with_their_schemas_and_with_judging_again(auditor: Auditor, sample: Path) -> None:
    _, findings, out = auditor.audit(sample)
    for name in DOCUMENTS:
        jsonschema.validate(json.loads((out / f"{name}.json").read_text()), schema_of(name))
    again = auditor("judge", out / "facts.json", "--policy", "truly-open", "--at", findings["judged"], "--json")
    assert again.returncode == 1, again.stderr
    assert json.loads(again.stdout)["findings"] == findings["findings"]


def test_a_hostile_folder_is_audited_in_bounded_time_and_every_obstacle_is_named(
    auditor: Auditor, tmp_path: Path
) -> None:
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    (hostile / "config.json").write_text('{"model_type": "llama"}')
    (hostile / "truncated.safetensors").write_bytes((1000).to_bytes(8, "little") + b'{"a":')
    (hostile / "huge.safetensors").write_bytes((2**60).to_bytes(8, "little") + b"{}")
    sizes = (3).to_bytes(4, "little"), (0).to_bytes(8, "little"), (10**9).to_bytes(8, "little")
    (hostile / "keys.gguf").write_bytes(b"GGUF" + b"".join(sizes))
    (hostile / "loop").symlink_to(hostile)
    os.mkfifo(hostile / "model.safetensors")
    (hostile / "secret.safetensors").write_bytes(b"x")
    (hostile / "secret.safetensors").chmod(0)
    _, _, out = auditor.audit(hostile)
    facts = (out / "facts.json").read_text()
    for name in ("truncated.safetensors", "huge.safetensors", "keys.gguf"):
        assert name in facts
    problems = json.loads(facts)["problems"]
    named = " ".join(problem["where"] for problem in problems) + facts
    assert "model.safetensors" in named, "the FIFO is named, not opened"
    if os.geteuid() != 0:
        assert any("secret" in problem["where"] for problem in problems)
    assert auditor("verify", out / "dossier.pdf").returncode == 0


def test_stopping_early_keeps_what_was_seen_and_says_so(auditor: Auditor, sample: Path) -> None:
    command = [sys.executable, "-m", "auditor", "audit", "local", "--only-models", "--models", str(sample)]
    command += ["--observe", "120", "--out", str(auditor.home / "out"), "--events"]
    with subprocess.Popen(
        command, cwd=auditor.home, env=auditor.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin
        assert child.stdout
        last = {}
        for line in child.stdout:
            last = json.loads(line)
            if last["kind"] == "end" and last["collector"] == "weights":
                child.stdin.write('{"command": "cancel"}\n')
                child.stdin.flush()
    assert last["kind"] == "result"
    assert last["partial"] is True
    facts = json.loads(Path(last["facts"]).read_text())
    assert len(facts["facts"]["weights"]) >= 3
    assert {c["name"]: c["outcome"] for c in facts["collectors"]}["traffic"] == "cancelled"
    assert auditor("verify", last["dossier"]).returncode == 0


def test_a_history_that_cannot_be_written_costs_nothing_else(auditor: Auditor, sample: Path) -> None:
    place = auditor.home / "data" / "sovereignty-auditor"
    place.mkdir(parents=True)
    (place / "history.sqlite").mkdir()
    command = ("audit", "local", "--only-models", "--models", sample, "--observe", "0", "--out", auditor.home / "out")
    done = auditor(*command)
    assert done.returncode == 1, done.stderr
    assert "not in the history" in done.stdout
    assert auditor("verify", auditor.home / "out" / "dossier.pdf").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("audit", "no-such-target"), "no-such-target"),
        (("audit", "--policy", "no-such-policy"), "no-such-policy"),
        (("judge", "absent.json", "--policy", "truly-open"), "absent.json"),
        (("verify", "absent.pdf"), "absent.pdf"),
        (("nonsense",), "nonsense"),
    ],
)
def test_a_mistake_of_the_user_is_one_readable_block_and_exit_3(
    auditor: Auditor, arguments: tuple[str, ...], word: str
) -> None:
    done = auditor(*arguments)
    assert done.returncode == 3
    assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
