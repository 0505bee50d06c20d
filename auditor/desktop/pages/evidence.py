"""What the pages of evidence share: headline, tables of things, findings about them, facts of the selected thing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from auditor.desktop import units
from auditor.desktop.leaves import Leaf
from auditor.desktop.pages.base import BuiltPage, blind_card, blind_spots, headline
from auditor.desktop.parts import Panel
from auditor.desktop.rows import Column
from auditor.desktop.session import Session, worst
from auditor.desktop.table import Table
from auditor.desktop.words import words
from auditor.judge.finding import Finding

T = TypeVar("T")


@dataclass(frozen=True)
class Thing(Generic[T]):
    """A row: the value of the facts, where it lies in them, and the findings about it."""

    value: T
    pointer: str
    findings: tuple[Finding, ...] = ()

    @property
    def mark(self) -> str:
        """Of its worst finding."""
        return worst(list(self.findings))


def verdict_column(title: str) -> Column[Thing[Any]]:
    """Mark and word of a row; sorts worst first."""
    order = ("fail", "unknown", "waived", "pass", "not_applicable", "")
    return Column(
        title,
        lambda t: words().verdict(t.mark) if t.mark else words().no_finding(),
        key=lambda t: order.index(t.mark),
        width=156,
        mark=lambda t: t.mark,
        tone=lambda t: t.mark if t.mark in ("fail", "unknown") else "ink" if t.mark else "muted",
    )


class EvidencePage(BuiltPage):
    """Base of models, weights, traffic, GPUs and serving."""

    collectors: tuple[str, ...] = ()
    """Whose blind spots are told here."""

    def title(self) -> str:
        """As in the side bar."""
        return words().page(self.key)

    def nothing(self) -> str:
        """Said where nothing was found."""
        raise NotImplementedError

    def sentence(self, session: Session) -> tuple[str, str]:
        """Headline and the line below it."""
        raise NotImplementedError

    def build(self, session: Session) -> None:
        """Headline, then what the page adds, findings, blind spots, facts."""
        findings = session.findings(self.key)
        first, below = self.sentence(session)
        self.content.addWidget(headline(worst(findings), first, below))
        self._detail = self._facts_table()
        self.tables(session)
        if findings:
            self.content.addWidget(self._findings(findings))
        self.content.addWidget(self._panel(self._detail))
        self._detail.view.fit_rows(7)
        spots = blind_spots(session, *self.collectors)
        self.content.addWidget(
            blind_card(
                self.tr("What could not be seen"), spots, self.tr("The collector completed and met no obstacle.")
            )
        )
        self.content.addStretch(1)

    def tables(self, session: Session) -> None:
        """Add the tables of things with :meth:`add_table`."""
        raise NotImplementedError

    def add_table(
        self,
        key: str,
        title: str,
        columns: Sequence[Column[Thing[T]]],
        things: Sequence[Thing[T]],
        tall: bool = False,
        most: int = 8,
    ) -> Table[Thing[T]]:
        """A table; its selected row's facts are shown below."""
        table: Table[Thing[T]] = Table(key, title, columns, self.settings, tall=tall)
        table.failed.connect(self.failed)
        table.set_rows(things)
        table.view.fit(most)
        table.current.connect(self._show_facts)
        self.content.addWidget(self._panel(table))
        if things and not self._detail.model.total():
            table.select(0)
        return table

    def show_item(self, item: object) -> None:
        """Select the thing with this id."""
        if isinstance(item, str):
            for table in self.findChildren(Table):
                for number, thing in enumerate(table.model.rows()):
                    if isinstance(thing, Thing) and self.named(thing, item):
                        table.select(number)
                        return

    def named(self, thing: Thing[Any], item: str) -> bool:
        """Whether a thing has this id."""
        return bool(getattr(thing.value, "id", None) == item)

    def _findings(self, findings: list[Finding]) -> Panel:
        subject: Callable[[Finding], str] = lambda f: words().subject(f.subject.kind.value, f.subject.id)  # noqa: E731
        columns: list[Column[Finding]] = [
            Column(
                self.tr("Verdict"),
                lambda f: words().verdict(f.verdict.value),
                width=150,
                mark=lambda f: f.verdict.value,
                second=lambda f: f"{f.control} · {words().severity(f.severity.value)}",
            ),
            Column(self.tr("Finding"), lambda f: f.title, width=340, strong=True, second=subject),
            Column(self.tr("Seen"), lambda f: f.observed, width=420),
        ]
        table: Table[Finding] = Table(f"findings-{self.key}", self.tr("Findings"), columns, self.settings, tall=True)
        table.failed.connect(self.failed)
        table.opened.connect(lambda finding: self.go.emit("findings", finding))
        table.set_rows(findings)
        table.view.fit(6)
        return self._panel(table)

    def _facts_table(self) -> Table[Leaf]:
        columns: list[Column[Leaf]] = [
            Column(self.tr("Fact"), lambda f: f.pointer, width=300, mono=True),
            Column(self.tr("Value"), lambda f: f.value, width=320),
            Column(self.tr("Known how"), lambda f: words().status(f.status) if f.status else "", width=130),
            Column(self.tr("Source"), lambda f: f.source, width=260, mono=True),
        ]
        table: Table[Leaf] = Table(f"detail-{self.key}", self.tr("Facts of the selected row"), columns, self.settings)
        table.failed.connect(self.failed)
        table.opened.connect(lambda leaf: self.go.emit("facts", leaf.pointer if leaf else None))
        return table

    def _show_facts(self, thing: Thing[Any] | None) -> None:
        if thing is None or self.session is None:
            return
        prefix = thing.pointer + "/"
        self._detail.set_rows([leaf for leaf in self.session.leaves if leaf.pointer.startswith(prefix)])

    def _panel(self, table: Table[Any]) -> Panel:
        panel = Panel(padding=1, gap=0)
        panel.add(table)
        return panel


def shown(fact: Any, of: Callable[[Any], str] = str) -> str:
    """The value of a fact, or why there is none."""
    return units.clean(of(fact.value), 300) if fact.seen else words().status(fact.status.value)
