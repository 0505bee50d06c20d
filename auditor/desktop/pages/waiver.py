"""The form for a waiver: everything obligatory, because a waiver without reason, approver and end proves nothing."""

import datetime as dt
from typing import Any

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QDateEdit, QGridLayout, QLineEdit, QWidget

from auditor.desktop import units
from auditor.desktop.fonts import font
from auditor.desktop.parts import Panel, button, heading, row, text
from auditor.desktop.session import Session
from auditor.judge.finding import Finding, SubjectKind

SHORTEST_REASON = 10
"""Characters; the policy's loader asks for them too."""


class WaiverForm(Panel):
    """Fields in the order of the file."""

    recorded = Signal(dict)
    """The waiver as it stands in a policy."""
    closed = Signal()

    def __init__(self) -> None:
        super().__init__("waived")
        self._weights: dict[str, str] = {}
        self.fields: dict[str, QLineEdit] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        for number, (key, title) in enumerate(
            (
                ("id", self.tr("Waiver id")),
                ("control", self.tr("Control")),
                ("subject", self.tr("Subject, or empty for all")),
                ("sha256", self.tr("SHA-256 of one weight file, to bind it to exact weights")),
                ("reason", self.tr("Reason")),
                ("name", self.tr("Approved by")),
                ("role", self.tr("Role")),
                ("compensating", self.tr("Compensating measures, separated by ;")),
            )
        ):
            field = QLineEdit()
            field.setFont(font("mono" if key == "sha256" else "body"))
            field.setAccessibleName(title)
            field.textChanged.connect(lambda _: self._check())
            self.fields[key] = field
            grid.addWidget(_label(title, field), number, 0)
            grid.addWidget(field, number, 1)
        self.on, self.until = QDateEdit(), QDateEdit()
        for number, (date, title) in enumerate(
            ((self.on, self.tr("Approved on")), (self.until, self.tr("Until, inclusive, UTC"))), start=8
        ):
            date.setFont(font())
            date.setDisplayFormat("yyyy-MM-dd")
            date.setCalendarPopup(True)
            date.setAccessibleName(title)
            date.dateChanged.connect(lambda _: self._check())
            grid.addWidget(_label(title, date), number, 0)
            grid.addLayout(row(date, None), number, 1)
        grid.setColumnStretch(1, 1)
        self.problem = text("", tone="fail", wrap=True)
        self.record = button(self.tr("Write into the policy"), self._record)
        close = button(self.tr("Discard"), self.closed.emit)
        self.add(heading(self.tr("Record a waiver")))
        self.body.addLayout(grid)
        self.add(self.problem, row(self.record, close, None))
        self.blank()

    def blank(self) -> None:
        """Empty, approved today, for half a year."""
        for field in self.fields.values():
            field.clear()
        today = QDate.currentDate()
        self.fields["id"].setText(f"W-{today.toString('yyyy-MMdd')}")
        self.on.setDate(today)
        self.until.setDate(today.addMonths(6))
        self._check()

    def prefill(self, session: Session, finding: Finding) -> None:
        """From a contradiction; a model brings the digest of its first weight file."""
        self.blank()
        self.fields["control"].setText(finding.control)
        if finding.subject.kind is not SubjectKind.HOST:
            self.fields["subject"].setText(units.clean(finding.subject.id, 300))
        if finding.subject.kind is SubjectKind.MODEL:
            digests = (w.sha256.value for w in session.audit.facts.weights if w.model == finding.subject.id)
            self.fields["sha256"].setText(next((digest for digest in digests if digest), ""))
        self.fields["reason"].setFocus()
        self._check()

    def waiver(self) -> dict[str, Any]:
        """As it stands in a policy."""
        value = {key: field.text().strip() for key, field in self.fields.items()}
        made: dict[str, Any] = {"id": value["id"], "control": value["control"]}
        subject = {}
        if value["subject"]:
            subject["model" if value["sha256"] else "id"] = value["subject"]
        if value["sha256"]:
            subject["sha256"] = value["sha256"].lower()
        if subject:
            made["subject"] = subject
        made["reason"] = value["reason"]
        made["approved_by"] = {"name": value["name"], "role": value["role"], "on": _day(self.on)}
        made["until"] = _day(self.until)
        measures = [part.strip() for part in value["compensating"].split(";") if part.strip()]
        if measures:
            made["compensating"] = measures
        return made

    def _check(self) -> None:
        value = {key: field.text().strip() for key, field in self.fields.items()}
        missing = [self.fields[key].accessibleName() for key in ("id", "control", "name", "role") if not value[key]]
        digest = value["sha256"].lower()
        problem = ""
        if missing:
            problem = self.tr("Still missing: {names}.").format(names=", ".join(missing))
        elif len(value["reason"]) < SHORTEST_REASON:
            problem = self.tr("The reason needs at least {number} characters.").format(number=SHORTEST_REASON)
        elif digest and (len(digest) != 64 or set(digest) - set("0123456789abcdef")):
            problem = self.tr("A SHA-256 has 64 digits, 0-9 and a-f.")
        elif self.until.date() < self.on.date():
            problem = self.tr("The waiver would end before it was approved.")
        self.problem.setText(problem)
        self.record.setEnabled(not problem)

    def _record(self) -> None:
        self.recorded.emit(self.waiver())


def _day(field: QDateEdit) -> dt.date:
    date = field.date()
    return dt.date(date.year(), date.month(), date.day())


def _label(title: str, field: QWidget) -> QWidget:
    label = text(title, tone="muted")
    label.setBuddy(field)
    return label
