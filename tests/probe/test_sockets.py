"""Real sockets on loopback are seen with their owner and direction."""

import os
import socket
import subprocess
import sys

import pytest

from auditor.facts.records import RECORD
from auditor.probe import limits, sockets, traffic
from tests.probe.making import Heard


@pytest.fixture
def pair():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        accepted, _ = server.accept()
        with accepted:
            yield server, client, accepted


def watch(**request):
    heard = Heard()
    traffic.collect(heard, request)
    for record in heard.records():
        RECORD.validate_python(record)
    return heard


def test_a_listener_is_seen_with_its_owner(pair):
    port = pair[0].getsockname()[1]

    (found,) = [r for r in watch(seconds=0).records("listener") if r["port"] == port]

    assert (found["proto"], found["address"], found["pid"]) == ("tcp", "127.0.0.1", os.getpid())
    assert found["uid"] == os.getuid()
    assert found["exe"] == os.readlink("/proc/self/exe")


def test_both_sides_of_a_connection_have_their_direction(pair):
    server, client, _ = pair
    port, from_ = server.getsockname()[1], client.getsockname()[1]

    flows = {(r["source_port"], r["port"]): r for r in watch(seconds=0).records("flow")}

    assert flows[(from_, port)]["direction"] == "out"
    assert flows[(port, from_)]["direction"] == "in"
    assert flows[(from_, port)]["pid"] == os.getpid()
    assert flows[(from_, port)]["attempt"] is False


def test_a_udp_socket_listens_or_is_connected():
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waits,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asks,
    ):
        waits.bind(("127.0.0.1", 0))
        asks.connect(waits.getsockname())
        heard = watch(seconds=0)

        assert waits.getsockname()[1] in [r["port"] for r in heard.records("listener") if r["proto"] == "udp"]
        assert (asks.getsockname()[1], waits.getsockname()[1]) in [
            (r["source_port"], r["port"]) for r in heard.records("flow") if r["proto"] == "udp"
        ]


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
def test_ipv4_inside_an_ipv6_socket_is_ipv4():
    with (
        socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server,
        socket.create_connection(("127.0.0.1", server.getsockname()[1])) as client,
    ):
        flows = [r for r in watch(seconds=0).records("flow") if r["port"] == client.getsockname()[1]]

        assert [(r["proto"], r["address"], r["direction"]) for r in flows] == [("tcp", "127.0.0.1", "in")]


def test_one_look_says_that_it_was_one_look():
    (capture,) = watch(seconds=0).records("capture")

    assert (capture["tier"], capture["samples"]) == ("S", 1)
    assert any("one moment" in sentence for sentence in capture["not_seen"])


def test_a_watch_tells_its_gaps(pair):
    (capture,) = watch(seconds=1, interval_ms=50, tier="D").records("capture")

    assert capture["tier"] in ("D", "E")
    assert capture["samples"] > 1
    assert capture["longest_gap_ms"] > 0
    assert any("between two looks" in sentence for sentence in capture["not_seen"])


def test_slow_polling_is_a_tier_of_its_own():
    (capture,) = watch(seconds=1, interval_ms=400, tier="D").records("capture")

    assert capture["tier"] == "E"


def test_cancel_ends_a_watch_and_keeps_what_was_seen(pair):
    heard = Heard()
    heard.cancelled.set()

    traffic.collect(heard, {"seconds": 3600})

    assert heard.records("capture")[0]["samples"] == 1
    assert heard.records("listener")


@pytest.mark.parametrize(
    ("text", "address", "four"),
    [
        ("0100007F", "127.0.0.1", True),
        ("00000000000000000000000001000000", "::1", False),
        ("0000000000000000FFFF00000100007F", "127.0.0.1", True),
        ("B80D01200000000000000000010000E0", "2001:db8::e000:1", False),
    ],
)
@pytest.mark.skipif("__import__('sys').byteorder != 'little'", reason="the examples are of a little-endian machine")
def test_addresses_of_the_kernel_tables(text, address, four):
    assert sockets.address(text) == (address, four)


