"""Overview: the answer, the five questions, what could not be seen, what to decide next."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from auditor.desktop import units
from auditor.desktop.marks import Mark
from auditor.desktop.pages.base import BuiltPage, Chip, blind_card, blind_spots, headline
from auditor.desktop.parts import Elided, Panel, button, clear, column, copy, heading, row, text
from auditor.desktop.rows import Column
from auditor.desktop.session import Session
from auditor.desktop.table import Table
from auditor.desktop.words import ANSWER_MARKS, words
from auditor.judge.finding import Finding, Interval, OpenAnswer, Openness, Overall, Verdict

MARKS = {Overall.CONFORMS: "pass", Overall.DOES_NOT_CONFORM: "fail", Overall.INCONCLUSIVE: "unknown"}
SPOTS = 4
"""Blind spots shown before the rest is asked for."""

CHIPS = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.WAIVED, Verdict.PASS, Verdict.NOT_APPLICABLE)


class OverviewPage(BuiltPage):
    """The first page a reader sees."""

    key = "overview"

    def title(self) -> str:
        """As in the side bar."""
        return words().page(self.key)

    def build(self, session: Session) -> None:
        """From top to bottom as in a newspaper: answer, reason, evidence."""
        judgement = session.judgement
        below = (
            self.tr("The audit was stopped early. What it did not reach is not seen.") if session.audit.partial else ""
        )
        head = headline(
            MARKS[judgement.verdict], words().overall(judgement.verdict.value, judgement.policy.title), below
        )
        chips = row(gap=4)
        for verdict in CHIPS:
            chip = Chip(verdict.value, f"{judgement.counts.get(verdict, 0)} {words().verdict(verdict.value)}")
            chip.clicked.connect(lambda _, v=verdict: self.go.emit("findings", v))
            chips.addWidget(chip)
        chips.addStretch(1)
        since = row(chips, text(self._since(session), tone="muted"))
        since.setContentsMargins(56, 0, 0, 0)
        self.side_by_side.append(since)
        self.content.addWidget(head)
        self.content.addLayout(since)
        share = self._share(session)
        if share:
            line = row(text(share, "caption", "muted"), None)
            line.setContentsMargins(56, 0, 0, 0)
            self.content.addLayout(line)
        left = column(self._questions(session), self._numbers(session), None, gap=16)
        middle = row(left, self._blind(session), gap=16)
        middle.setStretch(0, 7)
        middle.setStretch(1, 3)
        self.content.addLayout(middle)
        self.side_by_side.append(middle)
        self._decide(session)
        self.content.addStretch(1)

    def _share(self, session: Session) -> str:
        """What is evidenced by weight, as an interval whose width is what was not seen."""
        for score in session.judgement.scores[:1]:
            if score.before is not None and score.after is not None:
                told = self.tr("Evidenced by weight: {before}, with waivers {after}. The span is what was not seen.")
                return told.format(before=_span(score.before), after=_span(score.after))
        return ""

    def _since(self, session: Session) -> str:
        if session.change is None:
            return ""
        parts = []
        for verdict in (Verdict.FAIL, Verdict.UNKNOWN):
            difference = session.change.counts[verdict]
            word = words().verdict(verdict.value)
            parts.append(f"{word} {difference:+d}".replace("-", "−") if difference else f"{word} ±0")
        return self.tr("Since {day}: {changes}").format(day=units.day(session.since), changes=", ".join(parts))

    def _questions(self, session: Session) -> Panel:
        rows = list(session.judgement.openness)
        runs: dict[str, list[str]] = {}
        for served in session.audit.facts.serving:
            name = " ".join(part for part in (served.stack.value, served.version.value) if part)
            for model in served.models.value or ():
                runs.setdefault(model, []).append(name or str(served.pid))

        def answered(title: str, field: str) -> Column[Openness]:
            def given(r: Openness) -> OpenAnswer:
                found: OpenAnswer = getattr(r, field)
                return found

            return Column(
                title,
                lambda r: words().answer(given(r).answer.value),
                width=124,
                mark=lambda r: ANSWER_MARKS[given(r).answer.value],
                second=lambda r: words().confidence(given(r).confidence.value),
            )

        columns: list[Column[Openness]] = [
            Column(self.tr("Model"), lambda r: r.name, width=160, strong=True, second=lambda r: r.licence),
            Column(self.tr("Runs on"), lambda r: ", ".join(runs.get(r.model, [])) or self.tr("not running"), width=110),
            answered(self.tr("Obtain"), "downloadable"),
            answered(self.tr("Use"), "commercial"),
            answered(self.tr("Stays silent"), "no_phone_home"),
            answered(self.tr("Modify"), "modifiable"),
            answered(self.tr("Pass on"), "redistributable"),
        ]
        table: Table[Openness] = Table(
            "questions", self.tr("Five questions about each model"), columns, self.settings, tall=True
        )
        table.field.hide()
        table.failed.connect(self.failed)
        table.opened.connect(lambda r: self.go.emit("models", r.model if r else None))
        table.set_rows(rows)
        table.view.fit(8)
        panel = Panel(padding=1, gap=0)
        panel.add(table)
        if not rows:
            panel.add(text(self.tr("No model was found."), tone="muted"))
        panel.body.addStretch(1)
        return panel

    def _blind(self, session: Session) -> QWidget:
        holder = QWidget()
        holder.setMinimumWidth(260)
        layout = QVBoxLayout(holder)
        layout.setContentsMargins(0, 0, 0, 0)
        spots = blind_spots(session)

        def show(most: int) -> None:
            clear(layout)
            nothing = self.tr("Every collector completed and met no obstacle.")
            card = blind_card(self.tr("What could not be seen"), spots, nothing, most)
            if len(spots) > most:
                title = self.tr("Show all {number}").format(number=len(spots))
                card.add(row(button(title, lambda: show(len(spots)), "link"), None))
            layout.addWidget(card)

        show(SPOTS)
        return holder

    def _decide(self, session: Session) -> None:
        found = session.open_findings
        if not found:
            return
        everything = button(
            self.tr("All open findings: {number}").format(number=len(found)),
            lambda: self.go.emit("findings", None),
            "link",
        )
        self.content.addLayout(row(heading(self.tr("Decide next")), None, everything))
        cards = row(*(self._card(finding, session.page(finding)) for finding in found[:3]), gap=16)
        for number in range(cards.count()):
            cards.setStretch(number, 1)
        self.content.addLayout(cards)
        self.side_by_side.append(cards)

    def _card(self, finding: Finding, page: str) -> Panel:
        verdict = finding.verdict.value
        card = Panel(verdict, gap=4)
        where = f"{finding.control} · {words().severity(finding.severity.value)}"
        card.add(
            row(
                Mark(verdict),
                text(words().verdict(verdict), "caption", verdict, strong=True),
                text(units.clean(where, 120), "caption", "muted"),
                None,
            )
        )
        subject = words().subject(finding.subject.kind.value, finding.subject.id)
        card.add(text(units.clean(f"{finding.title}: {subject}", 200), strong=True, wrap=True))
        card.add(text(units.clean(finding.observed, 260), wrap=True), 8, None)
        buttons = row(
            button(
                self.tr("Open"),
                lambda: self.go.emit("findings", finding),
                "small",
                name=self.tr("Open {title}").format(title=finding.title),
            )
        )
        if finding.verdict is Verdict.FAIL and page == "models":
            # A licence is mended by an agreement, most else by doing what the remedy says.
            buttons.addWidget(
                button(
                    self.tr("Record waiver…"),
                    lambda: self.go.emit("policy", finding),
                    "small",
                    name=self.tr("Record a waiver for {title}").format(title=finding.title),
                )
            )
        elif finding.remedy:
            buttons.addWidget(
                button(
                    self.tr("Copy remedy"),
                    lambda: copy(finding.remedy),
                    "small",
                    name=self.tr("Copy the remedy of {title}").format(title=finding.title),
                )
            )
        buttons.addStretch(1)
        card.body.addLayout(buttons)
        return card

    def _numbers(self, session: Session) -> Panel:
        facts = session.audit.facts
        capture = facts.traffic.capture.value
        hashed = [w for w in facts.weights if w.sha256.seen]
        destinations = {(f.address, f.port) for f in facts.traffic.flows if f.direction == "out"}
        names = sorted({gpu.name.value for gpu in facts.gpus if gpu.name.value})
        unseen = self.tr("not seen")
        cells = (
            (
                self.tr("Traffic watched"),
                units.duration(capture.seconds) if capture else unseen,
                units.hours(capture.first, capture.last) if capture else "",
            ),
            (
                self.tr("Longest gap"),
                self.tr("{number} ms").format(number=units.count(capture.longest_gap_ms)) if capture else unseen,
                self.tr("between two looks, tier {tier}").format(tier=capture.tier.value) if capture else "",
            ),
            (
                self.tr("Destinations contacted"),
                units.count(len(destinations)) if capture else unseen,
                self.tr("connections: {number}").format(number=units.count(len(facts.traffic.flows))),
            ),
            (
                self.tr("Weights hashed"),
                units.size(sum(w.size.value or 0 for w in hashed)),
                self.tr("{done} of {total} files").format(done=len(hashed), total=len(facts.weights)),
            ),
            (self.tr("GPUs"), units.count(len(facts.gpus)), units.clean(", ".join(names), 60)),
        )
        panel = Panel(padding=0)
        line = row(gap=0)
        for title, number, below in cells:
            cell = QVBoxLayout()
            cell.setContentsMargins(16, 12, 8, 12)
            cell.addLayout(
                column(
                    text(title, "caption", "muted"), text(number, "h3"), Elided(below, "caption", "muted", 60), gap=3
                )
            )
            line.addLayout(cell, 1)
        panel.body.addLayout(line)
        return panel


def _span(interval: Interval) -> str:
    lower, upper = (units.decimal(value / 10) for value in (interval.lower, interval.upper))
    return f"{lower}\u00a0%" if lower == upper else f"{lower}–{upper}\u00a0%"
