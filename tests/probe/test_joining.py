"""What several means saw of one connection is told once, with the best of each."""

from auditor.probe.joining import joined_with
from auditor.probe.merge import Row


def row(method="ebpf", **other):
    fields = {
        "where": "somewhere", "method": method, "proto": "tcp", "direction": "out", "source_address": "10.0.0.1",
        "source_port": 40_000, "address": "192.0.2.1", "port": 443, "attempt": False, "first": 10.0, "last": 11.0,
        "pid": None, "uid": None, "owner": None, "note": "",
    }  # fmt: skip
    return Row(**{**fields, **other})


def packets(**other):
    return row(method="packets", **{"bytes_out": 100, "bytes_in": 900, **other})


def test_bytes_of_the_packets_are_added_to_the_connection():
    (found,) = joined_with([row(pid=7)], [packets(first=9.0, last=20.0)])

    assert (found.method, found.pid, found.bytes_out, found.bytes_in) == ("ebpf, packets", 7, 100, 900)
    assert (found.first, found.last) == (9.0, 20.0)


def test_a_conversation_that_was_taken_from_its_other_side_is_turned():
    other = packets(source_address="192.0.2.1", source_port=443, address="10.0.0.1", port=40_000)
    (found,) = joined_with([row(pid=7)], [other])

    assert (found.direction, found.bytes_out, found.bytes_in) == ("out", 900, 100)


def test_a_sender_without_a_known_port_gets_the_only_conversation_with_its_destination():
    sender = row(proto="udp", source_address="", source_port=0, pid=7, note="x; whether they left is not known")
    (found,) = joined_with([sender], [packets(proto="udp")])

    assert (found.source_address, found.source_port, found.bytes_out, found.note) == ("10.0.0.1", 40_000, 100, "x")


def test_of_several_senders_none_is_credited_and_nothing_is_told_twice():
    senders = [row(proto="udp", source_address="", source_port=0, pid=pid) for pid in (7, 8)]
    found = joined_with(senders, [packets(proto="udp")])

    assert [(one.pid, one.bytes_out) for one in found] == [(7, None), (8, None)]


def test_what_only_packets_show_stands_for_itself():
    found = joined_with([row(pid=7)], [packets(address="198.51.100.9")])

    assert [(one.pid, one.method) for one in found] == [(7, "ebpf"), (None, "packets")]


def test_bytes_that_a_better_means_counted_stay():
    (found,) = joined_with([row(bytes_out=70, bytes_in=80)], [packets()])

    assert (found.bytes_out, found.bytes_in) == (70, 80)
