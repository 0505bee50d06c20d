"""Traffic: which destinations were contacted, by whom and when, and how well was watched."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QDragEnterEvent, QDropEvent

from auditor.desktop import units
from auditor.desktop.charts import Lane, Lanes
from auditor.desktop.pages.evidence import EvidencePage, Thing, shown, verdict_column
from auditor.desktop.pages.transfers import Captures, Transfers, captures_in, told_of
from auditor.desktop.parts import Panel, heading, row, text
from auditor.desktop.rows import Column
from auditor.desktop.session import Session
from auditor.desktop.settings import Settings
from auditor.desktop.spoken import said
from auditor.desktop.words import words
from auditor.desktop.worldpanel import WorldPanel
from auditor.facts.traffic import Capture, Flow, Listener
from auditor.judge.finding import Finding, SubjectKind

BINS = 60
MOST_LANES = 12
TONES = {"fail": "fail", "unknown": "unknown", "waived": "waived"}


@dataclass(frozen=True)
class Destination:
    """All connections to one address and port."""

    address: str
    port: int
    proto: str
    flows: tuple[Flow, ...]

    @property
    def name(self) -> str:
        """``203.0.113.24:443``; an IPv6 address in brackets."""
        return join(self.address, self.port)

    @property
    def attempts(self) -> int:
        """Connections that never got an answer."""
        return sum(flow.attempt for flow in self.flows)

    def owners(self) -> str:
        """Processes that connected."""
        found = (shown(f.process, lambda p: f"{p.name}, {p.pid}") for f in self.flows)
        return "; ".join(dict.fromkeys(found))


class TrafficPage(EvidencePage):
    """Destinations and listening sockets."""

    key = "traffic"
    collectors = ("traffic",)

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._captures: Captures | None = None
        self.setAcceptDrops(True)

    def show_session(self, session: Session) -> None:
        """Show another audit; a reading of captures ends with the one before."""
        self.stop()
        self._captures = None
        super().show_session(session)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Captures are welcome."""
        if self._captures is not None and _dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Read them in a child process."""
        paths = _dropped(event)
        if self._captures is not None and paths:
            self._captures.read(paths)
            event.acceptProposedAction()

    def stop(self) -> None:
        """End what still runs."""
        if self._captures is not None:
            self._captures.stop()

    def nothing(self) -> str:
        """Said where nothing was watched."""
        return self.tr("The network was not watched.")

    def sentence(self, session: Session) -> tuple[str, str]:
        """What left, in how long a watch."""
        traffic = session.audit.facts.traffic
        capture = traffic.capture.value
        if capture is None:
            return self.nothing(), words().status(traffic.capture.status.value)
        number = len({(f.address, f.port) for f in traffic.flows if f.direction == "out"})
        below = self.tr(
            "Watched for {time} in {samples} looks, at most {gap} ms apart. Shorter connections can have been missed."
        )
        return (
            self.tr("Destinations contacted: {number}. Open findings: {open}.").format(
                number=units.count(number), open=session.open(self.key)
            ),
            below.format(
                time=units.duration(capture.seconds),
                samples=units.count(capture.samples),
                gap=units.count(capture.longest_gap_ms),
            ),
        )

    def tables(self, session: Session) -> None:
        """The chart, then destinations and listeners."""
        things = self._destinations(session)
        capture = session.audit.facts.traffic.capture.value
        if capture is not None and things:
            self.content.addWidget(self._chart(session, capture, things))
        told = [told_of(one) for one in session.judgement.destinations]
        if told:
            meaning = Transfers("transfers", self.tr("Whom the host contacted"), told, self.settings)
            meaning.failed.connect(self.failed)
            panel = Panel("plain", padding=0)
            panel.add(meaning)
            self.content.addWidget(panel)
            map_ = WorldPanel("countries", self.settings)
            map_.failed.connect(self.failed)
            map_.show_told(told)
            self.content.addWidget(map_)
            self.content.addWidget(text(self._tables(session), "caption", "muted", wrap=True))
        self._captures = Captures(self.settings)
        self._captures.failed.connect(self.failed)
        self.content.addWidget(self._captures)
        zone = units.zone(session.audit.started)
        columns: list[Column[Thing[Destination]]] = [
            verdict_column(self.tr("Verdict")),
            Column(self.tr("Destination"), lambda t: t.value.name, width=220, mono=True),
            Column(self.tr("Protocol"), lambda t: t.value.proto, width=80),
            Column(self.tr("Process"), lambda t: t.value.owners(), width=200),
            Column(
                self.tr("Connections"),
                lambda t: units.count(len(t.value.flows)),
                key=lambda t: len(t.value.flows),
                width=100,
                right=True,
            ),
            Column(
                self.tr("Without answer"),
                lambda t: units.count(t.value.attempts),
                key=lambda t: t.value.attempts,
                width=120,
                right=True,
            ),
            Column(
                self.tr("First – last ({zone})").format(zone=zone),
                lambda t: (
                    f"{units.clock(min(f.first for f in t.value.flows))} – "
                    f"{units.clock(max(f.last for f in t.value.flows))}"
                ),
                width=180,
            ),
        ]
        self.add_table("destinations", self.tr("Destinations"), columns, things)
        listeners = [
            Thing(item, f"/facts/traffic/listeners/{number}", tuple(self._listening(session, item, number)))
            for number, item in enumerate(session.audit.facts.traffic.listeners)
        ]
        listener_columns: list[Column[Thing[Listener]]] = [
            verdict_column(self.tr("Verdict")),
            Column(self.tr("Listens on"), lambda t: _socket(t.value), width=220, mono=True),
            Column(self.tr("Protocol"), lambda t: t.value.proto, width=80),
            Column(self.tr("Process"), lambda t: shown(t.value.process, lambda p: f"{p.name}, {p.pid}"), width=220),
        ]
        self.add_table("listeners", self.tr("Listening sockets"), listener_columns, listeners)

    def _tables(self, session: Session) -> str:
        """By which tables, how old, and what was kept."""
        traffic = session.audit.facts.traffic
        tables = "; ".join(f"{each.name}, {units.day(each.date + 'T12:00:00Z')}" for each in traffic.registries)
        parts = [self.tr("Looked up in: {tables}. An address does not tell where a machine stands.").format(
            tables=tables or "–"
        )]  # fmt: skip
        captures = [fact.value for fact in (traffic.capture, *traffic.imports) if fact.value is not None]
        parts += dict.fromkeys(said(each) for capture in captures for each in capture.kept)
        if traffic.pseudonyms:
            parts.append(self.tr("Addresses of clients are pseudonyms."))
        return " ".join(parts)

    def named(self, thing: Thing[object], item: str) -> bool:
        """An address, with or without its port."""
        value = thing.value
        if isinstance(value, Destination):
            return item in (value.name, value.address)
        return isinstance(value, Listener) and item == _socket(value)

    def _destinations(self, session: Session) -> list[Thing[Destination]]:
        grouped: dict[tuple[str, int, str], list[tuple[int, Flow]]] = {}
        for number, flow in enumerate(session.audit.facts.traffic.flows):
            if flow.direction == "out":
                grouped.setdefault((flow.address, flow.port, flow.proto), []).append((number, flow))
        things = []
        for (address, port, proto), flows in grouped.items():
            destination = Destination(address, port, proto, tuple(flow for _, flow in flows))
            pointers = {f"/facts/traffic/flows/{number}" for number, _ in flows}
            about = tuple(self._speaking(session, destination, pointers))
            things.append(Thing(destination, f"/facts/traffic/flows/{flows[0][0]}", about))
        order = ("fail", "unknown", "waived", "pass", "not_applicable", "")
        return sorted(things, key=lambda t: (order.index(t.mark), t.value.name))

    def _speaking(self, session: Session, destination: Destination, pointers: set[str]) -> Iterable[Finding]:
        for finding in session.findings(self.key):
            if finding.subject.kind is SubjectKind.LISTENER:
                continue
            rests = any("/".join(pointer.split("/")[:5]) in pointers for pointer in finding.rests_on)
            if rests or finding.subject.id in (destination.name, destination.address):
                yield finding

    def _listening(self, session: Session, listener: Listener, number: int) -> Iterable[Finding]:
        pointer = f"/facts/traffic/listeners/{number}"
        for finding in session.findings(self.key):
            rests = any(p == pointer or p.startswith(pointer + "/") for p in finding.rests_on)
            if rests or (finding.subject.kind is SubjectKind.LISTENER and finding.subject.id == _socket(listener)):
                yield finding

    def _chart(self, session: Session, capture: Capture, things: list[Thing[Destination]]) -> Panel:
        # Imported captures can be of another time than the watch.
        flows_seen = session.audit.facts.traffic.flows
        start = min(_moment(each) for each in (capture.first, *(flow.first for flow in flows_seen)))
        end = max(_moment(each) for each in (capture.last, *(flow.last for flow in flows_seen)))
        seconds = max(1.0, (end - start).total_seconds())

        def bins(flows: Iterable[Flow], attempts: bool) -> tuple[int, ...]:
            found = [0] * BINS
            for flow in flows:
                if flow.attempt is attempts:
                    first = int((_moment(flow.first) - start).total_seconds() / seconds * BINS)
                    last = int((_moment(flow.last) - start).total_seconds() / seconds * BINS)
                    for number in range(max(0, first), min(BINS - 1, last) + 1):
                        found[number] += 1
            return tuple(found)

        served = [f for f in session.audit.facts.traffic.flows if f.direction == "in"]
        lanes = [
            Lane(self.tr("Connections accepted"), units.count(len(served)), bins(served, False), tone="line-strong")
        ]
        for thing in things[:MOST_LANES]:
            flows = thing.value.flows
            tried = thing.value.attempts
            total = units.count(len(flows))
            if tried:
                total = self.tr("{total}, no answer {tried}").format(total=total, tried=units.count(tried))
            lanes.append(
                Lane(
                    thing.value.name,
                    total,
                    bins(flows, False),
                    bins(flows, True) if tried else (),
                    thing.mark,
                    TONES.get(thing.mark, "accent"),
                )
            )
        ticks = [
            (share / 4, units.clock((start + (end - start) * share / 4).strftime("%Y-%m-%dT%H:%M:%SZ")))
            for share in range(5)
        ]
        panel = Panel()
        note = f"{units.day(capture.first)}, {units.zone(capture.first)}; {self.tr('each lane has its own scale')}"
        title = self.tr("Connections over time, by destination")
        panel.add(row(heading(title), 8, text(note, "caption", "muted"), None), Lanes(lanes, ticks, title))
        return panel


def _dropped(event: QDragEnterEvent | QDropEvent) -> list[Path]:
    return captures_in([url.toLocalFile() for url in event.mimeData().urls()])


def _moment(instant: str) -> dt.datetime:
    return dt.datetime.fromisoformat(instant)


def _socket(listener: Listener) -> str:
    return join(listener.address, listener.port)


def join(address: str, port: int) -> str:
    """``203.0.113.24:443``; an IPv6 address in brackets."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
