"""Facts: every leaf of facts.json with its pointer and how it came to be known."""

from auditor.desktop import units
from auditor.desktop.leaves import Leaf
from auditor.desktop.pages.base import Page
from auditor.desktop.parts import heading, row, text
from auditor.desktop.rows import Column
from auditor.desktop.session import Session
from auditor.desktop.settings import Settings
from auditor.desktop.table import Table
from auditor.desktop.words import words


class FactsPage(Page):
    """One large table."""

    key = "facts"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.content.setContentsMargins(0, 0, 0, 0)
        self.content.setSpacing(0)
        columns: list[Column[Leaf]] = [
            Column(self.tr("Fact"), lambda f: f.pointer, width=340, mono=True),
            Column(self.tr("Value"), lambda f: f.value, width=320),
            Column(self.tr("Known how"), lambda f: words().status(f.status) if f.status else "", width=140),
            Column(self.tr("Source"), lambda f: f.source, width=280, mono=True),
            Column(self.tr("Method"), lambda f: f.method, width=100),
            Column(self.tr("Time (host, UTC)"), lambda f: f.time, width=220),
            Column(self.tr("Note"), lambda f: f.note, width=180),
        ]
        self.table: Table[Leaf] = Table(
            "facts",
            self.title(),
            columns,
            settings,
            searched=lambda f: f"{f.pointer}\n{f.value}\n{f.status}\n{f.source}\n{f.method}\n{f.note}",
        )
        self.table.failed.connect(self.failed)
        self.digest = text("", "mono", "muted")
        line = row(heading("facts.json"), 8, self.digest, None)
        line.setContentsMargins(16, 12, 16, 0)
        self.content.addLayout(line)
        self.content.addWidget(self.table, 1)

    def title(self) -> str:
        """As in the side bar."""
        return words().page(self.key)

    def show_session(self, session: Session) -> None:
        """Show the facts of another audit."""
        self.session = session
        self.digest.setText("SHA-256 " + units.digest(session.digest))
        self.table.set_rows(session.leaves)

    def show_item(self, item: object) -> None:
        """A JSON pointer: put the cursor on it, or on the first fact below it."""
        if not isinstance(item, str):
            return
        self.table.field.clear()
        for number, leaf in enumerate(self.table.model.rows()):
            if leaf.pointer == item or leaf.pointer.startswith(item.rstrip("/") + "/"):
                self.table.select(number)
                self.table.view.setFocus()
                return
