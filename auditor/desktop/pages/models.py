"""Models: what lies on the host, under which licence, and what was changed in its text."""

import datetime as dt

from PySide6.QtWidgets import QGridLayout

from auditor.desktop import units
from auditor.desktop.pages.evidence import EvidencePage, Thing, shown, verdict_column
from auditor.desktop.parts import Panel, heading, prose, text
from auditor.desktop.rows import Column
from auditor.desktop.session import Session
from auditor.errors import UserError
from auditor.facts.models import Change, Licence, Match, Model
from auditor.judge.chain import Link, Origin, chain_of
from auditor.judge.context import Context

_MOST_CHAINS = 500
"""Models whose origin is told; a host with more shows theirs in the dossier and on the command line."""

Quoted = tuple[Licence, Change]


class ModelsPage(EvidencePage):
    """Models and licences."""

    key = "models"
    collectors = ("models",)

    def nothing(self) -> str:
        """Said where nothing was found."""
        return self.tr("No model was found.")

    def sentence(self, session: Session) -> tuple[str, str]:
        """How many models, and from where."""
        models = session.audit.facts.models
        if not models:
            return self.nothing(), self.tr("Name further folders when you start the next audit.")
        stores = ", ".join(sorted({model.store.value for model in models}))
        return (
            self.tr("Models found: {number}. Open findings about them: {open}.").format(
                number=units.count(len(models)), open=session.open(self.key)
            ),
            self.tr("Licence texts read: {number}. Stores: {stores}.").format(
                number=units.count(len(session.audit.facts.licences)), stores=stores
            ),
        )

    def tables(self, session: Session) -> None:
        """Models, licence texts, changes in them."""
        facts = session.audit.facts
        models = [
            Thing(m, f"/facts/models/{number}", tuple(session.about(self.key, m.id)))
            for number, m in enumerate(facts.models)
        ]
        columns: list[Column[Thing[Model]]] = [
            verdict_column(self.tr("Verdict")),
            Column(self.tr("Model"), lambda t: t.value.id, width=260, strong=True, second=lambda t: t.value.path),
            Column(self.tr("Stated licence"), self._stated, width=160),
            Column(self.tr("Format"), lambda t: shown(t.value.format), width=110),
            Column(self.tr("Quantisation"), lambda t: shown(t.value.quantisation), width=110),
            Column(
                self.tr("Parameters"),
                lambda t: shown(t.value.parameters, units.count),
                key=lambda t: t.value.parameters.value or 0,
                width=140,
                right=True,
            ),
            Column(self.tr("Store"), lambda t: t.value.store.value, width=150),
        ]
        self.add_table("models", self.tr("Models"), columns, models, tall=True)
        texts = [Thing(licence, f"/facts/licences/{number}") for number, licence in enumerate(facts.licences)]
        licence_columns: list[Column[Thing[Licence]]] = [
            Column(self.tr("File"), lambda t: t.value.file, width=420, mono=True),
            Column(self.tr("Model"), lambda t: t.value.model, width=200),
            Column(self.tr("Known text"), lambda t: shown(t.value.id), width=160),
            Column(self.tr("Match"), lambda t: self._match(t.value.match), width=160),
        ]
        self.add_table("licences", self.tr("Licence texts"), licence_columns, texts)
        if any(model.base.seen for model in facts.models):
            self._chains(session)
        for licence in facts.licences:
            for part in licence.parts:
                if part.changes:
                    self.content.addWidget(self._changes(licence, part.title, part.changes[:50]))

    def _chains(self, session: Session) -> None:
        """What models were derived from, and under which licence each link stands."""
        try:
            knowledge = session.documents.tables
        except UserError:
            return
        when = dt.datetime.fromisoformat(session.judgement.judged)
        context = Context(session.audit, session.policy, knowledge, when)
        chains = [chain_of(context, model) for model in session.audit.facts.models[:_MOST_CHAINS] if model.base.seen]
        links = [Thing(link, link.rests_on) for chain in chains if len(chain) > 1 for link in chain]
        columns: list[Column[Thing[Link]]] = [
            Column(self.tr("Model"), lambda t: t.value.model, width=300, strong=True),
            Column(self.tr("Derived into"), lambda t: t.value.of or "–", width=240),
            Column(self.tr("Known from"), lambda t: self._origin(t.value.origin), width=150),
            Column(self.tr("Licence"), lambda t: ", ".join(t.value.licences) or self.tr("not known"), width=260),
        ]
        if links:
            self.add_table("chains", self.tr("Where the models come from"), columns, links)

    def _origin(self, origin: Origin) -> str:
        return {
            Origin.HOST: self.tr("this host"),
            Origin.CARD: self.tr("model card"),
            Origin.HEADER: self.tr("GGUF header"),
            Origin.CONFIGURATION: self.tr("configuration"),
            Origin.KNOWLEDGE: self.tr("table of models"),
        }[origin]

    def _stated(self, thing: Thing[Model]) -> str:
        return ", ".join(dict.fromkeys(s.value.value for s in thing.value.stated if s.value)) or self.tr("none stated")

    def _match(self, match: Match) -> str:
        return {
            Match.EXACT: self.tr("word for word"),
            Match.TRUNCATED: self.tr("cut short"),
            Match.MODIFIED: self.tr("changed"),
            Match.NONE: self.tr("not a known text"),
        }[match]

    def _changes(self, licence: Licence, title: str, changes: tuple[Change, ...]) -> Panel:
        panel = Panel("fail", gap=4)
        panel.add(heading(self.tr("Changed words in {title}").format(title=units.clean(title, 120))))
        panel.add(text(units.clean(licence.file, 300), "mono", "muted"), 4)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(2, 1)
        kinds = {"inserted": self.tr("Inserted"), "deleted": self.tr("Deleted"), "replaced": self.tr("Replaced")}
        for number, change in enumerate(changes):
            where = self.tr("line {line}, clause {clause}").format(line=change.line, clause=change.clause or "–")
            grid.addWidget(text(kinds[change.kind.value], strong=True), number, 0)
            grid.addWidget(text(units.clean(where, 80), tone="muted"), number, 1)
            grid.addWidget(prose(f"“{change.found}”" if change.found else change.before), number, 2)
        panel.body.addLayout(grid)
        return panel
