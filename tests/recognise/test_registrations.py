"""Every public address that was contacted is looked up; a damaged table gives errors, not answers."""

from dataclasses import replace

from auditor.facts.fact import Status
from auditor.knowledge.registries import Registries, load_registries
from auditor.recognise.registrations import registered
from auditor.recognise.sockets import traffic_of
from tests.facts.samples import TIME
from tests.recognise.process_records import capture, flow


class Damaged:
    """A table that breaks off while it is read."""

    def find(self, address: object) -> str:
        raise ValueError("the table of countries is damaged: it ends too soon")


def test_only_public_addresses_that_this_host_called_are_looked_up() -> None:
    records = [flow("8.8.8.8"), flow("10.0.0.1"), flow("9.9.9.9", direction="in"), flow("nobody"), capture()]
    found = registered(traffic_of(records), load_registries(), TIME)
    assert [fact.value.address for fact in found.registrations if fact.value] == ["8.8.8.8"]
    assert found.registrations[0].status is Status.INFERRED
    assert "2026-06-17" in found.registrations[0].source


def test_an_address_beyond_the_tables_is_absent() -> None:
    shipped = load_registries()
    nothing = replace(shipped, countries=None, networks=None)
    (fact,) = registered(traffic_of([flow("8.8.8.8"), capture()]), nothing, TIME).registrations
    assert fact.status is Status.ABSENT


def test_a_damaged_table_is_an_error_of_the_fact() -> None:
    damaged = replace(load_registries(), countries=Damaged())  # type: ignore[arg-type]
    (fact,) = registered(traffic_of([flow("8.8.8.8"), capture()]), damaged, TIME).registrations
    assert (fact.status, fact.seen) == (Status.ERROR, False)
    assert "damaged" in fact.note


def test_without_tables_nothing_changes() -> None:
    traffic = traffic_of([flow("8.8.8.8"), capture()])
    assert registered(traffic, Registries(), TIME) == traffic
