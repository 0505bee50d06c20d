"""Whole captures: flows, names, destinations, and what is said of them."""

import contextlib
import gc
import ipaddress
import pickle
import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.recognise.packets import table as tables
from auditor.recognise.packets.batch import Account
from auditor.recognise.packets.capture import batches, read
from auditor.recognise.packets.reading import Flow, Reading
from auditor.recognise.packets.table import Table
from tests.recognise.packets import build
from tests.recognise.packets.build import (
    ACK,
    ASKED,
    HOST,
    HOST6,
    RESOLVER,
    RST,
    SERVER,
    SERVER6,
    SYN,
    V1_SALT,
    answer,
    conversation,
    crypto,
    dns_name,
    ethernet,
    hello,
    initial,
    interface,
    ip,
    ip4,
    lookup,
    packed,
    packet,
    pcap,
    question,
    section,
    server_name,
    tcp,
    tls_record,
    udp,
)  # fmt: skip

LOCAL = (ipaddress.ip_network(HOST), ipaddress.ip_network(HOST6))
REQUEST = b"POST /v1/usage?key=hunter2 HTTP/1.1\r\nHost: usage.example:8080\r\nCookie: c\r\n\r\n"


def reading(*frames: bytes, link: int = 1, local: tuple[ipaddress.IPv4Network, ...] = LOCAL) -> Reading:  # type: ignore[assignment]
    return read([("x.pcap", pcap(frames, link))], local)


def flow(*frames: bytes, link: int = 1) -> Flow:
    (found,) = reading(*frames, link=link).flows
    return found


def test_a_connection_with_all_that_is_known_of_it() -> None:
    frames = conversation(hello("stats.example.net"), reply=b"\x16\x03\x03\0\1\2")
    found = flow(*frames)
    assert (found.proto, found.direction) == ("tcp", "out")
    assert (found.source, found.source_port, found.address, found.port) == (HOST, 40000, SERVER, 443)
    assert (found.name, found.name_source, found.service) == ("stats.example.net", "sni", "tls")
    assert found.alpn == "h2,http/1.1"
    assert found.ja4.startswith("t13d")
    assert not found.attempt
    assert found.bytes_out + found.bytes_in == sum(map(len, frames))
    assert found.last - found.first == (len(frames) - 1) * 10**6


@pytest.mark.parametrize("port", [443, 8443, 80, 5432])
def test_tls_is_heard_on_every_port(port: int) -> None:
    assert flow(*conversation(hello("a.example"), dport=port)).name == "a.example"


@pytest.mark.parametrize(
    "before",
    [
        [b"\0\0\0\x08\x04\xd2\x16\x2f"],  # a database asked for TLS
        [b"EHLO me\r\n", b"STARTTLS\r\n"],
        [b"\0"],  # sent ahead to deceive
    ],
)
def test_a_connection_that_turns_to_tls_later(before: list[bytes]) -> None:
    said = b"".join(before)
    sent = [ethernet(ip(HOST, SERVER, 6, tcp(40000, 5432, 101 + n, ACK, part))) for n, part in enumerate(before)]
    last = ethernet(ip(HOST, SERVER, 6, tcp(40000, 5432, 101 + len(said), ACK, hello("db.example"))))
    found = flow(*conversation(b"", dport=5432)[:3], *sent, last)
    assert (found.name, found.service) == ("db.example", "tls")


def test_what_does_not_turn_to_tls_soon_is_not_listened_to_any_more() -> None:
    frames = conversation(b"x" * 1200 * 20 + hello("late.example"))
    assert flow(*frames).name == ""


def test_a_hello_in_small_segments_in_any_order() -> None:
    data = hello("a.example")
    pieces = [
        ethernet(ip(HOST, SERVER, 6, tcp(40000, 443, 101 + at, ACK, data[at : at + 40])))
        for at in range(0, len(data), 40)
    ]
    random.Random(5).shuffle(pieces)
    found = flow(*conversation(b"")[:3], *pieces, pieces[0])
    assert (found.name, found.ja4[:4]) == ("a.example", "t13d")


