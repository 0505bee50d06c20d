"""Destinations with their meaning: who answers for them, under which law, which product goes there and what it sends.

A pure function of facts and knowledge, so that whoever has both can compute it again. Addresses were looked up when the
facts were made (``registrations``); who the operator is, and what its country means, is knowledge.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Self

from auditor.facts.audit import Audit
from auditor.facts.serving import Served
from auditor.facts.traffic import Flow, Registration
from auditor.judge.addresses import loopback, own
from auditor.judge.destination import MOST_EACH, Destination, Endpoint, Owner, Reach
from auditor.knowledge.knowledge import Knowledge
from auditor.knowledge.operators import Operator, TransferClass, class_of, of_name, of_network

MOST = 1_000
"""Destinations that are listed; the rest is counted."""
CLIENTS = "clients"
"""Id of the one row that stands for everybody who called this host."""
_ORDER = list(TransferClass)


def imported(flow: Flow) -> bool:
    """Whether a flow comes from an imported capture."""
    return flow.process.method == "capture"


class Meaning:
    """What is known of addresses and names, for one audit or one watch."""

    def __init__(
        self,
        knowledge: Knowledge,
        day: str,
        registrations: Mapping[str, Registration],
        serving: Iterable[Served] = (),
    ) -> None:
        """``registrations`` by address; what is put in later is found, too."""
        self._knowledge, self._day, self._found = knowledge, day, registrations
        self._served = {served.pid: served for served in serving}

    @classmethod
    def of(cls, audit: Audit, knowledge: Knowledge) -> Self:
        """With what the facts of an audit hold."""
        rows = (fact.value for fact in audit.facts.traffic.registrations)
        found = {row.address: row for row in rows if row is not None}
        return cls(knowledge, audit.ended[:10], found, audit.facts.serving)

    def registration(self, address: str) -> Registration | None:
        """To whom an address is registered, where the tables said something."""
        found = self._found.get(address)
        return found if found is not None and (found.country or found.asn is not None) else None

    def operators(self, name: str, addresses: Iterable[str]) -> tuple[Operator, ...]:
        """Who answers: by name first, then by network; each once."""
        found = [of_name(name, self._knowledge.operators)] if name else []
        for address in addresses:
            row = self._found.get(address)
            found.append(of_network(row.asn if row else None, self._knowledge.operators))
        return tuple(dict.fromkeys(one for one in found if one is not None))

    def transfer(self, name: str, address: str) -> TransferClass:
        """What a transfer to one address under one name rests on: the worst of operator, network and registration."""
        if own(address):
            return TransferClass.OWN
        row = self.registration(address)
        if row is None:
            # A name is the sender's word: alone it says nothing about where the bytes went.
            return TransferClass.UNKNOWN
        operators = self.operators(name, (address,))
        countries = [operator.country for operator in operators]
        if row.country and not any(operator.cdn for operator in operators):
            countries.append(row.country)
        classes = [class_of(country, self._knowledge.transfers, self._day) for country in countries]
        return worst(classes)

    def covers(self, countries: Iterable[str]) -> str:
        """Whom the conditional decisions on these countries cover."""
        wanted = set(countries)
        return "; ".join(each.covers for each in self._knowledge.transfers if each.id in wanted and each.covers)

    def describe(self, name: str, addresses: tuple[str, ...]) -> dict[str, Any]:
        """Fields of a :class:`Destination` that say what one name with its addresses means."""
        operators = self.operators(name, addresses)[:4]
        rows = [row for row in map(self.registration, addresses) if row is not None]
        countries = tuple(sorted({row.country for row in rows if row.country}))
        transfer = worst(self.transfer(name, address) for address in addresses)
        behind = (*(operator.country for operator in operators), *countries)
        networks = dict.fromkeys(f"AS{row.asn} {row.holder}".strip() for row in rows if row.asn is not None)
        return {
            "operator": "; ".join(dict.fromkeys(operator.entity for operator in operators)),
            "operator_country": ", ".join(dict.fromkeys(operator.country for operator in operators)),
            "networks": tuple(networks)[:8],
            "countries": countries[:8],
            "cdn": any(operator.cdn for operator in operators),
            "transfer": transfer,
            "covers": self.covers(behind) if transfer is TransferClass.CONDITIONAL else "",
            "endpoints": self.endpoints(name)[:8],
        }

    def endpoints(self, name: str) -> tuple[Endpoint, ...]:
        """Known contacts that go to a name."""
        return tuple(
            Endpoint(entry=entry.id, product=entry.product, kind=entry.kind.value, sends=entry.data, switch=entry.rule)
            for entry in self._knowledge.phone_home
            if name and any(fnmatchcase(name, host) for host in entry.hosts)
        )

    def owner(self, flow: Flow) -> Owner | None:
        """The process, with stack and version where it serves."""
        process = flow.process.value
        if process is None:
            return None
        served = self._served.get(process.pid)
        return Owner(
            pid=process.pid,
            name=process.name,
            exe=process.exe,
            package=(served.stack.value or "") if served else "",
            version=(served.version.value or "") if served else "",
            container=process.container,
        )


def worst(classes: Iterable[TransferClass]) -> TransferClass:
    """The class that says least for a transfer; unknown where there is none."""
    return max(classes, key=_ORDER.index, default=TransferClass.UNKNOWN)


def destinations_of(audit: Audit, knowledge: Knowledge) -> tuple[Destination, ...]:
    """All of them, those with the worst transfer class first, then the most sent; last the row of the clients."""
    meaning = Meaning.of(audit, knowledge)
    grouped: dict[str, list[tuple[int, Flow]]] = {}
    replies: list[tuple[int, Flow]] = []
    for place, flow in enumerate(audit.facts.traffic.flows):
        if flow.direction == "in":
            replies.append((place, flow))
        elif flow.address != flow.source_address and not loopback(flow.address):
            grouped.setdefault(flow.name or flow.address, []).append((place, flow))
    found = [_destination(key, flows, meaning) for key, flows in grouped.items()]
    found.sort(key=lambda one: (-_ORDER.index(one.transfer), -one.bytes_out, -one.connections, one.id))
    return (*found, *([_clients(replies, meaning)] if replies else ()))


def _clients(flows: list[tuple[int, Flow]], meaning: Meaning) -> Destination:
    """One row for everybody who called; bytes are turned round, because the caller opened the connection."""
    sums = _sums(flows, meaning)
    sums |= {"bytes_out": sums["bytes_in"], "bytes_in": sums["bytes_out"]}
    return Destination(id=CLIENTS, reach=Reach.REPLY, transfer=TransferClass.OWN, **sums)


def _destination(key: str, flows: list[tuple[int, Flow]], meaning: Meaning) -> Destination:
    each = [flow for _, flow in flows]
    name = each[0].name
    addresses = tuple(dict.fromkeys(flow.address for flow in each))
    return Destination(
        id=key,
        name=name,
        name_sources=tuple(sorted({flow.name_source for flow in each if flow.name_source})),
        addresses=addresses[:MOST_EACH],
        ports=tuple(dict.fromkeys(f"{flow.port}/{flow.proto}" for flow in each))[:MOST_EACH],
        reach=Reach.ATTEMPT if all(flow.attempt for flow in each) else Reach.TRANSFER,
        **meaning.describe(name, addresses),
        **_sums(flows, meaning),
    )


def _sums(flows: list[tuple[int, Flow]], meaning: Meaning) -> dict[str, Any]:
    each = [flow for _, flow in flows]
    attempts = sum(flow.attempt for flow in each)
    return {
        "connections": len(each) - attempts,
        "attempts": attempts,
        "bytes_out": sum(flow.bytes_out for flow in each),
        "bytes_in": sum(flow.bytes_in for flow in each),
        "first": min(flow.first for flow in each),
        "last": max(flow.last for flow in each),
        "owners": tuple(dict.fromkeys(owner for owner in map(meaning.owner, each) if owner is not None))[:MOST_EACH],
        "imported": all(imported(flow) for flow in each),
        "flows": tuple(place for place, _ in flows[:MOST_EACH]),
    }
