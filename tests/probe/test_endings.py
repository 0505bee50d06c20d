"""The kernel's events tell every connection however short, with its bytes, and no process; any message is taken."""

import os
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.probe import endings, limits
from auditor.probe.endings import Ending, Endings, destroyed, messages, tracked
from auditor.probe.unavailable import Unavailable


def attribute(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def gone(family=socket.AF_INET, remote_port=443, proto=6, info=(500, 900)):
    sums = bytes(120) + struct.pack("=QQ", *info)
    head = struct.pack("=BBBB", family, 7, 0, 0) + struct.pack("!HH", 40_000, remote_port)
    ends = socket.inet_aton("10.0.0.1").ljust(16, b"\0") + socket.inet_aton("192.0.2.1").ljust(16, b"\0")
    fixed = head + ends + bytes(12) + struct.pack("=IIIII", 0, 0, 0, 1000, 0)
    return fixed + attribute(2, sums) + attribute(10, bytes([proto]))


def test_a_socket_that_is_gone_tells_its_user_and_its_bytes():
    found = destroyed(gone())

    assert (found.proto, found.local_port, found.remote, found.remote_port) == ("tcp", 40_000, "192.0.2.1", 443)
    assert (found.uid, found.bytes_out, found.bytes_in, found.established) == (1000, 500, 900, True)


def test_one_that_was_never_answered_was_not_established():
    assert not destroyed(gone(info=(0, 0))).established


def test_one_without_another_end_is_no_connection():
    assert destroyed(gone(remote_port=0)) is None


def test_a_tracked_conversation_is_told_from_its_opener():
    addresses = attribute(1, socket.inet_aton("10.0.0.1")) + attribute(2, socket.inet_aton("192.0.2.1"))
    ports = attribute(1, b"\x11") + attribute(2, struct.pack("!H", 40_000)) + attribute(3, struct.pack("!H", 53))
    sums = attribute(9, attribute(2, (70).to_bytes(8, "big"))) + attribute(10, attribute(2, (90).to_bytes(8, "big")))
    found = tracked(bytes(4) + attribute(1, attribute(1, addresses) + attribute(2, ports)) + sums)

    assert found == Ending("conntrack", "udp", "10.0.0.1", 40_000, "192.0.2.1", 53, None, 70, 90, True)


@given(st.binary(max_size=300))
def test_any_bytes_are_messages_or_nothing(data):
    for _, content in messages(data):
        Endings._parse(True, 20, content)
        Endings._parse(False, 256, content)
    Endings._parse(True, 20, data)
    Endings._parse(False, 258, data)


@pytest.fixture
def hearing():
    if os.geteuid() != 0:
        pytest.skip("only root may hear events")
    try:
        found = Endings()
    except Unavailable as why:
        pytest.skip(why.what)
    yield found
    found.close()


@pytest.mark.root
def test_connections_of_no_length_are_all_heard_without_their_process(hearing):
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as server:
        port = server.getsockname()[1]
        for _ in range(200):
            with socket.create_connection(("127.0.0.1", port)) as one:
                one.sendall(b"x" * 10)
            server.accept()[0].close()
    hearing.close()

    found = [row for row in hearing.rows() if row.port == port]
    assert len(found) == 200
    assert {(row.pid, row.uid, row.attempt) for row in found} == {(None, 0, False)}


@pytest.mark.root
def test_connections_beyond_the_limit_are_counted_out(hearing, monkeypatch):
    monkeypatch.setattr(limits, "FLOWS", 1)

    for port in range(1, 6):
        hearing.note(Ending("conntrack", "tcp", "10.0.0.1", port, "192.0.2.1", 443, None, 1, 1, True), 5.0)

    assert hearing.over >= 4


def test_what_the_kernel_refused_is_said():
    assert endings.unavailable(PermissionError(1, "Operation not permitted")).status == "denied"
    assert endings.unavailable(OSError(93, "Protocol not supported")).status == "unsupported"