def test_over_ipv6() -> None:
    found = flow(*conversation(hello("six.example"), HOST6, SERVER6))
    assert (found.source, found.address, found.name) == (HOST6, SERVER6, "six.example")


@pytest.mark.parametrize("tags", [[0x8100], [0x88A8, 0x8100]])
def test_with_tags(tags: list[int]) -> None:
    frames = [ethernet(frame[14:], tags=tags) for frame in conversation(hello("a.example"))]
    assert flow(*frames).name == "a.example"


def test_on_linux_cooked_links() -> None:
    frames = [struct.pack("!HHH8sH", 4, 1, 6, b"", 0x0800) + frame[14:] for frame in conversation(hello("a.example"))]
    assert flow(*frames, link=113).name == "a.example"


def test_a_tunnel_shows_its_own_end_and_what_goes_through_it() -> None:
    frames = [
        ethernet(ip4(HOST, "203.0.113.9", 41, frame[14:]))
        for frame in conversation(hello("in.example"), HOST6, SERVER6)
    ]
    outer, inner = sorted(reading(*frames).flows, key=lambda one: one.proto)
    assert (outer.proto, outer.address, outer.service) == ("6in4", "203.0.113.9", "tunnel")
    assert (inner.name, inner.address) == ("in.example", SERVER6)


def test_hosts_of_requests_in_the_clear() -> None:
    found = flow(*conversation(REQUEST, dport=8080))
    assert (found.name, found.name_source, found.service) == ("usage.example", "host", "http")


def test_quic() -> None:
    message = build.client_hello([server_name(b"quic.example"), (16, b"\0\3\2h3")])
    datagrams = [
        ethernet(ip(HOST, SERVER, 17, udp(40000, 443, initial(crypto(at, message[at : at + 50]), V1_SALT, number=at))))
        for at in (50, 0)
    ]
    found = flow(*datagrams, ethernet(ip(SERVER, HOST, 17, udp(443, 40000, b"\xc0\0\0\0\1" + bytes(60)))))
    assert (found.name, found.name_source, found.service, found.alpn) == ("quic.example", "quic", "quic", "h3")
    assert found.ja4.startswith("q")
    assert found.bytes_in > 0


def test_a_name_from_dns_where_the_connection_tells_none() -> None:
    found = reading(*lookup("db.example", SERVER), *conversation(b"\0\0\0\x08startup", dport=5432))
    names = {one.port: (one.name, one.name_source) for one in found.flows}
    assert names == {53: ("", "none"), 5432: ("db.example", "dns")}


def test_a_connection_keeps_the_name_that_held_when_it_began() -> None:
    frames = [
        *lookup("first.example", SERVER),
        *conversation(b"x", sport=40001),
        *lookup("second.example", SERVER, sport=50001),
        *conversation(b"x", sport=40002),
    ]
    names = {one.source_port: one.name for one in reading(*frames).flows if one.port == 443}
    assert names == {40001: "first.example", 40002: "second.example"}


def test_dns_over_tcp_in_pieces() -> None:
    sent, got = question("tcp.example"), answer("tcp.example", [(ASKED, 1, packed(SERVER))])
    sent, got = (struct.pack("!H", len(data)) + data for data in (sent, got))
    frames = [
        *conversation(b"", target=RESOLVER, dport=53)[:3],
        ethernet(ip(HOST, RESOLVER, 6, tcp(40000, 53, 101, ACK, sent[:9]))),
        ethernet(ip(HOST, RESOLVER, 6, tcp(40000, 53, 110, ACK, sent[9:]))),
        ethernet(ip(RESOLVER, HOST, 6, tcp(53, 40000, 501, ACK, got[:1]))),
        ethernet(ip(RESOLVER, HOST, 6, tcp(53, 40000, 502, ACK, got[1:]))),
        *conversation(b"x", sport=40009),
    ]
    found = reading(*frames)
    assert [one.name for one in found.flows] == ["", "tcp.example"]
    assert [one.service for one in found.flows] == ["dns", ""]
    assert [(one.name, one.asked, one.answered) for one in found.lookups] == [("tcp.example", 1, 1)]


