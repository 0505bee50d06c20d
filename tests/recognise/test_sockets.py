"""Sockets become traffic, and a watch that did not take place is never an empty one."""

from auditor.facts.fact import Status
from auditor.facts.traffic import Tier
from auditor.recognise.sockets import traffic_of
from tests.recognise.process_records import capture, flow, listener


def test_without_a_watch_there_is_no_capture() -> None:
    traffic = traffic_of([])
    assert traffic.capture.status is Status.ABSENT
    assert traffic.capture.note


def test_the_watch_says_how_good_it_was() -> None:
    found = traffic_of([capture()]).capture.value
    assert found is not None
    assert (found.tier, found.seconds, found.not_seen) == (Tier.POLLING, 600, ("short connections",))


def test_reports_that_were_lost_are_told() -> None:
    found = traffic_of([capture(tier="A", dropped=3)]).capture.value
    assert found is not None
    assert (found.tier, found.dropped) == (Tier.EBPF, 3)


def test_a_means_of_observation_that_nobody_knows_is_an_error() -> None:
    assert traffic_of([capture(tier="Z")]).capture.status is Status.ERROR


def test_a_watch_that_was_denied_stays_denied() -> None:
    assert traffic_of([capture(status=Status.DENIED)]).capture.status is Status.DENIED


def test_an_owner_that_could_not_be_seen_is_denied() -> None:
    traffic = traffic_of([listener(pid=None), flow(pid=None)])
    assert traffic.listeners[0].process.status is Status.DENIED
    assert traffic.flows[0].process.status is Status.DENIED


def test_the_order_of_records_does_not_matter() -> None:
    records = [flow(), flow(address="198.51.100.7"), listener(), listener(port=22, pid=None), capture()]
    assert traffic_of(records) == traffic_of(list(reversed(records)))
    assert len(traffic_of([*records, *records]).flows) == 2
