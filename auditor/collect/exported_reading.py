"""Collects from exported files: each becomes the records that a probe would have reported.

What the probe reads from disk it reads here from a private copy. A collector of which no file exists is not run:
nothing of it was looked at.
"""

import hashlib
import io
import os
import posixpath
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from auditor.collect.collect import Collected
from auditor.collect.exported import COPIED, TEXT, Files
from auditor.collect.mirror import Mirror, links_of, sizes_of
from auditor.collect.request import Request
from auditor.collect.stream import Begin, End, Event, Lines, Problem, Seen
from auditor.facts import audit
from auditor.facts.audit import Collector, Outcome
from auditor.facts.fact import Instant, Status
from auditor.facts.records import AnyRecord, ProcessRecord, SettingRecord, SmiRecord, WeightRecord
from auditor.probe import footprints, masks, models, settings, stream
from auditor.probe.found import Weight, sums
from auditor.probe.host import CAPABILITIES
from auditor.probe.names import format_of
from auditor.probe.text import decode, instant
from auditor.probe.walk import explain, open_regular, read_regular
from auditor.recognise.exported.bus import devices_of, sysfs_of
from auditor.recognise.exported.containers import containers_of
from auditor.recognise.exported.kinds import Kind
from auditor.recognise.exported.machine import boot_of, machine_of
from auditor.recognise.exported.processes import listed, processes_of
from auditor.recognise.exported.sockets import sockets_of

SEAL = "EXPORT.sha256"
"""Digests of the exported files themselves."""
_SETTINGS = {"block.txt": "block", "nft.txt": "nft", "iptables.txt": "iptables"}
"""Outputs of the script that are settings, and what each tells of."""


