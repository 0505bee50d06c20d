"""Serving processes are asked on loopback: by GET alone, briefly, within bounds, and nothing is followed."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import urllib.request

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.records import RECORD
from auditor.probe import asking, endpoints
from tests.probe.answering import KEY, answering
from tests.probe.making import Heard

PATHS = ["/health", "/version", "/v1/models", "/metrics"]


def ask(word, paths=PATHS, counters=("vllm:request_success_total",), **more):
    heard = Heard()
    stack = {"words": [word], "paths": list(paths), "counters": list(counters)}
    endpoints.collect(heard, {"stacks": [stack], **more})
    for record in heard.records():
        RECORD.validate_python(record)
    return heard, {record["path"]: record for record in heard.records("endpoint")}


def test_a_server_is_asked_and_each_request_is_told():
    with answering("vllm", "stack-a") as (pid, port):
        _, told = ask("stack-a")

    assert set(told) == set(PATHS)
    version = told["/version"]
    assert version["source"] == f"GET http://127.0.0.1:{port}/version"
    assert (version["pid"], version["code"], version["body"]) == (pid, 200, {"version": "0.11.2"})
    assert version["size"] == len(json.dumps({"version": "0.11.2"}))
    assert version["origins"] == "*"
    assert version["client"].startswith("127.0.0.1:")


def test_of_counters_only_those_asked_for_are_kept():
    with answering("vllm", "stack-b"):
        _, told = ask("stack-b")
    assert told["/metrics"]["body"] == 'vllm:request_success_total{finished_reason="stop"} 0.0'


def test_counters_are_read_again_before_the_watch_ends():
    with answering("vllm", "stack-c") as (_, port):
        served = threading.Timer(
            0.3, lambda: [urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/x", data=b"{}").close() for _ in range(3)]
        )
        served.start()
        heard, _ = ask("stack-c", seconds=2)
        served.join()
    counts = [(r["when"], r["body"].split()[-1]) for r in heard.records("endpoint") if r["path"] == "/metrics"]
    assert counts == [("before", "0.0"), ("after", "3.0")]


def test_secrets_in_answers_are_masked():
    with answering("sglang", "stack-d"):
        heard, told = ask("stack-d", ["/server_info", "/model_info"])
    assert told["/server_info"]["body"]["api_key"] == "***"
    assert "--api-key ***" in told["/server_info"]["body"]["launch_command"]
    assert KEY not in json.dumps(heard.records())


def test_a_path_that_is_not_on_the_closed_list_is_never_asked():
    with answering("vllm", "stack-e"):
        _, told = ask("stack-e", ["/version", "/pause", "/v1/completions", "/../etc"])
    assert set(told) == {"/version"}


def test_redirects_are_not_followed():
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0.3)
        with answering("redirect", "stack-f", elsewhere=trap.getsockname()[1]):
            _, told = ask("stack-f", ["/version"])
        with pytest.raises(TimeoutError):
            trap.accept()
    assert (told["/version"]["code"], told["/version"]["body"]) == (302, None)


@pytest.mark.parametrize("kind", ["hang", "drip"])
def test_who_hangs_is_asked_once_and_told(kind):
    with answering(kind, "stack-g"):
        _, told = ask("stack-g")
    assert list(told) == ["/health"]
    assert (told["/health"]["status"], told["/health"]["code"]) == ("error", 0)
    assert told["/health"]["note"]


def test_a_body_without_end_is_cut():
    with answering("endless", "stack-h"):
        _, told = ask("stack-h", ["/version"])
    assert told["/version"]["size"] == 64 * 1024
    assert told["/version"]["cut"]


def test_noise_is_no_answer():
    with answering("noise", "stack-i"):
        _, told = ask("stack-i", ["/version"])
    assert told["/version"]["note"] == "what came is no answer of HTTP/1; perhaps it speaks TLS"


def test_a_server_in_another_network_namespace_is_asked_there_and_nowhere_else():
    if os.geteuid():
        pytest.skip("needs root")
    script = os.path.join(os.path.dirname(__file__), "answering.py")
    command = f"ip link set lo up && ANSWERING='vllm 8000 0' exec {sys.executable} {script} stack-j"
    with subprocess.Popen(["unshare", "--net", "sh", "-c", command], stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout.readline()
            _, told = ask("stack-j")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", 8000), 0.2):
                pytest.skip("port 8000 of this machine is in use")
        finally:
            child.kill()
    assert told["/version"]["body"] == {"version": "0.11.2"}


def test_a_server_that_listens_on_no_loopback_address_is_not_asked():
    code = (
        "import socket,time,sys; s=socket.create_server(('10.99.0.1',8000)); print('up',flush=True); sys.stdin.read()"
    )
    if os.geteuid():
        pytest.skip("needs root")
    command = f'ip link set lo up && ip addr add 10.99.0.1/32 dev lo && exec {sys.executable} -c "{code}" stack-k'
    pipe = subprocess.PIPE
    with subprocess.Popen(["unshare", "--net", "sh", "-c", command], stdin=pipe, stdout=pipe) as child:
        assert child.stdout.readline()
        heard, told = ask("stack-k")
        child.stdin.close()
    assert told == {}
    assert [(where, status) for where, _, status in heard.problems()] == [("10.99.0.1:8000", "unsupported")]


@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_read_without_a_fault(data, ended):
    reply = asking.parse(data, 100, ended)
    assert len(reply.body) <= 100
    assert reply.status or reply.fault


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=8))
def test_chunks_are_put_together(parts):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    assert asking.parse(head + body + b"0\r\n\r\n", 1000, ended=False).body == b"".join(parts)
    assert not asking.parse(head + body + b"0\r\n\r\n", 1000, ended=False).cut
    assert asking.parse(head + body, 1000, ended=True).cut


def test_nothing_is_waited_for_beyond_its_time():
    with answering("drip", "stack-l") as (_, port):
        reply = asking.get("127.0.0.1", port, "/", 1000, seconds=0.5)
    assert reply.fault
