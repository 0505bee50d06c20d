"""The kernel reports every connection, however short, of every namespace; and nothing stays behind."""

import contextlib
import errno
import os
import signal
import socket
import struct
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.probe import bpf, egress, limits, volume
from auditor.probe.egress import CONNECT4, CREATE, ESTABLISHED, SEND4, Event, Unavailable, Watcher


def report(kind=CONNECT4, pid=7, uid=1000, number=6, address=b"\x7f\0\0\1", port=443, comm=b"curl", cookie=5, local=0):
    fields = (
        pid << 32 | pid, uid, 2_500_000_000, 9, cookie, address.ljust(16, b"\0"), bytes(16),
        socket.htons(port), local, kind, socket.AF_INET, number, 0, comm,
    )  # fmt: skip
    return struct.pack("=QQQQQ16s16sIIIIII16s", *fields)


def test_a_connect_is_read():
    event = egress.parse(report())

    assert (event.pid, event.uid, event.moment, event.cgroup, event.comm) == (7, 1000, 2.5, 9, "curl")
    assert (event.proto, event.address, event.port) == ("tcp", "127.0.0.1", 443)


@pytest.mark.parametrize(
    ("kind", "address", "proto", "text"),
    [
        (egress.CONNECT6, bytes(15) + b"\1", "tcp6", "::1"),
        (egress.CONNECT6, bytes(10) + b"\xff\xff\x0a\0\0\1", "tcp", "10.0.0.1"),
        (egress.SEND4, b"\x0a\0\0\1", "tcp", "10.0.0.1"),
    ],
)
def test_addresses_are_of_their_family_and_mapped_ones_are_ipv4(kind, address, proto, text):
    event = egress.parse(report(kind=kind, address=address))

    assert (event.proto, event.address) == (proto, text)


def test_protocols_without_a_name_keep_their_number():
    assert egress.parse(report(number=253)).proto == "ip-253"


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_nothing(data):
    assert egress.parse(data) is None or isinstance(egress.parse(data), Event)


@given(st.binary(min_size=egress.SIZE, max_size=egress.SIZE), st.sampled_from([*egress.NAMES, CREATE, ESTABLISHED]))
def test_any_content_of_a_known_kind_is_an_event(data, kind):
    event = egress.parse(data[:80] + struct.pack("=I", kind) + data[84:])

    assert 0 <= event.port < 65_536
    assert event.kind == kind


@pytest.mark.parametrize("kind", [*egress.NAMES, CREATE, ESTABLISHED])
def test_programs_are_whole_instructions_and_end_by_allowing(kind):
    code = egress.program(kind, 3, 4)

    assert len(code) % 8 == 0
    assert code.endswith(bytes.fromhex("b700000001000000 9500000000000000"))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OSError(errno.EPERM, "Operation not permitted"), "denied"),
        (OSError(errno.ENOSYS, "Function not implemented"), "unsupported"),
        (OSError(errno.EINVAL, "Invalid argument"), "unsupported"),
        (OSError(errno.EACCES, "Permission denied: R0 !read_ok"), "unsupported"),
    ],
)
def test_what_the_kernel_refused_is_said_with_the_step(error, status):
    found = egress.unavailable(error, "the program connect4")

    assert found.status == status
    assert error.strerror in found.what
    assert "connect4" in found.what


def test_a_system_without_the_second_version_of_control_groups_is_said(monkeypatch, tmp_path):
    table = tmp_path / "mountinfo"
    table.write_text("30 24 0:26 / /sys/fs/cgroup/cpu rw shared:9 - cgroup cgroup rw,cpu\n")
    monkeypatch.setattr(egress, "MOUNTS", str(table))

    with pytest.raises(Unavailable, match="control groups v2"):
        egress.root()


def test_the_root_of_the_control_groups_is_found_not_a_branch_of_it(monkeypatch, tmp_path):
    table = tmp_path / "mountinfo"
    table.write_text(
        "31 24 0:27 /branch /srv/part rw - cgroup2 cgroup2 rw\n"
        "32 24 0:27 / /sys/fs/c\\040g rw shared:4 - cgroup2 - rw\n"
    )
    monkeypatch.setattr(egress, "MOUNTS", str(table))

    assert egress.root() == "/sys/fs/c g"


