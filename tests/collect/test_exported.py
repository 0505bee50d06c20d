"""A host that nobody may log into: its exported files give the findings that a probe on it gives."""

import datetime as dt
import io
import json
import shutil
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import pytest

from auditor.audit import Options, Result, run_audit, target_of
from auditor.collect.exported import Files
from auditor.collect.script import export_script
from auditor.errors import UserError
from auditor.facts.audit import Outcome
from auditor.facts.fact import Status
from auditor.judge.finding import Verdict
from auditor.sample import write_sample

LIVE = {"weights.served"}
"""Checks that need the memory of a live host."""
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the script is for Linux hosts")


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    (tmp_path / "home").mkdir()


def audited(target: str, out: Path, *models: Path) -> Result:
    options = Options(
        target=target, models=models, stores=False, observe=0, policy="eu-onprem-baseline", out=out, history=False
    )
    return run_audit(
        options, on_event=lambda event: None, cancel=threading.Event(), clock=lambda: dt.datetime.now(dt.UTC)
    )


def exported(folder: Path, *models: Path) -> Path:
    script = folder / "export.sh"
    script.write_text(export_script(), encoding="utf-8")
    subprocess.run(["sh", str(script), str(folder / "export"), *map(str, models)], check=True, capture_output=True)
    return folder / "export"


def verdicts(result: Result) -> dict[tuple[str, str, str], Verdict]:
    checks = {control["id"]: control["check"] for control in json.loads(result.documents.policy)["controls"]}
    return {
        (finding.control, finding.subject.kind.value, finding.subject.id): finding.verdict
        for finding in result.judgement.findings
        if checks[finding.control] not in LIVE and finding.subject.kind.value != "process"
    }


def test_export_and_probe_on_this_machine_come_to_the_same_verdicts(tmp_path: Path) -> None:
    write_sample(tmp_path / "sample")
    live = audited("local", tmp_path / "live", tmp_path / "sample")
    read = audited(f"files:{exported(tmp_path, tmp_path / 'sample')}", tmp_path / "read")

    mine, theirs = verdicts(read), verdicts(live)
    models = {key: verdict for key, verdict in theirs.items() if key[1] == "model"}
    assert len(models) > 30
    assert {key: mine.get(key) for key in models} == models
    here, there = read.documents.audit.facts, live.documents.audit.facts
    assert [(m.id, m.path, m.store) for m in here.models] == [(m.id, m.path, m.store) for m in there.models]
    assert [(w.path, w.sha256.value, w.header.value, w.size.value) for w in here.weights] == [
        (w.path, w.sha256.value, w.header.value, w.size.value) for w in there.weights
    ]
    assert {w.sha256.status for w in here.weights} == {Status.DECLARED}
    assert here.host.machine_id.value == there.host.machine_id.value
    assert [gpu.pci.value for gpu in here.gpus] == [gpu.pci.value for gpu in there.gpus]
    assert read.documents.audit.target.kind == "files"


def test_what_needs_the_live_host_is_unknown_and_was_not_run(tmp_path: Path) -> None:
    folder = tmp_path / "hand"
    folder.mkdir()
    (folder / "os-release").write_text('ID=debian\nNAME="Debian GNU/Linux"\nVERSION_ID="13"\n')
    read = audited(f"files:{folder}", tmp_path / "read").documents.audit
    ended = {collector.name: collector.outcome for collector in read.collectors}
    assert ended.pop("host") is Outcome.COMPLETE
    assert set(ended.values()) == {Outcome.NOT_RUN}
    assert all(collector.note for collector in read.collectors if collector.outcome is Outcome.NOT_RUN)


def test_a_serving_process_is_seen_as_the_probe_sees_it(tmp_path: Path) -> None:
    weights = tmp_path / "served" / "model.gguf"
    weights.parent.mkdir()
    shutil.copy(next(write_sample(tmp_path / "sample")[1].glob("*.gguf")), weights)
    program = tmp_path / "bin" / "llama-server"
    program.parent.mkdir()
    program.write_text("import sys, time\nhold = open(sys.argv[2])\nprint('up', flush=True)\ntime.sleep(60)\n")
    command = [sys.executable, str(program), "-m", str(weights), "--api-key", "geheim-12345"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={"HF_TOKEN": "hf_abcdefghijkl"}) as server:
        assert server.stdout is not None
        server.stdout.readline()
        try:
            folder = exported(tmp_path, weights.parent)
            live = audited("local", tmp_path / "live", weights.parent)
        finally:
            server.kill()
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"geheim-12345" not in everything
    assert b"hf_abcdefghijkl" not in everything
    (mine,) = (
        s for s in audited(f"files:{folder}", tmp_path / "read").documents.audit.facts.serving if s.pid == server.pid
    )
    (theirs,) = (s for s in live.documents.audit.facts.serving if s.pid == server.pid)
    for field in ("stack", "version", "exe", "command", "environment", "models", "container"):
        assert getattr(mine, field).value == getattr(theirs, field).value, field


