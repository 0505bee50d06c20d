"""``auditor gpus --from FILE`` shows a saved output of nvidia-smi and where it contradicts itself."""

import argparse
from pathlib import Path

import pytest

from auditor.cli import gpus
from auditor.cli.registry import Exit
from auditor.errors import UserError
from tests.recognise.process_records import gpu_xml, smi_xml


def run(path: Path) -> gpus.Answer:
    return gpus.run(argparse.Namespace(source=path))


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
