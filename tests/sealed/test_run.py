"""The whole experiment, with real servers in real namespaces."""

import base64
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from auditor.errors import UserError
from auditor.facts.sealed import Channel, Ending, Phase, Place, SealedRun
from auditor.sealed import link, run
from auditor.sealed.run import Options, Step, run_sealed
from tests.product_calls import CALLS
from tests.products import PYTHON, needs_products
from tests.real_models import lay_out_gemma
from tests.recognise.packets import build
from tests.sealed.servers import PLAIN, TRACED

SYSTEM_PYTHON = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
Telling = tuple[SealedRun, Path, list[bytes]]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def only_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    """One phase instead of two: what is asked of them is the same."""
    monkeypatch.setitem(run.PHASES, "sink", (Phase.CONFIGURED,))


def sealed(*command: str, **more: object) -> SealedRun:
    environment = {**os.environ, "CI": "true"}
    settings = {"minutes": 0.0, "patience": 60.0, "profile": "sink", "environment": environment, **more}
    return run_sealed(Options(command=command, **settings))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telling]:
    """A server that posts every request to a tracing service, and all packets of this side meanwhile."""
    replay = tmp_path_factory.mktemp("sealed") / "sent.jsonl"
    seen: list[bytes] = []
    over = threading.Event()

    def watch() -> None:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as tap:
            tap.settimeout(0.1)
            while not over.is_set():
                try:
                    seen.append(tap.recv(1 << 16))
                except TimeoutError:
                    continue

    watcher = threading.Thread(target=watch)
    if os.geteuid() == 0:
        watcher.start()
    try:
        yield (
            sealed(sys.executable, "-c", PLAIN, "8111", "https://traces.example.com/v1/spans", profile="both",
                   replay=replay),
            replay,
            seen,
        )  # fmt: skip
    finally:
        over.set()
        if watcher.ident:
            watcher.join()


def test_a_server_that_tells_is_caught_with_the_marks_in_what_it_sent(
    telling: Telling,
) -> None:
    for phase in (Phase.CONFIGURED, Phase.SWITCHED_OFF):
        trial = telling[0].trial(phase)
        assert trial is not None
        assert (trial.ending, trial.api, trial.valid) == (Ending.COMPLETE, "openai", True)
        assert [one.ok for one in trial.answered] == [True] * 5
        (attempt,) = trial.attempts
        assert (attempt.name, attempt.port, attempt.outcome) == ("traces.example.com", 443, "answered")
        assert attempt.process.startswith("python")
        assert attempt.count == 5
        seen = {(sighting.place, sighting.channel) for sighting in attempt.sightings}
        places = (Place.PROMPT, Place.DOCUMENT, Place.IMAGE_URL, Place.TOOL_CALL)
        assert seen == {(place, Channel.BODY) for place in places} | {(Place.API_KEY, Channel.HEADER)}


def test_every_planted_leak_is_found(telling: Telling) -> None:
    for phase in (Phase.CONFIGURED, Phase.SWITCHED_OFF):
        trial = telling[0].trial(phase)
        assert trial is not None
        assert len(trial.control) >= 40
        assert [planted.name for planted in trial.control if not planted.found] == []


def test_without_a_route_attempts_are_seen_by_the_kernel(telling: Telling) -> None:
    trial = telling[0].trial(Phase.NO_ROUTE)
    assert trial is not None
    assert all(one.ok for one in trial.answered)
    if trial.observer:
        assert trial.attempts == ()
        assert not trial.valid
    else:
        assert trial.valid
        assert {(attempt.proto, attempt.outcome) for attempt in trial.attempts} == {("dns", "blocked")}


def test_everything_sent_can_be_read_again(telling: Telling) -> None:
    result, replay, _ = telling
    assert replay.stat().st_mode & 0o777 == 0o600
    assert result.replay_sha256
    lines = [json.loads(line) for line in replay.read_text().splitlines()]
    bodies = [base64.b64decode(piece["data"]) for line in lines if line["name"] == "traces.example.com"
              for piece in line["pieces"] if piece["channel"] == "body"]  # fmt: skip
    assert any(b'"messages"' in body for body in bodies)


