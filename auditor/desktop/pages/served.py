"""On the page of GPUs: the chain of each serving process, drawn and as a table."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from auditor.desktop.pages.evidence import Thing
from auditor.desktop.parts import Panel, heading
from auditor.desktop.rows import Column
from auditor.desktop.session import Session
from auditor.desktop.strip import Link, Strip
from auditor.desktop.words import words
from auditor.judge.served_chain import KINDS, ServedChain, Step, served_chains

DRAWN = 6
"""Processes that are drawn; the table has all."""


class ServedChains(QObject):
    """Makes drawing and table, in the language of the app."""

    def title(self) -> str:
        """Of both."""
        return self.tr("From GPU to verdict")

    def things(self, session: Session) -> list[Thing[ServedChain]]:
        """The chains of an audit."""
        places = {served.pid: at for at, served in enumerate(session.audit.facts.serving)}
        found = served_chains(session.audit, session.documents.tables, session.judgement)
        return [Thing(chain, f"/facts/serving/{places[chain.pid]}") for chain in found]

    def panel(self, things: list[Thing[ServedChain]]) -> Panel:
        """The drawing."""
        names = self._names()
        chains = [
            [
                Link(names[step.kind], self.told(step), "" if step.state == "neutral" else step.state)
                for step in thing.value.steps
            ]
            for thing in things[:DRAWN]
        ]
        panel = Panel()
        panel.add(heading(self.title()), Strip(self.title(), chains))
        return panel

    def columns(self) -> list[Column[Thing[ServedChain]]]:
        """One for each link."""
        names = self._names()

        def of(kind: str) -> Callable[[Thing[ServedChain]], Step]:
            return lambda thing: next(step for step in thing.value.steps if step.kind == kind)

        def column(kind: str) -> Column[Thing[ServedChain]]:
            step = of(kind)
            if kind == "verdict":
                return Column(
                    names[kind],
                    lambda t: self.told(step(t)),
                    width=200,
                    mark=lambda t: step(t).state if step(t).state != "neutral" else "",
                )
            return Column(names[kind], lambda t: self.told(step(t)), width=150, mono=kind == "digests")

        return [column(kind) for kind in KINDS]

    def told(self, step: Step) -> str:
        """What a link says."""
        if step.kind == "verdict" and step.text:
            return " · ".join(filter(None, (words().verdict(step.text), step.detail)))
        if step.kind == "digests" and step.text:
            return step.text
        if not step.text:
            return self.tr("none") if step.state == "neutral" else self.tr("not seen")
        return " · ".join(filter(None, (step.text, step.detail)))

    def _names(self) -> dict[str, str]:
        return {
            "gpu": "GPU",
            "process": self.tr("Process"),
            "container": self.tr("Container"),
            "stack": self.tr("Stack"),
            "model": self.tr("Model"),
            "files": self.tr("Files"),
            "digests": self.tr("Digest"),
            "licence": self.tr("Licence"),
            "verdict": self.tr("Verdict"),
        }
