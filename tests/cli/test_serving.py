"""``auditor serving`` and ``phonehome`` of a real process, read by the real probe."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the probe reads /proc")

SERVER = """\
import socket, sys, time
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
time.sleep(120)
"""


class Server:
    """A process that looks like vLLM 0.33.0 to whoever reads /proc."""

    def __init__(self, folder: Path, **environment: str) -> None:
        script = folder / "bin" / "vllm"
        script.parent.mkdir()
        script.write_text(SERVER)
        (folder / "site" / "vllm-0.33.0.dist-info").mkdir(parents=True)
        self.home = folder / "home"
        self.home.mkdir()
        given = {"PATH": os.environ["PATH"], "HOME": str(self.home), "PYTHONPATH": str(folder / "site")}
        command = [sys.executable, str(script), "serve", "/srv/models/llama", "--api-key", "hunter2"]
        self.process = subprocess.Popen(command, env=given | environment, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    started = Server(tmp_path, **getattr(request, "param", {}))
    yield started
    started.stop()


def auditor(*arguments: str) -> Any:
    command = [sys.executable, "-m", "auditor", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, 1, 2), done.stderr
    return json.loads(done.stdout)


def test_stack_version_socket_and_model_of_a_real_process(server: Server) -> None:
    found = {one["pid"]: one for one in auditor("serving")}[server.process.pid]
    assert (found["stack"], found["version"], found["models"]) == ("vllm", "0.33.0", ["/srv/models/llama"])
    assert f"127.0.0.1:{server.port}/tcp" in found["listens"]
    key = next(setting for setting in found["switches"] if setting["name"] == "API key")
    assert (key["value"], key["judged"]) == ("set", "fine")
    assert "hunter2" not in json.dumps(found)


@pytest.mark.parametrize(
    ("server", "state"),
    [({}, "on"), ({"DO_NOT_TRACK": "true"}, "set_but_ineffective"), ({"DO_NOT_TRACK": "1"}, "off")],
    indirect=["server"],
)
def test_what_a_real_process_has_set_is_judged_as_vllm_does(server: Server, state: str) -> None:
    found = auditor("phonehome", "--pid", str(server.process.pid))
    assert {s["switch"]: s["state"] for s in found["switches"]}["vllm-usage"] == state


def test_the_file_that_switches_it_off_is_found_in_the_home_of_the_process(server: Server) -> None:
    opt_out = server.home / ".config" / "vllm" / "do_not_track"
    opt_out.parent.mkdir(parents=True)
    opt_out.touch()
    found = auditor("phonehome", "--pid", str(server.process.pid))
    (switch,) = [s for s in found["switches"] if s["switch"] == "vllm-usage"]
    assert (switch["state"], switch["found"]) == ("off", [str(opt_out)])
