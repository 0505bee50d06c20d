"""One probe from start to end: what it saw, how each collector ended, what could not be seen."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from auditor.collect import bundle
from auditor.collect.process import Child
from auditor.collect.request import Request
from auditor.collect.stream import (
    PROTOCOL,
    RECORDS,
    Begin,
    Bye,
    End,
    Event,
    Hello,
    Lines,
    Problem,
    Seen,
    refuse,
)
from auditor.collect.target import Target
from auditor.errors import UserError
from auditor.facts import audit
from auditor.facts.audit import Collector, Outcome
from auditor.facts.fact import Instant
from auditor.facts.records import AnyRecord

_BYTES = 512 * 1024**2
"""Most bytes that are taken of one probe."""
_UNREADABLE = 100
"""Most lines that may be no lines of the protocol; a stream with more of them is not a probe's."""


@dataclass(frozen=True)
class Collected:
    """All that one probe said. ``partial``: it did not come to its end, or a collector was cancelled or failed."""

    records: tuple[AnyRecord, ...]
    collectors: tuple[Collector, ...]
    problems: tuple[audit.Problem, ...]
    probe: audit.Probe
    started: Instant
    ended: Instant
    partial: bool


@dataclass
class _Story:
    """What was heard so far."""

    asked: tuple[str, ...]
    hello: Hello | None = None
    bye: Bye | None = None
    records: list[AnyRecord] = field(default_factory=list)
    collectors: dict[str, Collector] = field(default_factory=dict)
    problems: list[audit.Problem] = field(default_factory=list)
    last: Instant = ""
    unreadable: int = 0

    def hear(self, event: Event) -> None:
        """Take an event in."""
        match event:
            case Hello():
                self.hello, self.last = event, event.time
            case Begin():
                self.collectors[event.collector] = Collector(
                    name=event.collector, outcome=Outcome.PARTIAL, started=event.time
                )
                self.last = event.time
            case Seen():
                self.records.append(event.record)
                self.last = event.record.time
            case End():
                begun = self.collectors.get(event.collector, Collector(name=event.collector, outcome=Outcome.PARTIAL))
                update = {"outcome": event.outcome, "ended": event.time, "records": event.records, "note": event.note}
                self.collectors[event.collector] = begun.model_copy(update=update)
                self.last = event.time
            case Problem():
                self.problems.append(audit.Problem(**event.model_dump()))
                self.unreadable += event.where == "probe" and not event.collector
            case Bye():
                self.bye, self.last = event, event.time

    def so_far(self, hello: Hello) -> Collected:
        """What was heard until now. Collectors that have not ended yet count as not run."""
        ended = [collector for collector in self.collectors.values() if collector.ended is not None]
        names = {collector.name for collector in ended}
        missing = [Collector(name=name, outcome=Outcome.NOT_RUN) for name in self.asked if name not in names]
        return self._collected(hello, [*ended, *missing])

    def finish(self, hello: Hello, why: str) -> Collected:
        """The whole; collectors that never came to an end are partial, those that never began were not run."""
        collectors = []
        for name in (*self.asked, *sorted(set(self.collectors) - set(self.asked))):
            collector = self.collectors.get(name, Collector(name=name, outcome=Outcome.NOT_RUN))
            if collector.outcome is Outcome.PARTIAL and collector.ended is None:
                collector = collector.model_copy(update={"note": "the probe ended before this collector did"})
            collectors.append(collector)
        if self.bye is None:
            self.problems.append(
                audit.Problem(**refuse("the probe ended before it was done" + (f": {why}" if why else "")).model_dump())
            )
        return self._collected(hello, collectors)

    def _collected(self, hello: Hello, collectors: list[Collector]) -> Collected:
        cut_short = any(c.outcome in (Outcome.CANCELLED, Outcome.FAILED, Outcome.NOT_RUN) for c in collectors)
        return Collected(
            records=tuple(self.records),
            collectors=tuple(collectors),
            problems=tuple(self.problems),
            probe=audit.Probe(version=hello.probe, python=hello.python, uid=hello.uid, capabilities=hello.capabilities),
            started=hello.time,
            ended=max(self.last, hello.time),
            partial=self.bye is None or self.bye.cancelled or cut_short,
        )


def collect(
    target: Target,
    request: Request,
    *,
    on_event: Callable[[Event], None] = lambda event: None,
    on_part: Callable[[Collected], None] | None = None,
    cancel: threading.Event,
) -> Collected:
    """Run a probe on the target and hear it out, or until ``cancel`` is set; what was collected is kept.

    ``on_event`` is called for every event, in the calling thread, ``on_part`` with all that was heard whenever a
    collector has ended. Raises UserError where no probe answered.
    """
    story = _Story(tuple(request.collectors))
    try:
        child = Child(target.command(), bundle.preamble(request.line()))
    except OSError as error:
        raise UserError(f"the probe cannot be started: {error.strerror}", where=target.command()[0]) from error
    lines, taken = Lines(), 0

    def hear(events: "list[Event]") -> bool:
        for event in events:
            story.hear(event)
            on_event(event)
            if isinstance(event, End) and on_part is not None and story.hello is not None:
                on_part(story.so_far(story.hello))
            if isinstance(event, Bye):
                return False
        return True

    with child:
        for piece in child.pieces(cancel):
            taken += len(piece)
            if not hear(list(lines.feed(piece))):
                break
            if taken > _BYTES or len(story.records) > RECORDS or story.unreadable > _UNREADABLE:
                hear([refuse("the probe's answer is too long or not a probe's, the rest of it was not taken")])
                child.stop()
                break
        else:
            hear(list(lines.finish()))
        code = child.wait()
    return _conclude(target, story, code, child.said, cancel)


def _conclude(target: Target, story: _Story, code: int | None, said: str, cancel: threading.Event) -> Collected:
    if story.hello is None:
        if cancel.is_set():
            raise UserError("cancelled before the probe answered")
        raise target.explain(code, said)
    if story.hello.protocol != PROTOCOL:
        raise UserError(f"the probe speaks protocol {story.hello.protocol}, not {PROTOCOL}")
    last = said.strip().splitlines()[-1] if said.strip() else ""
    return story.finish(story.hello, last or ("" if code is None else f"exit code {code}"))
