"""Live traffic: watch this machine or another one now, by process and destination, and keep what was seen."""

import datetime as dt
from pathlib import Path
from typing import Any, get_args

import platformdirs
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QSizePolicy, QSpinBox, QVBoxLayout, QWidget

from auditor.collect.request import TierChoice
from auditor.desktop import units
from auditor.desktop.charts import Lane, Lanes
from auditor.desktop.child import Child, Ended
from auditor.desktop.fonts import font
from auditor.desktop.pages.base import Blind, Page, blind_card, told
from auditor.desktop.pages.transfers import Transfers, told_of
from auditor.desktop.parts import Panel, add, button, clear, heading, indent, prose, row, set_tone, text
from auditor.desktop.session import Session
from auditor.desktop.settings import Settings
from auditor.desktop.watching import Watching
from auditor.desktop.watchtable import WatchTable
from auditor.desktop.words import words
from auditor.desktop.worldpanel import WorldPanel
from auditor.errors import UserError
from auditor.judge.destination import Destination

LABEL = 112
"""Width of the labels of the form, px."""
REDRAW_MS = 250
"""What came meanwhile is drawn together."""
MOST_LANES = 12
LONGEST = 604_800
"""Seconds."""


class WatchPage(Page):
    """The form above; below it the watch, then its result."""

    key = "watch"
    over = Signal()
    """The child has ended and its result is shown."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._child: Child | None = None
        self._answer: dict[str, Any] = {}
        self._target = ""
        self.watching = Watching()
        self._dirty = False
        self._timer = QTimer(self)
        self._timer.setInterval(REDRAW_MS)
        self._timer.timeout.connect(self._draw)
        self.host = QLineEdit(settings.text("watch/host"))
        self.host.setPlaceholderText(self.tr("this machine, or user@host"))
        self.sudo = QCheckBox(self.tr("run the probe by sudo -n there"))
        self.seconds = QSpinBox()
        self.seconds.setRange(1, LONGEST)
        self.seconds.setValue(min(LONGEST, max(1, settings.number("watch/seconds", 60))))
        self.seconds.setSuffix(self.tr(" s"))
        indent(self.seconds)
        self.tier = QComboBox()
        for choice in get_args(TierChoice):
            self.tier.addItem(self._means(choice), choice)
        folder = Path(platformdirs.user_documents_dir()) / "Sovereignty audits" / "watch"
        self.out = QLineEdit(settings.text("watch/folder", str(folder)))
        self.start = button(self.tr("Start watching"), self.begin)
        self.halt = button(self.tr("Stop and keep what was seen"), self.cancel, "danger")
        self.halt.setVisible(False)
        self.head, self.below = text("", "h3"), text("", tone="muted", wrap=True)
        self.lost = text("", strong=True)
        self.state = Panel()
        line = row(self.head, None, self.lost)
        self.state.add(line, self.below)
        self.lanes = Lanes([], [], self.tr("Traffic over time, by destination"))
        self.chart = Panel()
        note = text(self.tr("each lane has its own scale; outlined: attempts"), "caption", "muted")
        self.chart.add(row(heading(self.tr("Traffic over time, by destination")), 8, note, None))
        self.silent = text(self.tr("Nobody was contacted so far."), tone="muted")
        self.chart.add(self.silent, self.lanes)
        self.rows = WatchTable(settings)
        self.rows.failed.connect(self.failed)
        table = Panel(padding=1, gap=0).add(self.rows)
        self.map = WorldPanel("watch-countries", settings)
        self.map.failed.connect(self.failed)
        self.results = QVBoxLayout()
        self.results.setSpacing(16)
        self.parts = [self.state, self.chart, table, self.map]
        about = prose(
            self.tr(
                "Watches whom a host contacts, now, and judges nothing. Packets are looked at as far as the beginnings "
                "of connections; their content is not kept."
            ),
            "muted",
        )
        add(self.content, text(self.title(), "h1"), about, self._form(), *self.parts, self.results, None)
        for part in self.parts:
            part.setVisible(False)

    def title(self) -> str:
        """As in the side bar."""
        return words().page(self.key)

    @property
    def running(self) -> bool:
        """Whether a watch goes on."""
        return self._child is not None

    def _form(self) -> Panel:
        form = Panel()
        fields: tuple[tuple[str, QWidget], ...] = (
            (self.tr("Host"), self.host),
            ("", self.sudo),
            (self.tr("Watch for"), self.seconds),
            (self.tr("By which means"), self.tier),
            (self.tr("Facts in"), self.out),
        )
        for name, field in fields:
            label = text(name)
            label.setFixedWidth(LABEL)
            label.setBuddy(field)
            field.setFont(font())
            field.setAccessibleName(name or self.sudo.text())
            line = row(label, field)
            line.setStretch(1, 1)
            form.add(line)
        self.host.textChanged.connect(lambda _: self._allow())
        self._allow()
        return form.add(8, row(self.start, self.halt, None, gap=16))

    def _allow(self) -> None:
        self.sudo.setEnabled(self._wanted() != "local")

    def _wanted(self) -> str:
        name = self.host.text().strip().removeprefix("ssh://")
        return f"ssh://{name}" if name and name != "local" else "local"

    def _means(self, choice: str) -> str:
        return {
            "auto": self.tr("all of the best that the host allows"),
            "A": self.tr("A: reports of the kernel"),
            "B": self.tr("B: packets"),
            "C": self.tr("C: events of the kernel"),
            "D": self.tr("D: polling"),
            "E": self.tr("E: slow polling"),
            "S": self.tr("S: one look"),
        }.get(choice, choice)

    def begin(self) -> None:
        """Start in a child process."""
        if self._child is not None:
            return
        self._target = self._wanted()
        for key, value in (("host", self.host.text()), ("folder", self.out.text())):
            self.settings.set(f"watch/{key}", value)
        self.settings.set("watch/seconds", self.seconds.value())
        stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
        facts = Path(self.out.text()).expanduser() / f"watch-{stamp}.json"
        arguments = ["observe", self._target, "--events", "--seconds", str(self.seconds.value())]
        arguments += ["--tier", str(self.tier.currentData()), "--facts", str(facts)]
        if self.sudo.isChecked() and self._target != "local":
            arguments.append("--sudo")
        self.watching, self._answer, self._dirty = Watching(), {}, True
        clear(self.results)
        for part in self.parts:
            part.setVisible(True)
        self.start.setEnabled(False)
        self.halt.setVisible(True)
        self.halt.setEnabled(True)
        self._child = Child(arguments, self)
        self._child.message.connect(self._take)
        self._child.ended.connect(self._end)
        self._child.start()
        self._timer.start()
        self._draw()

    def cancel(self) -> None:
        """Stop; what was seen is kept."""
        if self._child is not None:
            self.halt.setEnabled(False)
            self._child.send({"command": "cancel"})
            self._headline()

    def stop(self) -> None:
        """End the child now, which keeps what it saw; for the end of the app."""
        self._timer.stop()
        if self._child is not None:
            self._child.stop()

    def show_session(self, session: Session) -> None:
        """A watch belongs to no audit."""
        self.session = session

    def _take(self, message: dict[str, Any]) -> None:
        if message.get("kind") in ("result", "error"):
            self._answer = message
        else:
            self._dirty = self.watching.feed(message) or self._dirty

    def _draw(self) -> None:
        if not self._dirty:
            return
        self._dirty = False
        seen = self.watching
        self._headline()
        self.rows.show_rows(seen.rows.values())
        self.map.show_told(list(seen.rows.values()))
        self._draw_lanes()

    def _headline(self) -> None:
        seen = self.watching
        if self._child is None:
            head = self.tr("Watched for {time}").format(time=units.duration(seen.seconds))
        elif not self.halt.isEnabled():
            head = self.tr("Stopping; what was seen is kept")
        elif not seen.tiers:
            head = self.tr("Preparing the watch")
        else:
            head = self.tr("Watching, {time} of {total}").format(
                time=units.duration(seen.seconds), total=units.duration(seen.total)
            )
        self.head.setText(head)
        means = ", ".join(self._means(tier) for tier in seen.tiers) or "–"
        below = self.tr(
            "By {means}. Connections: {connections}, packets: {packets}, called from outside: {accepted}."
        ).format(
            means=means, connections=units.count(seen.connections), packets=units.count(seen.packets),
            accepted=units.count(seen.accepted),
        )  # fmt: skip
        self.below.setText(below)
        self.lost.setText(self.tr("Lost: {number}").format(number=units.count(seen.dropped)))
        set_tone(self.lost, "fail" if seen.dropped else "muted")

    def _draw_lanes(self) -> None:
        seen, line = self.watching, self.watching.timeline
        used = max(1, line.used)
        totals: dict[str, tuple[int, bool, str]] = {}
        for each in seen.rows.values():
            sum_, only, transfer = totals.get(each.lane, (0, True, each.transfer))
            totals[each.lane] = (sum_ + each.sent + each.received, only and each.attempt, transfer)
        order = sorted(line.lanes, key=lambda name: (-totals.get(name, (0, True, ""))[0], name))
        lanes = []
        for name in order[:MOST_LANES]:
            sum_, only, transfer = totals.get(name, (0, True, ""))
            total = self.tr("attempt only") if only else units.size(sum_) if sum_ else "–"
            tone = {"third": "fail", "unknown": "unknown"}.get(transfer, "accent")
            bars, hollow = line.lanes[name]
            lanes.append(Lane(units.clean(name, 200), total, tuple(bars[:used]), tuple(hollow[:used]), "", tone))
        span = used * line.width
        ticks = [(share / 4, units.duration(span * share / 4)) for share in range(5)] if span >= 4 else []
        self.silent.setVisible(not lanes)
        self.lanes.setVisible(bool(lanes))
        self.lanes.show_lanes(lanes, ticks)

    def _end(self, ended: Ended) -> None:
        self._child = None
        self._timer.stop()
        self.start.setEnabled(True)
        self.halt.setVisible(False)
        self._dirty = True
        self._draw()
        try:
            self._conclude(ended)
        except UserError as error:
            self.head.setText(self.tr("The watch ended without a result."))
            self.failed.emit(error)
        self.over.emit()

    def _conclude(self, ended: Ended) -> None:
        """The result, as an audit's traffic is shown. Raises UserError where there is none."""
        answer = self._answer
        if answer.get("kind") == "error":
            raise UserError(*(str(answer.get(key) or "") for key in ("message", "hint", "where")))
        if answer.get("kind") != "result":
            lines = ended.errors.strip().splitlines()
            message = self.tr("The watch ended without a result (code {code}).").format(code=ended.code)
            raise UserError(lines[0] if lines else message, "\n".join(lines[1:])[-2000:])
        capture = answer["capture"] or {}
        if capture:
            self.watching.seconds = int(capture["seconds"])
            self._headline()
        found = [told_of(Destination.model_validate(one)) for one in answer["destinations"]]
        meaning = Transfers("watched", self.tr("Whom the host contacted"), found, self.settings)
        meaning.failed.connect(self.failed)
        self.map.show_told(found)
        kept = self.tr("Kept as {path}; “auditor judge” judges it under a policy.").format(path=answer["facts"])
        state = prose(kept)
        if answer["partial"]:
            state = prose(f"{kept} {self.tr('It is marked partial: it was stopped, or something could not be seen.')}")
        spots = [told(p["where"], p["what"], words().status(p["status"]), p["remedy"]) for p in answer["problems"]]
        spots += [Blind(each) for each in capture.get("not_seen", ())]
        for widget in (
            Panel(padding=0).add(meaning),
            blind_card(
                self.tr("What could not be seen"), spots, self.tr("The collector completed and met no obstacle.")
            ),
            Panel().add(state),
        ):
            # What wraps would be squeezed, see SealedPage.
            widget.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            self.results.addWidget(widget)
