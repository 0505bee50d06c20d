"""Serving: processes that serve models, their telemetry switches, and traces of past contact."""

from auditor.desktop import units
from auditor.desktop.pages.evidence import EvidencePage, Thing, shown, verdict_column
from auditor.desktop.rows import Column
from auditor.desktop.session import Session
from auditor.facts.serving import Asked, Footprint, Served, Switch, SwitchState


class ServingPage(EvidencePage):
    """Processes, switches, footprints."""

    key = "serving"
    collectors = ("processes", "footprints")

    def nothing(self) -> str:
        """Said where nothing was found."""
        return self.tr("No process that serves a model was found.")

    def sentence(self, session: Session) -> tuple[str, str]:
        """How many serve."""
        facts = session.audit.facts
        if not facts.serving:
            return self.nothing(), ""
        on = sum(s.state.value in (SwitchState.ON, SwitchState.INEFFECTIVE) for s in facts.switches)
        return (
            self.tr("Serving processes: {number}. Telemetry that is on: {on}.").format(
                number=len(facts.serving), on=on
            ),
            self.tr("Switches examined: {switches}. Traces of past contact: {footprints}.").format(
                switches=len(facts.switches), footprints=len(facts.footprints)
            ),
        )

    def tables(self, session: Session) -> None:
        """Processes, answers, switches, traces."""
        facts = session.audit.facts
        served = [
            Thing(s, f"/facts/serving/{number}", tuple(session.about(self.key, str(s.pid))))
            for number, s in enumerate(facts.serving)
        ]
        columns: list[Column[Thing[Served]]] = [
            verdict_column(self.tr("Verdict")),
            Column("PID", lambda t: str(t.value.pid), key=lambda t: t.value.pid, width=72, right=True),
            Column(self.tr("Stack"), lambda t: shown(t.value.stack), width=120, strong=True),
            Column(self.tr("Version"), lambda t: shown(t.value.version), width=110),
            Column(self.tr("Models"), lambda t: shown(t.value.models, ", ".join), width=200),
            Column(self.tr("Container"), lambda t: shown(t.value.container), width=120),
            Column(self.tr("Command"), lambda t: shown(t.value.command, " ".join), width=420, mono=True),
        ]
        self.add_table("serving", self.tr("Processes"), columns, served)
        self._answers(session)
        switches = [Thing(s, f"/facts/switches/{number}") for number, s in enumerate(facts.switches)]
        states = {
            SwitchState.OFF: (self.tr("off"), "pass"),
            SwitchState.ON: (self.tr("on"), "fail"),
            SwitchState.INEFFECTIVE: (self.tr("set, but without effect"), "fail"),
            SwitchState.UNKNOWN: (self.tr("not seen"), "unknown"),
        }

        def state(t: Thing[Switch]) -> tuple[str, str]:
            return states[t.value.state.value or SwitchState.UNKNOWN]

        switch_columns: list[Column[Thing[Switch]]] = [
            Column(self.tr("Telemetry"), lambda t: state(t)[0], width=200, mark=lambda t: state(t)[1]),
            Column("PID", lambda t: str(t.value.pid), key=lambda t: t.value.pid, width=72, right=True),
            Column(self.tr("Product"), lambda t: t.value.product, width=130, strong=True),
            Column(self.tr("Set"), lambda t: ", ".join(t.value.found) or self.tr("nothing"), width=280, mono=True),
            Column(self.tr("How the product reads it"), lambda t: t.value.rule, width=300),
            Column(self.tr("Would contact"), lambda t: ", ".join(t.value.hosts), width=220, mono=True),
        ]
        self.add_table("switches", self.tr("Telemetry switches"), switch_columns, switches)
        if facts.footprints:
            zone = units.zone(session.audit.started)
            traces = [Thing(f, f"/facts/footprints/{number}") for number, f in enumerate(facts.footprints)]
            trace_columns: list[Column[Thing[Footprint]]] = [
                Column(self.tr("Product"), lambda t: t.value.product, width=130, strong=True),
                Column(self.tr("File"), lambda t: t.value.path, width=420, mono=True),
                Column(
                    self.tr("Changed ({zone})").format(zone=zone),
                    lambda t: shown(t.value.modified, units.when),
                    width=190,
                ),
                Column(self.tr("What it says"), lambda t: shown(t.value.summary), width=320),
            ]
            self.add_table("footprints", self.tr("Traces of past contact"), trace_columns, traces)

    def named(self, thing: Thing[object], item: str) -> bool:
        """The process id."""
        return str(getattr(thing.value, "pid", "")) == item

    def _answers(self, session: Session) -> None:
        """What was asked on loopback, and what came back; nothing where the audit did not ask."""
        answered = [
            Thing(asked, f"/facts/serving/{number}/answers/asked/{place}")
            for number, served in enumerate(session.audit.facts.serving)
            for place, asked in enumerate(served.answers.asked if served.answers else ())
        ]
        if not answered:
            return
        columns: list[Column[Thing[Asked]]] = [
            Column(self.tr("Request"), lambda t: t.value.code.source, width=380, mono=True),
            Column(self.tr("Answer"), lambda t: str(t.value.code.value or t.value.code.note), width=220),
            Column(
                self.tr("Size"), lambda t: units.size(t.value.size), key=lambda t: t.value.size, width=90, right=True
            ),
        ]
        fact = session.audit.facts.traffic.requests_served
        title = self.tr("Answers on loopback")
        if fact is not None and fact.value is not None:
            title = self.tr("Answers on loopback; requests served during the watch: {number}").format(number=fact.value)
        self.add_table("answers", title, columns, answered)
