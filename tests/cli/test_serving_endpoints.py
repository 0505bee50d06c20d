"""``auditor serving --endpoints``: real servers are asked by the real probe; without the option nobody is."""

import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import auditor.cli.serving  # noqa: F401
from tests.cli.commands import data
from tests.probe import answering as servers
from tests.probe.answering import answering
from tests.products import PYTHON, needs_products
from tests.real_models import lay_out_gemma


@pytest.fixture
def vllm(tmp_path: Path) -> str:
    """A script that looks like vLLM."""
    script = tmp_path / "bin" / "vllm"
    script.parent.mkdir()
    script.symlink_to(servers.__file__)
    return str(script)


def entry(pid: int, *arguments: str) -> dict[str, Any]:
    return next(one for one in data("serving", *arguments) if one["pid"] == pid)


def test_a_server_is_asked_only_where_a_person_says_so(vllm: str) -> None:
    with answering("vllm", "serve", "/srv/models/qwen", script=vllm) as (pid, port):
        silent = entry(pid)
        asked = entry(pid, "--endpoints")

    assert silent["answers"] is None
    assert (asked["version"], asked["answers"]["models"]["value"]) == ("0.11.2", ["qwen"])
    assert asked["how_known"] == f"http: GET http://127.0.0.1:{port}/version"
    assert {one["code"]["source"] for one in asked["answers"]["asked"]} == {
        f"GET http://127.0.0.1:{port}{path}" for path in ("/health", "/metrics", "/v1/models", "/version")
    }
    assert asked["answers"]["origins"]["value"] == "*"
    assert asked["answers"]["authentication"]["value"] is False


def test_a_server_that_asks_for_a_key_is_not_given_one(vllm: str) -> None:
    with answering("locked", "serve", script=vllm) as (pid, _):
        answers = entry(pid, "--endpoints")["answers"]
    assert answers["authentication"]["value"] is True
    assert answers["models"]["value"] is None


@pytest.fixture
def gguf_server(tmp_path: Path) -> Iterator[tuple[int, int, Path]]:
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
            yield child.pid, port, model
        finally:
            child.kill()


@needs_products
def test_a_real_server_of_gguf_answers(gguf_server: tuple[int, int, Path]) -> None:
    pid, port, model = gguf_server
    found = entry(pid, "--endpoints")

    codes = {one["code"]["source"]: one["code"]["value"] for one in found["answers"]["asked"]}
    assert codes[f"GET http://127.0.0.1:{port}/v1/models"] == 200
    assert codes[f"GET http://127.0.0.1:{port}/health"] == 200
    assert found["answers"]["models"]["value"]
    assert found["answers"]["authentication"]["value"] is False
    assert not found["answers"]["requests_served"]["value"]
    assert str(model) in found["models"]
