"""GPUs: what is built in, and who uses it."""

from auditor.desktop import units
from auditor.desktop.pages.evidence import EvidencePage, Thing, shown, verdict_column
from auditor.desktop.pages.served import ServedChains
from auditor.desktop.rows import Column
from auditor.desktop.session import Session
from auditor.facts.gpus import Gpu
from auditor.judge.finding import Finding


class GpusPage(EvidencePage):
    """Accelerators."""

    key = "gpus"
    collectors = ("gpus",)

    def nothing(self) -> str:
        """Said where nothing was found."""
        return self.tr("No accelerator was found.")

    def sentence(self, session: Session) -> tuple[str, str]:
        """How many of what."""
        gpus = session.audit.facts.gpus
        if not gpus:
            return self.nothing(), ""
        names = sorted({gpu.name.value for gpu in gpus if gpu.name.value})
        sources = sorted({source for gpu in gpus for source in gpu.sources})
        return (
            self.tr("Accelerators found: {number}. {names}").format(number=len(gpus), names=", ".join(names)),
            self.tr("As told by: {sources}.").format(sources=", ".join(sources)),
        )

    def tables(self, session: Session) -> None:
        """One table."""
        things = [
            Thing(gpu, f"/facts/gpus/{number}", tuple(self._about(session, gpu)))
            for number, gpu in enumerate(session.audit.facts.gpus)
        ]
        columns: list[Column[Thing[Gpu]]] = [
            verdict_column(self.tr("Verdict")),
            Column("GPU", lambda t: str(t.value.index), key=lambda t: t.value.index, width=56, right=True),
            Column(self.tr("Name"), lambda t: shown(t.value.name), width=220, strong=True),
            Column(
                self.tr("Memory"),
                lambda t: shown(t.value.memory_total, units.memory),
                key=lambda t: t.value.memory_total.value or 0,
                width=96,
                right=True,
            ),
            Column(self.tr("Driver"), lambda t: shown(t.value.driver), width=110),
            Column(self.tr("Processes"), self._processes, width=160),
            Column("UUID", lambda t: shown(t.value.uuid), width=330, mono=True),
            Column(self.tr("Bus"), lambda t: shown(t.value.pci, lambda p: str(p.bus)), width=140, mono=True),
        ]
        self.add_table("gpus", self.tr("Accelerators"), columns, things)
        chains = ServedChains(self)
        followed = chains.things(session)
        if followed:
            self.content.addWidget(chains.panel(followed))
            self.add_table("chains", chains.title(), chains.columns(), followed)

    def named(self, thing: Thing[Gpu], item: str) -> bool:
        """The index or the UUID; of a chain the process."""
        if not isinstance(thing.value, Gpu):
            return False
        return item in (str(thing.value.index), thing.value.uuid.value)

    def _about(self, session: Session, gpu: Gpu) -> list[Finding]:
        ids = [str(gpu.index), *(v for v in (gpu.uuid.value, gpu.pci.value.bus if gpu.pci.value else None) if v)]
        return list(session.about(self.key, *ids))

    def _processes(self, thing: Thing[Gpu]) -> str:
        fact = thing.value.processes
        return shown(fact, lambda found: ", ".join(f"{p.name} {p.pid}" for p in found) or self.tr("none"))
