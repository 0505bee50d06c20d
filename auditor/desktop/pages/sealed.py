"""Sealed run: start a server where nothing can leave, follow it, and read what it tried to send."""

import shlex
from pathlib import Path
from typing import Any

import platformdirs
from PySide6.QtWidgets import QComboBox, QLineEdit, QSizePolicy, QSpinBox, QVBoxLayout, QWidget

from auditor.desktop import units
from auditor.desktop.child import Child, Ended
from auditor.desktop.fonts import font
from auditor.desktop.pages.base import Page, headline
from auditor.desktop.parts import (
    Elided,
    Panel,
    add,
    button,
    clear,
    column,
    heading,
    indent,
    marked,
    prose,
    row,
    rule,
    text,
)
from auditor.desktop.session import Session
from auditor.desktop.settings import Settings
from auditor.desktop.words import words
from auditor.documents import decode, read_bytes
from auditor.errors import UserError
from auditor.facts.sealed import Attempt, Phase, SealedRun, Trial

LABEL = 112
"""Width of the labels of the form, px."""
MOST = 40
"""Attempts that are shown of a phase; all stand in the result's file."""
RESULT = "sealed/result"
"""Setting: the result that the next audit takes in."""


class SealedPage(Page):
    """The form above, below it the result of the last run, or those that the audit at hand took in."""

    key = "sealed"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._child: Child | None = None
        self._told: dict[str, Any] = {}
        self.command = QLineEdit(settings.text("sealed/command"))
        self.command.setPlaceholderText("vllm serve /srv/models/m --port 8000")
        self.minutes = QSpinBox()
        self.minutes.setRange(0, 10_080)
        self.minutes.setValue(1)
        self.minutes.setSuffix(self.tr(" min"))
        indent(self.minutes)
        self.profile = QComboBox()
        for key, title in (
            ("both", self.tr("Switches as configured, then all off, then without a route")),
            ("sink", self.tr("Switches as configured, then all off")),
            ("no-route", self.tr("Without a route only")),
        ):
            self.profile.addItem(title, key)
        folder = Path(platformdirs.user_documents_dir()) / "Sovereignty audits" / "sealed"
        self.out = QLineEdit(settings.text("sealed/folder", str(folder)))
        self.start = button(self.tr("Start the sealed run"), self.begin)
        self.halt = button(self.tr("Stop and keep what was seen"), self.cancel, "danger")
        self.halt.setVisible(False)
        self.state = text("", tone="muted", wrap=True)
        self.results = QVBoxLayout()
        self.results.setSpacing(16)
        about = prose(
            self.tr(
                "Starts a server of its own, apart from the one in service, where no packet can leave this machine, "
                "sends it prompts that carry unique marks, and looks for the marks in everything that it tries to send."
            ),
            "muted",
        )
        add(self.content, text(self.title(), "h1"), about, self._form(), self.results, None)

    def title(self) -> str:
        """As in the side bar."""
        return words().page(self.key)

    def _form(self) -> Panel:
        form = Panel()
        fields: tuple[tuple[str, QWidget], ...] = (
            (self.tr("Command"), self.command),
            (self.tr("Watch each for"), self.minutes),
            (self.tr("Phases"), self.profile),
            (self.tr("Result in"), self.out),
        )
        for name, field in fields:
            label = text(name)
            label.setFixedWidth(LABEL)
            label.setBuddy(field)
            field.setFont(font())
            field.setAccessibleName(name)
            line = row(label, field)
            line.setStretch(1, 1)
            form.add(line)
        last = row(self.start, self.halt, self.state, gap=16)
        last.setStretch(2, 1)
        return form.add(8, last)

    def show_session(self, session: Session) -> None:
        """Show the runs of another audit, where it took some in."""
        self.session = session
        if session.audit.facts.sealed and self._child is None:
            self.show_runs(session.audit.facts.sealed)

    def begin(self) -> None:
        """Start in a child process."""
        try:
            line = shlex.split(self.command.text())
        except ValueError:
            line = []
        if not line:
            self.failed.emit(
                UserError(
                    self.tr("There is no command to start."),
                    self.tr("Write the server's command line as on a terminal; quotation marks come in pairs."),
                )
            )
            return
        self.settings.set("sealed/command", self.command.text())
        self.settings.set("sealed/folder", self.out.text())
        out = str(Path(self.out.text()).expanduser())
        arguments = ["sealed", "--events", "--minutes", str(self.minutes.value()), "--out", out]
        arguments += ["--profile", str(self.profile.currentData()), "--", *line]
        self._told = {}
        self._child = Child(arguments, self)
        self._child.message.connect(self._take)
        self._child.ended.connect(self._end)
        clear(self.results)
        self.start.setEnabled(False)
        self.halt.setVisible(True)
        self._child.start()

    def cancel(self) -> None:
        """Stop; what was seen is kept."""
        if self._child is not None:
            self.state.setText(self.tr("Stopping."))
            self._child.send({"command": "cancel"})

    def stop(self) -> None:
        """End the child now; for the end of the app."""
        if self._child is not None:
            self._child.stop()

    def _take(self, message: dict[str, Any]) -> None:
        if message.get("kind") == "step":
            phase = self.phase(Phase(str(message["phase"])))
            detail = str(message.get("detail", "")).partition("\n")[0]
            said = f"{phase}: {self.stage(str(message['stage']))} {detail}"
            self.state.setText(units.clean(said.strip(), 200))
        else:
            self._told = message

    def _end(self, ended: Ended) -> None:
        self._child = None
        self.start.setEnabled(True)
        self.halt.setVisible(False)
        self.state.setText("")
        try:
            if self._told.get("kind") == "result":
                path = Path(str(self._told["path"]))
                self.show_runs((decode(read_bytes(path), SealedRun, str(path)),))
                self.settings.set(RESULT, str(path))
                self.state.setText(
                    self.tr("Kept as {path}; the next audit of this machine takes it in.").format(path=path)
                )
                return
            if self._told.get("kind") == "error":
                raise UserError(*(str(self._told.get(key) or "") for key in ("message", "hint", "where")))
            raise UserError(
                self.tr("The sealed run ended without a result (code {code}).").format(code=ended.code),
                "",
                ended.errors.strip()[-500:],
            )
        except UserError as error:
            self.failed.emit(error)

    def show_runs(self, runs: tuple[SealedRun, ...]) -> None:
        """The answer first, then each phase."""
        clear(self.results)
        for run in runs:
            self.results.addWidget(self._answer(run))
            for trial in run.trials:
                self.results.addWidget(self._trial(trial))

    def _answer(self, run: SealedRun) -> QWidget:
        leaks = sum(len(trial.leaks) for trial in run.trials)
        calls = sum(len(trial.attempts) for trial in run.trials)
        below = self.tr("{command}, on {host}, {when}").format(
            command=" ".join(run.command), host=run.host, when=units.span(run.started, run.ended)
        )
        if leaks:
            return headline("fail", self.tr("Marks left the server."), below)
        if calls:
            return headline("fail", self.tr("No mark left the server, but it called others."), below)
        # Whether leaks can be planted without a route depends on the rights; there the kernel's observer decides.
        good = all(trial.valid and trial.ending.value == "complete" for trial in run.trials if trial.control)
        answered = all(any(one.ok for one in trial.answered) for trial in run.trials)
        if good and answered and run.trial(Phase.CONFIGURED) is not None:
            return headline("pass", self.tr("No mark and no call was seen."), below)
        return headline("unknown", self.tr("The run does not suffice to say that the server is silent."), below)

    def _trial(self, trial: Trial) -> Panel:
        kind = "fail" if trial.attempts else "pass" if trial.valid and trial.ending.value == "complete" else "unknown"
        panel = Panel(kind)
        # Lines that wrap need less in Qt's first guess than in the end; never less than what they need.
        panel.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        panel.add(heading(self.phase(trial.phase)))
        found = sum(planted.found for planted in trial.control)
        facts = self.tr(
            "Prompts answered: {answered} of {prompts}. Watched: {seconds} s. "
            "Planted leaks found: {found} of {planted}."
        ).format(
            answered=sum(one.ok for one in trial.answered), prompts=len(trial.answered),
            seconds=trial.observed_seconds, found=found, planted=len(trial.control),
        )  # fmt: skip
        panel.add(text(facts, tone="muted", wrap=True))
        for note in (trial.note, trial.observer):
            if note:
                panel.add(text(units.clean(note, 600), tone="muted", wrap=True))
        for attempt in trial.attempts[:MOST]:
            panel.add(rule(), self._attempt(attempt))
        if len(trial.attempts) > MOST:
            panel.add(rule(), text(words().further(len(trial.attempts) - MOST), tone="muted"))
        missed = ", ".join(planted.name for planted in trial.control if not planted.found)
        if missed:
            panel.add(
                rule(), marked("unknown", self.tr("Planted leaks that were missed: {names}").format(names=missed))
            )
        return panel

    def _attempt(self, attempt: Attempt) -> QVBoxLayout:
        # Neither a widget of its own nor a line that wraps: the others would be squeezed.
        layout = column(gap=2)
        where = attempt.name or attempt.address
        if attempt.port and attempt.proto != "dns":
            where += f":{attempt.port}"
        by = self.tr("by {process}, {calls} ×, {bytes} bytes").format(
            process=attempt.process or "?", calls=attempt.count, bytes=units.count(attempt.bytes)
        )
        known = f", {attempt.product}" if attempt.product else ""
        add(layout, row(text(units.clean(where, 200), strong=True), text(by + known, tone="muted"), None))
        for request in attempt.requests[:2]:
            layout.addWidget(Elided(units.clean(request, 200), tone="muted"))
        for sighting in attempt.sightings:
            said = f"{sighting.place.value} → {sighting.channel.value} ({', '.join(sighting.encoding)})"
            layout.addLayout(marked("fail", self.tr("Mark found: {where}").format(where=said)))
        return layout

    def phase(self, phase: Phase) -> str:
        """The name of a phase."""
        return {
            Phase.CONFIGURED: self.tr("Switches as configured"),
            Phase.SWITCHED_OFF: self.tr("Every known switch off"),
            Phase.NO_ROUTE: self.tr("Without a route"),
        }[phase]

    def stage(self, stage: str) -> str:
        """What is being done."""
        return {
            "starting": self.tr("starting the server"),
            "control": self.tr("planting leaks as a control"),
            "ready": self.tr("the server answers"),
            "prompts": self.tr("sending marked prompts"),
            "answer": self.tr("answered"),
            "watching": self.tr("watching"),
            "attempt": self.tr("called"),
            "over": self.tr("over"),
        }.get(stage, stage)
