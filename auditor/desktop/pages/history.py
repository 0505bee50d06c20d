"""History: open, compare, judge again, export, delete."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox

from auditor.archive.history import Entry, History
from auditor.desktop import units
from auditor.desktop.opening import read
from auditor.desktop.pages.base import Page
from auditor.desktop.parts import Panel, add, button, clear, row, text
from auditor.desktop.rows import Column
from auditor.desktop.settings import Settings
from auditor.desktop.table import Table
from auditor.desktop.words import words
from auditor.desktop.work import Work
from auditor.errors import UserError
from auditor.judge.compare import Change, Comparison, Direction, compare
from auditor.judge.finding import Finding, Overall, Verdict

MARKS = {Overall.CONFORMS: "pass", Overall.DOES_NOT_CONFORM: "fail", Overall.INCONCLUSIVE: "unknown"}
ARROWS = {
    Direction.WORSE: "fail",
    Direction.NEW: "unknown",
    Direction.BETTER: "pass",
    Direction.GONE: "not_applicable",
    Direction.CHANGED: "not_applicable",
}


class HistoryPage(Page):
    """All kept audits."""

    key = "history"
    reopen = Signal(int)
    folder = Signal(str)
    """An audit that lies in a folder is to be opened and kept."""
    again = Signal(int)
    """Judge this entry again under another policy."""
    changed = Signal()

    def __init__(self, settings: Settings, history: Callable[[], History]) -> None:
        super().__init__(settings)
        self._history = history
        self._choose_folder: Callable[[], str] = lambda: QFileDialog.getExistingDirectory(self, self.tr("Export into"))
        self._choose_audit: Callable[[], str] = lambda: QFileDialog.getExistingDirectory(
            self, self.tr("Folder of an audit")
        )
        self._confirm = self._ask
        self._comparing: Work | None = None
        columns: list[Column[Entry]] = [
            Column(
                self.tr("Verdict"),
                lambda e: {"conforms": self.tr("meets"), "does_not_conform": self.tr("does not meet")}.get(
                    e.verdict.value, self.tr("undecided")
                ),
                width=150,
                mark=lambda e: MARKS[e.verdict],
            ),
            Column(self.tr("Evidence"), lambda e: e.audit, width=200, mono=True),
            Column(self.tr("Host"), lambda e: e.target, width=150, strong=True),
            Column(self.tr("Started"), lambda e: units.when(e.started), key=lambda e: e.started, width=210),
            Column(self.tr("Policy"), lambda e: f"{e.policy_title} {e.policy_version}", width=220),
            *(
                Column(
                    words().verdict(verdict.value),
                    lambda e, v=verdict: units.count(e.counts.get(v, 0)),  # type: ignore[misc]
                    key=lambda e, v=verdict: e.counts.get(v, 0),  # type: ignore[misc]
                    width=140,
                    right=True,
                )
                for verdict in (Verdict.FAIL, Verdict.UNKNOWN)
            ),
            Column(self.tr("Complete"), lambda e: self.tr("stopped early") if e.partial else self.tr("yes"), width=100),
            Column(self.tr("Dossier"), lambda e: e.dossier, width=260, mono=True),
        ]
        self.table: Table[Entry] = Table("history", self.title(), columns, settings)
        self.table.failed.connect(self.failed)
        self.table.opened.connect(lambda e: self.reopen.emit(e.number) if e else None)
        self.table.view.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        self.table.view.setMinimumHeight(260)
        panel = Panel(padding=1, gap=0)
        panel.add(self.table)
        self.open = button(self.tr("Open"), lambda: self.reopen.emit(self._one()))
        self.compare = button(self.tr("Compare"), self._compare, tip=self.tr("Select two audits"))
        self.judge = button(self.tr("Judge again…"), lambda: self.again.emit(self._one()))
        self.export = button(self.tr("Export…"), self._export)
        self.other = button(
            self.tr("Open a folder…"), self._open_folder, tip=self.tr("An audit's folder, with facts.json and the rest")
        )
        self.delete = button(self.tr("Delete…"), self._delete, "danger")
        self.result = Panel(padding=1, gap=0)
        self.result.hide()
        add(self.content, text(self.title(), "h1"), panel)
        self.content.setStretch(1, 1)
        add(
            self.content,
            row(self.open, self.compare, self.judge, self.export, self.other, None, self.delete),
            text(self.tr("Select two audits to compare them."), "caption", "muted"),
            self.result,
        )
        self._enable()

    def title(self) -> str:
        """As in the side bar."""
        return words().page(self.key)

    def load(self) -> list[Entry]:
        """Read the list again; an error is shown above the page."""
        try:
            with self._history() as history:
                entries = list(history.entries())
        except UserError as error:
            self.failed.emit(error)
            entries = []
        self.table.set_rows(entries)
        self._enable()
        return entries

    def show_comparison(self, before: Entry, after: Entry, found: Comparison) -> None:
        """What changed, under the list."""
        clear(self.result.body)
        title = self.tr("From {before} to {after}").format(
            before=units.when(before.started), after=units.when(after.started)
        )
        columns: list[Column[Change]] = [
            Column(
                self.tr("Direction"),
                lambda c: words().direction(c.direction.value),
                width=120,
                mark=lambda c: ARROWS[c.direction],
            ),
            Column(self.tr("Control"), lambda c: c.finding.control, width=100),
            Column(self.tr("Finding"), lambda c: c.finding.title, width=320, strong=True),
            Column(
                self.tr("Subject"),
                lambda c: words().subject(c.finding.subject.kind.value, c.finding.subject.id),
                width=240,
            ),
            Column(self.tr("Before"), lambda c: self._word(c.before), width=130),
            Column(self.tr("After"), lambda c: self._word(c.after), width=130),
        ]
        table: Table[Change] = Table("comparison", title, columns, self.settings)
        table.failed.connect(self.failed)
        table.set_rows([change for change in found.changes if change.direction is not Direction.SAME])
        table.view.fit(8)
        same = self.tr("Findings that did not change: {number}").format(number=len(found.of(Direction.SAME)))
        self.result.add(table, row(16, text(same, "caption", "muted"), None))
        self.result.show()

    def _word(self, finding: Finding | None) -> str:
        return words().verdict(finding.verdict.value) if finding else "–"

    def _one(self) -> int:
        selected = self.table.selected()
        return selected[0].number if selected else 0

    def _enable(self) -> None:
        number = len(self.table.selected())
        for made in (self.open, self.judge, self.export):
            made.setEnabled(number == 1)
        self.delete.setEnabled(number >= 1)
        self.compare.setEnabled(number == 2)

    def _compare(self) -> None:
        before, after = sorted(self.table.selected(), key=lambda e: (e.started, e.number))
        self._comparing = Work(lambda: self._compared(before, after), self)
        self._comparing.done.connect(lambda found: self.show_comparison(before, after, found))
        self._comparing.failed.connect(self.failed)
        self._comparing.start()

    def _compared(self, before: Entry, after: Entry) -> Comparison:
        """Beside the window. Raises UserError."""
        with self._history() as history:
            old, new = (read(history.documents(entry.number)).judgement for entry in (before, after))
        return compare(old, new)

    def stop(self) -> None:
        """End what still runs."""
        if self._comparing is not None:
            self._comparing.stop()

    def _export(self) -> None:
        folder = self._choose_folder()
        entry = self.table.selected()[0]
        if folder:
            try:
                with self._history() as history:
                    history.export(entry.number, Path(folder) / f"{entry.audit}-{entry.number}")
            except UserError as error:
                self.failed.emit(error)

    def _open_folder(self) -> None:
        path = self._choose_audit()
        if path:
            self.folder.emit(path)

    def _delete(self) -> None:
        entries = self.table.selected()
        if not self._confirm(len(entries)):
            return
        try:
            with self._history() as history:
                for entry in entries:
                    history.delete(entry.number)
        except UserError as error:
            self.failed.emit(error)
        self.load()
        self.changed.emit()

    def _ask(self, number: int) -> bool:
        box = QMessageBox(self)
        box.setWindowTitle(self.tr("Delete"))
        box.setText(self.tr("Delete the selected audits from the history? Number: {number}").format(number=number))
        box.setInformativeText(self.tr("Their facts and findings are gone then. Dossiers on the disk stay."))
        remove = box.addButton(self.tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(self.tr("Keep"), QMessageBox.ButtonRole.RejectRole)
        box.exec()
        return box.clickedButton() is remove