def test_a_file_that_was_changed_after_the_export_is_named(tmp_path: Path) -> None:
    write_sample(tmp_path / "sample")
    folder = exported(tmp_path, tmp_path / "sample")
    with (folder / "weights.sha256").open("a") as file:
        file.write("0" * 64 + "  /elsewhere/model.safetensors\n")
    problems = audited(f"files:{folder}", tmp_path / "read").documents.audit.problems
    assert ("weights.sha256", "is not what was exported: its digest differs") in {(p.where, p.what) for p in problems}


def test_hostile_archives_are_read_without_following_them(tmp_path: Path) -> None:
    folder, outside = tmp_path / "hostile", tmp_path / "outside"
    folder.mkdir()
    with tarfile.open(folder / "etc.tar.gz", "w:gz") as archive:
        for name, kind, link in (
            ("../outside", tarfile.REGTYPE, ""),
            ("models/a/../../../../outside", tarfile.REGTYPE, ""),
            ("models/dev", tarfile.CHRTYPE, ""),
            ("models/fifo", tarfile.FIFOTYPE, ""),
            ("models/a/LICENSE", tarfile.SYMTYPE, "/etc/passwd"),
            ("models/a/hard", tarfile.LNKTYPE, "/etc/passwd"),
            ("models/a/config.json", tarfile.REGTYPE, ""),
            ("models/a/model.safetensors", tarfile.REGTYPE, ""),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, link
            data = b'{"model_type": "llama"}' if name.endswith("json") else b"\x00"
            member.size = len(data) if kind == tarfile.REGTYPE else 0
            archive.addfile(member, io.BytesIO(data))
    (folder / "ss.txt").write_bytes(b"Netid State\n\xff\xfe\x00tcp LISTEN\n" + b"\xff" * 1000)
    (folder / "nvidia-smi.xml").write_text("<?xml version='1.0'?><nvidia_smi_log><gpu>")
    (folder / "ps.txt").write_bytes(b"PID CMD\n" + b"1 vllm \xff\xfe --api-key x\n" * 10)
    read = audited(f"files:{folder}", tmp_path / "read").documents.audit
    assert not outside.exists()
    assert [model.path for model in read.facts.models] == ["/models/a"]
    assert "root:" not in json.dumps(read.model_dump(mode="json"))
    said = " ".join(problem.where + " " + problem.what for problem in read.problems)
    for word in ("../outside", "models/dev", "models/fifo", "models/a/hard"):
        assert word in said, word
    assert read.collector("models").outcome is Outcome.PARTIAL


def test_a_digest_by_a_name_that_two_files_have_is_of_neither(tmp_path: Path) -> None:
    folder = tmp_path / "hand"
    for name in ("a", "b"):
        place = folder / "files" / "srv" / name
        place.mkdir(parents=True)
        (place / "config.json").write_text("{}")
        (place / "model.safetensors").write_bytes(b"x" * 100)
    (folder / "SHA256SUMS").write_text("0" * 64 + "  model.safetensors\n" + "1" * 64 + "  b/model.safetensors\n")
    weights = audited(f"files:{folder}", tmp_path / "read").documents.audit.facts.weights
    assert {weight.path: weight.sha256.value for weight in weights} == {
        "/srv/a/model.safetensors": None,
        "/srv/b/model.safetensors": "1" * 64,
    }


@pytest.mark.parametrize("target", ["files:", "files:/nowhere/at/all"])
def test_a_folder_that_is_none_is_refused(target: str) -> None:
    with pytest.raises(UserError, match="no folder"):
        target_of(target)


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear all")
    with pytest.raises(UserError, match="no file that is known"):
        Files.parse(f"files:{tmp_path}")
