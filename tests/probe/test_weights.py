"""Digests of weight files, and honesty about those that could not be read."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from auditor.probe import models, weights
from tests.probe import making


def weigh(folder, heard=None, **request):
    heard = heard or making.Heard()
    weights.collect(heard, request, models.collect(heard, {"paths": [str(folder)]}))
    return heard


def folder(tmp_path, **files):
    (tmp_path / "config.json").write_text("{}")
    for name, data in files.items():
        (tmp_path / f"{name}.safetensors").write_bytes(data)
    return tmp_path


def by_name(heard):
    return {os.path.basename(record["path"]).removesuffix(".safetensors"): record for record in heard.records("weight")}


@pytest.mark.peer
def test_digests_are_those_of_sha256sum(tmp_path):
    folder(tmp_path, empty=b"", one=b"x", odd=os.urandom(3_000_001))
    said = subprocess.run(
        ["sha256sum", *sorted(tmp_path.glob("*.safetensors"))], capture_output=True, text=True, check=True
    )

    found_ = by_name(weigh(tmp_path))

    assert {
        os.path.basename(line.split()[1]).removesuffix(".safetensors"): line.split()[0]
        for line in said.stdout.splitlines()
    } == {name: record["sha256"] for name, record in found_.items()}
    assert {record["status"] for record in found_.values()} == {"observed"}


def test_one_inode_is_read_once_and_reported_for_each_name(tmp_path):
    folder(tmp_path, a=b"x" * 1000)
    os.link(tmp_path / "a.safetensors", tmp_path / "b.safetensors")
    heard = weigh(tmp_path)

    assert {record["sha256"] for record in heard.records("weight")} == {making.digest(b"x" * 1000)}
    assert len(heard.records("weight")) == 2
    last = [line for line in heard.lines if line["kind"] == "progress" and line["collector"] == "weights"][-1]
    assert (last["done"], last["total"], last["unit"]) == (1000, 1000, "bytes")


def test_expected_digests_come_along(tmp_path):
    making.cache(tmp_path)

    (record,) = weigh(tmp_path).records("weight")

    assert [e["digest"] for e in record["expected"]] == [record["sha256"]] * 2


@pytest.mark.parametrize(
    ("head", "name", "format_"),
    [
        (b"GGUF\3\0\0\0", "model.gguf", "gguf"),
        (b"PK\x03\x04", "pytorch_model.bin", "pickle"),
        (b"\x80\x02}q", "model.safetensors", "pickle"),
        (b"GGUF\3\0\0\0", "pytorch_model.bin", "gguf"),
        (b"nothing known", "pytorch_model.bin", "unknown"),
        (b"\x08\0\0\0\0\0\0\0{}", "model.safetensors", "safetensors"),
        (b"whatever", "model.onnx", "onnx"),
        (b"PK\x03\x04", "model.npz", "numpy"),
    ],
)
def test_the_format_is_told_by_the_content(tmp_path, head, name, format_):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / name).write_bytes(head)

    assert weigh(tmp_path).records("weight")[0]["format"] == format_


def test_after_cancel_every_file_is_named_without_a_digest(tmp_path):
    folder(tmp_path, a=b"x", b=b"y")
    heard = making.Heard()
    files = models.collect(heard, {"paths": [str(tmp_path)]})
    heard.cancelled.set()

    weights.collect(heard, {}, files)

    assert {(r["sha256"], r["status"], r["note"].split()[0]) for r in heard.records("weight")} == {
        (None, "error", "cancelled")
    }


def test_a_file_that_is_gone_or_changed_has_no_digest(tmp_path):
    folder(tmp_path, gone=b"x")
    heard = making.Heard()
    files = models.collect(heard, {"paths": [str(tmp_path)]})
    (tmp_path / "gone.safetensors").unlink()

    weights.collect(heard, {}, files)

    (record,) = heard.records("weight")
    assert (record["sha256"], record["status"], record["note"]) == (None, "absent", "is not there")


def test_a_rate_can_be_set(tmp_path):
    folder(tmp_path, a=b"x" * 100_000)

    assert weigh(tmp_path, bytes_per_second=400_000, readers=1).records("weight")[0]["sha256"]


def test_a_size_beyond_exact_numbers_is_said_to_be_that(tmp_path):
    path = next((p for p in (tmp_path, Path("/dev/shm")) if _holds(p, 2**62)), None)
    if path is None:
        pytest.skip("no file system here holds files of that size")
    with tempfile.TemporaryDirectory(dir=path) as name:
        os.truncate(_empty(Path(name) / "model.safetensors"), 2**62)
        heard = making.Heard()
        files = models.collect(heard, {"paths": [name]})
        heard.cancelled.set()

        weights.collect(heard, {}, files)

    (record,) = heard.records("weight")
    assert (record["size"], record["sha256"]) == (2**53 - 1, None)
    assert heard.records("model")[0]["files"][0]["size"] == 2**53 - 1
    assert "claims 4611686018427387904 bytes" in heard.problems()[0][1]


def _empty(path):
    path.touch()
    return path


def _holds(folder, size):
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.truncate(size)
        return True
    except OSError:
        return False


def test_priority_is_lowered_for_this_process_only(tmp_path):
    code = "import os; from auditor.probe import priority; priority.lower(); print(os.nice(0))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert int(said.stdout) == 19


def test_what_the_name_promises_is_no_format_of_a_file_that_was_not_opened(tmp_path, monkeypatch):
    folder(tmp_path, a=b"x" * 100)

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(weights, "read", refuse)
    (record,) = weigh(tmp_path).records("weight")
    assert (record["sha256"], record["format"]) == (None, "unknown")


def test_a_length_beyond_the_format_is_no_header_of_safetensors(tmp_path):
    folder(tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes((100_000_001).to_bytes(8, "little") + b'{"a":1}' + bytes(99))
    (record,) = weigh(tmp_path).records("weight")
    assert record["format"] == "unknown"