@dataclass
class _Reader:
    """Collects from one export; each part is a collector that cannot take another down."""

    target: Files
    asked: Request
    on_event: Callable[[Event], None]
    cancel: threading.Event
    time: Instant
    records: list[AnyRecord] = field(default_factory=list)
    problems: list[audit.Problem] = field(default_factory=list)
    collectors: list[Collector] = field(default_factory=list)
    weights: list[Weight] = field(default_factory=list)

    def run(self, name: str, there: bool, work: Callable[[], None], why: str = "") -> None:
        """One collector, where files of it exist."""
        if name not in self.asked.collectors or not there or self.cancel.is_set():
            outcome = Outcome.CANCELLED if there and self.cancel.is_set() else Outcome.NOT_RUN
            self.collectors.append(Collector(name=name, outcome=outcome, note=why if not there else ""))
            return
        self.on_event(Begin(collector=name, time=self.time))
        count, failure = len(self.records), ""
        try:
            work()
        except Exception as error:
            failure = f"{type(error).__name__}: {error}"[:500]
            self.problem(name, str(self.target.folder), failure, Status.ERROR)
        bad = [p for p in self.problems if p.collector == name and p.status in (Status.DENIED, Status.ERROR)]
        outcome = Outcome.FAILED if failure else Outcome.PARTIAL if bad else Outcome.COMPLETE
        note = failure or (f"{len(bad):,} {'thing' if len(bad) == 1 else 'things'} could not be seen" if bad else "")
        if self.cancel.is_set():
            outcome, note = Outcome.CANCELLED, "cancelled; what was collected until then is kept"
        found = len(self.records) - count
        ended = {"outcome": outcome, "records": found, "note": note}
        self.collectors.append(Collector(name=name, started=self.time, ended=self.time, **ended))
        self.on_event(End(collector=name, time=self.time, outcome=outcome, records=found, note=note))

    def take(self, collector: str, records: Iterable[AnyRecord]) -> None:
        """Keep records, and tell of them."""
        for record in records:
            self.records.append(record)
            self.on_event(Seen(collector=collector, record=record))

    def problem(self, collector: str, where: str, what: str, status: Status, remedy: str = "export again") -> None:
        """Keep a problem, and tell of it."""
        told = Problem(collector=collector, where=where[:4096], what=what[:2000], status=status, remedy=remedy)
        self.problems.append(audit.Problem(**told.model_dump()))
        self.on_event(told)

    def texts(self, collector: str, *kinds: Kind) -> list[tuple[str, str]]:
        """Names and texts of the files of these kinds; one that cannot be read is a problem."""
        found = []
        for name in self.target.of(*kinds):
            try:
                found.append((name, self.target.text(name)))
                if os.stat(self.target.folder / name).st_size > TEXT:
                    self.problem(collector, name, f"is longer than {TEXT:,} bytes; the rest was not read", Status.ERROR)
            except OSError as error:
                self.problem(collector, name, explain(error)[0], Status.ERROR)
        return found

    def trouble(self, collector: str, *files: str) -> None:
        """Steps of the script that gave nothing."""
        for step in self.target.said.steps:
            if step.file in files and step.state != "ok":
                status = Status.ABSENT if step.state == "missing" else Status.ERROR
                what = "is not installed there" if step.state == "missing" else f"ended as {step.state} on the host"
                self.problem(collector, step.command, what, status, "see to it on the host and export again")

    def host(self, copy: Mirror) -> None:
        self.take("host", machine_of(self.target.machine_files(), self.target.said, self.time))
        self._probe("host", copy, lambda out: settings.collect(out, copy.root))
        self.take("host", self._settings())

    def _settings(self) -> Iterator[SettingRecord]:
        """What the script took of settings beside files: devices, packet filters, containers, and what was denied."""
        for step in self.target.said.steps:
            name, path = _SETTINGS.get(step.file, ""), step.file.removeprefix(COPIED)
            denied = step.state == "denied" and path.startswith("/")
            if denied:
                name = next((name for name, place in settings.PLACES if fnmatchcase(path, place)), "")
            if not name:
                continue
            note, text = "", ""
            status = {"ok": Status.OBSERVED, "absent": Status.ABSENT, "missing": Status.UNSUPPORTED}.get(
                step.state, Status.DENIED if denied or self.target.said.uid else Status.ERROR
            )
            if status is Status.OBSERVED:
                text = masks.text(self.target.text(step.file))
            else:
                note = {"absent": "the host has none", "missing": "is not installed on the host"}.get(step.state, "")
                note = note or f"the export could not read it: {step.state}"
            if status in (Status.DENIED, Status.ERROR):
                self.problem("host", step.command, note, status, "run the script as root")
            yield SettingRecord(
                source=step.command, method="export", time=self.time, status=status, note=note, name=name, text=text
            )
        for name, text in self.texts("host", Kind.DOCKER):
            yield from containers_of(text, name, self.time)

    def gpus(self) -> None:
        bus = self.texts("gpus", Kind.SYSFS)
        for name, text in bus:
            self.take("gpus", sysfs_of(text, name, self.time))
        for name, text in () if bus else self.texts("gpus", Kind.LSPCI):
            self.take("gpus", devices_of(text, name, self.time))
        for name, text in self.texts("gpus", Kind.SMI):
            self.take("gpus", [SmiRecord(source=name, method="command", time=self.time, text=text)])
        self.trouble("gpus", "nvidia-smi.xml", *(() if bus else ("lspci.txt",)))

    def processes(self) -> None:
        wanted = self.asked.collectors["processes"]
        boot = boot_of(self.target.machine_files())
        blocks = self.texts("processes", Kind.PROCESSES)
        for name, text in blocks:
            found = processes_of(
                text, name, self.time, boot, self.target.said.ticks, wanted["variables"], wanted["packages"]
            )
            self.take("processes", found)
        for name, text in self.texts("processes", Kind.PS) if not blocks else ():
            self.take("processes", listed(text, name, self.time, wanted["patterns"]))
            what = "tells neither environment nor open files of a process"
            self.problem("processes", name, what, Status.DENIED, "export with the script of “auditor export-script”")
        if self.target.said.hidden:
            what = f"open files of {self.target.said.hidden:,} processes may not be seen by this user"
            self.problem("processes", "/proc", what, Status.DENIED, "run the script as root")

    def traffic(self) -> None:
        known = {record.pid: record for record in self.records if isinstance(record, ProcessRecord)}
        found = sockets_of(self.texts("traffic", Kind.SS), self.time, known)
        self.take("traffic", (*found.listeners, *found.flows, found.capture))
        if found.ownerless:
            what = f"the owners of {found.ownerless:,} sockets were not told"
            self.problem("traffic", found.capture.source, what, Status.DENIED, "run ss as root, with -p")
        if found.unread:
            self.problem("traffic", found.capture.source, f"{found.unread:,} lines could not be read", Status.ERROR)
        self.trouble("traffic", "ss.txt")

    def models(self, copy: Mirror) -> None:
        request = self.asked.collectors["models"]
        named = [path for path in request.get("paths", ()) if path.startswith("/")] or list(self.target.said.models)
        places = [copy.place(path) for path in named] or [copy.root]
        self.weights += self._probe("models", copy, lambda out: models.collect(out, {"paths": places})) or []

    def footprints(self, copy: Mirror) -> None:
        homes = [
            copy.place(fields[5])
            for fields in (line.split(":") for line in self._copied(copy, "/etc/passwd").split("\n"))
            if len(fields) >= 7 and fields[5].startswith("/") and fields[5] != "/"
        ]
        request = dict(self.asked.collectors["footprints"])
        request["entries"] = [
            {**entry, "path": entry["path"] if entry["path"].startswith("~/") else copy.place(entry["path"])}
            for entry in request.get("entries", ())
        ]
        self._probe("footprints", copy, lambda out: footprints.collect(out, request, homes, among=True))

    def _copied(self, copy: Mirror, path: str) -> str:
        try:
            return decode(read_regular(copy.place(path), 1024**2))
        except OSError:
            return ""

    def _probe(self, name: str, copy: Mirror, collect: Callable[[stream.Stream], Any]) -> Any:
        """What the probe's own collector sees in the copy, with the places of the host."""
        out = io.BytesIO()
        told = stream.Stream(out)
        if self.cancel.is_set():
            told.cancelled.set()
        result = collect(told)
        lines = Lines()
        data = out.getvalue().replace(copy.root.encode("utf-8", "surrogateescape"), b"")
        for event in (*lines.feed(data), *lines.finish()):
            if isinstance(event, Seen):
                self.take(name, [event.record.model_copy(update={"time": self.time})])
            elif isinstance(event, Problem):
                self.problem(name, event.where, event.what, event.status, event.remedy)
        return result

    def digests(self, copy: Mirror) -> None:
        """The weight files with the digests that were computed on the host; nothing is hashed here."""
        stated: dict[str, str] = {}
        for name in self.target.of(Kind.SUMS):
            if name != SEAL:
                stated.update(sums(read_regular(str(self.target.folder / name), TEXT), most=1_000_000))
        # A name that two files could be meant by says nothing of either.
        called = Counter(name for weight in self.weights for name in set(_names(*_places(weight, copy))))
        stated = {name: digest for name, digest in stated.items() if called[name] == 1 or name.startswith("/")}
        self.take("weights", (self._weight(weight, copy, stated) for weight in self.weights))

    def _weight(self, weight: Weight, copy: Mirror, stated: dict[str, str]) -> WeightRecord:
        real, path, model = _places(weight, copy)
        digest = next((stated[name] for name in _names(real, path, model) if name in stated), None)
        status = os.stat(weight.file.real)
        if digest is None:
            self.problem("weights", path, "no digest of it was exported", Status.ERROR, "run sha256sum on it there")
        return WeightRecord(
            source=real,
            method="sha256sum",
            time=self.time,
            status=Status.DECLARED if digest else Status.ERROR,
            note="computed on the host by whoever exported it; the bytes were not read here" if digest
            else "no digest of it was exported",
            model=model,
            path=path,
            format=format_of(weight.file.name, read_regular(weight.file.real, 16, follow=True)),
            size=weight.file.size,
            modified=instant(status.st_mtime),
            sha256=digest,
            expected=tuple({**e, "source": e["source"].replace(copy.root, "", 1)} for e in weight.expected),
        )  # fmt: skip

    def altered(self) -> None:
        """Files of the export that differ from the digests that it states of itself."""
        try:
            stated = sums(read_regular(str(self.target.folder / SEAL), TEXT), most=1_000_000)
        except OSError:
            return
        for name, digest in stated.items():
            place = self.target.folder / name
            try:
                with os.fdopen(open_regular(str(place)), "rb") as file:
                    same = hashlib.file_digest(file, "sha256").hexdigest() == digest
            except OSError as error:
                self.problem("export", name, explain(error)[0], Status.ERROR)
                continue
            if not same:
                self.problem("export", name, "is not what was exported: its digest differs", Status.ERROR)


