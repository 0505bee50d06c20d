"""The best means of watching that the host allows is taken, and said."""

import os
import socket
import threading

import pytest

from auditor.facts.records import RECORD
from auditor.probe import bpf, egress, traffic
from auditor.probe.egress import Unavailable
from auditor.probe.wire import Wire
from tests.probe.making import Heard


def watch(**request):
    heard = Heard()
    traffic.collect(heard, {"seconds": 1, **request})
    for record in heard.records():
        RECORD.validate_python(record)
    return heard


@pytest.fixture
def refused(monkeypatch):
    def refuse():
        raise Unavailable("this kernel is too old", "unsupported", "use a newer one")

    monkeypatch.setattr(traffic, "Watcher", refuse)
    monkeypatch.setattr(traffic, "Wire", refuse)
    monkeypatch.setattr(traffic, "Endings", refuse)


def outcome(heard):
    heard.end("traffic")
    return heard.lines[-1]["outcome"]


@pytest.mark.usefixtures("refused")
def test_where_the_kernel_does_not_allow_it_polling_is_taken_and_the_reason_said():
    heard = watch(tier="auto")

    assert heard.records("capture")[0]["tier"] in ("D", "E")
    assert ("eBPF", "this kernel is too old", "unsupported") in heard.problems()


def test_the_next_best_means_leads_where_the_best_is_refused(monkeypatch):
    def refuse():
        raise Unavailable("this kernel is too old", "unsupported", "use a newer one")

    try:
        Wire().close()
    except Unavailable as why:
        pytest.skip(why.what)
    monkeypatch.setattr(traffic, "Watcher", refuse)

    (capture,) = watch(tier="auto").records("capture")

    assert capture["tier"] == "B"
    assert capture["tiers"][0] == "B"
    assert any("attempts of which no packet left" in sentence for sentence in capture["not_seen"])


@pytest.mark.usefixtures("refused")
def test_what_was_asked_for_by_name_and_is_not_there_makes_the_watch_partial():
    assert outcome(watch(tier="A")) == "partial"


def test_polling_alone_loads_nothing(monkeypatch):
    monkeypatch.setattr(bpf, "call_kernel", lambda command, attributes: pytest.fail("called bpf(2)"))

    heard = watch(tier="D")

    assert heard.records("capture")[0]["tier"] in ("D", "E")
    assert [where for where, _, _ in heard.problems() if where == "eBPF"] == []


def test_one_look_loads_nothing(monkeypatch):
    monkeypatch.setattr(bpf, "call_kernel", lambda command, attributes: pytest.fail("called bpf(2)"))

    assert watch(seconds=0, tier="A").records("capture")[0]["tier"] == "S"


def test_rights_that_are_missing_are_a_problem_with_a_remedy(monkeypatch):
    def refuse(command, attributes):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(bpf, "call_kernel", refuse)
    monkeypatch.setattr(egress, "root", lambda: "/")
    monkeypatch.setattr(egress, "whole", lambda: None)

    heard = watch()

    (problem,) = [line for line in heard.lines if line["kind"] == "problem" and line["where"] == "eBPF"]
    assert problem["status"] == "denied"
    assert "CAP_BPF" in problem["remedy"]


@pytest.fixture
def allowed():
    """Skips where programs may not be loaded."""
    try:
        egress.Watcher().close()
    except Unavailable as why:
        pytest.skip(why.what)


@pytest.mark.root
@pytest.mark.usefixtures("allowed")
def test_the_kernel_reports_what_no_look_could_have_seen():
    heard = Heard()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        # The second look comes when the watch is over, and all of this has happened.
        beside = threading.Thread(
            target=traffic.collect, args=(heard, {"seconds": 2, "interval_ms": 60_000, "tier": "A"})
        )
        beside.start()
        while beside.is_alive() and not heard.out.getvalue():
            beside.join(0.01)
        with socket.create_connection(("127.0.0.1", port)) as client:
            used = client.getsockname()[1]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"x", ("127.0.0.1", port))
        beside.join()

    (capture,) = heard.records("capture")
    assert (capture["tier"], capture["dropped"]) == ("A", 0)
    assert any("AF_PACKET" in sentence for sentence in capture["not_seen"])
    assert any("names of the destinations" in sentence for sentence in capture["not_seen"])
    assert not any("between two looks" in sentence and "connections" in sentence for sentence in capture["not_seen"])
    found = [r for r in heard.records("flow") if r["port"] == port and r["direction"] == "out"]
    assert {(r["proto"], r["pid"], r["attempt"]) for r in found} == {
        ("tcp", os.getpid(), False),
        ("udp", os.getpid(), False),
    }
    assert [r["source_port"] for r in found if r["proto"] == "tcp"] == [used]


@pytest.mark.root
@pytest.mark.usefixtures("allowed")
def test_a_connection_that_is_met_is_told_once():
    heard = Heard()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        beside = threading.Thread(target=traffic.collect, args=(heard, {"seconds": 2, "interval_ms": 20}))
        beside.start()
        while beside.is_alive() and not heard.out.getvalue():
            beside.join(0.01)
        with socket.create_connection(("127.0.0.1", port)):
            beside.join()

    found = [r for r in heard.records("flow") if r["port"] == port]
    assert [(r["method"], r["direction"], r["pid"]) for r in found] == [("procfs, ebpf", "out", os.getpid())]
