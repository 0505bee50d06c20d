"""The host's identity and state, from the records of the collector ``host``."""

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from auditor.facts.fact import Fact, Instant, Status
from auditor.facts.host import Host
from auditor.facts.records import AnyRecord, HostRecord

_NEVER: Instant = "1970-01-01T00:00:00Z"


def host_of(records: Iterable[AnyRecord]) -> Host:
    """The host; a property without a record is a fact that says that nothing was reported of it."""
    everything = tuple(records)
    known = {record.name: record for record in everything if isinstance(record, HostRecord)}
    when = min((record.time for record in everything), default=_NEVER)
    return Host(**{name: _fact(field.annotation, known.get(name), when) for name, field in Host.model_fields.items()})


def _fact(kind: Any, record: HostRecord | None, when: Instant) -> Fact[Any]:
    """A fact of this kind (``Fact[str]`` ...); a value of another shape is an error that the note explains."""
    if record is None:
        missing: Fact[Any] = kind(
            value=None, source="", method="", time=when, status=Status.ERROR, note="the probe reported nothing of it"
        )
        return missing
    provenance = {"source": record.source, "method": record.method, "time": record.time}
    try:
        fact: Fact[Any] = kind(value=record.value, status=record.status, note=record.note, **provenance)
        return fact
    except ValidationError as error:
        note = f"the probe reported a value of another shape: {error.errors(include_url=False)[0]['msg']}"
        failed: Fact[Any] = kind(value=None, status=Status.ERROR, note=note, **provenance)
        return failed
