"""Remote addresses → to whom they are registered, by tables that lie on the workstation."""

from collections.abc import Iterable

from auditor.facts.fact import Fact, Instant, Status
from auditor.facts.traffic import Flow, Registration, Traffic
from auditor.knowledge.registries import MOST_LOOKUPS, Registries, public

METHOD = "lookup"


def registered(traffic: Traffic, registries: Registries, time: Instant) -> Traffic:
    """The traffic with one registration for each public address that was contacted, in the order of addresses.

    ``time`` is that of looking up. A damaged table gives facts of status ``error``; addresses beyond the bound none.
    """
    if not registries.used:
        return traffic
    found = tuple(_find(address, registries, time) for address in _contacted(traffic.flows)[:MOST_LOOKUPS])
    return traffic.model_copy(update={"registries": registries.used, "registrations": found})


def _contacted(flows: Iterable[Flow]) -> list[str]:
    return sorted({flow.address for flow in flows if flow.direction == "out" and public(flow.address) is not None})


def _find(text: str, registries: Registries, time: Instant) -> Fact[Registration]:
    source = ", ".join(f"{table.name} of {table.date}" for table in registries.used)
    address = public(text)
    try:
        found = registries.find(address) if address is not None else None
    except ValueError as error:
        value = Registration(address=text)
        return Fact(value=value, source=source, method=METHOD, time=time, status=Status.ERROR, note=str(error)[:300])
    known = found is not None and (found.country or found.asn is not None)
    return Fact(
        value=(found or Registration(address=text)).model_copy(update={"address": text}),
        source=source,
        method=METHOD,
        time=time,
        status=Status.INFERRED if known else Status.ABSENT,
        note="" if known else "the tables have no entry for it",
    )
