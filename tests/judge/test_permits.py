"""A permit fits wholly or not at all; what was not seen leaves it open."""

from typing import Any

import pytest

from auditor.judge.permits import Permits
from auditor.policy.arguments import Destinations
from auditor.recognise.sockets import traffic_of
from tests.recognise.process_records import flow


def may(rule: dict[str, Any], name: str = "", **changes: Any) -> bool | None:
    (found,) = traffic_of([flow("203.0.113.5", **changes)]).flows
    return Permits(Destinations.model_validate({"permitted": [rule]})).may(found.model_copy(update={"name": name}))


@pytest.mark.parametrize(
    ("rule", "name", "expected"),
    [
        ({"to": ["203.0.113.0/24"]}, "", True),
        ({"to": ["198.51.100.0/24"]}, "", False),
        ({"names": ["*.corp.example"]}, "proxy.corp.example", True),
        ({"names": ["*.corp.example"]}, "PROXY.corp.example", True),
        ({"names": ["*.corp.example"]}, "corp.example.evil", False),
        ({"names": ["*.corp.example"]}, "", None),
        ({"names": ["*.corp.example"], "to": ["198.51.100.0/24"]}, "", False),
        ({"to": ["203.0.113.0/24"], "ports": ["443/tcp"]}, "", True),
        ({"to": ["203.0.113.0/24"], "ports": ["443/udp"]}, "", False),
        ({"to": ["203.0.113.0/24"], "ports": ["400-450"]}, "", True),
        ({"to": ["203.0.113.0/24"], "ports": ["80", "8443"]}, "", False),
        ({"to": ["203.0.113.0/24"], "processes": ["vllm*"]}, "", True),
        ({"to": ["203.0.113.0/24"], "processes": ["curl"]}, "", False),
        ({}, "proxy.corp.example", False),
        ({"ports": ["443"]}, "", False),
    ],
)
def test_everything_that_a_rule_gives_has_to_fit(rule: dict[str, Any], name: str, expected: bool | None) -> None:
    assert may(rule, name) is expected


def test_a_process_that_was_not_seen_leaves_it_open() -> None:
    assert may({"to": ["203.0.113.0/24"], "processes": ["vllm*"]}, pid=None) is None


@pytest.mark.parametrize(
    ("hours", "first", "last", "expected"),
    [
        ("22:00-04:00", "2026-11-22T23:00:00Z", "2026-11-23T03:59:59Z", True),
        ("22:00-04:00", "2026-11-22T23:00:00Z", "2026-11-23T04:01:00Z", False),
        ("22:00-04:00", "2026-11-22T21:59:59Z", "2026-11-22T23:00:00Z", False),
        ("22:00-04:00", "2026-11-22T23:00:00Z", "2026-11-24T23:30:00Z", False),
        ("08:00-17:00", "2026-11-22T08:00:00Z", "2026-11-22T17:00:59Z", True),
        ("08:00-17:00", "2026-11-22T07:59:00Z", "2026-11-22T09:00:00Z", False),
    ],
)
def test_a_connection_begins_and_ends_within_the_same_hours(hours: str, first: str, last: str, expected: bool) -> None:
    assert may({"to": ["203.0.113.0/24"], "hours": hours}, first=first, last=last) is expected
