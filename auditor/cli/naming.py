"""Gives the destinations of a running watch the names that its packets tell, and what these and the addresses mean."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from auditor.collect import stream as events
from auditor.facts.records import PacketsRecord
from auditor.facts.traffic import Registration
from auditor.judge.destinations import Meaning
from auditor.knowledge.knowledge import Knowledge
from auditor.knowledge.registries import MOST_LOOKUPS, Registries, public
from auditor.recognise.packets.live import Names

OnEvent = Callable[[events.Event], None]


class Naming:
    """Passes events on; looks up each address once."""

    def __init__(self, on_event: OnEvent, knowledge: Knowledge, registries: Registries, now: dt.datetime) -> None:
        self._on_event, self._registries = on_event, registries
        self._names = Names()
        self._new = False
        self._found: dict[str, Registration] = {}
        self._meaning = Meaning(knowledge, now.date().isoformat(), self._found)
        self._told: dict[tuple[str, str], dict[str, Any]] = {}

    def __call__(self, event: events.Event) -> None:
        """One event."""
        if isinstance(event, events.Seen) and isinstance(event.record, PacketsRecord):
            self._names.hear(event.record.data)
            self._new = True
        elif isinstance(event, events.Live):
            if self._new:
                self._names.gather(final=False)
                self._new = False
            event = event.model_copy(update={"flows": tuple(map(self._named, event.flows))})
        self._on_event(event)

    def _named(self, flow: events.LiveFlow) -> events.LiveFlow:
        found = self._names.find(flow.proto, flow.source_address, flow.source_port, flow.address, flow.port)
        if flow.direction == "in":
            return flow.model_copy(update={"host": found.name})
        return flow.model_copy(update={"host": found.name, **self._means(found.name, flow.address)})

    def _means(self, name: str, address: str) -> dict[str, Any]:
        known = self._told.get((name, address))
        if known is not None:
            return known
        self._look_up(address)
        told = self._meaning.describe(name, (address,))
        means = {
            "operator": told["operator"] or ", ".join(told["networks"][:1]),
            "countries": told["countries"],
            "cdn": told["cdn"],
            "transfer": told["transfer"].value,
            "product": ", ".join(dict.fromkeys(endpoint.product for endpoint in told["endpoints"])),
        }
        if len(self._told) < MOST_LOOKUPS:
            self._told[(name, address)] = means
        return means

    def _look_up(self, text: str) -> None:
        address = public(text)
        if address is None or text in self._found or len(self._found) >= MOST_LOOKUPS:
            return
        try:
            self._found[text] = self._registries.find(address).model_copy(update={"address": text})
        except ValueError:
            # A damaged table is told when the facts are made.
            self._found[text] = Registration(address=text)
