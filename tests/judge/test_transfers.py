"""Names, residency and the budget for closed interfaces: evidenced only where packets and tables told enough."""

from typing import Any

import pytest

import auditor.judge.transfers  # noqa: F401
from auditor.facts.audit import Audit
from auditor.knowledge.registries import load_registries
from auditor.recognise.registrations import registered
from auditor.recognise.sockets import traffic_of
from tests.facts.samples import TIME, audit
from tests.judge.contexts import ask, texts, verdicts
from tests.recognise.process_records import capture, flow

HETZNER, GOOGLE = "136.243.1.1", "8.8.8.8"
API = "api.mistral.ai"


def host(*flows: tuple[Any, dict[str, Any]], seconds: int = 400) -> Audit:
    """An audit whose flows also have what packets tell."""
    found = traffic_of([*(record for record, _ in flows), capture(seconds=seconds)])
    more = {(record.address, record.source_port): told for record, told in flows}
    named = tuple(one.model_copy(update=more[(one.address, one.source_port)]) for one in found.flows)
    return audit(traffic=registered(found.model_copy(update={"flows": named}), load_registries(), TIME))


def out(address: str = HETZNER, name: str = "", source: str = "sni", number: int = 1, size: int = 1000) -> Any:
    told = {"name": name, "name_source": source if name or source == "none" else "", "bytes_out": size}
    return flow(address, source_port=40_000 + number), told


def served(number: int, size: int = 1000) -> Any:
    return flow("10.0.0.7", direction="in", source_port=50_000 + number), {"bytes_in": size, "name_source": "none"}


def test_every_public_address_has_a_name() -> None:
    assert verdicts(ask("traffic.named", host(out(name="a.example"), out("10.0.0.9", source="none")))) == ["pass"]


def test_an_address_without_a_name_in_the_packets_contradicts() -> None:
    outcomes = ask("traffic.named", host(out(source="none")))
    assert verdicts(outcomes) == ["fail"]
    assert outcomes[0].subject.id == f"{HETZNER}:443/tcp"
    assert verdicts(ask("traffic.named", host(out(source="none")), unnamed=[f"{HETZNER}/32"])) == ["pass"]


def test_where_no_packets_were_looked_at_names_are_open() -> None:
    assert verdicts(ask("traffic.named", host(out(source="")))) == ["unknown"]


@pytest.mark.parametrize(
    ("address", "accept", "expected"),
    [
        (HETZNER, ["eea"], "pass"),
        (GOOGLE, ["eea", "adequate"], "fail"),
        (GOOGLE, ["eea", "adequate", "conditional"], "pass"),
        ("203.0.113.9", ["eea", "adequate", "conditional", "third"], "unknown"),
        ("10.0.0.9", ["eea"], "pass"),
    ],
)
def test_a_transfer_is_of_an_accepted_class(address: str, accept: list[str], expected: str) -> None:
    assert verdicts(ask("traffic.residency", host(out(address)), accept=accept)) == [expected]


def test_a_conditional_decision_says_what_remains_to_be_asked() -> None:
    told = texts(ask("traffic.residency", host(out(GOOGLE))))
    assert "Google LLC, registered in US" in told
    assert "certified under the EU-US Data Privacy Framework" in told


def test_residency_is_open_where_the_watch_was_too_short() -> None:
    assert verdicts(ask("traffic.residency", host(out(), seconds=5))) == ["unknown"]


def hybrid(calls: int, here: int, size: int = 1000) -> Audit:
    return host(
        *(out(name=API, number=number, size=size) for number in range(calls)),
        *(served(number) for number in range(here)),
    )


@pytest.mark.parametrize(
    ("calls", "here", "size", "expected"),
    [
        (5, 95, 1000, "pass"),
        (6, 95, 1000, "fail"),
        (1, 99, 10_000, "fail"),
        (0, 10, 1000, "pass"),
        (3, 0, 1000, "unknown"),
        (0, 0, 1000, "unknown"),
    ],
)
def test_both_shares_keep_within_the_budget(calls: int, here: int, size: int, expected: str) -> None:
    assert verdicts(ask("traffic.budget", hybrid(calls, here, size), providers=[API])) == [expected]


def test_without_a_list_every_known_interface_of_an_ai_provider_counts() -> None:
    assert verdicts(ask("traffic.budget", hybrid(50, 50))) == ["fail"]


def test_connections_without_a_name_leave_the_budget_open() -> None:
    found = host(out(GOOGLE, source=""), *(served(number) for number in range(99)))
    outcomes = ask("traffic.budget", found, providers=[API])
    assert verdicts(outcomes) == ["unknown"]
    assert "any of which can be to a provider" in texts(outcomes)


def test_a_block_belongs_to_a_provider_too() -> None:
    found = host(out(GOOGLE, source=""), *(served(number) for number in range(3)))
    assert verdicts(ask("traffic.budget", found, providers=[API], destinations=["8.8.8.0/24"])) == ["fail"]
