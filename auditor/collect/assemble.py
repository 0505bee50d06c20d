"""Records become facts: calls each recogniser in turn, and outlives the one that fails."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from auditor.collect.collect import Collected
from auditor.facts.audit import Audit, Facts, Outcome, Problem, Target, Tool
from auditor.facts.fact import Fact, Status
from auditor.facts.records import TextRecord
from auditor.facts.traffic import Capture, Traffic
from auditor.knowledge.fingerprints import Fingerprints
from auditor.knowledge.knowledge import Knowledge
from auditor.recognise.answers import requests_of
from auditor.recognise.contents import contents_of
from auditor.recognise.custody import custody_of
from auditor.recognise.footprints import footprints_of
from auditor.recognise.gpu_fields import driver_of
from auditor.recognise.gpus import gpus_of
from auditor.recognise.host import host_of
from auditor.recognise.licences import licences_of
from auditor.recognise.models import models_of
from auditor.recognise.safeguards import safeguards_of
from auditor.recognise.sockets import traffic_of
from auditor.recognise.stacks import serving_of
from auditor.recognise.switches import switches_of
from auditor.recognise.weights import weights_of

log = logging.getLogger(__name__)
T = TypeVar("T")
_NONE: tuple[Any, ...] = ()


def assemble(
    collected: Collected, knowledge: Knowledge, fingerprints: Fingerprints, tool: Tool, target: Target
) -> Audit:
    """The audit of what was collected; the same records give the same facts in the same order.

    ``fingerprints`` are those of the known licence texts.
    """
    records = collected.records
    texts = tuple(record for record in records if isinstance(record, TextRecord))
    looked = any(c.name == "footprints" and c.outcome is Outcome.COMPLETE for c in collected.collectors)
    problems = list(collected.problems)

    def ask(name: str, recognise: Callable[[], T], otherwise: T) -> T:
        try:
            return recognise()
        except Exception as error:
            # Facts of other kinds must not be lost with this one; a check that needs it will answer unknown.
            log.exception("recogniser %s failed", name)
            what = f"the records could not be understood: {type(error).__name__}: {error}"[:500]
            problems.append(
                Problem(collector=name, where=f"recognise.{name}", what=what, status=Status.ERROR, remedy="report this")
            )
            return otherwise

    models = ask("models", lambda: models_of(records, knowledge), _NONE)
    weights = ask("weights", lambda: weights_of(records, models), _NONE)
    contents = ask("contents", lambda: contents_of(records, models), _NONE)
    serving = ask("processes", lambda: serving_of(records, knowledge), _NONE)
    custody = ask("custody", lambda: custody_of(records, serving, models, weights, knowledge), _NONE)
    licences = ask("licences", lambda: licences_of(texts, models, knowledge, fingerprints), _NONE)
    switches = ask("switches", lambda: switches_of(records, serving, knowledge, looked), _NONE)
    footprints = ask("footprints", lambda: footprints_of(records, knowledge), _NONE)
    gpus = ask("gpus", lambda: gpus_of(records, knowledge), _NONE)
    gpu_driver = ask("gpus", lambda: driver_of(records), None)
    traffic = ask("traffic", lambda: traffic_of(records), _unseen(collected))
    safeguards = ask("host", lambda: safeguards_of(records, serving), None)
    facts = Facts(
        host=host_of(records),
        safeguards=safeguards,
        models=tuple(sorted(models, key=lambda model: (model.store, model.path, model.id))),
        licences=tuple(sorted(licences, key=lambda licence: (licence.model, licence.file))),
        weights=tuple(sorted(weights, key=lambda weight: (weight.model, weight.path))),
        contents=contents,
        traffic=traffic.model_copy(
            update={
                "listeners": tuple(sorted(traffic.listeners, key=_listener)),
                "flows": tuple(sorted(traffic.flows, key=_flow)),
                "requests_served": requests_of(serving),
            }
        ),
        switches=tuple(sorted(switches, key=lambda switch: (switch.pid, switch.product, switch.entry))),
        footprints=tuple(sorted(footprints, key=lambda footprint: (footprint.path, footprint.entry))),
        gpus=tuple(sorted(gpus, key=lambda gpu: gpu.index)),
        gpu_driver=gpu_driver,
        serving=tuple(sorted(serving, key=lambda served: served.pid)),
        custody=tuple(sorted(custody, key=lambda held: (held.server, held.pid, held.path, held.identity.value or ""))),
    )
    return Audit(
        schema_="sovereign-facts/1",
        target=target,
        tool=tool,
        probe=collected.probe,
        started=collected.started,
        ended=collected.ended,
        partial=collected.partial,
        collectors=collected.collectors,
        facts=facts,
        problems=tuple(sorted(problems, key=lambda p: (p.collector, p.where, p.what, p.status, p.remedy))),
    )


def _unseen(collected: Collected) -> Traffic:
    note = "the records of the watch could not be understood"
    return Traffic(
        capture=Fact[Capture](
            value=None, source="/proc/net", method="procfs", time=collected.started, status=Status.ERROR, note=note
        )
    )


def _listener(listener: Any) -> tuple[Any, ...]:
    process = listener.process.value
    return (listener.proto, listener.port, listener.address, process.pid if process else -1)


def _flow(flow: Any) -> tuple[Any, ...]:
    process = flow.process.value
    return (
        flow.address,
        flow.port,
        flow.proto,
        flow.source_address,
        flow.source_port,
        flow.first,
        process.pid if process else -1,
    )
