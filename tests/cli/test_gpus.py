"""``auditor gpus --from FILE`` shows a saved output of nvidia-smi and where it contradicts itself."""

import argparse
import datetime as dt
import sys
from pathlib import Path
from typing import Any

import pytest

from auditor.audit import look, target_of
from auditor.cli import gpus
from auditor.cli.registry import Exit
from auditor.collect.request import Options
from auditor.errors import UserError
from auditor.facts.audit import Outcome
from auditor.knowledge.gpus import Root
from auditor.knowledge.knowledge import load
from tests.recognise.attested import NONCE, maker
from tests.recognise.attested import saved as saved_reports
from tests.recognise.process_records import gpu_xml, smi_xml


def run(path: Path | None = None, **more: Any) -> gpus.Answer:
    return gpus.run(argparse.Namespace(**({"source": path, "attestation": None, "nonce": None} | more)))


def saved(folder: Path, text: str) -> Path:
    path = folder / "smi.xml"
    path.write_text(text, encoding="utf-8")
    return path


def test_it_lists_what_the_file_tells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run(saved(tmp_path, smi_xml(gpu_xml(), gpu_xml(bus="00000000:64:00.0"))))
    assert answer.code is Exit.CONFORMS
    assert [gpu["pci"]["bus"] for gpu in answer.data["gpus"]] == ["0000:53:00.0", "0000:64:00.0"]
    assert answer.data["gpus"][0]["memory_total"] == 81559 << 20
    assert answer.data["contradictions"] == []
    answer.show()
    assert "NVIDIA H100" in capsys.readouterr().out


def test_a_contradiction_is_shown_and_ends_with_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run(saved(tmp_path, smi_xml(gpu_xml(gpu_part_number="26B9-896-A1"))))
    assert answer.code is Exit.DOES_NOT_CONFORM
    assert answer.data["contradictions"] == [
        {"gpu": 0, "rule": "part-number", "expected": "2330-…", "found": "26B9-896-A1"}
    ]
    answer.show()
    assert "26B9-896-A1" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "NVIDIA-SMI has failed", "<nvidia_smi_log>"])
def test_a_file_that_is_something_else_is_refused_by_name(text: str, tmp_path: Path) -> None:
    path = saved(tmp_path, text)
    with pytest.raises(UserError) as caught:
        run(path)
    assert caught.value.where == str(path)
    assert "nvidia-smi -q -x" in caught.value.hint


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        run(tmp_path / "none.xml")


def test_saved_reports_are_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    genuine = maker(until=dt.datetime(2999, 1, 1, tzinfo=dt.UTC))
    known = Root(id="test", sha256=genuine.root, source="test", date="2026-11-22")
    monkeypatch.setattr(gpus, "load", lambda: load().model_copy(update={"device_roots": (known,)}))
    path = tmp_path / "evidence.json"
    path.write_bytes(saved_reports((genuine.pem, genuine.report())))
    answer = run(attestation=path, nonce=NONCE)
    assert (answer.code, answer.data["attestation"][0]["valid"]) == (Exit.CONFORMS, True)
    answer.show()
    assert "Report 0 is valid" in capsys.readouterr().out
    answer = run(attestation=path, nonce=bytes(32))
    assert (answer.code, answer.data["attestation"][0]["valid"]) == (Exit.DOES_NOT_CONFORM, False)
    answer.show()
    assert "another nonce" in capsys.readouterr().out


def test_a_file_without_reports_is_refused_by_name(tmp_path: Path) -> None:
    path = saved(tmp_path, "no json")
    with pytest.raises(UserError, match="not JSON"):
        run(attestation=path)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the probe reads /proc and /sys")
@pytest.mark.parametrize(
    ("body", "names", "outcome"),
    [
        ("cat smi.xml", ["NVIDIA H100 80GB HBM3"], Outcome.COMPLETE),
        ("echo no devices were found; exit 6", [], Outcome.PARTIAL),
        ("echo '<nvidia_smi_log>'", [None], Outcome.COMPLETE),
    ],
)
def test_the_probe_runs_nvidia_smi_and_believes_only_what_it_can_read(
    body: str, names: list[str | None], outcome: Outcome, tmp_path: Path
) -> None:
    saved(tmp_path, smi_xml(gpu_xml()))
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\ncd {tmp_path}\n{body}\n")
    program.chmod(0o755)
    options = Options(collectors=("host", "gpus"), nvidia_smi=str(program))
    found = look(target_of("local"), options, load())
    assert [gpu.name.value for gpu in found.facts.gpus if gpu.sources == ("nvidia-smi",)] == names
    assert found.collector("gpus").outcome is outcome
