"""``auditor models`` and ``auditor weights`` over the sample store: what they print, and how they end."""

import hashlib
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.cli import models, sample, weights
from auditor.cli.registry import Exit
from auditor.errors import UserError
from tests.cli.commands import data, run
from tests.probe import hostile

COMMANDS = (models, sample, weights)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    run("sample", tmp_path / "sample")
    return tmp_path / "sample"


def test_models_are_listed_with_licence_and_answers(store: Path) -> None:
    found = {model["id"]: model for model in data("models", store)}
    assert set(found) == {"qwen3-tiny", "sample-mistral-tiny", "sample-qwen3-sharded"}
    tiny = found["qwen3-tiny"]
    assert (tiny["family"], tiny["store"], tiny["format"], tiny["quantisation"]) == (
        "qwen-3", "huggingface-cache", "safetensors", "BF16",
    )  # fmt: skip
    assert tiny["licence"] == {
        "stated": [{"where": "README.md license", "value": "apache-2.0"}],
        "effective": "Apache License 2.0",
    }
    assert tiny["answers"]["commercial"]["answer"] == "yes"
    assert found["sample-mistral-tiny"]["answers"]["commercial"]["answer"] == "no"
    assert found["sample-mistral-tiny"]["answers"]["modifiable"]["why"]


def test_what_the_table_of_models_was_not_compared_with_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "Yi-1.5-9B-Chat"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "llama"}')
    (folder / "tokenizer.json").write_text("{}")
    answer = run("models", tmp_path)
    (found,) = answer.data
    assert found["family"] == "yi-1.5"
    assert set(found["unchecked"]) >= {"shape", "released"}
    answer.show()
    assert "not compared with the publisher" in capsys.readouterr().out


def test_weights_are_compared_with_what_is_stated(store: Path) -> None:
    answer = run("weights", store)
    assert answer.code is Exit.DOES_NOT_CONFORM
    standing = {Path(file["path"]).name: file["standing"] for file in answer.data["files"]}
    assert standing == {
        "model.safetensors": "self_consistent",
        "sample-mistral-tiny-f32.gguf": "unpinned",
        "model-00001-of-00002.safetensors": "self_consistent",
        "model-00002-of-00002.safetensors": "mismatch",
    }
    assert answer.data["unsafe"] == []
    assert all(root["digest"] for root in answer.data["roots"])


def test_the_store_alone_can_end_well(store: Path) -> None:
    assert run("weights", store / "hub").code is Exit.CONFORMS


def test_nothing_to_compare_with_proves_nothing(store: Path) -> None:
    assert run("weights", store / "gguf").code is Exit.INCONCLUSIVE


