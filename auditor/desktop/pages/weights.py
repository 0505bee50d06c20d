"""Weights: every file, its digest, and what the store says it should be."""

from auditor.desktop import units
from auditor.desktop.pages.custody import Chains
from auditor.desktop.pages.evidence import EvidencePage, Thing, shown, verdict_column
from auditor.desktop.parts import Panel
from auditor.desktop.rows import Column
from auditor.desktop.session import Session
from auditor.facts.contents import Content, Harm
from auditor.facts.weights import Weight
from auditor.judge.finding import Finding, Verdict

_RANK = {Harm.HIGH: 0, Harm.MEDIUM: 1, Harm.LOW: 2}


class WeightsPage(EvidencePage):
    """Files of weights."""

    key = "weights"
    collectors = ("weights", "custody")

    def nothing(self) -> str:
        """Said where nothing was found."""
        return self.tr("No file of weights was found.")

    def sentence(self, session: Session) -> tuple[str, str]:
        """How many were hashed."""
        weights = session.audit.facts.weights
        if not weights:
            return self.nothing(), ""
        read = [w for w in weights if w.sha256.seen]
        differs = sum(self._stands(w) == "differs" for w in weights)
        return (
            self.tr("Hashed: {done} of {total} files. Different from the stated digest: {differs}.").format(
                done=units.count(len(read)), total=units.count(len(weights)), differs=units.count(differs)
            ),
            self.tr("{size} were read. Who can write a file can also write the digest that its store states.").format(
                size=units.size(sum(w.size.value or 0 for w in read))
            ),
        )

    def tables(self, session: Session) -> None:
        """One table; the model's finding marks each of its files."""
        things = []
        for number, weight in enumerate(session.audit.facts.weights):
            pointer = f"/facts/weights/{number}"
            about = (f for f in session.about(self.key, weight.model) if _speaks_of(f, pointer))
            things.append(Thing(weight, pointer, tuple(about)))
        words_ = {
            "agrees": self.tr("as stated"),
            "differs": self.tr("differs"),
            "unread": self.tr("not read"),
            "unstated": self.tr("none stated"),
        }
        columns: list[Column[Thing[Weight]]] = [
            verdict_column(self.tr("Verdict")),
            Column(
                self.tr("File"),
                lambda t: t.value.path.rpartition("/")[2],
                width=270,
                mono=True,
                second=lambda t: t.value.path.rpartition("/")[0],
            ),
            Column(self.tr("Model"), lambda t: t.value.model, width=170),
            Column(
                self.tr("Size"),
                lambda t: shown(t.value.size, units.size),
                key=lambda t: t.value.size.value or 0,
                width=90,
                right=True,
            ),
            Column(self.tr("Stated digest"), lambda t: words_[self._stands(t.value)], width=170),
            Column(
                "SHA-256",
                lambda t: _half(t.value, 0),
                key=lambda t: t.value.sha256.value or "",
                width=310,
                mono=True,
                second=lambda t: _half(t.value, 1),
                halved=True,
            ),
        ]
        self.add_table("weights", self.tr("Files"), columns, things, tall=True, most=10)
        self._contents(session)
        if session.audit.facts.custody or session.audit.facts.serving:
            self._chain(session)

    def _chain(self, session: Session) -> None:
        """From each serving process to the bytes that it uses."""
        chains = Chains()
        tree = chains.chain(session)
        tree.current.connect(self._show_at)
        panel = Panel(padding=1, gap=0)
        panel.add(chains.head(), tree)
        self.content.addWidget(panel)

    def _show_at(self, pointer: str) -> None:
        self._show_facts(Thing(None, pointer))

    def _contents(self, session: Session) -> None:
        """A table of what files could do when they are loaded; the worst first. None where nothing was looked at."""
        told = []
        for number, content in enumerate(session.audit.facts.contents):
            pointer = f"/facts/contents/{number}"
            about = (f for f in session.about(self.key, content.model) if any(p == pointer for p in f.rests_on))
            told.append(Thing(content, pointer, tuple(about)))
        if not told:
            return
        columns: list[Column[Thing[Content]]] = [
            verdict_column(self.tr("Verdict")),
            Column(
                self.tr("File"),
                lambda t: t.value.path.rpartition("/")[2],
                width=270,
                mono=True,
                second=lambda t: t.value.path.rpartition("/")[0],
            ),
            Column(self.tr("Model"), lambda t: t.value.model, width=170),
            Column(self.tr("Found"), lambda t: self._found(t.value), width=700),
        ]
        told.sort(key=lambda t: _RANK[t.value.hazards.value[0].harm] if t.value.hazards.value else 3)
        self.add_table("contents", self.tr("What loading would do"), columns, told, tall=True, most=6)

    def _found(self, content: Content) -> str:
        signs = [f"{hazard.where}: {hazard.detail}" if hazard.where else hazard.detail
                 for hazard in content.hazards.value or ()]  # fmt: skip
        if content.hazards.note:
            signs.append(content.hazards.note)
        return "; ".join(signs) or self.tr("nothing found")

    def named(self, thing: Thing[Weight] | Thing[Content], item: str) -> bool:
        """A path, or the id of a model."""
        return item in (thing.value.path, thing.value.model)

    def _stands(self, weight: Weight) -> str:
        if not weight.sha256.seen:
            return "unread"
        stated = [e.value.digest for e in weight.expected if e.value and e.value.algorithm == "sha256"]
        if not stated:
            return "unstated"
        return "agrees" if all(digest == weight.sha256.value for digest in stated) else "differs"


def _speaks_of(finding: Finding, pointer: str) -> bool:
    """What is evidenced of a model holds for all of its files; another verdict for those that it rests on."""
    named = [p for p in finding.rests_on if p.startswith("/facts/weights/")]
    if finding.verdict is Verdict.PASS or not named:
        return True
    return any(p == pointer or p.startswith(pointer + "/") for p in named)


def _half(weight: Weight, part: int) -> str:
    """Four groups of eight of a digest; what there is instead of it stands in the first half."""
    if not weight.sha256.seen:
        return "" if part else shown(weight.sha256)
    return units.digest(str(weight.sha256.value)[32 * part : 32 * part + 32])
