"""Policy: what was required, with its parameters, pins and waivers; and the editor of a policy file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from auditor.desktop import units
from auditor.desktop.draft import skeleton
from auditor.desktop.leaves import show
from auditor.desktop.pages.base import Page
from auditor.desktop.pages.editor import Editor
from auditor.desktop.pages.waiver import WaiverForm
from auditor.desktop.parts import Panel, add, button, clear, prose, row, text
from auditor.desktop.rows import Column
from auditor.desktop.session import SEVERITY_ORDER, Session, worst
from auditor.desktop.settings import Settings
from auditor.desktop.table import Table
from auditor.desktop.words import words
from auditor.judge.finding import Finding
from auditor.policy.effective import Control, Waiver


class PolicyPage(Page):
    """View above, editor below when it is open."""

    key = "policy"
    use = Signal(str)

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._choose: Callable[[], str] = lambda: QFileDialog.getOpenFileName(
            self, self.tr("Policy file"), "", self.tr("Policies (*.yaml *.yml)")
        )[0]
        self.form, self.editor = WaiverForm(), Editor()
        self.editor.text.setMinimumHeight(280)
        self.form.hide()
        self.editor.hide()
        self.form.recorded.connect(self._record)
        self.form.closed.connect(self.form.hide)
        self.editor.closed.connect(self.editor.hide)
        self.editor.failed.connect(self.failed)
        self.editor.use.connect(self.use)
        holder = QWidget()
        self._view = QVBoxLayout(holder)
        self._view.setContentsMargins(0, 0, 0, 0)
        self._view.setSpacing(16)
        buttons = row(
            button(self.tr("Edit a policy file…"), self._edit),
            button(self.tr("New policy"), self._new),
            button(self.tr("Record waiver…"), lambda: self.show_item(None)),
            None,
        )
        add(self.content, text(self.title(), "h1"), buttons, self.form, self.editor, holder, None)
        self._view.addWidget(text(self.tr("No audit is open."), tone="muted"))

    def title(self) -> str:
        """As in the side bar."""
        return words().page(self.key)

    def stop(self) -> None:
        """End what still runs."""
        self.editor.stop()

    def show_session(self, session: Session) -> None:
        """Show the policy that judged."""
        self.session = session
        clear(self._view)
        policy, reference = session.policy, session.judgement.policy
        card = Panel(gap=4)
        card.add(text(units.clean(f"{reference.title} {policy.version}", 200), "h2"))
        if policy.description.get("en"):
            card.add(prose(policy.description["en"]))
        valid = self.tr("In force from {first} until {last}, tailored to {host}.").format(
            first=policy.valid_from, last=policy.valid_until, host=policy.host
        )
        sources = ", ".join(f"{source.id} {source.version}" for source in policy.sources)
        card.add(prose(valid, "muted"), prose(self.tr("Made of: {sources}").format(sources=sources), "muted"))
        card.add(text("SHA-256 " + units.digest(reference.sha256), "mono", "muted"))
        self._view.addWidget(card)
        self._controls(session)
        self._pairs("params", self.tr("Parameters"), list(policy.params.items()))
        self._pairs(
            "deployer", self.tr("The deployer, as stated"), list(policy.deployer.model_dump(mode="json").items())
        )
        if policy.waivers:
            self._waivers(list(policy.waivers))

    def show_item(self, item: object) -> None:
        """A finding: prepare a waiver for it."""
        if isinstance(item, Finding) and self.session is not None:
            self.form.prefill(self.session, item)
        else:
            self.form.blank()
        self.form.show()
        self.area.ensureWidgetVisible(self.form)

    def _controls(self, session: Session) -> None:
        found: dict[str, list[Finding]] = {}
        for finding in session.shown:
            found.setdefault(finding.control, []).append(finding)
        mark: Callable[[Control], str] = lambda c: worst(found.get(c.id, []))  # noqa: E731
        columns: list[Column[Control]] = [
            Column(
                self.tr("Verdict"),
                lambda c: words().verdict(mark(c)) if mark(c) else self.tr("no subject"),
                width=140,
                mark=mark,
            ),
            Column(self.tr("Control"), lambda c: c.id, width=100, strong=True),
            Column(self.tr("Title"), lambda c: c.title.get("en", c.id), width=360),
            Column(
                self.tr("Severity"),
                lambda c: words().severity(c.severity.value),
                key=lambda c: SEVERITY_ORDER.index(c.severity),
                width=90,
            ),
            Column(self.tr("Check"), lambda c: c.check, width=190, mono=True),
            Column(self.tr("With"), lambda c: show(c.arguments), width=260, mono=True),
            Column(self.tr("From"), lambda c: c.origin, width=200, mono=True),
        ]
        self._table("controls", self.tr("Controls"), columns, list(session.policy.controls), most=12)

    def _pairs(self, key: str, title: str, pairs: list[tuple[str, Any]]) -> None:
        columns: list[Column[tuple[str, Any]]] = [
            Column(self.tr("Name"), lambda p: p[0], width=240, mono=True),
            Column(self.tr("Value"), lambda p: self.tr("not stated") if p[1] in (None, "") else show(p[1]), width=520),
        ]
        if pairs:
            self._table(key, title, columns, pairs)

    def _waivers(self, waivers: list[Waiver]) -> None:
        columns: list[Column[Waiver]] = [
            Column(self.tr("Waiver"), lambda w: w.id, width=130, strong=True),
            Column(self.tr("Control"), lambda w: w.control, width=100),
            Column(self.tr("Subject"), lambda w: show(w.subject) or self.tr("all"), width=220),
            Column(self.tr("Until"), lambda w: w.until.isoformat(), width=110),
            Column(self.tr("Approved by"), lambda w: f"{w.approved_by.name}, {w.approved_by.role}", width=180),
            Column(self.tr("Reason"), lambda w: w.reason, width=360),
        ]
        self._table("waivers", self.tr("Waivers"), columns, waivers)

    def _table(self, key: str, title: str, columns: list[Column[Any]], rows: list[Any], most: int = 6) -> None:
        table: Table[Any] = Table(key, title, columns, self.settings)
        table.failed.connect(self.failed)
        table.set_rows(rows)
        table.view.fit(most)
        panel = Panel(padding=1, gap=0)
        panel.add(table)
        self._view.addWidget(panel)

    def _edit(self) -> None:
        path = self._choose()
        if path and self.editor.open(Path(path)):
            self.editor.show()

    def _new(self) -> None:
        if self.session is not None:
            self.editor.show_text(skeleton(self.session.policy))
            self.editor.show()
            self.editor.text.setFocus()

    def _record(self, waiver: dict[str, Any]) -> None:
        if self.editor.isHidden():
            self._new()
        if not self.editor.isHidden() and self.editor.add_waiver(waiver):
            self.form.hide()
