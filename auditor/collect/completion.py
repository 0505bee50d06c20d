"""What an audit is given beyond the probe's records: imported captures, whose addresses are, pseudonyms of clients.

Pure: the captures are read and the tables loaded by whoever calls.
"""

from typing import Any

from auditor.facts.audit import Audit, Collector, Facts, Outcome, Probe, Problem, Target, Tool
from auditor.facts.fact import Fact, Status
from auditor.facts.host import Host
from auditor.facts.traffic import Capture, Tier, Traffic
from auditor.knowledge.registries import Registries
from auditor.recognise.packets.reading import Reading, stamp
from auditor.recognise.packets.traffic import EPOCH, KEPT, METHOD, to_traffic
from auditor.recognise.pseudonyms import pseudonymised
from auditor.recognise.registrations import registered

COLLECTOR = "captures"
SOCKETS_KEPT = ("Of each connection: addresses, ports, times and its owner. No packet was kept.",)
"""Said of a watch that looked at sockets and not at packets."""


def complete(
    audit: Audit, reading: Reading | None = None, registries: Registries | None = None, key: bytes | None = None
) -> Audit:
    """The audit with captures merged in, clients replaced where there is a ``key``, and addresses looked up."""
    traffic = _said(audit.facts.traffic)
    update: dict[str, object] = {}
    if reading is not None:
        traffic = _merged(traffic, to_traffic(reading))
        update["collectors"] = (*audit.collectors, _collector(audit, reading))
        update["problems"] = tuple(
            sorted(
                (*audit.problems, *_problems(reading)), key=lambda p: (p.collector, p.where, p.what, p.status, p.remedy)
            )
        )
    if key is not None:
        traffic = pseudonymised(traffic, key)
    if registries is not None:
        traffic = registered(traffic, registries, audit.ended)
    update["facts"] = audit.facts.model_copy(update={"traffic": traffic})
    return audit.model_copy(update=update)


def alone(reading: Reading, tool: Tool, registries: Registries) -> Audit:
    """An audit of which captures are all: no host was looked at."""
    capture = reading.capture
    first, last = (EPOCH if time is None else stamp(time) for time in (capture.first, capture.last))

    def nothing(note: str) -> Fact[Any]:
        return Fact(value=None, source="", method="", time=last, status=Status.ABSENT, note=note)

    audit = Audit(
        schema_="sovereign-facts/1",
        target=Target(kind="files", name=", ".join(capture.sources)[:200]),
        tool=tool,
        probe=Probe(version="", python="", uid=0, capabilities=()),
        started=first,
        ended=last,
        partial=False,
        collectors=(),
        facts=Facts(
            host=Host(**{name: nothing("no host was looked at") for name in Host.model_fields}),
            traffic=Traffic(capture=nothing("only captures were looked at")),
        ),
    )
    return complete(audit, reading, registries)


def _merged(watched: Traffic, imported: Traffic) -> Traffic:
    """Flows of the watch first, so that what rests on them keeps its place."""
    return watched.model_copy(
        update={
            "flows": (*watched.flows, *imported.flows),
            "imports": (*watched.imports, imported.capture),
        }
    )


def _said(traffic: Traffic) -> Traffic:
    """The watch says what was kept of it."""
    capture = traffic.capture.value
    if capture is None or capture.kept:
        return traffic
    kept = KEPT if capture.tier in (Tier.RING, Tier.IMPORTED) else SOCKETS_KEPT
    told: Fact[Capture] = traffic.capture.model_copy(update={"value": capture.model_copy(update={"kept": kept})})
    return traffic.model_copy(update={"capture": told})


def _collector(audit: Audit, reading: Reading) -> Collector:
    damaged = reading.capture.truncated or reading.problems
    return Collector(
        name=COLLECTOR,
        outcome=Outcome.PARTIAL if damaged else Outcome.COMPLETE,
        started=audit.started,
        ended=audit.ended,
        records=len(reading.flows),
        note=f"{METHOD}: {', '.join(reading.capture.sources)}"[:500],
    )


def _problems(reading: Reading) -> list[Problem]:
    return [
        Problem(
            collector=COLLECTOR,
            where=f"{problem.where}, byte {problem.offset}",
            what=problem.what,
            status=Status.ERROR,
            remedy="Capture again, or hand in the file as the capturing program closed it.",
        )
        for problem in reading.problems
    ]
