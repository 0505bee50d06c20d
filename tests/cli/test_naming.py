"""Rows of a running watch are told with operator, registration, class and product, each address looked up once."""

import datetime as dt
from typing import Any

from auditor.cli.naming import Naming
from auditor.collect.stream import Live, LiveFlow
from auditor.facts.traffic import Registration
from auditor.knowledge.knowledge import load
from auditor.knowledge.registries import Address, Registries, load_registries


def flow(address: str, direction: Any = "out", **changes: Any) -> LiveFlow:
    values = {"proto": "tcp", "source_address": "192.0.2.1", "source_port": 1, "port": 443, "attempt": False}
    return LiveFlow(**(values | {"address": address, "direction": direction} | changes))


def told(registries: Registries, *flows: LiveFlow) -> tuple[LiveFlow, ...]:
    heard: list[Live] = []
    naming = Naming(heard.append, load(), registries, dt.datetime(2026, 11, 2, tzinfo=dt.UTC))  # type: ignore[arg-type]
    for _ in range(2):
        naming(Live(collector="traffic", seconds=1, flows=flows))
    assert heard[0] == heard[1]
    return heard[0].flows


def test_a_public_address_has_operator_country_and_class() -> None:
    (one,) = told(load_registries(), flow("8.8.8.8"))
    assert (one.operator, one.countries, one.cdn, one.transfer) == ("Google LLC", ("US",), False, "conditional")


def test_an_own_address_and_who_called_have_no_registration() -> None:
    inner, caller = told(load_registries(), flow("10.0.0.1"), flow("8.8.8.8", "in"))
    assert (inner.operator, inner.transfer) == ("", "own")
    assert (caller.operator, caller.transfer) == ("", "")


def test_what_the_host_says_of_itself_is_not_believed() -> None:
    (one,) = told(load_registries(), flow("8.8.8.8", operator="Nobody", transfer="own", countries=("DE",)))
    assert (one.operator, one.transfer, one.countries) == ("Google LLC", "conditional", ("US",))


class Damaged(Registries):
    """Tables that fail at each look-up."""

    def find(self, address: Address) -> Registration:
        raise ValueError("damaged")


def test_a_damaged_table_ends_no_watch() -> None:
    (one,) = told(Damaged(), flow("8.8.8.8"))
    assert (one.countries, one.transfer) == ((), "unknown")
