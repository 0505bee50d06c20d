"""Every packet is counted once, whatever its headers are like, and memory is bounded."""

import socket
import struct

from hypothesis import given
from hypothesis import strategies as st

from auditor.probe import tally
from auditor.probe.tally import Tally
from tests.probe.test_filters import ip4, ip6, tcp, udp
from tests.probe.test_openings import block


def counted(*packets, most=100):
    found = Tally(most)
    found.add(block(*packets))
    return {(way.proto, way.source_port, way.target_port): (way.packets, way.bytes) for way in found.ways()}, found


def test_packets_of_a_direction_are_added_up():
    ways, _ = counted(ip4(6, tcp(b"abc")), ip4(17, udp(b"d")), ip4(6, tcp(b"efgh")))

    assert ways == {(6, 40_000, 443): (2, 43 + 44), (17, 40_000, 443): (1, 29)}


def test_options_extensions_and_ipv6_are_read():
    extension = struct.pack(">BB6x", 6, 0)
    _, found = counted(ip4(6, tcp(), options=bytes(8)), ip6(17, udp()), ip6(0, extension + tcp()))

    seen = {(way.proto, len(way.source), way.source_port, way.target_port) for way in found.ways()}
    assert seen == {(6, 4, 40_000, 443), (17, 16, 40_000, 443), (6, 16, 40_000, 443)}


def test_later_pieces_and_protocols_without_ports_are_told_by_their_addresses():
    ways, _ = counted(ip4(17, bytes(30), piece=5), ip4(1, b"\x08\0" + bytes(20)), ip4(253, bytes(9)))

    assert set(ways) == {(17, 0, 0), (1, 0, 0), (253, 0, 0)}


def test_times_are_those_of_first_and_last_packet():
    (way,) = counted(*[ip4(6, tcp())] * 3)[1].ways()

    assert (round(way.first), round(way.last)) == (1_700_000_000, 1_700_000_002)


def test_of_very_many_connections_the_destinations_stay_apart():
    flood = [ip4(6, struct.pack(">HH", 30_000 + number, 443 + number % 2) + bytes(16)) for number in range(50)]
    ways, found = counted(*flood, most=10)

    assert sum(count for count, _ in ways.values()) == 50
    assert {target for _, _, target in ways} == {443, 444}
    assert (len(ways), found.folded) == (12, 40)


def test_the_same_packets_on_several_interfaces_are_counted_once():
    one = block(ip4(6, tcp(b"abc")))
    found = Tally()
    found.add(one)
    found.add(one._replace(data=one.data.replace(struct.pack("=iHBB", 2, 1, 4, 0), struct.pack("=iHBB", 3, 1, 0, 0))))

    assert [way.packets for way in found.ways()] == [1]


@given(st.lists(st.binary(max_size=120), min_size=1, max_size=8))
def test_any_packets_are_counted(packets):
    ways, found = counted(*packets)

    assert sum(count for count, _ in ways.values()) + found.unread == len(packets)


def test_the_client_port_is_the_one_that_is_left_out():
    key = socket.inet_aton("10.0.0.1") + socket.inet_aton("10.0.0.2")

    assert tally.fold(key + struct.pack(">HH", 50_000, 443)) == key + struct.pack(">HH", 0, 443)
    assert tally.fold(key + struct.pack(">HH", 443, 50_000)) == key + struct.pack(">HH", 443, 0)
