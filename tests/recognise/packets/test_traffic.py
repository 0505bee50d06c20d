"""A capture as the traffic of an audit."""

import ipaddress

from auditor.facts.canonical import canonical
from auditor.facts.fact import Status
from auditor.facts.traffic import Tier
from auditor.recognise.packets.capture import read
from auditor.recognise.packets.traffic import to_traffic
from tests.recognise.packets.build import HOST, SERVER, conversation, hello, pcap

LOCAL = (ipaddress.ip_network(HOST),)


def test_a_capture_is_tier_f_and_says_what_it_cannot_see() -> None:
    traffic = to_traffic(read([("x.pcap", pcap(conversation(hello("a.example"))))], LOCAL))
    capture = traffic.capture.value
    assert capture is not None
    assert (capture.tier, capture.packets, traffic.capture.source) == (Tier.IMPORTED, 6, "x.pcap")
    assert capture.first == "2026-11-22T00:00:00.000000Z"
    assert any("process" in sentence for sentence in capture.not_seen)
    assert traffic.listeners == ()


def test_outbound_flows_keep_names_and_bytes() -> None:
    (flow,) = to_traffic(read([("x", pcap(conversation(hello("a.example"))))], LOCAL)).flows
    assert (flow.direction, flow.source_address, flow.address, flow.port) == ("out", HOST, SERVER, 443)
    assert (flow.name, flow.name_source, flow.alpn) == ("a.example", "sni", "h2,http/1.1")
    assert flow.bytes_out > flow.bytes_in > 0
    assert flow.process.status is Status.UNSUPPORTED


def test_of_inbound_flows_the_caller_is_the_remote_side() -> None:
    frames = conversation(b"x", source=SERVER, target=HOST, sport=50000, dport=8000)
    (flow,) = to_traffic(read([("x", pcap(frames))], LOCAL)).flows
    assert (flow.direction, flow.address, flow.port) == ("in", SERVER, 50000)
    assert (flow.source_address, flow.source_port) == (HOST, 8000)


def test_an_empty_capture_is_an_absent_fact() -> None:
    traffic = to_traffic(read([("x", pcap([]))]))
    assert traffic.capture.status is Status.ABSENT
    assert not traffic.capture.seen


def test_it_has_a_canonical_form() -> None:
    traffic = to_traffic(read([("x", pcap(conversation(hello("a.example"))))], LOCAL))
    assert b'"ja4":"t13d' in canonical(traffic)