@pytest.mark.skipif(os.geteuid() != 0, reason="looking at the packets of a host needs root")
def test_not_one_packet_leaves(telling: Telling) -> None:
    _, _, seen = telling
    inside = (socket.inet_aton(link.FOUR), socket.inet_pton(socket.AF_INET6, link.SIX), b"traces\x07example")
    assert not any(part in packet for packet in seen for part in inside)
    assert not any(name == link.OUTSIDE for _, name in socket.if_nameindex())


@pytest.mark.usefixtures("only_configured")
def test_a_silent_server_is_found_silent() -> None:
    steps: list[Step] = []
    result = run_sealed(
        Options((sys.executable, "-c", PLAIN, "8111"), minutes=0, profile="sink", environment=dict(os.environ),
                prompts=("What is the tax number of {mark}?",)),
        on_step=steps.append,
    )  # fmt: skip
    (trial,) = result.trials
    assert (trial.ending, trial.attempts, trial.valid, trial.dropped, trial.unsearched) == (
        Ending.COMPLETE, (), True, 0, 0,
    )  # fmt: skip
    assert len(trial.answered) == 6
    assert [step.stage for step in steps if step.stage != "answer"][-1] == "over"
    assert "network" in result.separated


@pytest.mark.usefixtures("only_configured")
def test_the_box_is_sealed_against_what_a_network_namespace_does_not_hold(tmp_path: Path) -> None:
    script = (
        "import json, os, socket\n"
        "def can(family):\n"
        "    try:\n"
        "        socket.socket(family, socket.SOCK_STREAM).close()\n"
        "        return True\n"
        "    except OSError:\n"
        "        return False\n"
        "def writes(path):\n"
        "    try:\n"
        "        open(path, 'w').close()\n"
        "        return True\n"
        "    except OSError:\n"
        "        return False\n"
        f"print(json.dumps([can(socket.AF_VSOCK), can(socket.AF_INET), writes({str(tmp_path / 'x')!r}),\n"
        "    writes(os.path.expanduser('~/x')), writes('/tmp/x'), sorted(os.listdir('/run')), os.environ.get('CI'),\n"
        "    [name for name in os.listdir('/proc') if name.isdigit()]]))\n"
    )
    (trial,) = sealed(sys.executable, "-c", script).trials
    vsock, inet, host, home, scratch, services, ci, pids = json.loads(trial.note.split("its last words: ")[1])
    assert (vsock, inet, host, home, scratch, ci) == (False, True, False, True, True, None)
    assert set(services) <= {"lock", "sealed"}
    assert len(pids) <= 2
    assert list(tmp_path.iterdir()) == []
    assert trial.ending is Ending.FAILED


@pytest.mark.usefixtures("only_configured")
def test_what_stays_closed_or_has_no_name_is_still_an_attempt() -> None:
    hello = build.client_hello([build.server_name(b"quic.example.com")])
    quic = build.initial(build.crypto(0, hello), build.V1_SALT)
    script = (
        "import socket, ssl\n"
        "pinned = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\n"
        "try:\n"
        "    name = 'pinned.example.com'\n"
        "    pinned.wrap_socket(socket.create_connection((name, 8443)), server_hostname=name)\n"
        "except ssl.SSLError:\n"
        "    pass\n"
        "with socket.create_connection(('203.0.113.7', 6667)) as bare:\n"
        "    bare.sendall(b'NICK x')\n"
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x' * 30, ('203.0.113.8', 123))\n"
        "socket.getaddrinfo('only-asked.example.com', 80)\n"
        f"quic = bytes.fromhex('{quic.hex()}')\n"
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(quic, ('203.0.113.9', 443))\n"
        "with socket.create_connection(('2001:db8:1::1', 25)) as six:\n"
        "    six.sendall(b'EHLO x')\n"
    )
    (trial,) = sealed(sys.executable, "-c", script).trials
    seen = {(a.name or a.address, a.port, a.proto, a.outcome) for a in trial.attempts}
    assert seen == {
        ("pinned.example.com", 8443, "tcp", "refused_certificate"),
        ("203.0.113.7", 6667, "tcp", "connected"),
        ("203.0.113.8", 123, "udp", "connected"),
        ("only-asked.example.com", 53, "dns", "asked"),
        ("2001:db8:1::1", 25, "tcp", "connected"),
        ("quic.example.com", 443, "quic", "connected"),
    }
    assert trial.leaks == ()