def test_names_that_were_only_asked_for_are_listed() -> None:
    found = reading(ethernet(ip(HOST, RESOLVER, 17, udp(5000, 53, question("c2.example", 16)))))
    assert [(one.name, one.kinds, one.answered) for one in found.lookups] == [("c2.example", ("TXT",), 0)]


def test_aliases_lead_to_the_name_that_was_asked_for() -> None:
    records = [(ASKED, 5, dns_name("cdn.example")), (dns_name("cdn.example"), 1, packed(SERVER))]
    response = ethernet(ip(RESOLVER, HOST, 17, udp(53, 5000, answer("shop.example", records))))
    assert reading(response, *conversation(b"x")).flows[-1].name == "shop.example"


def test_a_connection_that_nobody_took_is_an_attempt() -> None:
    syn = ethernet(ip(HOST, SERVER, 6, tcp(40000, 443, 100, SYN)))
    reset = ethernet(ip(SERVER, HOST, 6, tcp(443, 40000, 0, RST | ACK)))
    assert flow(syn, syn).attempt
    assert flow(syn, reset).attempt
    assert not flow(*conversation(b"")[:2]).attempt


def test_a_conversation_from_its_middle_is_no_attempt_and_its_client_is_found() -> None:
    frames = conversation(hello("a.example"), sport=50000, reply=b"\x16\x03\x03\0\1\2")
    found = flow(*frames[-3:])
    assert (found.source, found.port, found.attempt) == (HOST, 443, False)
    turned = flow(*conversation(hello("late.example"), sport=443, dport=50000)[3:])
    assert (turned.source, turned.source_port, turned.name) == (HOST, 443, "late.example")


def test_ports_that_are_used_again_are_another_connection() -> None:
    first = conversation(hello("first.example"))
    again = [
        ethernet(ip(HOST, SERVER, 6, tcp(40000, 443, 9000, SYN))),
        ethernet(ip(HOST, SERVER, 6, tcp(40000, 443, 9001, ACK, hello("second.example")))),
    ]
    assert [one.name for one in reading(*first, *again).flows] == ["first.example", "second.example"]


def test_a_repeated_syn_is_the_same_connection() -> None:
    frames = conversation(hello("a.example"))
    assert flow(frames[0], frames[0], *frames[1:], frames[0]).name == "a.example"


def test_the_first_fragment_carries_the_ports_and_the_others_are_counted() -> None:
    datagram = udp(5000, 9999, bytes(2000))
    pieces = [
        ethernet(ip4(HOST, SERVER, 17, datagram[:1480], ident=9, fragment=0x2000)),
        ethernet(ip4(HOST, SERVER, 17, datagram[1480:], ident=9, fragment=185)),
    ]
    found = flow(*pieces)
    assert (found.port, found.bytes_out) == (9999, sum(map(len, pieces)))
    alone = flow(pieces[1])
    assert (alone.proto, alone.address, alone.port) == ("udp", SERVER, 0)


def test_inbound_connections_are_no_destinations() -> None:
    found = reading(*conversation(REQUEST, source="192.0.2.99", target=HOST, dport=8000))
    assert [one.direction for one in found.flows] == ["in"]
    assert found.flows[0].remote == "192.0.2.99"
    assert found.destinations == ()


def test_the_host_is_whom_nearly_all_connections_share() -> None:
    frames = [f for n in range(12) for f in conversation(b"x", target=f"198.51.100.{n}")]
    found = reading(*frames, local=())
    assert (found.capture.local, found.capture.local_given) == ((HOST,), False)


def test_where_nobody_is_the_host_everything_is_outbound_and_that_is_said() -> None:
    frames = conversation(b"x") + conversation(b"x", source="192.0.2.77", target="198.51.100.99")
    found = reading(*frames, local=())
    assert found.capture.local == ()
    assert {one.direction for one in found.flows} == {"out"}
    assert any("Which side is the audited host" in sentence for sentence in found.capture.not_seen)


