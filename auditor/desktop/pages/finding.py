"""One finding: required beside seen, why it matters, what to do, what it rests on."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QVBoxLayout, QWidget

from auditor.desktop import units
from auditor.desktop.leaves import Leaf, leaf_at
from auditor.desktop.marks import Mark
from auditor.desktop.parts import Panel, Scroll, add, button, clear, column, copy, fold, heading, prose, row, rule, text
from auditor.desktop.rows import Column
from auditor.desktop.session import Session
from auditor.desktop.settings import Settings
from auditor.desktop.table import Table
from auditor.desktop.words import words
from auditor.judge.finding import AppliedWaiver, Finding, Verdict

NARROW = 620
"""px; below it, columns stand one under the other."""


class FindingView(QWidget):
    """The right side of the findings page."""

    go = Signal(str, object)
    step = Signal(int)
    """To the next (1) or the one before (-1)."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self.finding: Finding | None = None
        self._side_by_side: list[QBoxLayout] = []
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        inner = QWidget()
        self._body = QVBoxLayout(inner)
        self._body.setContentsMargins(24, 24, 24, 16)
        self._body.setSpacing(8)
        outer.addWidget(Scroll(inner, self.tr("Finding")), 1)
        self._foot = QVBoxLayout()
        self._foot.setContentsMargins(24, 0, 24, 16)
        outer.addLayout(self._foot)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold what does not fit side by side."""
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        for layout in self._side_by_side:
            fold(layout, self.width() < NARROW)

    def show_finding(self, session: Session, finding: Finding | None, place: tuple[int, int]) -> None:
        """Show another one; ``place`` is its number among those listed."""
        self.finding = finding
        self._side_by_side = []
        clear(self._body)
        clear(self._foot)
        if finding is None:
            add(self._body, text(self.tr("No finding matches."), tone="muted"), None)
            return
        verdict = finding.verdict.value
        word = words().verdict(verdict)
        if finding.waiver is not None and finding.verdict is Verdict.WAIVED:
            word = words().waived_until(finding.waiver.until)
        subject = words().subject(finding.subject.kind.value, finding.subject.id)
        where = f"· {finding.control} · {words().severity(finding.severity.value)} · {subject}"
        tone = "na" if finding.verdict is Verdict.NOT_APPLICABLE else verdict
        line = row(Mark(verdict, "mark-m"), text(word, tone=tone, strong=True))
        line.addWidget(text(units.clean(where, 300), tone="muted", wrap=True), 1)
        add(self._body, line, text(units.clean(finding.title, 300), "h2", wrap=True), 8)
        tint = f"{verdict}-tint" if verdict in ("fail", "unknown", "waived") else "plain"
        pair = row(
            self._box(self.tr("Required"), finding.expected), self._box(self.tr("Seen"), finding.observed, tint), gap=16
        )
        pair.setStretch(0, 1)
        pair.setStretch(1, 1)
        self._body.addLayout(pair)
        self._side_by_side = [pair]
        self._part(self.tr("Decision rule"), finding.decision_rule)
        if finding.not_seen:
            add(self._body, 8, heading(self.tr("What was not seen")))
            add(self._body, *(prose(sentence) for sentence in finding.not_seen))
        self._part(self.tr("Why it matters"), finding.rationale)
        if finding.remedy:
            self._part(self.tr("What to do"), finding.remedy)
            note = self.tr("The auditor changes nothing on the host.")
            self._body.addWidget(text(note, "caption", "muted"))
        if finding.waiver is not None:
            add(self._body, 8, self._waiver(finding.waiver))
        self._rests_on(session, finding)
        if finding.references:
            lines = [f"{name}: {', '.join(ids)}" for name, ids in finding.references.items()]
            self._part(self.tr("What it is relevant for"), " · ".join(lines))
            note = self.tr("The assignment is a pointer, not legal advice.")
            self._body.addWidget(text(note, "caption", "muted"))
        self._body.addStretch(1)
        self._actions(finding, place)

    def _box(self, title: str, content: str, kind: str = "plain") -> Panel:
        panel = Panel(kind, gap=4)
        panel.add(text(title, "caption", "muted"), prose(content), None)
        return panel

    def _part(self, title: str, content: str) -> None:
        if content:
            add(self._body, 8, heading(title), prose(content))

    def _waiver(self, waiver: AppliedWaiver) -> Panel:
        panel = Panel("waived-tint", gap=4)
        title = self.tr("Waiver {id}") if waiver.applies else self.tr("Waiver {id} does not apply")
        panel.add(heading(title.format(id=waiver.id)))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setColumnStretch(1, 1)
        pairs = (
            (self.tr("Why not"), self._why_not(waiver.why)),
            (self.tr("Reason"), waiver.reason),
            (self.tr("Approved by"), f"{waiver.approved_by}, {waiver.role}, {waiver.on}"),
            (self.tr("Signed by"), waiver.signed_by and f"{waiver.signed_by}, SHA-256 {waiver.fingerprint}"),
            (self.tr("Until"), self.tr("{day}, inclusive, UTC").format(day=waiver.until)),
            (self.tr("Compensating"), ", ".join(waiver.compensating)),
        )
        for number, (name, value) in enumerate(pair for pair in pairs if pair[1]):
            grid.addWidget(text(name, tone="muted"), number, 0)
            grid.addWidget(prose(value), number, 1)
        panel.body.addLayout(grid)
        return panel

    def _why_not(self, why: str) -> str:
        return {
            "expired": self.tr("it has expired"),
            "not_yet": self.tr("it was not approved yet on the day of judging"),
            "weights": self.tr("the weights that it names have changed"),
            "unsigned": self.tr("the policy asks for the approver's signature, and it has none"),
            "signature": self.tr("its signature does not fit what it says"),
            "signer": self.tr("the policy does not name its signer as an approver"),
        }.get(why, why)

    def _rests_on(self, session: Session, finding: Finding) -> None:
        found = [leaf_at(session.facts, pointer) for pointer in finding.rests_on[:200]]
        if not found:
            return
        zone = units.zone(session.audit.started)
        columns: list[Column[Leaf]] = [
            Column(self.tr("Fact"), lambda f: f.pointer, width=210, mono=True),
            Column(self.tr("Value"), lambda f: f.value, width=230),
            Column(self.tr("Source"), lambda f: f.source, width=190, mono=True),
            Column(self.tr("Time ({zone})").format(zone=zone), lambda f: units.clock(f.time), width=90),
        ]
        table: Table[Leaf] = Table("rests-on", self.tr("What it rests on"), columns, self._settings)
        table.field.hide()
        table.set_rows(found)
        table.view.fit(8)
        table.opened.connect(lambda leaf: self.go.emit("facts", leaf.pointer if leaf else None))
        panel = Panel(padding=1, gap=0)
        panel.add(table)
        add(self._body, 8, panel)

    def _actions(self, finding: Finding, place: tuple[int, int]) -> None:
        number, total = place
        actions, steps = row(), row()
        add(
            actions,
            button(self.tr("Copy as a task"), lambda: copy(self.as_task(finding)), "small"),
            button(self.tr("Open the facts"), lambda: self.go.emit("facts", (finding.rests_on or ("",))[0]), "small"),
        )
        if finding.verdict is Verdict.FAIL:
            actions.addWidget(button(self.tr("Record waiver…"), lambda: self.go.emit("policy", finding), "small"))
        actions.addStretch(1)
        add(
            steps,
            None,
            text(self.tr("{number} of {total}").format(number=number, total=total), tone="muted"),
            button(self.tr("Back"), lambda: self.step.emit(-1), "small", self.tr("Alt+Up")),
            button(self.tr("Next"), lambda: self.step.emit(1), "small", self.tr("Alt+Down")),
        )
        both = row(actions, steps)
        self._side_by_side.append(both)
        self._foot.addLayout(column(rule(), 8, both))
        self._fold()

    def as_task(self, finding: Finding) -> str:
        """The finding as text for a ticket."""
        lines = [
            f"{words().verdict(finding.verdict.value)}: {finding.title} ({finding.control}, "
            f"{words().severity(finding.severity.value)})",
            "",
            f"{self.tr('Subject')}: {words().subject(finding.subject.kind.value, finding.subject.id)}",
            f"{self.tr('Required')}: {finding.expected}",
            f"{self.tr('Seen')}: {finding.observed}",
            f"{self.tr('What to do')}: {finding.remedy}" if finding.remedy else "",
            f"{self.tr('What it rests on')}: {', '.join(finding.rests_on)}",
        ]
        return units.clean("\n".join(line for line in lines if line or line == ""), 8000)