@pytest.mark.usefixtures("only_configured")
def test_a_program_of_the_user_can_send_the_prompts() -> None:
    (trial,) = sealed(
        sys.executable, "-c", PLAIN.replace("/v1/models", "/other"), "8111", "http://a.example.com/",
        prompt_command=(sys.executable, "-c", "import os, urllib.request as r\nr.urlopen(r.Request("
                        "os.environ['AUDITOR_URL'], data=os.environ['AUDITOR_PROMPT'].encode()))"),
    ).trials  # fmt: skip
    assert [(one.api, one.ok) for one in trial.answered] == [("command", True)]
    assert [attempt.name for attempt in trial.leaks] == ["a.example.com"]


@pytest.mark.usefixtures("only_configured")
def test_a_model_gets_a_path_that_carries_a_mark(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    script = "import sys, urllib.request as r; r.urlopen('http://a.example.com/?m=' + sys.argv[1])"
    (trial,) = sealed(sys.executable, "-c", script, str(tmp_path)).trials
    (leak,) = trial.leaks
    assert {sighting.place for sighting in leak.sightings} == {Place.MODEL_PATH}


def test_what_is_not_there_is_refused_before_anything_starts() -> None:
    with pytest.raises(UserError, match="no such program"):
        sealed("/nowhere/server")
    with pytest.raises(UserError, match="no command"):
        sealed()


@pytest.mark.usefixtures("only_configured")
def test_cancelling_keeps_what_was_seen() -> None:
    cancel = threading.Event()

    def hear(step: Step) -> None:
        if step.stage == "watching":
            cancel.set()

    options = Options((sys.executable, "-c", PLAIN, "8111", "https://traces.example.com/"), minutes=10, profile="sink",
                      environment=dict(os.environ))  # fmt: skip
    (trial,) = run_sealed(options, on_step=hear, cancel=cancel).trials
    assert trial.ending is Ending.CANCELLED
    assert [attempt.name for attempt in trial.leaks] == ["traces.example.com"]


def _marked(word: str) -> list[int]:
    found = []
    for pid in os.listdir("/proc"):
        try:
            if pid.isdigit() and word.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(int(pid))
        except OSError:
            continue
    return found


def _until(done: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_a_kill_at_any_moment_leaves_nothing_behind(tmp_path: Path) -> None:
    chance = random.Random(11)
    word = f"--title=sealed-{os.getpid()}-{time.monotonic_ns()}"
    command = [sys.executable, "-m", "auditor", "sealed", "--profile", "sink", "--out", str(tmp_path / "out"), "--",
               sys.executable, "-c", PLAIN, "8111", word]  # fmt: skip
    for delay in (0.6, 0.9, 1.2, 1.6, *(chance.uniform(0.5, 3.0) for _ in range(3))):
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        # A process that has gone takes its namespaces, mounts, devices and what was in memory with it.
        assert _until(lambda: _marked(word) == []), _marked(word)
        assert {path.name for path in tmp_path.rglob("*")} <= {"out", "sent.jsonl"}
        assert Path("/run/sealed").exists() is False


def _unprivileged(*command: str, prefix: tuple[str, ...] = ()) -> "subprocess.CompletedProcess[str]":
    site = next(path for path in sys.path if path.endswith("site-packages"))
    return subprocess.run(
        [*prefix, SYSTEM_PYTHON, "-m", "auditor", "sealed", "--json", "--profile", "sink", "--minutes", "0", *command],
        capture_output=True, text=True, timeout=120,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}:{site}", "HOME": "/", "XDG_DATA_HOME": "/nonexistent"},
    )  # fmt: skip


NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")


def _users_may() -> bool:
    """Whether users without rights may make namespaces here; in some containers and in a chroot they may not."""
    if os.geteuid() != 0 or not Path(SYSTEM_PYTHON).exists():
        return False
    return subprocess.run([*NOBODY, "unshare", "-Ur", "true"], capture_output=True, check=False).returncode == 0


needs_nobody = pytest.mark.skipif(
    not _users_may(), reason="needs root, a Python for all, and a kernel that lets users make namespaces"
)


@needs_nobody
def test_it_needs_no_rights_where_the_kernel_lets_users_make_namespaces(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, 65534, 65534)
        told = _unprivileged(
            "--out", folder, "--", SYSTEM_PYTHON, "-c", PLAIN, "8111", "http://a.example.com/", prefix=NOBODY
        )
    assert told.returncode == 1, told.stderr
    result = json.loads(told.stdout)
    assert all(planted["found"] for planted in result["trials"][0]["control"])
    assert result["trials"][0]["attempts"][0]["name"] == "a.example.com"


@needs_nobody
def test_what_is_missing_is_said_precisely(tmp_path: Path) -> None:
    forbid = 'echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all "$@"'
    told = _unprivileged(
        "--out",
        str(tmp_path),
        "--",
        SYSTEM_PYTHON,
        "-c",
        PLAIN,
        "8111",
        prefix=("unshare", "-Ur", "sh", "-c", forbid, "sh"),
    )
    assert told.returncode == 3
    assert "max_user_namespaces=0 forbids user namespaces" in told.stderr
    assert list(tmp_path.iterdir()) == []


@needs_products
@pytest.mark.usefixtures("only_configured")
class TestRealPrograms:
    def test_a_real_model_on_a_real_server_stays_silent_and_the_same_behind_a_tracing_product_does_not(
        self, tmp_path: Path
    ) -> None:
        model = str(next(lay_out_gemma(tmp_path / "gemma").glob("*.gguf")))
        server = (str(PYTHON), "-m", "cyllama.llama.server", "-m", model, "--host", "127.0.0.1", "--port", "8222")
        (trial,) = sealed(*server).trials
        assert (trial.ending, trial.attempts, trial.valid) == (Ending.COMPLETE, (), True)
        assert sum(one.ok for one in trial.answered) >= 3

        (trial,) = sealed(str(PYTHON), "-c", TRACED, str(PYTHON), model).trials
        (leak,) = trial.leaks
        assert (leak.name, leak.product.startswith("Langfuse")) == ("cloud.langfuse.com", True)
        assert Place.PROMPT in {sighting.place for sighting in leak.sightings}

    def test_products_that_call_home_are_caught_by_name(self, tmp_path: Path) -> None:
        wanted = ("gradio", "litellm-costmap", "haystack", "hf-telemetry", "tiktoken")
        calls = [call for call in CALLS if call.entry in wanted]
        script = tmp_path / "all.py"
        script.write_text(
            "import subprocess, sys\n"
            f"codes = {[call.code for call in calls]!r}\n"
            "running = [subprocess.Popen([sys.executable, '-c', code]) for code in codes]\n"
            "[process.wait() for process in running]\n"
        )
        (trial,) = sealed(str(PYTHON), str(script)).trials
        named = {attempt.name: attempt.product for attempt in trial.attempts}
        assert {call.host for call in calls} <= set(named)
        assert all(named[call.host] for call in calls)
        assert trial.leaks == ()
