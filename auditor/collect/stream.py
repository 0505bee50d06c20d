"""The workstation's side of the protocol: lines become typed events, whatever the other side sends.

Pure: bytes in, events out. A line that is no line of protocol 1 becomes a :class:`Problem`, and reading goes on.
"""

import json
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from auditor.facts.audit import Outcome
from auditor.facts.canonical import MAX_INT
from auditor.facts.fact import Instant, Status, Value
from auditor.facts.records import AnyRecord

PROTOCOL = 1
LINE = 64 * 1024 * 1024
"""Longest line that is taken, in bytes."""
RECORDS = 2_000_000
"""Most records that are taken."""


class Hello(Value):
    """The probe answers."""

    protocol: int
    probe: str
    python: str
    pid: int
    uid: int
    capabilities: tuple[str, ...] = ()
    time: Instant


class Begin(Value):
    """A collector starts."""

    collector: str
    time: Instant


class Seen(Value):
    """A record."""

    collector: str
    record: AnyRecord


class Progress(Value):
    """How far a collector is; None where it is not known. ``rate`` is per second, ``left`` in seconds."""

    collector: str
    done: int
    total: int | None = None
    unit: str
    rate: int | None = None
    left: int | None = None
    what: str = ""


class LiveFlow(Value):
    """A destination of a process (or a port of this host that others connect to) while the watch goes on."""

    proto: str
    direction: Literal["out", "in"]
    source_address: str
    source_port: int
    address: str
    port: int
    attempt: bool
    bytes_out: int | None = None
    bytes_in: int | None = None
    pid: int | None = None
    name: str = ""
    exe: str = ""
    uid: int | None = None
    container: str = ""
    host: str = ""
    """Name of the remote side; the workstation learns it from packets, and says what follows."""
    operator: str = ""
    countries: tuple[str, ...] = ()
    """To which the address is registered."""
    cdn: bool = False
    transfer: str = ""
    product: str = ""
    """Whose known contact it is."""


class Live(Value):
    """What is known by now; the records at the end are what counts."""

    collector: str
    seconds: int
    packets: int = 0
    dropped: int = 0
    connections: int = 0
    tiers: tuple[str, ...] = ()
    """Means that watch, best first."""
    flows: tuple[LiveFlow, ...] = ()


class Problem(Value):
    """Something could not be seen."""

    collector: str
    where: str
    what: str
    status: Status
    remedy: str = ""


class End(Value):
    """A collector ended."""

    collector: str
    outcome: Outcome
    time: Instant
    records: int = Field(ge=0)
    note: str = ""


class Bye(Value):
    """The probe ended by itself."""

    time: Instant
    cancelled: bool


Event = Hello | Begin | Seen | Progress | Live | Problem | End | Bye


class _RecordLine(Seen):
    kind: Literal["record"]


_RECORD_LINE = TypeAdapter(_RecordLine)
_KINDS: dict[str, TypeAdapter[Any]] = {
    "hello": TypeAdapter(Hello),
    "begin": TypeAdapter(Begin),
    "progress": TypeAdapter(Progress),
    "live": TypeAdapter(Live),
    "problem": TypeAdapter(Problem),
    "end": TypeAdapter(End),
    "bye": TypeAdapter(Bye),
}


def refuse(what: str) -> Problem:
    """The problem that stands for a line that could not be taken."""
    return Problem(collector="", where="probe", what=what, status=Status.ERROR, remedy="audit again")


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > MAX_INT:
        raise ValueError("an integer is beyond 2^53")
    return int(digits)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def parse(line: bytes) -> Event:
    """The event of one line; never raises."""
    try:
        data = json.loads(line.decode("utf-8"), parse_int=_integer, parse_constant=_refuse_constant)
        if b"\\ud" in line or b"\\uD" in line:
            # Half a surrogate pair has no canonical form. UnicodeEncodeError is a ValueError.
            json.dumps(data, ensure_ascii=False).encode("utf-8")
        kind = data.pop("kind")
        if kind == "record":
            # As JSON, so that it can be strict: no text passes for a number.
            said = _RECORD_LINE.validate_json(line, strict=True)
            return Seen(collector=said.collector, record=said.record)
        event: Event = _KINDS[kind].validate_python(data)
        return event
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        return refuse(f"a line of the probe's answer is not valid: {place}: {first['msg']}"[:500])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return refuse(f"a line of the probe's answer cannot be read: {type(error).__name__}: {error}"[:500])


class Lines:
    """Cuts a byte stream into events; remembers what is left of an unfinished line."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._dropping = False

    def feed(self, data: bytes) -> Iterator[Event]:
        """The events that these bytes complete."""
        *ends, rest = data.split(b"\n")
        for end in ends:
            self._take(end)
            line, dropping = bytes(self._rest).strip(), self._dropping
            self._rest.clear()
            self._dropping = False
            if dropping:
                yield refuse(f"a line of the probe's answer is longer than {LINE} bytes")
            elif line:
                yield parse(line)
        self._take(rest)

    def _take(self, part: bytes) -> None:
        self._dropping = self._dropping or len(self._rest) + len(part) > LINE
        if self._dropping:
            self._rest.clear()
        else:
            self._rest += part

    def finish(self) -> Iterator[Event]:
        """What is left at the end of the stream: half a line is a problem."""
        if self._rest.strip() or self._dropping:
            self._rest.clear()
            yield refuse("the probe's answer ends within a line")
