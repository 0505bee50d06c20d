"""Silence is worth what the watch is worth: its length, means, losses, load, and whether an imported file is whole."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import auditor.judge.traffic  # noqa: F401
from auditor.facts.audit import Audit
from auditor.facts.fact import Fact, Status
from auditor.facts.traffic import Capture, Tier
from auditor.judge.watch import bound, span
from auditor.knowledge.knowledge import load
from auditor.recognise.answers import requests_of
from auditor.recognise.sockets import traffic_of
from auditor.recognise.stacks import serving_of
from tests.facts.samples import TIME, audit
from tests.judge.contexts import ask, texts, verdicts
from tests.recognise.process_records import answer, capture, flow, process


def imported(seconds: int = 3600, **changes: Any) -> Fact[Capture]:
    value = Capture(
        tier=Tier.IMPORTED,
        first=TIME,
        last=TIME,
        seconds=seconds,
        samples=0,
        packets=9,
        not_seen=("owners",),
        **changes,
    )
    return Fact(value=value, source="x.pcap", method="capture", time=TIME, status=Status.OBSERVED)


def host(*records: Any, imports: tuple[Fact[Capture], ...] = (), **watch: Any) -> Audit:
    found = traffic_of([*records, capture(**watch)])
    return audit(traffic=found.model_copy(update={"imports": imports}))


def only(found: Audit, **arguments: Any) -> list[str]:
    return verdicts(ask("traffic.only", found, **arguments))


def test_a_capture_suffices_where_the_watch_does_not_and_the_policy_takes_it() -> None:
    short = host(seconds=10, imports=(imported(),))
    assert only(short, observe_seconds=3600) == ["unknown"]
    assert only(short, observe_seconds=3600, worst_tier="F") == ["pass"]
    assert "imported record of 3600 s" in texts(ask("traffic.only", short, observe_seconds=3600, worst_tier="F"))


def test_a_damaged_capture_never_passes_even_beside_a_good_watch() -> None:
    for watch in ({"seconds": 10}, {"seconds": 3600}):
        found = host(imports=(imported(damaged=True),), **watch)
        outcomes = ask("traffic.only", found, observe_seconds=300, worst_tier="F")
        assert verdicts(outcomes) == ["unknown"]
        assert "cut or damaged" in texts(outcomes)


def test_losses_beyond_what_is_allowed_leave_it_open() -> None:
    assert only(host(seconds=400, dropped=3)) == ["unknown"]
    assert only(host(seconds=400, dropped=3), maximum_drops=3) == ["pass"]


def test_silence_without_load_is_open_where_load_is_asked_for() -> None:
    idle = host(seconds=400)
    busy = host(flow("10.0.0.7", direction="in"), flow("10.0.0.8", direction="in"), seconds=400)
    assert only(idle, minimum_accepted=2) == ["unknown"]
    assert "policy asks for 2" in texts(ask("traffic.only", idle, minimum_accepted=2))
    assert only(busy, minimum_accepted=2) == ["pass"]


def test_silence_without_requests_is_open_where_requests_are_asked_for() -> None:
    calm = host(seconds=400)
    served = serving_of(
        [
            process("vllm serve /srv/m"),
            answer("/metrics", "vllm:request_success_total 5", when="before"),
            answer("/metrics", "vllm:request_success_total 9", when="after"),
        ],
        load(),
    )
    traffic = calm.facts.traffic.model_copy(update={"requests_served": requests_of(served)})
    busy = calm.model_copy(update={"facts": calm.facts.model_copy(update={"traffic": traffic})})

    assert only(calm, minimum_requests=1) == ["unknown"]
    assert "is not known" in texts(ask("traffic.only", calm, minimum_requests=1))
    assert only(busy, minimum_requests=4) == ["pass"]
    assert only(busy, minimum_requests=5) == ["unknown"]
    assert "4 requests were served meanwhile, the policy asks for 5" in texts(
        ask("traffic.only", busy, minimum_requests=5)
    )


def test_asking_a_server_is_no_load() -> None:
    asked = flow("127.0.0.1", 50000, direction="in")
    found = host(asked, seconds=400)
    served = serving_of(
        [process("vllm serve /srv/m"), answer("/health", client=f"{asked.address}:{asked.port}")], load()
    )
    found = found.model_copy(update={"facts": found.facts.model_copy(update={"serving": served})})
    assert only(host(asked, seconds=400), minimum_accepted=1) == ["pass"]
    assert only(found, minimum_accepted=1) == ["unknown"]


def test_an_hour_of_silence_says_fewer_than_one_in_twenty_minutes() -> None:
    (sentence,) = bound(3600)
    assert "95 %" in str(sentence)
    assert "fewer than one in 20 min" in str(sentence)


@given(st.integers(3, 10**7))
def test_the_bound_is_the_rate_at_which_silence_has_a_chance_of_one_in_twenty(seconds: int) -> None:
    (sentence,) = bound(seconds)
    period = math.floor(seconds / math.log(20))
    assert sentence.args["period"] == span(period)
    assert math.exp(-seconds / period) <= 0.05 + 1e-9, "rounded to the weaker claim"


@pytest.mark.parametrize(("seconds", "words"), [(119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h")])
def test_spans_are_rounded_down(seconds: int, words: str) -> None:
    assert span(seconds) == words


def test_too_short_a_watch_says_nothing() -> None:
    assert bound(0) == bound(2) == ()


def test_the_bound_stands_beside_a_pass_and_an_open_end_but_not_beside_a_contact() -> None:
    assert "on average fewer" in texts(ask("traffic.only", host(seconds=400)))
    assert "on average fewer" in texts(ask("traffic.only", host(seconds=100)))
    assert "on average fewer" not in texts(ask("traffic.only", host(flow(), seconds=100)))


def test_a_destination_is_told_by_its_name() -> None:
    found = host(flow("8.8.8.8"), seconds=400)
    flows = tuple(one.model_copy(update={"name": "stats.vllm.ai"}) for one in found.facts.traffic.flows)
    traffic = found.facts.traffic.model_copy(update={"flows": flows})
    told = texts(ask("traffic.only", audit(traffic=traffic)))
    assert "stats.vllm.ai (8.8.8.8:443/tcp)" in told
    assert "known contact of vLLM" in told
    assert "VLLM_NO_USAGE_STATS" in told


def test_what_depends_on_an_unseen_name_is_open() -> None:
    rules = [{"names": ["*.corp.example"]}]
    assert only(host(flow("8.8.8.8"), seconds=400), permitted=rules) == ["unknown"]
