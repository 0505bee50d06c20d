"""Findings: the list at the left, one finding at the right."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from auditor.desktop.fonts import font
from auditor.desktop.pages.base import Page
from auditor.desktop.pages.finding import FindingView
from auditor.desktop.parts import add, button, row
from auditor.desktop.rows import Column
from auditor.desktop.session import OPEN, SEVERITY_ORDER, VERDICT_ORDER, Session
from auditor.desktop.settings import Settings
from auditor.desktop.table import Table
from auditor.desktop.words import words
from auditor.judge.finding import Finding, Verdict

FILTERS: tuple[tuple[Verdict, ...], ...] = (OPEN, (Verdict.WAIVED,), (Verdict.PASS,), tuple(Verdict))


class FindingsPage(Page):
    """Master and detail."""

    key = "findings"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.content.setContentsMargins(0, 0, 0, 0)
        self._filter: tuple[Verdict, ...] = OPEN
        columns: list[Column[Finding]] = [
            Column(
                self.tr("Finding"),
                lambda f: f.title,
                width=420,
                strong=True,
                mark=lambda f: f.verdict.value,
                second=self._second,
            )
        ]
        self.table: Table[Finding] = Table("findings", self.title(), columns, settings, tall=True, bar=False)
        self.table.view.horizontalHeader().hide()
        self.table.current.connect(self._show)
        self.table.failed.connect(self.failed)
        self.table.field.setMaximumWidth(4000)
        self.table.field.setPlaceholderText(self.tr("Search, e.g. a model or a control"))
        self.severity, self.order = QComboBox(), QComboBox()
        self._buttons: list[QPushButton] = []
        self.view = FindingView(settings)
        self.view.go.connect(self.go)
        self.view.step.connect(self._step)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self._left())
        split.addWidget(self.view)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 2)
        split.setSizes([400, 800])
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        self.content.addWidget(split)
        for keys, by in (("Alt+Down", 1), ("Alt+Up", -1)):
            QShortcut(QKeySequence(keys), self).activated.connect(lambda by=by: self._step(by))

    def title(self) -> str:
        """As in the side bar."""
        return words().page(self.key)

    def show_session(self, session: Session) -> None:
        """Show the findings of another audit."""
        self.session = session
        counts = session.judgement.counts
        for made, verdicts, title in zip(self._buttons, FILTERS, self._titles(), strict=True):
            number = sum(counts.get(verdict, 0) for verdict in verdicts)
            made.setText(f"{title} {number}")
            made.setAccessibleName(f"{title}: {number}")
        self._apply()

    def show_item(self, item: object) -> None:
        """A verdict: filter by it. A finding: open it. None: what is open."""
        if isinstance(item, Finding):
            verdicts = next(v for v in FILTERS if item.verdict in v)
        elif isinstance(item, Verdict):
            verdicts = (item,)
        else:
            verdicts = OPEN
        self.table.field.clear()
        self.severity.setCurrentIndex(0)
        self._choose(verdicts)
        if isinstance(item, Finding) and item in self.table.model.rows():
            self.table.select(self.table.model.rows().index(item))

    def _titles(self) -> tuple[str, ...]:
        return (self.tr("Still open"), words().verdict("waived"), words().verdict("pass"), self.tr("All"))

    def _left(self) -> QWidget:
        group = QButtonGroup(self)
        segments = QHBoxLayout()
        segments.setSpacing(0)
        for title, verdicts in zip(self._titles(), FILTERS, strict=True):
            made = button(title, kind="small")
            made.setFont(font("caption", strong=True))
            made.setCheckable(True)
            made.setChecked(verdicts == OPEN)
            made.clicked.connect(lambda _, v=verdicts: self._choose(v))
            group.addButton(made)
            segments.addWidget(made, 1)
            self._buttons.append(made)
        for combo, name, items in (
            (
                self.severity,
                self.tr("Severity"),
                [(self.tr("All severities"), None), *((words().severity(s.value), s) for s in SEVERITY_ORDER)],
            ),
            (
                self.order,
                self.tr("Order"),
                [
                    (self.tr("Worst first"), "worst"),
                    (self.tr("By control"), "control"),
                    (self.tr("By subject"), "subject"),
                ],
            ),
        ):
            combo.setFont(font())
            combo.setAccessibleName(name)
            for title, value in items:
                combo.addItem(title, value)
            combo.currentIndexChanged.connect(lambda _: self._apply())
        holder = QWidget()
        holder.setMinimumWidth(320)
        layout = QVBoxLayout(holder)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        tools = QVBoxLayout()
        tools.setContentsMargins(16, 16, 16, 8)
        tools.setSpacing(8)
        copies = row(
            self.table.amount,
            None,
            button(self.tr("Copy"), self.table.copy, "link", name=self.tr("Copy the findings")),
            button(self.tr("Save as CSV"), self.table.save, "link", name=self.tr("Save the findings as CSV")),
        )
        add(tools, self.table.field, segments, row(self.severity, self.order), copies)
        layout.addLayout(tools)
        layout.addWidget(self.table, 1)
        return holder

    def _second(self, finding: Finding) -> str:
        word = words().verdict(finding.verdict.value)
        subject = words().subject(finding.subject.kind.value, finding.subject.id)
        return f"{word} · {finding.control} · {words().severity(finding.severity.value)} · {subject}"

    def _choose(self, verdicts: tuple[Verdict, ...]) -> None:
        self._filter = verdicts
        for made, of in zip(self._buttons, FILTERS, strict=True):
            made.setChecked(of == verdicts)
        self._apply()

    def _apply(self) -> None:
        if self.session is None:
            return
        severity = self.severity.currentData()
        found = [
            f for f in self.session.shown if f.verdict in self._filter and (severity is None or f.severity == severity)
        ]
        match self.order.currentData():
            case "control":
                found.sort(key=lambda f: (f.control, VERDICT_ORDER.index(f.verdict)))
            case "subject":
                found.sort(key=lambda f: (f.subject.kind.value, f.subject.id, VERDICT_ORDER.index(f.verdict)))
            case _:
                found.sort(key=lambda f: (VERDICT_ORDER.index(f.verdict), SEVERITY_ORDER.index(f.severity)))
        self.table.set_rows(found)
        if found:
            self.table.select(0)
        else:
            self._show(None)

    def _show(self, finding: Finding | None) -> None:
        if self.session is not None:
            rows = self.table.model.rows()
            place = (rows.index(finding) + 1, len(rows)) if finding in rows else (0, len(rows))
            self.view.show_finding(self.session, finding, place)

    def _step(self, by: int) -> None:
        number = self.table.view.currentIndex().row() + by
        if 0 <= number < len(self.table.model.rows()):
            self.table.select(number)
