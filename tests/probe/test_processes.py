"""Serving processes are found by words, open weights and accelerators; their secrets are not."""

import contextlib
import mmap
import os
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.facts.records import RECORD
from auditor.probe import packages, processes
from tests.probe.making import Heard

SLEEP = "import sys; print('up', flush=True); sys.stdin.read()"


@contextlib.contextmanager
def running(*arguments, code=SLEEP, **variables):
    environment = {"PATH": os.environ["PATH"], **variables}
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code, *arguments], stdin=pipe, stdout=pipe, env=environment) as child:
        assert child.stdout.readline()
        yield child
        child.stdin.close()


def look(pid, **request):
    heard = Heard()
    places = processes.collect(heard, request)
    for record in heard.records():
        RECORD.validate_python(record)
    return next((record for record in heard.records("process") if record["pid"] == pid), None), places


def test_a_process_is_found_by_a_word_of_its_command_line():
    with running(
        "vllm-serve-here", "--api-key", "s3cretvalue", VLLM_NO_USAGE_STATS="1", HF_TOKEN="hf_secretsecret", OTHER="x"
    ) as child:
        record, _ = look(child.pid, patterns=["vllm"], variables=["VLLM_NO_USAGE_STATS", "HF_TOKEN"])

    assert record["parent"] == os.getpid()
    assert record["exe"] == os.path.realpath(sys.executable)
    assert record["command"][-2:] == ["--api-key", "***"]
    assert record["environment"] == {"HF_TOKEN": "***", "VLLM_NO_USAGE_STATS": "1"}
    assert record["uid"] == os.getuid()
    assert record["files"] == []


def test_a_word_within_another_word_does_not_find():
    with running("notvllm1") as child:
        assert look(child.pid, patterns=["vllm"])[0] is None


def test_a_process_is_found_by_its_mapped_and_open_weights(tmp_path):
    weights = tmp_path / "m.safetensors"
    weights.write_bytes(b"x" * 100)
    (tmp_path / "other.gguf").write_bytes(b"x" * 100)
    code = (
        "import sys, mmap; f = open(sys.argv[1], 'rb'); m = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ);"
        "f.close(); g = open(sys.argv[2], 'rb'); print('up', flush=True); sys.stdin.read()"
    )
    with running(str(weights), str(tmp_path / "other.gguf"), code=code) as child:
        record, places = look(child.pid)

    assert record["files"] == [str(weights), str(tmp_path / "other.gguf")]
    assert str(tmp_path) in places.models
    assert mmap.PAGESIZE


def test_a_process_says_where_it_keeps_its_models(tmp_path):
    with running("ollama", OLLAMA_MODELS=str(tmp_path)) as child:
        _, places = look(child.pid, patterns=["ollama"])

    assert str(tmp_path) in places.models


def test_the_start_of_a_process_lies_after_boot_and_before_now():
    with running("tgi-here") as child:
        record, _ = look(child.pid, patterns=["tgi-here"])

    assert record["started"] <= record["time"]


def test_versions_of_packages_are_those_of_the_process():
    import pydantic

    with running("vllm") as child:
        record, _ = look(child.pid, patterns=["vllm"], packages=["pydantic", "Not_There"])

    assert record["packages"] == {"pydantic": pydantic.VERSION}


@pytest.mark.parametrize(
    ("folder", "version"),
    [("vllm-0.33.0.dist-info", "0.33.0"), ("VLLM-1.0-py3.11.egg-info", "1.0"), ("vllm_extra-2.dist-info", None)],
)
def test_versions_by_the_names_of_folders(tmp_path, folder, version):
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    (site / folder).mkdir(parents=True)

    found = packages.versions(os.getpid(), [str(tmp_path / "bin" / "vllm")], "", {}, ["vllm"])

    assert found.get("vllm") == version


@pytest.mark.parametrize(
    ("path", "is_weight"),
    [
        ("/srv/m/model.safetensors", True),
        ("/srv/m/model.gguf (deleted)", True),
        ("/usr/share/ollama/.ollama/models/blobs/sha256-" + "a" * 64, True),
        ("/srv/m/pytorch_model-00001-of-00002.bin", True),
        ("/usr/share/icu/icudt.bin", False),
        ("socket:[1]", False),
        ("/usr/lib/libc.so", False),
    ],
)
def test_which_open_files_are_weights(path, is_weight):
    assert processes.is_weight(path) is is_weight


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("0::/system.slice/docker-" + "a1" * 32 + ".scope\n", "a1" * 6),
        ("0::/kubepods.slice/kubepods-pod1/cri-containerd-" + "b2" * 32 + ".scope\n", "b2" * 6),
        ("12:cpu:/docker/" + "c3" * 32 + "\n", "c3" * 6),
        ("0::/lxc/box/init\n", "box"),
        ("0::/user.slice/session-1.scope\n", ""),
    ],
)
def test_containers_by_control_group(monkeypatch, line, name):
    monkeypatch.setattr(processes, "read", lambda pid, file, limit=0: line.encode())

    assert processes.container(1) == name


def test_this_process_is_no_thread_of_the_kernel():
    assert not processes.is_kernel(os.getpid())
    comm = Path("/proc/2/comm")
    assert processes.is_kernel(2) == (comm.exists() and comm.read_text() == "kthreadd\n")


def test_a_program_named_from_where_it_works_belongs_to_its_environment(tmp_path):
    site = tmp_path / "env" / "lib" / "python3.11" / "site-packages"
    (site / "vllm-0.33.0.dist-info").mkdir(parents=True)
    with subprocess.Popen(["sleep", "60"], cwd=tmp_path) as child:
        found = packages.versions(child.pid, ["env/bin/python", "app.py"], "/usr/bin/python3", {}, ["vllm"])
        child.kill()
    assert found == {"vllm": "0.33.0"}
