"""A host is watched live: names, bytes and processes on the way, and what was seen is kept when it is cut short."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from rich.console import Console

from auditor.cli import observe
from auditor.cli.main import run
from auditor.collect.stream import Live, LiveFlow
from auditor.documents import read_audit
from tests.probe.lab import FAR, laboratory


@pytest.fixture(scope="module")
def lab():
    if os.geteuid() != 0:
        pytest.skip("only root may make network namespaces")
    with laboratory() as found:
        yield found


SERVE = """
import socket
with socket.create_server(("", 4443)) as server:
    print(flush=True)
    while True:
        one = server.accept()[0]
        one.recv(70_000)
        one.close()
"""
HELLO = """
import socket, ssl, sys
one = socket.create_connection((sys.argv[1], 4443))
try:
    ssl.create_default_context().wrap_socket(one, server_hostname="telemetry.example.org").close()
except OSError:
    pass
"""


def begin(lab, *arguments):
    command = [*lab.here, sys.executable, "-m", "auditor", "observe", *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.root
def test_events_tell_a_connection_with_its_name_while_the_watch_goes_on(lab):
    lab.python(lab.there, SERVE).stdout.readline()
    watch = begin(lab, "--seconds", "300", "--events")
    client, named = None, []
    for line in watch.stdout:
        event = json.loads(line)
        if event["kind"] == "live":
            if client is None:
                client = lab.python(lab.here, HELLO, FAR)
            named = [flow for flow in event["flows"] if flow["host"] == "telemetry.example.org"]
            if named and named[0]["bytes_out"]:
                break
    watch.stdin.write(b'{"command": "cancel"}\n')
    watch.stdin.flush()
    last = [json.loads(line) for line in watch.stdout][-1]

    assert watch.wait(timeout=60) == last["exit"] == 2
    assert (last["kind"], last["partial"], last["outcome"]) == ("result", True, "cancelled")
    assert named[0]["bytes_out"] > 0
    (found,) = [one for one in last["destinations"] if one["name"] == "telemetry.example.org"]
    assert (found["ports"], found["connections"]) == (["4443/tcp"], 1)
    if last["capture"]["tier"] == "A":
        assert [owner["pid"] for owner in found["owners"]] == [client.pid]


@pytest.mark.root
def test_ctrl_c_keeps_what_was_seen_and_marks_it_partial(lab):
    watch = begin(lab, "--seconds", "300", "--json")
    rings = "print(len(open('/proc/net/packet').readlines()))"
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if int(lab.run(lab.here, rings)) > 1:
            break
    watch.send_signal(signal.SIGINT)
    out = watch.communicate(timeout=60)[0]

    said = json.loads(out)
    assert watch.returncode == 2
    assert said["partial"]
    assert said["capture"]["seconds"] < 300


@pytest.mark.root
def test_a_watch_says_what_it_cannot_see(lab):
    watch = begin(lab, "--seconds", "1", "--tier", "D")
    out = watch.communicate(timeout=60)[0].decode()

    assert "Cannot be seen:" in out
    assert "between two looks" in out


def test_a_running_watch_shows_processes_names_and_losses():
    fields = {"proto": "tcp", "direction": "out", "source_address": "10.0.0.1", "source_port": 40_000}
    flow = LiveFlow(**fields, address="192.0.2.1", port=443, attempt=False, bytes_out=1_500, pid=7, name="vllm")
    event = Live(collector="traffic", seconds=5, connections=2, packets=10, dropped=3, tiers=("A", "B"), flows=(flow,))
    named = event.model_copy(update={"flows": (flow.model_copy(update={"host": "h.example"}),)})
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(observe.live_view(named, 60))

    text = console.export_text()
    assert "5 of 60 s" in text
    assert "3 lost" in text
    assert re.search(r"vllm \(7\)\s+h\.example:443 tcp\s+1\.5 kB", text)


@pytest.mark.parametrize("seconds", ["0", "604801", "x"])
def test_a_time_that_makes_no_sense_is_refused(seconds):
    done = subprocess.run(
        [sys.executable, "-m", "auditor", "observe", "--seconds", seconds], capture_output=True, check=False
    )

    assert done.returncode == 3


def test_facts_are_kept_and_the_result_says_where(tmp_path, capsys):
    path = tmp_path / "new" / "facts.json"
    code = run(["observe", "--seconds", "1", "--tier", "D", "--facts", str(path), "--json"])
    assert code in (0, 2)
    data = json.loads(capsys.readouterr().out)
    assert data["facts"] == str(path)
    audit = read_audit(path)
    assert audit.facts.traffic.capture.value.seconds >= 1
    assert len(audit.facts.traffic.flows) == len(data["flows"])
