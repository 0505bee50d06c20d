"""Packets on the interfaces are counted without loss, losses are told, and nothing is left behind."""

import base64
import errno
import json
import os
import signal

import pytest

from auditor.probe import wire
from auditor.recognise.packets.live import Names
from tests.probe.lab import FAR, laboratory

pytestmark = pytest.mark.root


@pytest.fixture(scope="module")
def lab():
    if os.geteuid() != 0:
        pytest.skip("only root may make network namespaces")
    with laboratory() as found:
        yield found


WATCH = """
import base64, json, sys
from auditor.probe.wire import Wire
watched = Wire(**json.loads(sys.argv[1]))
print("watching", flush=True)
sys.stdin.readline()
losses = watched.close()
ways = [(w.proto, w.target_port, w.packets, w.bytes, w.outgoing) for w in watched.ways()]
print(json.dumps({"packets": watched.packets, "losses": losses, "ways": ways,
                  "taken": base64.b64encode(watched.take()).decode()}))
"""

SEND = """
import socket, sys, time
sockets = []
for number in range(50):
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.connect((sys.argv[1], 20_000 + number))
    sockets.append(one)
start, rate = time.monotonic(), int(sys.argv[3])
for number in range(int(sys.argv[2])):
    try:
        sockets[number % 50].send(b"x" * 172)
    except ConnectionRefusedError:
        sockets[number % 50].send(b"x" * 172)
    if rate and not number % 100:
        time.sleep(max(0, start + number / rate - time.monotonic()))
"""


def watch(lab, action, **options):
    child = lab.python(lab.here, WATCH, json.dumps(options), stdin=-1)
    assert child.stdout.readline() == b"watching\n"
    action()
    return json.loads(child.communicate(b"\n", timeout=120)[0])


SINK = """
import socket
held = []
for number in range(50):
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind(("", 20_000 + number))
    held.append(one)
print(flush=True)
import time
time.sleep(600)
"""


@pytest.fixture(scope="module")
def sink(lab):
    """Somebody who takes the datagrams, so that nobody answers that nobody is there."""
    child = lab.python(lab.there, SINK)
    child.stdout.readline()
    yield
    child.kill()


@pytest.mark.usefixtures("sink")
def test_of_many_packets_in_little_time_none_is_lost(lab):
    found = watch(lab, lambda: lab.run(lab.here, SEND, FAR, 50_000, 25_000))

    sent = [way for way in found["ways"] if way[0] == 17 and 20_000 <= way[1] < 20_050]
    assert found["losses"] == [0, 0]
    assert sum(way[2] for way in sent) == 50_000
    assert sum(way[3] for way in sent) == 50_000 * 200
    assert all(way[4] for way in sent)


@pytest.mark.usefixtures("sink")
def test_a_ring_that_is_too_small_tells_what_it_lost(lab):
    found = watch(lab, lambda: lab.run(lab.here, SEND, FAR, 20_000, 0), size=8192, block=4096)

    counted = sum(way[2] for way in found["ways"] if way[0] == 17)
    lost = found["losses"][0]
    assert lost > 0
    assert counted + lost >= 20_000


HELLO = """
import socket, ssl, sys
one = socket.create_connection((sys.argv[1], int(sys.argv[2])))
context = ssl.create_default_context()
context.set_alpn_protocols(["h2"])
try:
    context.wrap_socket(one, server_hostname="api.example.org").close()
except OSError:
    pass
"""
TAKE = """
import socket
with socket.create_server(("", 4443)) as server:
    print(flush=True)
    one = server.accept()[0]
    one.recv(70_000)
"""


def test_a_live_client_hello_is_named_as_an_imported_one(lab):
    server = lab.python(lab.there, TAKE)
    server.stdout.readline()
    found = watch(lab, lambda: lab.run(lab.here, HELLO, FAR, 4443))

    name = Names([found["taken"]]).find("tcp", "", 0, FAR, 4443)
    assert (name.name, name.source, name.alpn, name.unanswered) == ("api.example.org", "sni", "h2", False)
    assert name.ja4.startswith("t13d")


SPEAK = """
import socket, sys
one = socket.create_connection((sys.argv[1], int(sys.argv[2])))
one.sendall(b"the words of an employee " * 40)
one.close()
"""


def test_no_word_that_is_said_reaches_the_probe(lab):
    server = lab.python(lab.there, TAKE)
    server.stdout.readline()
    found = watch(lab, lambda: lab.run(lab.here, SPEAK, FAR, 4443))

    kept = base64.b64decode(found["taken"])
    assert kept
    assert b"employee" not in kept
    assert [way for way in found["ways"] if way[:2] == [6, 4443] and way[3] > 1000]


def test_a_probe_that_is_killed_leaves_no_ring(lab):
    child = lab.python(lab.here, WATCH, "{}", stdin=-1)
    assert child.stdout.readline() == b"watching\n"
    rings = "print(open('/proc/net/packet').read())"
    assert len(lab.run(lab.here, rings).split("\n")) - 3 == 2

    child.send_signal(signal.SIGKILL)
    child.communicate()

    assert len(lab.run(lab.here, rings).split("\n")) - 3 == 0


@pytest.mark.parametrize(("code", "status"), [(errno.EPERM, "denied"), (errno.EAFNOSUPPORT, "unsupported")])
def test_what_the_kernel_refused_is_said(code, status):
    found = wire.unavailable(OSError(code, os.strerror(code)))

    assert found.status == status
    assert os.strerror(code) in found.what
