"""The chain on the page of weights: from each serving process to the bytes that it uses."""

from collections.abc import Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from auditor.desktop.chain import Chain, Node
from auditor.desktop.pages.evidence import shown
from auditor.desktop.parts import heading, row
from auditor.desktop.session import Session
from auditor.desktop.words import words
from auditor.facts.serving import Custody, Held, Layer, Served
from auditor.facts.weights import Weight
from auditor.judge.custody import state_of

MOST = 500
"""Files in use that are shown; the page of facts has all."""


class Chains(QObject):
    """Makes the tree, in the language of the app."""

    def head(self) -> QWidget:
        """The line above the tree."""
        holder = QWidget()
        line = row(heading(self.tr("Weights in use")), None)
        line.setContentsMargins(16, 8, 12, 8)
        holder.setLayout(line)
        return holder

    def chain(self, session: Session) -> Chain:
        """The tree of an audit."""
        tree = Chain(self.tr("Weights in use"), (self.tr("Process, file, digest"), self.tr("What is known of it")))
        tree.show_nodes(self.nodes(session))
        return tree

    def nodes(self, session: Session) -> Sequence[Node]:
        """One for each process, those with the worst files first."""
        facts = session.audit.facts
        files: dict[int, list[tuple[int, Custody]]] = {}
        for at, file in enumerate(facts.custody[:MOST]):
            files.setdefault(file.server, []).append((at, file))
        serving = {served.pid: (at, served) for at, served in enumerate(facts.serving)}
        weights = {weight.path: weight for weight in facts.weights}
        found = [self._process(session, pid, serving.get(pid), files.get(pid, []), weights)
                 for pid in sorted({*files, *serving})]  # fmt: skip
        found.sort(key=lambda node: ("fail", "unknown", "pass", "").index(node.mark))
        more = len(facts.custody) - MOST
        if more > 0:
            found.append(Node(self.tr("{number} more are listed under Facts.").format(number=more)))
        return found

    def _process(
        self, session: Session, pid: int, place: tuple[int, Served] | None, files: list[tuple[int, Custody]],
        weights: dict[str, Weight],
    ) -> Node:  # fmt: skip
        below = [self._file(at, file, weights.get(file.weight)) for at, file in files]
        marks = {node.mark for node in below} or {"unknown"}
        mark = next(mark for mark in ("fail", "unknown", "pass") if mark in marks)
        name, told, pointer = self.tr("unknown product"), "", ""
        if place is not None:
            at, served = place
            pointer = f"/facts/serving/{at}"
            if served.stack.value:
                name = " ".join(filter(None, (served.stack.value, served.version.value)))
            gpus = [gpu.index for gpu in session.audit.facts.gpus
                    if any(held.pid == pid for held in gpu.processes.value or ())]  # fmt: skip
            parts = [words().subject("gpu", str(index)) for index in gpus]
            if served.container.value:
                parts.append(f"{self.tr('Container')} {served.container.value}")
            told = " · ".join(parts)
        if not below:
            below = [Node(self.tr("It holds no weight file."), mark="unknown")]
        title = f"{words().subject('process', str(pid))} · {name}"
        return Node(title, told, mark, pointer=pointer, below=tuple(below))

    def _file(self, at: int, file: Custody, weight: Weight | None) -> Node:
        state = state_of(file)
        mark = {"same": "pass", "unseen": "unknown"}.get(state, "fail")
        stated = [fact for fact in (weight.expected if weight else ())
                  if fact.value is not None and fact.value.algorithm == "sha256"]  # fmt: skip
        sources = tuple(
            Node(
                self.tr("Stated by {source}").format(source=fact.source),
                fact.value.digest,
                "pass" if fact.value.digest == file.disk_sha256.value else "fail",
                mono=True,
            )
            for fact in stated
            if fact.value is not None
        )
        sources = sources or (Node(self.tr("Nothing states what it should be."), mark="unknown"),)
        below = (
            Node(self.tr("In use"), self._digest(file.mapped_sha256), "" if state == "same" else mark, True),
            Node(self.tr("On disk"), self._digest(file.disk_sha256), mono=True, below=sources),
        )
        held = file.held.value or Held.NAMED
        layer = self._layer(file.layer.value) if file.layer.value else ""
        told = " · ".join(filter(None, (self._state(state), self._held(held), layer)))
        return Node(file.path, told, mark, pointer=f"/facts/custody/{at}", below=below, open=state != "same")

    def _digest(self, fact: object) -> str:
        return shown(fact, str)

    def _state(self, state: str) -> str:
        return {
            "same": self.tr("as on disk"),
            "differs": self.tr("other bytes than on disk"),
            "gone": self.tr("not on disk any more"),
            "replaced": self.tr("replaced on disk"),
            "written": self.tr("written to after the start"),
            "unseen": self.tr("not wholly seen"),
        }[state]

    def _held(self, held: Held) -> str:
        return {
            Held.MAPPED: self.tr("mapped"),
            Held.OPEN: self.tr("open"),
            Held.NAMED: self.tr("only named"),
        }[held]

    def _layer(self, layer: Layer) -> str:
        return {
            Layer.HOST: self.tr("from the host's disk"),
            Layer.VOLUME: self.tr("from a volume"),
            Layer.IMAGE: self.tr("from an image layer"),
            Layer.WRITABLE: self.tr("from the writable layer"),
        }[layer]