def test_in_a_container_only_a_part_would_be_seen(monkeypatch):
    monkeypatch.setattr(egress, "apart", lambda name: name == "pid")

    with pytest.raises(Unavailable, match="pid namespace of its own"):
        egress.whole()


def event(cookie, port=443, kind=CONNECT4, pid=7):
    return egress.parse(report(kind=kind, cookie=cookie, port=port, pid=pid, local=40_000 + cookie))


@pytest.fixture
def silent(monkeypatch):
    """A watcher without programs: events are given to it."""
    monkeypatch.setattr(Watcher, "_attach", lambda self, size: None)
    monkeypatch.setattr(Watcher, "_run", lambda self: None)
    return Watcher("/")


def test_a_connection_that_came_to_be_is_no_attempt_any_more(silent):
    silent.note(event(1))
    silent.note(event(2))
    silent.note(event(2, kind=ESTABLISHED))

    assert {key[3]: (seen.established, seen.source_port) for key, seen in silent.flows.items()} == {
        1: (False, 0),
        2: (True, 40_002),
    }


def test_what_came_to_be_without_a_known_beginning_is_passed_over(silent):
    silent.note(event(1, kind=ESTABLISHED))

    assert silent.flows == {}


def test_of_very_many_connections_each_destination_is_kept(silent, monkeypatch):
    monkeypatch.setattr(limits, "FLOWS", 6)

    for cookie in range(1, 101):
        silent.note(event(cookie))
        silent.note(event(cookie, kind=ESTABLISHED))
    silent.note(event(200, port=8443))

    told = {key[2:]: (seen.count, seen.established) for key, seen in silent.flows.items()}
    assert told == {(443, 1): (1, True), (443, 2): (1, True), (443, 3): (1, True), (443, -7): (97, True),
                    (8443, -7): (1, False)}  # fmt: skip
    assert silent.over == 0


def test_a_report_that_cannot_be_taken_in_is_a_lost_one(silent, monkeypatch):
    class Given:
        def read(self):
            return iter([report(cookie=1), b"short", report(cookie=2)])

    def fail(pid):
        raise RuntimeError("unforeseen")

    silent._ring = Given()
    with monkeypatch.context() as patch:
        patch.setattr(egress, "identity", fail)
        silent._drain()
    assert silent.unread == 3

    silent._drain()
    assert (len(silent.flows), silent.unread) == (2, 4)


def test_destinations_beyond_the_limit_are_counted_out(silent, monkeypatch):
    monkeypatch.setattr(limits, "FLOWS", 4)

    for number in range(1, 11):
        silent.note(event(number, port=number))

    assert (len(silent.flows), silent.over) == (4, 6)


def until(condition, seconds=20):
    """Wait for what comes in its own time; a test that fails says what it waited for."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


@pytest.fixture
def watcher():
    if os.geteuid() != 0:
        pytest.skip("only root may load programs")
    try:
        found = Watcher()
    except Unavailable as why:
        pytest.skip(why.what)
    yield found
    found.close()


@pytest.fixture
def server():
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as found:
        yield found.getsockname()[1]


def python(code, *arguments, before=()):
    return subprocess.Popen([*before, sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE)


CONNECT = """
import socket, sys
open("/proc/self/comm", "w").write(sys.argv[3])
for _ in range(int(sys.argv[2])):
    socket.create_connection(("127.0.0.1", int(sys.argv[1]))).close()
"""


@pytest.mark.root
def test_a_thousand_connections_of_no_length_are_all_tied_to_their_process(watcher, server):
    children = [python(CONNECT, server, 200, f"client-{number}") for number in range(5)]
    for child in children:
        child.communicate()

    assert watcher.close() == 0
    flows = [(key, seen) for key, seen in watcher.flows.items() if key[:3] == ("tcp", "127.0.0.1", server)]
    assert len(flows) == 1000
    owners = {(seen.pid, seen.owner.name) for _, seen in flows}
    assert owners == {(child.pid, f"client-{number}") for number, child in enumerate(children)}
    assert all(seen.established and seen.source == "127.0.0.1" and seen.source_port for _, seen in flows)
    assert all(seen.uid == 0 for _, seen in flows)


@pytest.mark.root
def test_an_attempt_without_a_route_is_seen_as_an_attempt(watcher):
    code = """