def test_destinations_add_up_by_name_and_background_comes_last() -> None:
    frames = [
        *conversation(hello("a.example"), sport=40001),
        *conversation(hello("a.example"), target="198.51.100.8", sport=40002),
        ethernet(ip(HOST, "203.0.113.5", 17, udp(123, 123, bytes(48)))),
        *conversation(b"x", target="198.51.100.9", sport=40003),
    ]
    found = reading(*frames).destinations
    assert [(one.name, one.addresses, one.flows, one.background) for one in found] == [
        ("a.example", (SERVER, "198.51.100.8"), 2, False),
        ("", ("198.51.100.9",), 1, False),
        ("", ("203.0.113.5",), 1, True),
    ]
    assert found[0].ports == ("443/tcp",)


def test_several_captures_are_one() -> None:
    frames = conversation(hello("a.example"))
    found = read([("1.pcap", pcap(frames[:4])), ("2.pcapng", section() + interface() + packet(frames[4], 1))], LOCAL)
    assert len(found.flows) == 1
    assert found.capture.sources == ("1.pcap", "2.pcapng")
    assert found.capture.packets == 5


def test_packets_that_were_cut_still_name_their_host_where_the_name_stands_early() -> None:
    message = build.client_hello([server_name(b"early.example"), (51, bytes(1100))])
    frames = conversation(tls_record(message))
    found = read([("x", pcap(frames, cut=200))], LOCAL)
    assert (found.flows[0].name, found.flows[0].ja4) == ("early.example", "")
    assert any("were cut while capturing" in sentence for sentence in found.capture.not_seen)


def test_what_limits_a_capture_is_said() -> None:
    arp = ethernet(b"\0\1", kind=0x0806)
    whole = pcap([arp, *conversation(b"x")])
    said = " ".join(read([("x", whole[:-1])], LOCAL).capture.not_seen)
    assert "Which process" in said
    assert "the file does not say" in said
    assert "cut or damaged" in said
    assert "no IP" not in said
    assert "link type 127" in " ".join(reading(b"x" * 60, link=127).capture.not_seen)


def test_encrypted_hellos_are_said() -> None:
    message = build.client_hello([server_name(b"front.example"), (0xFE0D, bytes(60))])
    found = reading(*conversation(tls_record(message)))
    assert found.flows[0].ech
    assert any("encrypted ClientHello" in sentence for sentence in found.capture.not_seen)


def test_times_beyond_the_calendar_are_survived() -> None:
    frame = conversation(b"")[0]
    found = read([("x", section() + interface(options=build.option(9, b"\0")) + packet(frame, 2**64 - 1))])
    assert found.flows[0].first > 0


