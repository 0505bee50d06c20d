"""A real child process from start to end: hostile folders, cancel, death."""

import json
import os
import signal
import struct
import sys
import threading

import pytest

from auditor.collect.collect import collect
from auditor.collect.local import Local, serve_if_asked
from auditor.collect.request import Options, build
from auditor.collect.stream import Bye, Hello, Progress, Seen
from auditor.errors import UserError
from auditor.facts.audit import Outcome
from tests.probe import making


class Saying(Local):
    """A target whose child says what it is told to."""

    def __init__(self, code):
        super().__init__()
        self.code = code

    def command(self):
        return [sys.executable, "-c", self.code]


def ask(
    *paths, target=None, on_event=lambda event: None, cancel=None, collectors=("host", "models", "weights"), **options
):
    options = Options(paths=tuple(map(str, paths)), stores=False, collectors=collectors, nice=False, **options)
    return collect(target or Local(), build(options), on_event=on_event, cancel=cancel or threading.Event())


def outcomes(collected):
    return {collector.name: str(collector.outcome) for collector in collected.collectors}


def of(collected, type_):
    return [record for record in collected.records if record.type == type_]


def test_everything_that_a_probe_says_arrives(tmp_path):
    making.cache(tmp_path)
    events = []

    collected = ask(
        tmp_path, on_event=events.append, collectors=("host", "models", "weights", "traffic"), traffic_seconds=0
    )

    assert set(outcomes(collected)) == {"host", "models", "weights", "traffic"}
    assert outcomes(collected)["weights"] == "complete"
    assert not collected.partial
    assert collected.started <= collected.ended
    assert collected.probe.uid == os.getuid()
    assert [record.sha256 for record in of(collected, "weight")] == [making.digest(making.safetensors())]
    assert isinstance(events[0], Hello)
    assert isinstance(events[-1], Bye)
    assert [event.record for event in events if isinstance(event, Seen)] == list(collected.records)


def test_a_hostile_folder_ends_and_each_trap_is_named(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "short.safetensors").write_bytes(struct.pack("<Q", 500) + b"{}")
    (tmp_path / "long.safetensors").write_bytes(struct.pack("<Q", 2**60) + b"{}")
    (tmp_path / "keys.gguf").write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 10**9))
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "README.md").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe.safetensors")
    (tmp_path / "secret.safetensors").write_bytes(b"x")
    (tmp_path / "secret.safetensors").chmod(0)
    with open(os.fsencode(tmp_path) + b"/na\xffme.safetensors", "wb") as file:
        file.write(making.safetensors())
    many = tmp_path / "many"
    many.mkdir()
    for number in range(20_000):
        (many / f"{number}.txt").touch()

    collected = ask(tmp_path)

    said = {os.path.basename(problem.where): problem for problem in collected.problems}
    assert "link to the folder" in said["loop"].what
    assert "link out of the folder" in said["README.md"].what
    assert "a FIFO" in said["pipe.safetensors"].what
    headers = {os.path.basename(record.path): "; ".join(record.problems) for record in of(collected, "header")}
    assert "truncated" in headers["short.safetensors"]
    assert "claims 1152921504606846976 bytes" in headers["long.safetensors"]
    assert "claims 1000000000 keys" in headers["keys.gguf"]
    assert headers["na\\xffme.safetensors"] == ""
    weights = {os.path.basename(record.path): record for record in of(collected, "weight")}
    assert weights["na\\xffme.safetensors"].sha256 == making.digest(making.safetensors())
    if os.getuid():
        assert str(weights["secret.safetensors"].status) == "denied"
        assert str(said["secret.safetensors"].status) == "denied"
    assert not of(collected, "model")[0].complete
    assert not collected.partial
    assert outcomes(collected)["models"] == "partial"


def test_cancel_in_the_middle_keeps_what_was_collected(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"x" * 30_000_000)
    (tmp_path / "small.safetensors").write_bytes(b"x" * 10)
    cancel = threading.Event()

    def on_event(event):
        if isinstance(event, Progress) and event.collector == "weights":
            cancel.set()

    collected = ask(tmp_path, on_event=on_event, cancel=cancel, bytes_per_second=1_000_000, readers=1)

    assert collected.partial
    assert outcomes(collected) == {"host": "complete", "models": "complete", "weights": "cancelled"}
    records = {os.path.basename(record.path): record for record in of(collected, "weight")}
    assert records["model.safetensors"].sha256 is None
    assert records["model.safetensors"].note.startswith("cancelled after")
    assert records["small.safetensors"].sha256 is None
    assert of(collected, "host")


