"""Bytes are counted for each socket and other end, whatever the protocol, and what never left is an attempt."""

import os

import pytest

from auditor.probe import volume
from auditor.probe.egress import Unavailable, Watcher
from auditor.probe.merge import Pool
from auditor.probe.settling import settle
from tests.probe.lab import FAR, FAR6, laboratory


def test_programs_are_whole_instructions_and_end_by_allowing():
    for attach in (volume.INGRESS, volume.EGRESS):
        code = volume.program(attach, 3, 4)

        assert len(code) % 8 == 0
        assert code.endswith(bytes.fromhex("b700000001000000 9500000000000000"))


@pytest.fixture(scope="module")
def lab():
    if os.geteuid() != 0:
        pytest.skip("only root may load programs")
    with laboratory() as found:
        yield found


@pytest.fixture
def watcher():
    try:
        found = Watcher()
    except Unavailable as why:
        pytest.skip(why.what)
    yield found
    found.close()


def seen(watcher, pid):
    """Rows of a process, by protocol and port."""
    lost = watcher.close()
    rest = settle(watcher, 0, 0)
    rows = [*Pool(watcher.flows, lost).rest(), *rest]
    return {(row.proto, row.address, row.port): row for row in rows if row.pid == pid}


SERVE = """
import socket, threading
def take(one):
    while one.recv(65536):
        pass
    one.sendall(b"y" * 1000)
    one.close()
with socket.create_server(("::", 7000), family=socket.AF_INET6, dualstack_ipv6=True) as server:
    print(flush=True)
    while True:
        threading.Thread(target=take, args=(server.accept()[0],)).start()
"""

SEND = """
import socket, sys
for host in sys.argv[1:]:
    with socket.create_connection((host, 7000)) as one:
        one.sendall(b"x" * 1_000_000)
        one.shutdown(socket.SHUT_WR)
        while one.recv(65536):
            pass
"""


@pytest.mark.root
def test_bytes_of_a_connection_are_those_that_were_sent_and_received(lab, watcher):
    lab.python(lab.there, SERVE).stdout.readline()
    child = lab.python(lab.here, SEND, FAR, FAR6)
    child.communicate(timeout=60)

    found = seen(watcher, child.pid)
    for key in (("tcp", FAR, 7000), ("tcp6", FAR6, 7000)):
        assert 1_000_000 <= found[key].bytes_out <= 1_100_000
        assert 1_000 <= found[key].bytes_in <= 60_000
        assert (found[key].attempt, found[key].source_port > 0) == (False, True)


DATAGRAMS = """
import socket, sys
for family, proto, host in ((socket.AF_INET, 253, sys.argv[1]), (socket.AF_INET6, 253, sys.argv[2])):
    with socket.socket(family, socket.SOCK_RAW, proto) as raw:
        for _ in range(3):
            raw.sendto(b"r" * 100, (host, 0))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
    for _ in range(5):
        one.sendto(b"d" * 100, (sys.argv[1], 7001))
    one.sendto(b"d" * 50, (sys.argv[1], 7002))
"""


@pytest.mark.root
def test_datagrams_and_raw_packets_are_told_by_destination(lab, watcher):
    child = lab.python(lab.here, DATAGRAMS, FAR, FAR6)
    child.communicate(timeout=60)

    found = {key: row.bytes_out for key, row in seen(watcher, child.pid).items()}
    assert found == {
        ("ip-253", FAR, 0): 3 * 120,
        ("ip-253", FAR6, 0): 3 * 140,
        ("udp", FAR, 7001): 5 * 128,
        ("udp", FAR, 7002): 78,
    }


NOWHERE = """
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
    try:
        one.sendto(b"d", ("192.0.2.53", 53))
    except OSError:
        pass
"""


@pytest.mark.root
def test_a_datagram_that_never_left_is_an_attempt(lab, watcher):
    child = lab.python(lab.here, NOWHERE)
    child.communicate(timeout=60)

    (row,) = seen(watcher, child.pid).values()
    assert (row.attempt, row.bytes_out) == (True, 0)
    assert row.note.endswith("none left")


@pytest.mark.root
def test_sums_that_find_no_room_are_counted_as_lost(lab, monkeypatch):
    monkeypatch.setattr(volume.Volumes.__init__, "__defaults__", (4,))
    try:
        watcher = Watcher()
    except Unavailable as why:
        pytest.skip(why.what)
    many = """
import socket, sys
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for port in range(7000, 7500):
    one.sendto(b"d", (sys.argv[1], port))
"""
    lab.run(lab.here, many, FAR)

    assert watcher.close() > 0