def read_export(
    target: Files,
    asked: Request,
    *,
    on_event: Callable[[Event], None] = lambda event: None,
    cancel: threading.Event,
) -> Collected:
    """Everything that the files tell, as if a probe had said it."""
    time = target.said.time or instant(_newest(target))
    reader = _Reader(target, asked, on_event, cancel, time)
    kinds = set(target.kinds.values())
    copied = (target.folder / COPIED).is_dir()
    with tempfile.TemporaryDirectory(prefix="auditor-") as scratch:
        reader.altered()
        copy = Mirror(Path(scratch), lambda where, what: reader.problem("models", where, what, Status.ERROR))
        trees = copied or Kind.ARCHIVE in kinds
        _fill(reader, copy)
        there = bool(target.machine_files()) or Kind.DOCKER in kinds or trees
        reader.run("host", there, lambda: reader.host(copy), "no file of the host itself was exported")
        reader.run(
            "gpus",
            bool(kinds & {Kind.SMI, Kind.LSPCI, Kind.SYSFS}),
            reader.gpus,
            "neither output of nvidia-smi nor a list of the bus",
        )
        has = bool(kinds & {Kind.PS, Kind.PROCESSES}) or target.said.ended("processes.txt") == "ok"
        reader.run("processes", has, reader.processes, "no list of processes was exported")
        listed_models = trees and (not target.said.steps or bool(target.said.models))
        reader.run("models", trees and listed_models, lambda: reader.models(copy), "no files of models were exported")
        has = listed_models and bool(kinds & {Kind.SUMS})
        reader.run("weights", has, lambda: reader.digests(copy), "no digests were exported")
        reader.run("custody", False, lambda: None, "needs the live host: memory of processes was not exported")
        has = copied and target.said.ended("footprints") == "ok"
        reader.run("footprints", has, lambda: reader.footprints(copy), "homes were not looked into")
        reader.run("traffic", Kind.SS in kinds, reader.traffic, "no list of sockets was exported")
    bits = target.said.capabilities
    return Collected(
        records=tuple(reader.records),
        collectors=tuple(reader.collectors),
        problems=tuple(reader.problems),
        probe=audit.Probe(
            version="export",
            python="",
            uid=target.said.uid,
            capabilities=tuple(name for bit, name in CAPABILITIES.items() if bits is not None and bits >> bit & 1),
        ),
        started=time,
        ended=time,
        partial=cancel.is_set() or any(c.outcome is Outcome.FAILED for c in reader.collectors),
    )


