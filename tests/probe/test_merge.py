"""One connection that was seen twice is one connection."""

from auditor.probe import egress
from auditor.probe.egress import CONNECT4, SEND4, Egress, Event
from auditor.probe.merge import Pool, Row, joined
from auditor.probe.processes import Identity

HERE, THERE = ("10.0.0.5", 40_000), ("203.0.113.9", 443)


def reported(kind=CONNECT4, proto="tcp", pid=7, established=True, space=None, count=1, cookie=1):
    event = Event(kind, pid, 1000, 5.0, 9, cookie, proto, *THERE, "", 0, "curl")
    seen = Egress(event)
    seen.owner, seen.space, seen.count = Identity("curl", "", 1000, ""), space, count
    if established:
        seen.established, (seen.source, seen.source_port) = True, HERE
    return {(proto, *THERE, cookie): seen}


def polled(pid=None, attempt=False, exe="", space=1):
    owner = Identity("polled", exe, 0, "") if pid else None
    key = (space, "tcp", *HERE, *THERE)
    row = Row("table", "procfs", "tcp", "in", *HERE, *THERE, attempt, 1e12, 1e12, pid, None, owner, "closed")
    return key, row


def test_a_connection_that_was_closed_when_it_was_met_gets_its_owner():
    pool = Pool(reported())
    key, row = polled()

    found = joined(row, pool.take(key, None))

    assert (found.pid, found.owner.name, found.direction, found.note) == (7, "curl", "out", "")
    assert found.first < row.first
    assert pool.rest() == []


def test_the_program_is_taken_from_where_it_could_be_read():
    _, row = polled(pid=7, exe="/usr/bin/curl")
    (seen,) = reported().values()

    assert joined(row, seen).owner.exe == "/usr/bin/curl"


def test_one_report_is_for_one_connection():
    pool = Pool(reported())
    key, _ = polled()

    assert pool.take(key, None) is not None
    assert pool.take(key, None) is None


def test_the_same_ends_in_another_namespace_are_another_connection():
    pool = Pool(reported(space=2))
    key, _ = polled(space=1)

    assert pool.take(key, None) is None
    assert len(pool.rest()) == 1


def test_an_attempt_that_was_met_is_told_once_by_process_and_destination():
    pool = Pool(reported(established=False))
    key, row = polled(pid=7, attempt=True)

    assert pool.take(key, 8) is None
    assert joined(row, pool.take(key, 7)).attempt is True
    assert pool.rest() == []


def test_what_polling_never_met_is_told_as_the_kernel_reported_it():
    (row,) = Pool(reported()).rest()

    assert (row.method, row.direction, row.attempt, row.source_port) == ("ebpf", "out", False, 40_000)


def test_an_attempt_is_not_claimed_where_reports_were_lost():
    (sure,) = Pool(reported(established=False)).rest()
    (unsure,) = Pool(reported(established=False), lost=1).rest()

    assert (sure.attempt, sure.note) == (True, "")
    assert unsure.attempt is False
    assert "not known" in unsure.note


def test_datagrams_are_counted_and_no_success_is_claimed():
    (row,) = Pool(reported(kind=SEND4, proto="udp", established=False, count=3)).rest()

    assert (row.attempt, row.where) == (False, f"control groups, {egress.NAMES[SEND4]}")
    assert row.note == "datagrams handed to the kernel: 3; whether they left is not known"


def test_setting_the_destination_of_a_datagram_socket_is_not_sending():
    (row,) = Pool(reported(proto="udp", established=False)).rest()

    assert "sends nothing" in row.note


def test_connections_that_are_told_as_one_are_no_single_one():
    flows = reported(established=False, count=97)
    (seen,) = flows.values()
    seen.established = seen.folded = True
    pool = Pool(flows)
    key, _ = polled(pid=7)

    assert pool.take(key, 7) is None
    (row,) = pool.rest()
    assert (row.attempt, row.note) == (False, "connections of this process to this destination, told as one: 97")
