"""Running: each collector with its own amount, rate and time left; no invented percentage."""

from PySide6.QtCore import QElapsedTimer, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from auditor.desktop import units
from auditor.desktop.charts import Spark
from auditor.desktop.language import local
from auditor.desktop.marks import Mark
from auditor.desktop.pages.base import Page, blind_card, told
from auditor.desktop.parts import Elided, Panel, add, button, clear, column, heading, marked, row, rule, text
from auditor.desktop.progress import STAGES, Early, Progress, Step, Unseen
from auditor.desktop.run import Run
from auditor.desktop.settings import Settings
from auditor.desktop.theme import theme
from auditor.desktop.words import words

REDRAW_MS = 100
"""Messages come faster than eyes; the page is drawn at most this often."""


MOST_EARLY = 6
"""Contradictions that are listed; the rest is counted."""


class Bar(QWidget):
    """A track with the part that is done; empty while the whole is not known."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._share: float | None = None
        self._busy = False
        self._name = name
        self.setFixedHeight(8)
        self.setMinimumWidth(120)
        theme().changed.connect(self.update)

    def show_share(self, share: float | None, busy: bool) -> None:
        """0 to 1, or None."""
        if (share, busy) != (self._share, self._busy):
            self._share, self._busy = share, busy
            self.setAccessibleName(self._name)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Track and part."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("sunken"))
        if self._share:
            part = QRectF(0, 0, self.width() * self._share, self.height())
            painter.fillRect(part, theme().colour("accent" if self._busy else "line-strong"))
        painter.end()


class Line:
    """The widgets of one collector."""

    def __init__(self, grid: QGridLayout, number: int, title: str) -> None:
        self.mark = Mark("waiting")
        self.name, self.bar = text(title), Bar(title)
        self.amount, self.rate, self.left = text(""), text(""), text("")
        widgets: tuple[QWidget, ...] = (self.mark, self.name, self.bar, self.amount, self.rate, self.left)
        for place, widget in enumerate(widgets):
            grid.addWidget(widget, number, place)
        for label in (self.rate, self.left):
            right(label)


class RunningPage(Page):
    """The audit that runs now."""

    key = "running"
    cancel = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._run: Run | None = None
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setInterval(REDRAW_MS)
        self._timer.timeout.connect(self._draw)
        self._drawn_unseen = self._drawn_early = -1
        self._lines: dict[str, Line] = {}
        self.head, self.below = text("", "h1"), text("", tone="muted", wrap=True)
        self.now = Elided("", "mono", "muted")
        self._grid = QGridLayout()
        self._grid.setContentsMargins(16, 0, 16, 8)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(12)
        self._grid.setColumnStretch(1, 3)
        self._grid.setColumnStretch(2, 3)
        self._grid.setColumnStretch(3, 3)
        collectors = Panel(padding=0, gap=8)
        self._titles(self._grid)
        collectors.body.addLayout(self._grid)
        self._early, self._unseen = QVBoxLayout(), QVBoxLayout()
        side = column(self._early, self._unseen, gap=16)
        note = self.tr(
            "A finding appears here when nothing still to come can change it; all others stay open until the end."
        )
        side.addWidget(text(note, "caption", "muted", wrap=True))
        side.addStretch(1)
        middle = row(collectors, side, gap=16)
        middle.setStretch(0, 7)
        middle.setStretch(1, 3)
        self.spark = Spark(self.tr("Weights, reading rate"))
        rate = Panel()
        rate.add(heading(self.tr("Weights, reading rate")), self.spark)
        self._if_stopped = QVBoxLayout()
        stop = Panel()
        stop.add(heading(self.tr("If you stop now")))
        stop.body.addLayout(self._if_stopped)
        stop.body.addStretch(1)
        self.stop = button(self.tr("Stop and keep what was seen"), self._stop, "danger")
        line = row(column(self.head, self.below, gap=4), self.stop, gap=16)
        line.setStretch(0, 1)
        add(self.content, line, middle, self.now)
        foot = row(rate, stop, gap=16)
        foot.setStretch(0, 1)
        foot.setStretch(1, 1)
        self.side_by_side = [middle, foot]
        add(self.content, foot, None)

    def title(self) -> str:
        """As in the side bar."""
        return words().page(self.key)

    def show_run(self, run: Run) -> None:
        """Follow this audit."""
        self._run = run
        self._clock.start()
        self._drawn_unseen = self._drawn_early = -1
        for line in self._lines.values():
            for widget in (line.mark, line.name, line.bar, line.amount, line.rate, line.left):
                self._grid.removeWidget(widget)
                widget.deleteLater()
        self._lines = {}
        self.stop.setEnabled(True)
        run.progressed.connect(self._wake)
        run.finished.connect(lambda _: self._timer.stop())
        run.failed.connect(lambda _: self._timer.stop())
        self._timer.start()
        self._draw()

    def _wake(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _stop(self) -> None:
        self.stop.setEnabled(False)
        self.cancel.emit()

    def _titles(self, grid: QGridLayout) -> None:
        names = ("", self.tr("Collector"), self.tr("Progress"), self.tr("Amount"), self.tr("Rate"), self.tr("Left"))
        for place, title in enumerate(names):
            label = text(title, "caption", "muted", strong=True)
            label.setFixedHeight(32)
            if place > 3:
                right(label)
            grid.addWidget(label, 0, place)

    def _draw(self) -> None:
        if self._run is None:
            return
        progress = self._run.progress
        self._headline(progress)
        for name, step in progress.steps.items():
            if name not in self._lines:
                self._lines[name] = Line(self._grid, len(self._lines) + 1, words().collector(name))
            self._show(self._lines[name], step)
        what = next((f"{step.name}: {step.what}" for step in progress.busy if step.what), "")
        self.now.show_text(what)
        rates = progress.rates
        self.spark.show_values(rates, units.size(rates[-1]) + "/s" if rates else "")
        if len(progress.unseen) != self._drawn_unseen:
            self._drawn_unseen = len(progress.unseen)
            self._show_unseen(list(progress.unseen))
        if len(progress.early) != self._drawn_early:
            self._drawn_early = len(progress.early)
            self._show_early(progress.early)
        self._show_if_stopped(progress)

    def _headline(self, progress: Progress) -> None:
        passed = units.duration(self._clock.elapsed() / 1000)
        decisive = progress.decisive
        below = self.tr("{time} have passed.").format(time=passed)
        if self._run is not None and self._run.stopping:
            self.head.setText(self.tr("Stopping; what was seen is kept"))
        elif progress.stage in STAGES:
            self.head.setText(words().collector(progress.stage))
        elif decisive is not None and decisive.left is not None:
            self.head.setText(self.tr("{time} left").format(time=units.duration(decisive.left)))
            name = words().collector(decisive.name)
            below += " " + self.tr("“{name}” decides the end.").format(name=name)
        else:
            self.head.setText(self.tr("Looking"))
            if progress.busy:
                below += " " + self.tr("How much there is to read is not known yet.")
        self.below.setText(below)

    def _show(self, line: Line, step: Step) -> None:
        failed = step.state == "done" and step.outcome in ("failed", "not_run", "partial", "cancelled")
        line.mark.set_kind("unknown" if failed else step.state)
        line.bar.show_share(step.share, step.state == "busy")
        line.amount.setText(self._amount(step))
        rate = ""
        if step.rate is not None and step.unit in ("bytes", "files"):
            rate = units.size(step.rate) if step.unit == "bytes" else units.count(round(step.rate))
            rate += "/s"
        line.rate.setText(rate)
        if step.state == "done":
            line.left.setText(self.tr("done"))
        else:
            line.left.setText("" if step.left is None else units.duration(step.left))

    def _amount(self, step: Step) -> str:
        if step.state == "waiting":
            return self.tr("waits") if step.name not in STAGES else self.tr("waits for the facts")
        if step.state == "done" and step.name not in STAGES:
            if step.outcome not in ("", "complete"):
                return words().outcome(step.outcome)
            return self.tr("records: {number}").format(number=units.count(step.records))
        if not step.unit:
            return ""
        show = {"bytes": units.size, "seconds": units.duration}.get(step.unit, units.count)
        if step.total is None:
            return show(step.done)
        return self.tr("{done} of {total}").format(done=show(step.done), total=show(step.total))

    def _show_unseen(self, unseen: list[Unseen]) -> None:
        clear(self._unseen)
        items = [told(u.where, u.what, words().collector(u.collector), u.remedy) for u in unseen]
        card = blind_card(self.tr("Cannot be seen"), items, self.tr("Nothing so far."), most=6)
        self._unseen.addWidget(card)

    def _show_early(self, early: list[Early]) -> None:
        clear(self._early)
        worst = [finding for finding in early if finding.verdict == "fail"]
        card = Panel("fail" if worst else "plain", gap=0)
        head = heading(self.tr("Already certain"))
        card.add(row(Mark("fail", "mark-m") if worst else head, head if worst else None, None,
                     text(units.count(len(worst)), strong=True) if worst else None), 8)  # fmt: skip
        for finding in worst[:MOST_EARLY]:
            card.add(rule(), 8, text(units.clean(local(finding.title), 200), strong=True, wrap=True), 2)
            of = words().subject(finding.kind, finding.subject)
            about = f"{finding.control} · {words().severity(finding.severity)} · {of}"
            card.add(text(about, "caption", "muted", wrap=True), 8)
        if len(worst) > MOST_EARLY:
            card.add(rule(), 8, text(words().further(len(worst) - MOST_EARLY), tone="muted"), 4)
        others = [(verdict, sum(each.verdict == verdict for each in early)) for verdict in ("waived", "pass")]
        for verdict, number in others:
            if number:
                line = marked(verdict, words().verdict(verdict))
                line.addWidget(text(units.count(number), strong=True))
                card.add(rule(), 6, line, 6)
        if not early:
            card.add(rule(), 12, text(self.tr("Nothing so far."), tone="muted"))
        self._early.addWidget(card)

    def _show_if_stopped(self, progress: Progress) -> None:
        open_ = [words().collector(step.name) for step in progress.unfinished()]
        weights = progress.steps["weights"]
        kept = self.tr("What has been read is kept and judged; the dossier is marked partial.")
        if weights.unit == "bytes" and weights.done:
            kept = self.tr("{size} of digests are kept and judged; the dossier is marked partial.").format(
                size=units.size(weights.done)
            )
        lost = self.tr("These become Not seen where they are not complete: {names}.").format(names=", ".join(open_))
        lines = [kept, lost if open_ else self.tr("Every collector has ended; nothing more becomes Not seen.")]
        while self._if_stopped.count() < len(lines):
            self._if_stopped.addWidget(text("", wrap=True))
        for number, line in enumerate(lines):
            item = self._if_stopped.itemAt(number)
            label = item.widget() if item is not None else None
            if isinstance(label, QLabel) and label.text() != line:
                label.setText(line)


def right(label: QLabel) -> None:
    """Numbers stand at the right."""

    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