def test_an_empty_capture() -> None:
    found = reading()
    assert (found.capture.packets, found.capture.first, found.flows) == (0, None, ())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "x: the file is empty"),
        (b"\x89PNG\r\n\x1a\n", "neither pcap nor pcapng"),
        (b"\x1f\x8b\x08" + bytes(50), "gzip"),
        (b"\xd4\xc3\xb2", "no capture"),
    ],
)
def test_what_is_no_capture_is_an_error(data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read([("x", data)])


def test_nothing_of_the_payload_is_kept() -> None:
    """Neither in the values that are handed on, nor anywhere in the state behind them."""
    secret = b"MARKER-hunter2"
    frames = [
        *conversation(REQUEST + secret * 20, sport=1, dport=8080, reply=b"HTTP/1.1 200 OK\r\n\r\n" + secret),
        *conversation(hello("a.example") + b"\x17\x03\x03\0\x40" + secret * 5, sport=2, reply=secret),
        *conversation(secret, sport=3),
        *conversation(b"GET /" + secret, sport=4, dport=80),
        ethernet(ip(HOST, SERVER, 17, udp(5, 9000, secret))),
        ethernet(ip(HOST, SERVER, 17, udp(6, 53, secret))),
        ethernet(ip(HOST, SERVER, 1, secret)),
    ]
    data = pcap(frames)
    table = Table()
    for batch in batches(data, Account()):
        table.read(batch)
    connections = table.connections()
    held: list[object] = [table, connections]
    seen: set[int] = set()
    while held:
        one = held.pop()
        if id(one) not in seen and not isinstance(one, type):
            seen.add(id(one))
            assert not (isinstance(one, bytes) and (b"MARKER" in one or b"hunter2" in one))
            if not callable(one):
                held.extend(gc.get_referents(one))
    found = pickle.dumps(read([("x", data)], LOCAL))
    assert b"MARKER" not in found
    assert b"hunter2" not in found


def test_beginnings_that_never_become_whole_are_held_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_WAITING", 2)
    message = tls_record(build.client_hello([server_name(b"slow.example"), (51, bytes(900))]))
    frames = [f for n in range(5) for f in conversation(message[:300], sport=40000 + n)]
    found = reading(*frames)
    assert {one.name for one in found.flows} == {"slow.example"}
    assert any("names of 3 connections" in sentence for sentence in found.capture.not_seen)


def test_connections_beyond_the_limit_are_counted_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_CONNECTIONS", 2)
    frames = [ethernet(ip(HOST, f"198.51.100.{n}", 6, tcp(40000, 443, 1, SYN))) for n in range(5)]
    found = reading(*frames)
    assert len(found.flows) == 2
    assert any("3 packets of connections beyond" in sentence for sentence in found.capture.not_seen)


MESSAGE = build.client_hello([server_name(b"a.example")])
PACKETS = st.one_of(
    st.binary(max_size=90),
    st.builds(lambda b: ethernet(b, kind=0x0800), st.binary(max_size=90)),
    st.builds(
        lambda proto, body, there: ethernet(ip(*((HOST, SERVER) if there else (SERVER, HOST)), proto, body)),
        st.sampled_from([6, 17, 47, 41, 58]),
        st.binary(max_size=90),
        st.booleans(),
    ),
    st.builds(
        lambda sequence, flags, body, port, v6: ethernet(
            ip(HOST6 if v6 else HOST, SERVER6 if v6 else SERVER, 6, tcp(40000, port, sequence, flags, body))
        ),
        st.integers(90, 400),
        st.integers(0, 31),
        st.sampled_from([b"", b"x", b"GET / HTTP/1.1\r\n", tls_record(MESSAGE), tls_record(MESSAGE)[:20], b"\0\5\0\0"]),
        st.sampled_from([443, 53]),
        st.booleans(),
    ),
    st.builds(lambda body: ethernet(ip(HOST, SERVER, 17, udp(40000, 53, body))), st.binary(max_size=60)),
)


@settings(deadline=None)
@given(st.lists(PACKETS, max_size=12), st.sampled_from([0, 1, 9, 101, 113, 276]))
def test_any_packets_are_survived_and_all_are_counted(frames: list[bytes], link: int) -> None:
    found = reading(*frames, link=link)
    assert found.capture.packets == len(frames)
    assert found.capture.bytes == sum(map(len, frames))
    assert sum(one.bytes_out + one.bytes_in for one in found.flows) <= 4 * found.capture.bytes
    for one in found.flows:
        ipaddress.ip_address(one.address)
        assert one.name.isprintable()


@given(st.sampled_from([b"", b"\xd4\xc3\xb2\xa1", b"\x0a\x0d\x0d\x0a", pcap([]), section()]), st.binary(max_size=300))
def test_any_file_is_read_or_refused(head: bytes, rest: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert read([("x", head + rest)]).capture.sources == ("x",)


@settings(deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.booleans())
def test_the_short_way_of_common_packets_tells_the_same_as_the_long_one(places: list[int], six: bool) -> None:
    """Ethernet takes the short way; behind tags, and without any link, the same packets take the long one."""
    ends = (HOST6, SERVER6) if six else (HOST, SERVER)
    whole = conversation(hello("a.example") + b"rest", *ends, reply=b"\x16\x03\x03\0\1\2") + lookup("b.example", SERVER)
    frames = [whole[place] for place in places if place < len(whole)]

    def told(found: Reading) -> list[tuple[object, ...]]:
        return [one._replace(bytes_out=0, bytes_in=0) for one in found.flows]

    short = told(reading(*frames))
    assert short == told(reading(*(frame[14:] for frame in frames), link=101))
    assert short == told(reading(*(ethernet(frame[14:], tags=[0x8100]) for frame in frames)))
