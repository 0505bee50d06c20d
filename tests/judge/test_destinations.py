"""A destination is told with its operator, its law and its product; what only the sender says counts for nothing."""

from typing import Any

import pytest

from auditor.facts.audit import Audit
from auditor.facts.fact import Fact, Status
from auditor.facts.traffic import Registration, Traffic
from auditor.judge.addresses import own
from auditor.judge.destination import Destination
from auditor.judge.destinations import CLIENTS, destinations_of
from auditor.knowledge.knowledge import load
from auditor.knowledge.registries import load_registries
from auditor.recognise.registrations import registered
from auditor.recognise.sockets import traffic_of
from tests.facts.samples import TIME, audit
from tests.recognise.process_records import capture, flow

CLOUDFLARE, GOOGLE, HETZNER, SWISS = "104.16.1.1", "8.8.8.8", "136.243.1.1", "185.125.24.1"


def traffic(*records: Any, **by_address: tuple[str, str]) -> Traffic:
    """Flows, with names and their source by address where given."""
    found = traffic_of([*records, capture()])
    flows = tuple(
        each.model_copy(update=dict(zip(("name", "name_source"), by_address[each.address], strict=True)))
        if each.address in by_address
        else each
        for each in found.flows
    )
    return registered(found.model_copy(update={"flows": flows}), load_registries(), TIME)


def seen(*records: Any, **by_address: tuple[str, str]) -> tuple[Destination, ...]:
    return destinations_of(audit(traffic=traffic(*records, **by_address)), load())


def test_an_address_is_told_with_network_country_and_class() -> None:
    (one,) = seen(flow(HETZNER))
    assert (one.operator, one.operator_country, one.countries) == ("Hetzner Online GmbH", "DE", ("DE",))
    assert one.networks == ("AS24940 Hetzner Online GmbH",)
    assert (one.transfer, one.cdn, one.covers) == ("eea", False, "")


def test_an_american_operator_is_conditional_and_says_whom_the_decision_covers() -> None:
    (one,) = seen(flow(GOOGLE))
    assert one.transfer == "conditional"
    assert "Data Privacy Framework" in one.covers


def test_of_a_cdn_the_location_is_not_determinable() -> None:
    (one,) = seen(flow(CLOUDFLARE), **{CLOUDFLARE: ("api.mistral.ai", "sni")})
    assert one.cdn
    assert one.operator == "Mistral AI SAS; Cloudflare, Inc."
    assert one.transfer == "conditional", "the worse of the two decides"


def test_a_name_that_the_sender_chose_makes_nothing_better() -> None:
    named, unnamed = (seen(flow("41.57.0.1"), **more)[0] for more in ({"41.57.0.1": ("api.mistral.ai", "sni")}, {}))
    assert unnamed.transfer == named.transfer == "third"
    (nowhere,) = seen(flow("203.0.113.5"), **{"203.0.113.5": ("api.mistral.ai", "sni")})
    assert nowhere.transfer == "unknown"


def test_a_known_endpoint_says_what_is_sent_and_how_it_is_switched_off() -> None:
    (one,) = seen(flow(GOOGLE), **{GOOGLE: ("stats.vllm.ai", "sni")})
    (endpoint, *_) = one.endpoints
    assert (endpoint.product, endpoint.kind) == ("vLLM", "telemetry")
    assert "VLLM_NO_USAGE_STATS" in endpoint.switch
    assert endpoint.sends


def test_attempt_transfer_and_reply_are_told_apart() -> None:
    found = seen(
        flow(GOOGLE, attempt=True),
        flow(HETZNER, source_port=1),
        flow(HETZNER, source_port=2, attempt=True),
        flow("10.0.0.7", direction="in"),
    )
    assert {one.id: (one.reach, one.connections, one.attempts) for one in found} == {
        GOOGLE: ("attempt", 0, 1),
        HETZNER: ("transfer", 1, 1),
        CLIENTS: ("reply", 1, 0),
    }
    assert found[-1].id == CLIENTS
    assert found[-1].addresses == ()


def test_one_name_behind_many_addresses_is_one_destination_of_the_worst_class() -> None:
    name = ("a.example", "dns")
    (one,) = seen(flow(HETZNER), flow(GOOGLE), **{HETZNER: name, GOOGLE: name})
    assert set(one.addresses) == {HETZNER, GOOGLE}
    assert one.transfer == "conditional"
    assert one.countries == ("DE", "US")


def test_the_process_is_named_with_its_program() -> None:
    (one,) = seen(flow(GOOGLE))
    assert [(owner.pid, owner.name) for owner in one.owners] == [(100, "vllm")]


def test_loopback_is_no_destination_and_the_own_network_no_transfer() -> None:
    (one,) = seen(flow("127.0.0.1"), flow("10.1.2.3"))
    assert (one.id, one.transfer) == ("10.1.2.3", "own")


@pytest.mark.parametrize("address", ["10.0.0.1", "fd00::1", "100.64.0.1", "::ffff:192.168.0.1", "169.254.169.254"])
def test_own_addresses(address: str) -> None:
    assert own(address)


@pytest.mark.parametrize("address", ["203.0.113.5", "8.8.8.8", "2001:db8::1", "somewhere"])
def test_what_may_be_anybodys_is_not_own(address: str) -> None:
    assert not own(address)


def test_without_tables_nothing_is_claimed() -> None:
    found = traffic_of([flow(GOOGLE), capture()])
    (one,) = destinations_of(audit(traffic=found), load())
    assert (one.transfer, one.operator, one.countries) == ("unknown", "", ())


def test_a_row_that_could_not_be_read_claims_nothing() -> None:
    damaged: Fact[Registration] = Fact(
        value=Registration(address=GOOGLE), source="t", method="lookup", time=TIME, status=Status.ERROR
    )
    found: Audit = audit(traffic=traffic_of([flow(GOOGLE), capture()]).model_copy(update={"registrations": (damaged,)}))
    assert destinations_of(found, load())[0].transfer == "unknown"


def test_the_same_facts_give_the_same_destinations() -> None:
    flows = [flow(HETZNER), flow(GOOGLE), flow("10.1.2.3")]
    assert seen(*flows) == seen(*reversed(flows))
