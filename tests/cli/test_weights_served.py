"""``auditor weights served``: real servers, whose files are swapped under them."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import auditor.cli.weights  # noqa: F401
from auditor.cli.registry import Exit
from auditor.errors import UserError
from auditor.sample import write_sample
from tests.cli.commands import data, run
from tests.probe.making import digest
from tests.products import PYTHON, needs_products
from tests.real_models import lay_out_gemma
from tests.serving_weights import MAP, READ, needs_root, own_namespace, serving, swap

pytestmark = needs_root


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    write_sample(tmp_path / "store")
    return next((tmp_path / "store").rglob("model-00001-of-00002.safetensors"))


def test_a_server_that_maps_what_lies_on_disk(shard: Path) -> None:
    with serving(MAP, shard) as pid:
        answer = run("weights served", str(pid))

    (process,), (file,) = answer.data["processes"], answer.data["served"]
    assert process["pid"] == pid
    assert file["disk_sha256"] == file["mapped_sha256"] == digest(shard.read_bytes())
    assert (file["held"], file["replaced"], file["contradiction"]) == ("mapped", False, None)
    assert file["source"]["standing"] == "self_consistent"
    assert file["source"]["expected"][0]["source"].endswith("model-00001-of-00002.safetensors.metadata")
    assert file["not_seen"] == []


def test_a_server_whose_file_was_swapped_after_the_start(shard: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = digest(shard.read_bytes())
    with serving(MAP, shard) as pid:
        swap(shard)
        answer = run("weights served", str(pid))

    (file,) = answer.data["served"]
    assert (file["mapped_sha256"], file["disk_sha256"]) == (before, digest(shard.read_bytes()))
    assert (file["contradiction"], file["how"]) == ("differs", "sha256 through map_files")
    assert answer.code is Exit.DOES_NOT_CONFORM

    answer.show()
    told = capsys.readouterr().out
    assert f"in use   {before}" in told
    assert "what is in use is not what lies on disk" in told


def test_a_server_in_a_file_system_of_its_own(shard: Path, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    mount = f"mount -t tmpfs tmpfs {inside}; cp -r {shard.parent}/. {inside}/"
    with serving(MAP, inside / shard.name, prefix=own_namespace(mount)) as pid:
        calm = data("weights served", str(pid))["served"][0]
        swap(Path(f"/proc/{pid}/root{inside}/{shard.name}"))
        swapped = data("weights served", str(pid))["served"][0]

    assert calm["weight"] == f"/proc/{pid}/root{inside}/{shard.name}", "hashed where the server sees it"
    assert (calm["contradiction"], calm["layer"]) == (None, "volume")
    assert calm["source"]["standing"] == "self_consistent"
    assert (swapped["contradiction"], swapped["mapped_sha256"]) == ("differs", calm["disk_sha256"])


def test_a_server_that_left_no_trace_has_what_it_was_told(shard: Path, tmp_path: Path) -> None:
    script = tmp_path / "vllm"
    script.write_text(READ.replace("sys.argv[2:]", repr([str(shard)])))
    command = [sys.executable, str(script), "serve", str(shard.parent)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()
        answer = run("weights", shard.parent)
        child.stdin.close()

    files = [file for file in answer.data["served"] if file["pid"] == child.pid]
    assert {Path(file["path"]).name for file in files} == {path.name for path in shard.parent.glob("*.safetensors")}
    assert {(file["held"], file["mapped_sha256"]) for file in files} == {("named", None)}
    assert "left no trace" in files[0]["not_seen"][0]


def test_a_process_that_is_not_there_is_said_so() -> None:
    with pytest.raises(UserError, match="no such process"):
        run("weights served", str(2**30))


@pytest.fixture
def gguf_server(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A real server of GGUF files, answering, on a port of loopback."""
    model = lay_out_gemma(tmp_path / "gemma") / "gemma-3-270m-q4_k_m.gguf"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [PYTHON, "-m", "cyllama.llama.server", "-m", model, "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        try:
            for _ in range(240):
                assert child.poll() is None, "the server ended"
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=5):
                        break
                except OSError:
                    time.sleep(0.25)
            yield child.pid, model
        finally:
            child.kill()


@needs_products
def test_a_real_server_of_gguf_whose_file_was_swapped(gguf_server: tuple[int, Path]) -> None:
    pid, model = gguf_server
    before = digest(model.read_bytes())
    calm = data("weights served", str(pid))["served"]
    swap(model)
    swapped = data("weights served", str(pid))["served"]

    (first,), (second,) = calm, swapped
    assert (first["mapped_sha256"], first["contradiction"]) == (before, None)
    assert (second["mapped_sha256"], second["contradiction"]) == (before, "differs")
    assert second["disk_sha256"] == digest(model.read_bytes())
