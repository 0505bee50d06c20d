"""A live watch and an imported capture give the same names, and damaged pieces are told."""

import base64
import struct

from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.records import FlowRecord, PacketsRecord
from auditor.recognise.packets.live import Names
from auditor.recognise.sockets import traffic_of

ABOUT = {"source": "packets on the interfaces", "method": "packets", "time": "2026-01-01T00:00:00Z"}
WATCH = {"first": "2026-01-01T00:00:00Z", "last": "2026-01-01T00:00:01Z"}
CLIENT, SERVER = b"\x0a\0\0\1", b"\xc0\0\2\1"


def packet(proto, inner, source=CLIENT, target=SERVER):
    return struct.pack(">BBHIBBH", 0x45, 0, 20 + len(inner), 0, 64, proto, 0) + source + target + inner


def tcp(payload=b"", flags=0x18, sequence=1, ports=(40_000, 443)):
    return struct.pack(">HHIIBBHHH", *ports, sequence, 0, 0x50, flags, 0, 0, 0) + payload


def hello(name):
    host = struct.pack(">HBH", len(name) + 3, 0, len(name)) + name
    extension = struct.pack(">HH", 0, len(host)) + host
    body = b"\x03\x03" + bytes(32) + b"\0" + b"\0\2\x13\1" + b"\1\0" + struct.pack(">H", len(extension)) + extension
    message = b"\1" + len(body).to_bytes(3, "big") + body
    return b"\x16\3\1" + struct.pack(">H", len(message)) + message


def piece(*packets):
    data = b"".join(
        struct.pack("<IIII", 1_767_225_600 + place, 0, len(one), len(one)) + one for place, one in enumerate(packets)
    )
    return base64.b64encode(data).decode()


def flow(**other):
    fields = {
        "proto": "tcp", "direction": "out", "source_address": "10.0.0.1", "source_port": 40_000,
        "address": "192.0.2.1", "port": 443, "attempt": False, "pid": None,
    }  # fmt: skip
    return FlowRecord(**{**ABOUT, **WATCH, **fields, **other})


SYN = packet(6, tcp(flags=2, sequence=1))
SYN_ACK = packet(6, tcp(flags=0x12, ports=(443, 40_000)), SERVER, CLIENT)


def test_a_connection_gets_the_name_that_its_client_said():
    names = Names([piece(SYN, SYN_ACK, packet(6, tcp(hello(b"api.example"), sequence=2)))])

    name = names.of(flow())
    assert (name.name, name.source, name.unanswered) == ("api.example", "sni", False)


def test_a_client_hello_behind_bytes_that_were_not_kept_is_heard():
    names = Names([piece(SYN, SYN_ACK, packet(6, tcp(hello(b"db.example"), sequence=900)))])

    assert names.of(flow()).name == "db.example"


def test_pieces_may_end_between_packets():
    names = Names([piece(SYN, SYN_ACK), piece(packet(6, tcp(hello(b"api.example"), sequence=2)))])

    assert names.of(flow()).name == "api.example"


def test_a_look_up_names_an_address_that_was_connected_to_later():
    question = b"\3www\7example\0\0\1\0\1"
    answer = b"\0\1\x81\x80\0\1\0\1\0\0\0\0" + question + b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + SERVER
    reply = packet(17, struct.pack(">HHHH", 53, 41_000, 8 + len(answer), 0) + answer, b"\x0a\0\0\x35", CLIENT)
    names = Names([piece(reply)])

    assert names.of(flow())[:2] == ("www.example", "dns")
    assert names.of(flow(source_address="", source_port=0)).name == "www.example"


def test_where_packets_were_looked_at_and_say_nothing_the_source_is_none():
    assert Names([piece(SYN)]).of(flow(address="198.51.100.1")).source == "none"
    assert Names().of(flow()).source == ""


def test_flows_get_names_and_bytes_and_a_connection_of_packets_alone_is_an_attempt_until_answered():
    records = [
        PacketsRecord(**ABOUT, data=piece(SYN)),
        flow(bytes_out=60, bytes_in=40),
        flow(direction="in", address="198.51.100.1", bytes_out=5, bytes_in=6),
    ]
    first, second = sorted(traffic_of(records).flows, key=lambda one: one.address)

    assert (first.attempt, first.bytes_out, first.bytes_in) == (True, 60, 40)
    # Bytes of a flow are told from its opener.
    assert (second.attempt, second.bytes_out, second.bytes_in) == (False, 6, 5)


def test_a_name_is_known_while_the_watch_goes_on():
    names = Names()
    names.hear(piece(SYN))
    names.gather(final=False)
    names.hear(piece(SYN_ACK, packet(6, tcp(hello(b"api.example"), sequence=2))))
    names.gather(final=False)

    assert names.of(flow()).name == "api.example"


@given(st.lists(st.text(max_size=80) | st.binary(max_size=200).map(lambda data: base64.b64encode(data).decode())))
def test_whatever_a_probe_sends_is_taken(pieces):
    assert Names(pieces).of(flow()).name == ""
