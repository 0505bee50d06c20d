"""A silent host passes only if the watch was long and good enough; one foreign destination is enough to fail."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import auditor.judge.traffic  # noqa: F401
from auditor.facts.audit import Audit, Outcome, Probe, Problem
from auditor.facts.fact import Status
from auditor.facts.traffic import Tier
from auditor.recognise.sockets import traffic_of
from tests.facts.samples import audit, unseen
from tests.judge.contexts import ask, texts, verdicts
from tests.recognise.process_records import capture, flow, listener


def host(*records: Any, watch: Any = None, **changes: Any) -> Audit:
    return audit(traffic=traffic_of([*records, watch or capture()]), **changes)


def only(found: Audit, *blocks: str, **arguments: Any) -> list[str]:
    return verdicts(ask("traffic.only", found, destinations=blocks, **arguments))


def test_a_silent_host_passes_and_says_what_such_a_watch_does_not_see() -> None:
    (outcome,) = ask("traffic.only", host())
    assert outcome.verdict == "pass"
    assert "short connections" in texts([outcome])


@pytest.mark.parametrize(
    ("tier", "words"),
    [("A", "every connection was recorded"), ("C", "the kernel reported"), ("D", "at most 60 ms apart")],
)
def test_the_words_weaken_with_the_means(tier: str, words: str) -> None:
    assert words in texts(ask("traffic.only", host(watch=capture(tier=tier))))


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "192.0.2.10", "10.1.2.3", "fd00::5"]
)
def test_the_host_itself_and_permitted_blocks_may_be_contacted(address: str) -> None:
    assert only(host(flow(address)), "10.0.0.0/8", "fd00::/8") == ["pass"]


def test_a_foreign_destination_fails_and_names_the_process() -> None:
    outcomes = ask("traffic.only", host(flow(), flow(source_port=40001)), destinations=["10.0.0.0/8"])
    (outcome,) = outcomes
    assert (outcome.verdict, outcome.subject.kind, outcome.subject.id) == ("fail", "destination", "203.0.113.5:443/tcp")
    assert "vllm (100)" in texts(outcomes)
    assert "connections seen: 2" in texts(outcomes)
    assert outcome.rests_on == ("/facts/traffic/flows/0", "/facts/traffic/flows/1")


def test_each_foreign_destination_is_a_finding() -> None:
    found = host(flow("203.0.113.5"), flow("2001:db8::1"), flow("203.0.113.5", 80), flow("10.0.0.1"))
    outcomes = ask("traffic.only", found, destinations=["10.0.0.0/8"])
    assert sorted(outcome.subject.id for outcome in outcomes) == [
        "203.0.113.5:443/tcp",
        "203.0.113.5:80/tcp",
        "[2001:db8::1]:443/tcp",
    ]


def test_an_attempt_fails_too_and_is_called_one() -> None:
    outcomes = ask("traffic.only", host(flow(attempt=True)))
    assert verdicts(outcomes) == ["fail"]
    assert "did not get through" in texts(outcomes)


def test_answers_to_clients_are_no_egress() -> None:
    assert only(host(flow("198.51.100.77", direction="in"))) == ["pass"]


def test_what_is_no_address_is_not_permitted() -> None:
    assert only(host(flow("somewhere")), "0.0.0.0/0", "::/0") == ["fail"]


def test_many_destinations_are_counted_beyond_a_bound() -> None:
    outcomes = ask("traffic.only", host(*(flow(f"203.0.{n >> 8}.{n & 255}") for n in range(300))))
    assert len(outcomes) == 201
    assert "100 more destinations" in texts(outcomes)


@pytest.mark.parametrize(
    "changes",
    [
        {"seconds": 299},
        {"tier": "S"},
        {"tier": "F"},
        {"tier": "Z"},
        {"status": Status.DENIED},
        {"status": Status.ERROR},
    ],
)
def test_a_short_or_weak_watch_never_passes(changes: dict[str, Any]) -> None:
    outcomes = ask("traffic.only", host(watch=capture(**changes)))
    assert verdicts(outcomes) == ["unknown"]
    assert outcomes[0].not_seen


def test_no_watch_never_passes() -> None:
    assert only(audit()) == ["unknown"]


def test_a_policy_may_ask_for_little() -> None:
    found = host(watch=capture(seconds=0, tier="D"))
    assert only(found, observe_seconds=0, worst_tier="D") == ["pass"]
    assert only(found, observe_seconds=0, worst_tier="C") == ["unknown"]


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.COMPLETE])
def test_a_watch_that_did_not_end_well_never_passes(outcome: Outcome) -> None:
    assert only(host(collectors={"traffic": outcome})) == ["unknown"]
    assert verdicts(ask("traffic.listeners", host(collectors={"traffic": outcome}))) == ["unknown"]


def test_namespaces_that_could_not_be_read_never_pass() -> None:
    problem = Problem(collector="traffic", where="/proc", what="namespaces of 3 processes", status=Status.DENIED)
    found = host().model_copy(update={"problems": (problem,)})
    for check in ("traffic.only", "traffic.listeners"):
        outcomes = ask(check, found)
        assert verdicts(outcomes) == ["unknown"]
        assert "namespaces of 3 processes" in texts(outcomes)


def test_a_better_means_that_the_host_has_not_got_is_judged_by_the_tier() -> None:
    problem = Problem(collector="traffic", where="eBPF", what="cgroup2 is not mounted", status=Status.UNSUPPORTED)
    found = host().model_copy(update={"problems": (problem,)})
    assert only(found) == ["pass"]
    assert verdicts(ask("traffic.listeners", found)) == ["pass"]


def test_without_rights_the_sockets_of_others_are_not_seen() -> None:
    probe = Probe(version="1", python="3.11.7", uid=1000, capabilities=())
    found = host().model_copy(update={"probe": probe})
    assert only(found) == ["unknown"]
    assert verdicts(ask("traffic.listeners", found)) == ["unknown"]


def test_a_failure_stands_even_if_the_watch_was_weak() -> None:
    assert only(host(flow(), watch=capture(seconds=1))) == ["fail", "unknown"]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "127.0.0.53"])
def test_sockets_on_loopback_pass(address: str) -> None:
    assert verdicts(ask("traffic.listeners", host(listener(address)))) == ["pass"]


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.10", "fe80::1%eth0"])
def test_a_socket_beyond_loopback_fails_and_names_its_process(address: str) -> None:
    outcomes = ask("traffic.listeners", host(listener(address), listener()))
    assert verdicts(outcomes) == ["fail"]
    assert "vllm (100)" in texts(outcomes)


@pytest.mark.parametrize(
    ("address", "port", "glob", "allowed"),
    [
        ("0.0.0.0", 22, "*:22", True),
        ("::", 22, "*:22", True),
        ("::", 22, "[::]:22", True),
        ("10.0.0.5", 8000, "10.0.0.5:8000", True),
        ("0.0.0.0", 8000, "10.0.0.5:8000", False),
        ("0.0.0.0", 2222, "*:22", False),
        ("10.0.0.5", 9999, "10.0.0.5:*", True),
    ],
)
def test_what_may_listen_is_given_by_address_and_port(address: str, port: int, glob: str, allowed: bool) -> None:
    found = verdicts(ask("traffic.listeners", host(listener(address, port)), allowed=[glob]))
    assert found == (["pass"] if allowed else ["fail"])


def test_processes_that_share_a_socket_are_one_finding() -> None:
    outcomes = ask(
        "traffic.listeners", host(listener("0.0.0.0"), listener("0.0.0.0", pid=101), listener("::", pid=None))
    )
    assert [outcome.subject.id for outcome in outcomes] == ["0.0.0.0:8000/tcp", "[::]:8000/tcp"]
    assert "vllm (100), vllm (101)" in texts(outcomes)
    assert "a process that could not be seen" in texts(outcomes)


@given(
    st.lists(st.builds(flow, st.ip_addresses().map(str), direction=st.sampled_from(["in", "out"]))),
    st.sampled_from([tier.value for tier in Tier]),
    st.integers(0, 1000),
    st.sampled_from(Outcome),
)
def test_it_passes_only_with_a_good_watch_and_nothing_foreign(
    flows: list[Any], tier: str, seconds: int, outcome: Outcome
) -> None:
    found = host(*flows, watch=capture(tier=tier, seconds=seconds), collectors={"traffic": outcome})
    outcomes = ask("traffic.only", found, destinations=["10.0.0.0/8"])
    if "pass" in verdicts(outcomes):
        assert sorted({*verdicts(outcomes)} - {"not_applicable"}) == ["pass"]
        assert (outcome, seconds >= 300, tier <= "E") == (Outcome.COMPLETE, True, True)


def test_a_capture_that_was_taken_away_never_passes() -> None:
    found = host()
    for status in (Status.ABSENT, Status.DENIED, Status.UNSUPPORTED, Status.ERROR):
        traffic = found.facts.traffic.model_copy(update={"capture": unseen(status)})
        less = found.model_copy(update={"facts": found.facts.model_copy(update={"traffic": traffic})})
        assert only(less) == ["unknown"]