def test_a_probe_that_is_killed_leaves_what_it_said(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"x" * 30_000_000)
    pid = []

    def on_event(event):
        if isinstance(event, Hello):
            pid.append(event.pid)
        if isinstance(event, Progress) and event.collector == "weights":
            os.kill(pid[0], signal.SIGKILL)

    collected = ask(tmp_path, on_event=on_event, bytes_per_second=1_000_000, readers=1)

    assert collected.partial
    assert outcomes(collected) == {"host": "complete", "models": "complete", "weights": "partial"}
    assert "ended before" in next(c.note for c in collected.collectors if c.name == "weights")
    assert any("ended before it was done: exit code -9" in problem.what for problem in collected.problems)
    assert of(collected, "host")
    assert of(collected, "model")


def test_an_error_of_the_listener_ends_the_child(tmp_path):
    pid = []

    def on_event(event):
        if isinstance(event, Hello):
            pid.append(event.pid)
            raise RuntimeError("the listener fails")

    with pytest.raises(RuntimeError):
        ask(tmp_path, on_event=on_event, collectors=("traffic",), traffic_seconds=3600)

    with pytest.raises(ProcessLookupError):
        os.kill(pid[0], 0)


def test_a_child_that_is_no_probe_is_a_message_for_the_user():
    target = Saying("import sys; sys.stderr.write('cannot do that\\n'); sys.exit(7)")

    with pytest.raises(UserError) as caught:
        ask(target=target)

    assert "ended with 7" in caught.value.message
    assert caught.value.hint == "cannot do that"


def test_a_program_that_is_not_there_is_a_message_for_the_user():
    target = Saying("")
    target.command = lambda: ["/nonexistent/python"]

    with pytest.raises(UserError, match="cannot be started"):
        ask(target=target)


def test_a_flood_of_nonsense_is_ended():
    hello = {
        "kind": "hello",
        "protocol": 1,
        "probe": "1",
        "python": "3.8.1",
        "pid": 1,
        "uid": 0,
        "time": "2026-11-22T12:00:00Z",
    }
    code = f"import sys\nprint({json.dumps(hello)!r})\nwhile True: sys.stdout.write('nonsense\\n' * 1000)"

    collected = ask(target=Saying(code))

    assert collected.partial
    assert any("the rest of it was not taken" in problem.what for problem in collected.problems)
    assert len(collected.problems) < 100_000


def test_a_probe_that_does_not_listen_is_ended_after_cancel(monkeypatch):
    monkeypatch.setattr("auditor.collect.process._GRACE", 0.5)
    cancel = threading.Event()
    cancel.set()

    with pytest.raises(UserError, match="cancelled"):
        ask(target=Saying("import time; time.sleep(600)"), cancel=cancel)


def test_collectors_that_never_began_were_not_run():
    hello = {
        "kind": "hello",
        "protocol": 1,
        "probe": "1",
        "python": "3.8.1",
        "pid": 1,
        "uid": 0,
        "time": "2026-11-22T12:00:00Z",
    }

    collected = ask(target=Saying(f"print({json.dumps(hello)!r})"))

    assert {collector.outcome for collector in collected.collectors} == {Outcome.NOT_RUN}
    assert collected.partial


def test_the_frozen_app_becomes_the_probe_only_when_asked(monkeypatch):
    serve_if_asked([])
    serve_if_asked(["audit", "--probe"])
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert Local().command() == [sys.executable, "--probe"]


def test_the_frozen_app_serves_the_same_protocol(tmp_path):
    making.cache(tmp_path)
    target = Saying("import sys; from auditor.collect.local import serve_if_asked; serve_if_asked(['--probe'])")

    collected = ask(tmp_path, target=target)

    assert not collected.partial
    assert len(of(collected, "weight")) == 1


def test_a_probe_of_another_protocol_is_a_message_for_the_user():
    hello = {"kind": "hello", "protocol": 2, "probe": "9", "python": "3.8.1", "pid": 1, "uid": 0}
    said = json.dumps({**hello, "time": "2026-11-22T12:00:00Z"})

    with pytest.raises(UserError, match="protocol 2, not 1"):
        ask(target=Saying(f"print({said!r})"))