def test_a_missing_shard_and_code_are_told(store: Path) -> None:
    folder = store / "local" / "sample-qwen3-sharded"
    (folder / "model-00001-of-00002.safetensors").unlink()
    (folder / "model-00002-of-00002.safetensors.metadata").unlink(missing_ok=True)
    (folder / "modeling_x.py").write_text("raise SystemExit\n")
    (folder / "other.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    answer = run("weights", folder)
    assert answer.code is Exit.DOES_NOT_CONFORM
    missing = [Path(file["path"]).name for file in answer.data["files"] if file["standing"] == "missing"]
    assert missing == ["model-00001-of-00002.safetensors"]
    assert {entry["kind"] for entry in answer.data["unsafe"]} == {"code", "extra"}


def test_safetensors_with_the_name_of_a_pickle_are_told_by_their_content(store: Path) -> None:
    folder = store / "local" / "sample-qwen3-sharded"
    (folder / "model-00001-of-00002.safetensors").rename(folder / "pytorch_model.bin")
    answer = run("weights", folder)
    formats = {Path(file["path"]).name: file["format"] for file in answer.data["files"]}
    assert formats["pytorch_model.bin"] == "safetensors"
    (entry,) = (entry for entry in answer.data["unsafe"] if entry["kind"] == "name")
    assert (Path(entry["path"]).name, entry["severity"]) == ("pytorch_model.bin", "medium")
    assert data("models", folder)[0]["format"] == "safetensors"


def test_the_root_digest_can_be_taken_with_sha256sum(store: Path) -> None:
    folder = store / "local" / "sample-qwen3-sharded"
    lines = sorted(f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}\n" for p in folder.glob("*.safetensors"))
    (root,) = data("weights", folder)["roots"]
    assert root["digest"] == hashlib.sha256("".join(lines).encode()).hexdigest()


def test_a_policy_brings_its_pins(store: Path, tmp_path: Path) -> None:
    digest = data("weights", store / "gguf")["files"][0]["sha256"]
    policy = tmp_path / "policy.yaml"
    policy.write_text(f"""\
schema: sovereign-policy/1
id: pins
version: 1.0.0
valid: {{from: 2020-01-01, until: 2099-12-31}}
title: {{en: Pins}}
extends: [builtin:truly-open@^1]
pins: [{{model: "sample-mistral-tiny", sha256: {digest}, source: a colleague}}]
controls: []
""")
    answer = run("weights", store / "gguf", "--policy", policy)
    assert answer.data["files"][0]["standing"] == "pinned"
    assert answer.code is Exit.CONFORMS


def test_the_process_that_holds_a_file_is_named(store: Path, tmp_path: Path) -> None:
    held = next((store / "gguf").rglob("*.gguf"))
    server = tmp_path / "llama-server"
    server.symlink_to(sys.executable)
    code = "import sys; file = open(sys.argv[2]); print(flush=True); sys.stdin.read()"
    command = [str(server), "-c", code, "-m", str(held)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        answer = data("weights", store / "gguf")
        process.stdin.close()
    (served,) = [one for one in answer["served"] if one["pid"] == process.pid]
    assert (served["pid"], served["path"]) == (process.pid, str(held))
    assert served["disk_sha256"] == answer["files"][0]["sha256"]
    assert (served["held"], served["mapped_sha256"]) == ("open", served["disk_sha256"])


@pytest.mark.parametrize("name", ["models", "weights"])
def test_a_path_that_is_not_there_is_said_so(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        run(name, tmp_path / "nothing")


@pytest.mark.parametrize("name", ["models", "weights"])
def test_an_empty_folder_proves_nothing(name: str, tmp_path: Path) -> None:
    assert run(name, tmp_path).code is Exit.INCONCLUSIVE


@pytest.mark.parametrize("name", ["models", "weights", "sample"])
def test_people_are_shown_the_same(name: str, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = store if name != "sample" else store.parent / "again"
    run(name, target).show()
    shown = capsys.readouterr().out
    assert "sample-mistral-tiny" in shown
    assert "qwen3-tiny" in shown


def test_names_from_the_host_do_not_colour_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "[red]x\x1b[31m"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "[bold]y"}')
    header = json.dumps({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    run("models", folder).show()
    run("weights", folder).show()
    shown = io.StringIO(capsys.readouterr().out).read()
    assert "\x1b[31m" not in shown
    assert "[red]x" in shown


@pytest.mark.parametrize("name", ["models", "weights"])
def test_every_key_that_is_printed_is_documented(name: str, store: Path) -> None:
    rows = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8").splitlines()
    (row,) = (row for row in rows if row.startswith(f"| `{name}` |"))
    (store / "local" / "sample-qwen3-sharded" / "modeling_x.py").write_text("")
    waiting = [data(name, store)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            for key, value in node.items():
                assert re.search(rf"\b{key}\b", row), key
                waiting.append(value)
        elif isinstance(node, list):
            waiting.extend(node)


def test_what_loading_would_do_is_told_by_models_and_by_weights(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = store / "local" / "sample-qwen3-sharded"
    (folder / "extra.pkl").write_bytes(hostile.runs(0))
    (folder / "chat_template.jinja").write_text("{{ x.__class__ }}")
    for told in (run("weights", folder).data["unsafe"], data("models", folder)[0]["unsafe"]):
        signs = {(Path(entry["path"]).name, entry["kind"], entry["severity"]) for entry in told}
        assert {("extra.pkl", "import", "high"), ("chat_template.jinja", "template", "high")} <= signs
    run("models", folder).show()
    assert "chat_template.jinja: reaches for the attribute __class__" in capsys.readouterr().out
