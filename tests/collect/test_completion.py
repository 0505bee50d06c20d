"""Captures are merged into an audit, clients become pseudonyms, and a damaged file makes it known."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.collect.completion import COLLECTOR, complete
from auditor.facts.audit import Outcome
from auditor.facts.canonical import canonical
from auditor.facts.traffic import Tier
from auditor.knowledge.registries import load_registries
from auditor.recognise.packets.capture import read
from auditor.recognise.pseudonyms import HOW, pseudonym
from auditor.recognise.sockets import traffic_of
from tests.facts.samples import audit
from tests.recognise.packets.build import HOST, SERVER, conversation, hello, pcap
from tests.recognise.process_records import capture, flow

LOCAL = (ipaddress.ip_network(HOST),)
WHOLE = pcap(conversation(hello("a.example")) + conversation(b"x", source=SERVER, target=HOST, sport=5, dport=8000))


def reading(data=WHOLE):
    return read([("x.pcap", data)], LOCAL)


@pytest.fixture
def watched():
    return audit(traffic=traffic_of([flow("10.0.0.9"), capture()]))


def test_the_watch_and_the_capture_stand_beside_each_other(watched):
    both = complete(watched, reading())
    traffic = both.facts.traffic
    assert traffic.capture.value.tier is Tier.POLLING
    assert [fact.value.tier for fact in traffic.imports] == [Tier.IMPORTED]
    assert traffic.flows[: len(watched.facts.traffic.flows)] == watched.facts.traffic.flows
    assert {each.name for each in traffic.flows} >= {"a.example"}
    assert both.collector(COLLECTOR).outcome is Outcome.COMPLETE
    assert both.digest != watched.digest


def test_a_damaged_file_is_partial_and_says_where(watched):
    both = complete(watched, reading(WHOLE[:-5]))
    assert both.collector(COLLECTOR).outcome is Outcome.PARTIAL
    assert both.facts.traffic.imports[0].value.damaged
    (problem,) = [each for each in both.problems if each.collector == COLLECTOR]
    assert problem.where.startswith("x.pcap, byte ")


def test_a_classic_file_does_not_say_what_was_lost(watched):
    assert not complete(watched, reading()).facts.traffic.imports[0].value.loss_known


def test_what_was_kept_is_said_of_both(watched):
    traffic = complete(watched, reading()).facts.traffic
    assert "No packet was kept" in traffic.capture.value.kept[0]
    assert "No content" in traffic.imports[0].value.kept[0]


def test_clients_become_pseudonyms_and_destinations_stay(watched):
    traffic = complete(watched, reading(), key=b"k" * 32).facts.traffic
    assert traffic.pseudonyms == HOW
    (client,) = [each for each in traffic.flows if each.direction == "in"]
    assert client.address == pseudonym(SERVER, b"k" * 32)
    assert client.port == 0
    assert {each.address for each in traffic.flows if each.direction == "out"} == {"10.0.0.9", SERVER}


def test_no_byte_of_a_client_is_left_in_the_document():
    only = pcap(conversation(b"x", source=SERVER, target=HOST, sport=5, dport=8000))
    both = complete(audit(traffic=traffic_of([capture()])), reading(only), load_registries(), b"k" * 32)
    assert SERVER.encode() not in canonical(both)


@given(st.ip_addresses(v=4), st.ip_addresses(v=4), st.binary(min_size=32, max_size=32))
def test_a_client_has_one_pseudonym_in_an_audit_and_another_in_the_next(one, other, key):
    assert pseudonym(str(one), key) == pseudonym(f"::ffff:{one}", key)
    assert (pseudonym(str(one), key) == pseudonym(str(other), key)) == (one == other)
    assert pseudonym(str(one), key) != pseudonym(str(one), key + b"x")


def test_addresses_are_looked_up_once_and_the_tables_named():
    both = complete(
        audit(traffic=traffic_of([flow("8.8.8.8"), flow("8.8.8.8", 80), capture()])), None, load_registries()
    )
    (fact,) = both.facts.traffic.registrations
    assert (fact.value.address, fact.value.country, fact.value.asn) == ("8.8.8.8", "US", 15169)
    assert {table.kind for table in both.facts.traffic.registries} == {"country", "network"}
