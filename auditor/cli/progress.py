"""Progress for a person (bars on stderr) or for a program (JSON lines on stdout)."""

import contextlib
import json
import sys
import threading
from collections.abc import Iterator
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from auditor.audit import Certain, OnEvent, Stage
from auditor.collect import stream as events

WORDS = {
    "host": "Host",
    "gpus": "GPUs",
    "processes": "Processes",
    "models": "Models",
    "weights": "Weight digests",
    "custody": "Weights in use",
    "traffic": "Watching the network",
    "footprints": "Footprints",
    "endpoints": "Asking serving processes",
}
STAGES = {"judge": "Judging", "compose": "Composing the dossier", "seal": "Signing"}


class Stream:
    """Writes one JSON object a line, whole, from any thread."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lock = threading.Lock()

    def write(self, message: dict[str, Any]) -> None:
        """One line, flushed at once."""
        with self._lock:
            self._out.write(json.dumps(message, ensure_ascii=False, separators=(",", ":")) + "\n")
            self._out.flush()


class Lines(threading.Thread):
    """Listens for ``{"command": "cancel"}``; the end of the input, a parent that died, means the same."""

    def __init__(self, source: TextIO, cancel: threading.Event) -> None:
        super().__init__(daemon=True, name="commands")
        self._source = source
        self._cancel = cancel

    def run(self) -> None:
        for line in self._source:
            with contextlib.suppress(ValueError):
                if json.loads(line) == {"command": "cancel"}:
                    break
        self._cancel.set()


def interrupt(cancel: threading.Event) -> None:
    """The first Ctrl-C ends the work with what it has; the second ends the program."""
    if cancel.is_set():
        raise KeyboardInterrupt
    cancel.set()


@contextlib.contextmanager
def progress_for(stream: Stream | None, *, quiet: bool) -> Iterator[OnEvent]:
    """What an audit reports its progress to: JSON lines, bars on a terminal, or nothing."""
    if stream is not None:
        yield _Messages(stream)
    elif quiet or not sys.stderr.isatty():
        yield lambda event: None
    else:
        with _bars() as on_event:
            yield on_event


class _Messages:
    """The probe's own messages, without records, findings that are certain, and the stages of the audit."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def __call__(self, event: events.Event | Stage | Certain) -> None:
        if isinstance(event, Stage):
            self._stream.write({"kind": "stage", "stage": event.name})
        elif isinstance(event, Certain):
            self._stream.write({"kind": "finding", **_finding(event)})
        elif not isinstance(event, events.Seen):
            self._stream.write({"kind": type(event).__name__.lower(), **event.model_dump(mode="json")})


def _finding(event: Certain) -> dict[str, Any]:
    finding = event.finding
    return {
        "control": finding.control,
        "title": event.title,
        "severity": finding.severity.value,
        "verdict": finding.verdict.value,
        "subject": finding.subject.model_dump(mode="json"),
        "observed": finding.observed,
    }


@contextlib.contextmanager
def _bars() -> Iterator[OnEvent]:
    """One line per collector: its own amount, rate and time left; never one invented percentage."""
    progress = Progress(
        TextColumn("{task.description:<22}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[amount]:<28}"),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        console=Console(stderr=True),
        transient=True,
    )
    tasks: dict[str, TaskID] = {}

    def show(event: events.Event | Stage | Certain) -> None:
        match event:
            case Stage(name=name) if name in STAGES:
                tasks[name] = progress.add_task(STAGES[name], total=None, amount="")
            case events.Begin():
                tasks[event.collector] = progress.add_task(
                    WORDS.get(event.collector, event.collector), total=None, amount=""
                )
            case events.Progress() if event.collector in tasks:
                progress.update(tasks[event.collector], completed=event.done, total=event.total, amount=_amount(event))
            case events.End() if event.collector in tasks:
                progress.update(
                    tasks[event.collector],
                    completed=1,
                    total=1,
                    amount=f"{event.records} records, {event.outcome.value}",
                )

    with progress:
        yield show


def _amount(event: events.Progress) -> str:
    if event.unit == "bytes":
        amount = size(event.done) + (f" of {size(event.total)}" if event.total else "")
        return amount + (f", {size(event.rate)}/s" if event.rate else "")
    return f"{event.done}" + (f" of {event.total}" if event.total else "") + f" {event.unit}"


def size(count: int) -> str:
    """Bytes for people: ``1.4 GB`` (powers of 1000)."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
