"""What no router passes on is told and is no contradiction; whatever else leaves the host still is one."""

from typing import Any

import pytest

import auditor.judge.traffic  # noqa: F401
from auditor.judge.background import background
from auditor.recognise.sockets import traffic_of
from tests.facts.samples import audit, seen
from tests.judge.contexts import ask, texts, verdicts
from tests.recognise.process_records import capture, flow

LINK = [
    ("255.255.255.255", 67),
    ("224.0.0.251", 5353),
    ("224.0.0.252", 5355),
    ("239.255.255.250", 1900),
    ("169.254.7.9", 445),
    ("ff02::fb", 5353),
    ("ff02::1:2", 547),
    ("ff05::c", 1900),
    ("fe80::1", 546),
    ("::ffff:224.0.0.251", 5353),
]
BEYOND = [
    ("169.254.169.254", 80),
    ("169.254.170.2", 80),
    ("224.0.1.1", 123),
    ("ff0e::101", 123),
    ("192.168.1.255", 137),
    ("203.0.113.5", 67),
    ("10.0.0.1", 53),
    ("somewhere", 53),
]


def unowned(address: str, port: int, **changes: Any) -> Any:
    """As a ring of packets sees it: datagrams without a process."""
    return flow(address, port, **({"proto": "udp", "pid": None, "name": ""} | changes))


def only(*records: Any) -> Any:
    return ask("traffic.only", audit(traffic=traffic_of([*records, capture(tier="B")])))


@pytest.mark.parametrize(("address", "port"), LINK)
def test_the_link_is_no_contradiction(address: str, port: int) -> None:
    assert verdicts(only(unowned(address, port))) == ["not_applicable", "pass"]


@pytest.mark.parametrize(("address", "port"), BEYOND)
def test_what_a_router_passes_on_or_a_cloud_answers_is_one(address: str, port: int) -> None:
    assert verdicts(only(unowned(address, port))) == ["fail"]


def test_a_lease_is_renewed_at_a_server_of_the_own_network_without_a_process() -> None:
    assert verdicts(only(unowned("192.168.1.1", 67))) == ["not_applicable", "pass"]
    assert verdicts(only(unowned("192.168.1.1", 67, pid=100, name="vllm"))) == ["fail"]
    assert verdicts(only(unowned("8.8.8.8", 67))) == ["fail"]
    assert verdicts(only(unowned("192.168.1.1", 67, proto="tcp"))) == ["fail"]


def test_it_is_told_with_where_it_went_and_what_it_rests_on() -> None:
    outcomes = only(unowned("203.0.113.5", 123), unowned("224.0.0.251", 5353), unowned("255.255.255.255", 67))
    link = next(outcome for outcome in outcomes if outcome.subject.id == "link")
    assert link.rests_on == ("/facts/traffic/flows/1", "/facts/traffic/flows/2")
    assert "224.0.0.251:5353/udp, 255.255.255.255:67/udp; flows seen: 2" in texts([link])
    assert verdicts(outcomes) == ["fail", "not_applicable"]


def test_a_short_watch_stays_open_beside_it() -> None:
    found = audit(traffic=traffic_of([unowned("224.0.0.251", 5353), capture(seconds=1)]))
    assert verdicts(ask("traffic.only", found)) == ["not_applicable", "unknown"]


def test_a_flow_is_looked_at_by_itself() -> None:
    flows = traffic_of([unowned("224.0.0.251", 5353), unowned("203.0.113.5", 53), capture()]).flows
    assert {each.address for each in flows if background(each)} == {"224.0.0.251"}


def asking(resolvers: str, *records: Any) -> Any:
    found = audit(traffic=traffic_of([*records, capture(tier="B")]))
    host = found.facts.host.model_copy(update={"resolvers": seen(resolvers)})
    return found.model_copy(update={"facts": found.facts.model_copy(update={"host": host})})


def test_the_resolver_that_the_host_is_configured_with_is_told_as_such() -> None:
    found = asking("10.0.0.53, fd00::53", unowned("10.0.0.53", 53), unowned("fd00::53", 53), unowned("8.8.8.8", 53))
    outcomes = {outcome.subject.id: outcome for outcome in ask("traffic.only", found)}
    assert verdicts(list(outcomes.values())) == ["fail", "fail", "fail"]
    for name in ("10.0.0.53:53/udp", "[fd00::53]:53/udp"):
        assert "a resolver that this host is configured with" in texts([outcomes[name]])
        assert "permit" in str(outcomes[name].remedy)
        assert "/facts/host/resolvers" in outcomes[name].rests_on
    assert "configured with" not in texts([outcomes["8.8.8.8:53/udp"]])


def test_a_permitted_resolver_is_no_finding_and_another_port_is_none_of_it() -> None:
    found = asking("10.0.0.53", unowned("10.0.0.53", 53), unowned("10.0.0.53", 5353))
    assert verdicts(ask("traffic.only", found, destinations=["10.0.0.53/32"])) == ["pass"]
    (one, two) = ask("traffic.only", found)
    assert [("configured with" in texts([each])) for each in (one, two)] == [True, False]