import socket
for family, address in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
    try:
        socket.socket(family).connect((address, 443))
    except OSError:
        pass
"""
    child = python(code, before=("unshare", "--net", "--"))
    child.communicate()
    if child.returncode:
        pytest.skip("no network namespace can be made here")

    watcher.close()
    found = {key[:3]: seen.established for key, seen in watcher.flows.items() if seen.pid == child.pid}
    assert found == {("tcp", "192.0.2.1", 443): False, ("tcp6", "2001:db8::1", 443): False}


@pytest.mark.root
def test_datagrams_of_another_namespace_are_seen_with_their_number(watcher):
    code = """
import socket
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(3):
    try:
        sender.sendto(b"x", ("192.0.2.53", 53))
    except OSError:
        pass
"""
    child = python(code, before=("unshare", "--net", "--"))
    child.communicate()
    if child.returncode:
        pytest.skip("no network namespace can be made here")

    watcher.close()
    found = {key[:3]: (seen.kind, seen.count) for key, seen in watcher.flows.items() if seen.pid == child.pid}
    assert found == {("udp", "192.0.2.53", 53): (SEND4, 3)}


@pytest.mark.root
def test_a_raw_socket_is_named_with_its_maker(watcher):
    child = python("import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)")
    child.communicate()

    watcher.close()
    assert [proto for proto, _, pid in watcher.unusual if pid == child.pid] == ["icmp"]


@pytest.mark.root
def test_reports_that_found_no_room_are_counted(server):
    if os.geteuid() != 0:
        pytest.skip("only root may load programs")
    try:
        small = Watcher(size=os.sysconf("SC_PAGE_SIZE"))
    except Unavailable as why:
        pytest.skip(why.what)
    # Nobody reads any more.
    small._done.set()
    small._thread.join()
    python(CONNECT, server, 200, "client").communicate()

    assert small.close() > 0


@pytest.fixture
def group():
    """A control group of its own, so that no other watch is counted."""
    if os.geteuid() != 0:
        pytest.skip("only root may make control groups")
    try:
        path = os.path.join(egress.root(), f"auditor-test-{os.getpid()}")
        os.mkdir(path)
    except (OSError, Unavailable) as why:
        pytest.skip(str(why))
    yield path
    os.rmdir(path)


KINDS = (*egress.NAMES, CREATE, ESTABLISHED, volume.INGRESS, volume.EGRESS)


def attached(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return [number for kind in KINDS for number in bpf.attached(descriptor, kind)]
    finally:
        os.close(descriptor)


@pytest.mark.root
def test_a_probe_that_is_killed_leaves_no_program_attached(group):
    code = """
import sys, time
from auditor.probe.egress import Watcher
watcher = Watcher(sys.argv[1])
print("watching", flush=True)
time.sleep(600)
"""
    assert attached(group) == []
    with python(code, group) as child:
        if not child.stdout.readline():
            pytest.skip("programs cannot be attached here")
        assert len(attached(group)) == 8
        child.send_signal(signal.SIGKILL)
        child.wait()

    assert until(lambda: attached(group) == [])


@pytest.mark.root
def test_a_watch_that_ends_leaves_neither_program_nor_descriptor(group):
    before = set(os.listdir("/proc/self/fd"))
    try:
        watcher = Watcher(group)
    except Unavailable as why:
        pytest.skip(why.what)
    assert len(attached(group)) == 8

    watcher.close()

    assert until(lambda: attached(group) == [])
    assert set(os.listdir("/proc/self/fd")) == before


@pytest.mark.root
def test_a_watch_that_cannot_begin_gives_everything_back(group, monkeypatch):
    before = set(os.listdir("/proc/self/fd"))
    link = bpf.link

    def refuse(program, cgroup, attach):
        if attach == CONNECT4:
            raise OSError(errno.EINVAL, "Invalid argument")
        return link(program, cgroup, attach)

    monkeypatch.setattr(bpf, "link", refuse)

    with contextlib.suppress(Unavailable):
        Watcher(group)
        pytest.fail("began all the same")
    assert until(lambda: attached(group) == [])
    assert set(os.listdir("/proc/self/fd")) == before