def _fill(reader: _Reader, copy: Mirror) -> None:
    """Build the copy: of files as they are, of archives, and of weights as holes behind their headers."""
    target = reader.target
    if (target.folder / COPIED).is_dir():
        copy.folder(target.folder / COPIED)
    for name in target.of(Kind.ARCHIVE):
        with open(target.folder / name, "rb") as file:
            copy.archive(file, name)
    for _, text in reader.texts("models", Kind.FILES):
        for size, modified, path in sizes_of(text):
            copy.stretch(path, size, modified)
    for _, text in reader.texts("models", Kind.LINKS):
        for path, leads in links_of(text):
            copy.link(path, leads)


def _places(weight: Weight, copy: Mirror) -> tuple[str, str, str]:
    """Where a weight file really is on the host, by which path it is known, and its model."""
    real, path, model = (
        decode(os.fsencode(place.replace(copy.root, "", 1))) or "/"
        for place in (weight.file.real, weight.file.path, weight.model)
    )
    return real, path, model


def _names(real: str, path: str, model: str) -> Iterable[str]:
    """The names by which a list of digests may call a file, the fullest first."""
    for place in dict.fromkeys((real, path)):
        yield place
        yield place.lstrip("/")
        yield posixpath.relpath(place, posixpath.dirname(model))
        yield posixpath.relpath(place, model)


def _newest(target: Files) -> float:
    """Where no manifest tells it: when the newest file was written."""
    times = []
    for name in target.kinds:
        try:
            times.append(os.lstat(target.folder / name).st_mtime)
        except OSError:
            continue
    return max(times, default=0.0)
