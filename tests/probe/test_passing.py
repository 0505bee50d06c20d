"""Two directions on the wire are one connection, told from its opener, and chatter of the link is not told."""

import socket

from auditor.probe.passing import METHOD, own_addresses, passed
from auditor.probe.tally import Way

HOST, OTHER = socket.inet_aton("10.0.0.1"), socket.inet_aton("192.0.2.1")


def way(source=HOST, source_port=40_000, target=OTHER, target_port=443, proto=6, size=100, first=5.0, packets=2):
    return Way(proto, source, source_port, target, target_port, size, packets, first, first + 1, True)


def back(**other):
    return way(**{"source": OTHER, "source_port": 443, "target": HOST, "target_port": 40_000, "size": 900, **other})


def name(one):
    ports = one.source_port.to_bytes(2, "big") + one.target_port.to_bytes(2, "big")
    return bytes((one.proto,)) + one.source + one.target + ports


def told(ways, openers=(), local=(HOST,)):
    return passed(ways, set(openers), set(local))


def test_both_directions_are_one_connection():
    (row,) = told([back(first=5.1), way()]).rows

    assert (row.direction, row.source_address, row.address, row.port) == ("out", "10.0.0.1", "192.0.2.1", 443)
    assert (row.bytes_out, row.bytes_in, row.attempt, row.method) == (100, 900, False, METHOD)


def test_who_sent_the_syn_is_the_opener_whatever_the_ports():
    one = way(source_port=443, target_port=50_000)
    (row,) = told([back(source_port=50_000, target_port=443), one], [name(one)]).rows

    assert (row.source_port, row.port) == (443, 50_000)


def test_what_others_open_here_is_inbound_and_its_bytes_are_ours_to_send():
    call = way(source=OTHER, source_port=50_000, target=HOST, target_port=8000, size=300)
    answer = way(source=HOST, source_port=8000, target=OTHER, target_port=50_000, size=7_000)
    (row,) = told([call, answer], [name(call)]).rows

    assert (row.direction, row.source_port, row.address, row.port) == ("in", 8000, "192.0.2.1", 50_000)
    assert (row.bytes_out, row.bytes_in) == (7_000, 300)


def test_a_syn_that_nobody_answers_is_an_attempt():
    assert [row.attempt for row in told([way()], [name(way())]).rows] == [True]
    assert [row.attempt for row in told([way()]).rows] == [False]


def test_neighbours_that_look_for_one_another_are_counted_not_told():
    group = socket.inet_pton(socket.AF_INET6, "ff02::1")
    address = socket.inet_pton(socket.AF_INET6, "fe80::1")
    found = told([way(source=address, source_port=0, target=group, target_port=0, proto=58), way()])

    assert (len(found.rows), found.chatter) == (1, 2)


def test_datagrams_to_the_link_are_told_since_a_process_sent_them():
    group = socket.inet_aton("224.0.0.251")

    assert len(told([way(target=group, source_port=5353, target_port=5353, proto=17)]).rows) == 1


def test_protocols_without_ports_are_told_by_name():
    rows = told([way(proto=1, source_port=0, target_port=0), way(proto=253, source_port=0, target_port=0)]).rows

    assert sorted(row.proto for row in rows) == ["icmp", "ip-253"]


def test_the_loopback_is_one_of_the_own_addresses():
    assert socket.inet_aton("127.0.0.1") in own_addresses()