def test_rows_of_another_form_are_passed_over():
    table = (
        "head\n\n0: nonsense\n1: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 1000 0 77 1\n2: ZZ:1 00:1 0A 0 0 0 0 0 1\n"
    )

    assert [row.port for row in sockets.parse("tcp", table)] == [8080]


def test_a_connection_that_was_closed_before_the_look_is_seen_and_said_to_be_closed():
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        port, from_ = server.getsockname()[1], client.getsockname()[1]
        accepted, _ = server.accept()
        client.close()
        accepted.recv(1)
        accepted.close()

        (flow,) = [r for r in watch(seconds=0).records("flow") if (r["source_port"], r["port"]) == (from_, port)]

    assert (flow["pid"], flow["note"]) == (None, "was already closed when it was first seen")


def test_what_could_not_be_looked_into_is_told(monkeypatch):
    own = sockets.namespaces()[0]
    monkeypatch.setattr(sockets, "namespaces", lambda: ({**own, 1: [2**22 + 1]}, 3))
    monkeypatch.setattr(sockets, "apart", lambda name: False)

    heard = watch(seconds=0)

    (capture,) = heard.records("capture")
    assert capture["namespaces"] == len(own)
    assert any("3 processes that this user may not look into" in sentence for sentence in capture["not_seen"])
    assert any("1 network namespaces whose sockets could not be read" in sentence for sentence in capture["not_seen"])
    assert sorted(status for _, _, status in heard.problems()) == ["denied", "error"]


def test_in_a_container_the_host_is_not_seen(monkeypatch):
    monkeypatch.setattr(sockets, "apart", lambda name: name == "pid")

    heard = watch(seconds=0)

    assert ("denied", True) in [(status, "container" in what) for _, what, status in heard.problems()]
    assert any("outside of the container" in sentence for sentence in heard.records("capture")[0]["not_seen"])


def test_more_connections_than_the_limit_are_counted_out(pair, monkeypatch):
    monkeypatch.setattr(limits, "FLOWS", 0)

    heard = watch(seconds=0)

    assert heard.records("flow") == []
    assert any("beyond the first 0" in sentence for sentence in heard.records("capture")[0]["not_seen"])


def show_once(monkeypatch, socket):
    """The table holds one socket, in one namespace only: other tests make namespaces meanwhile."""
    left = [socket]
    monkeypatch.setattr(sockets, "table", lambda pid, proto: [left.pop()] if proto == "tcp" and left else [])


def test_an_attempt_that_never_got_an_answer_is_an_attempt(monkeypatch):
    asked = sockets.Socket("tcp", "10.0.0.5", 40_000, "203.0.113.9", 443, sockets.SYN_SENT, 0, 0)
    show_once(monkeypatch, asked)

    (flow,) = watch(seconds=0).records("flow")

    assert (flow["attempt"], flow["direction"], flow["pid"], flow["note"]) == (True, "out", None, "")


def test_the_owner_of_a_socket_that_nobody_holds_any_more_is_told_by_its_user(monkeypatch):
    orphan = sockets.Socket("tcp", "10.0.0.5", 40_000, "203.0.113.9", 443, "04", 1234, 2**40)
    show_once(monkeypatch, orphan)

    (flow,) = watch(seconds=0).records("flow")

    assert (flow["pid"], flow["uid"]) == (None, 1234)


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a network namespace")
def test_sockets_of_another_namespace_are_seen_with_their_owner():
    code = (
        "import socket, sys; s = socket.socket(); s.bind(('0.0.0.0', 8000)); s.listen();"
        "print('up', flush=True); sys.stdin.read()"
    )
    pipe = subprocess.PIPE
    command = ["unshare", "--net", "--", sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as child:
        if not child.stdout.readline():
            pytest.skip("no network namespace can be made here")
        inode = os.stat(f"/proc/{child.pid}/ns/net").st_ino
        heard = watch(seconds=0)
        child.stdin.close()

    found = [record for record in heard.records("listener") if f"net:[{inode}]" in record["source"]]
    assert [(record["port"], record["pid"]) for record in found] == [(8000, child.pid)]
