"""``auditor chain``: from each GPU over process, stack and model to files, digests, licence and verdict."""

import argparse
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from auditor.audit import known, look, target_of
from auditor.cli.registry import Answer, Exit, command
from auditor.collect.request import Options
from auditor.documents import Documents, read_audit
from auditor.facts.audit import Audit, Outcome
from auditor.judge.finding import Judgement, dump
from auditor.judge.served_chain import ServedChain, served_chains
from auditor.knowledge.knowledge import Knowledge

COLLECTORS = ("host", "gpus", "processes", "models", "custody")
_NAMES = {
    "gpu": "GPU", "process": "process", "container": "container", "stack": "stack", "model": "model", "files": "files",
    "digests": "digests", "licence": "licence", "verdict": "verdict",
}  # fmt: skip
_MARKS = {"pass": "✓", "fail": "✗", "unknown": "?", "neutral": " "}


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "audit",
        nargs="?",
        type=Path,
        metavar="FOLDER|FACTS",
        help="an audit that was kept (default: this machine, now)",
    )


@command(
    "chain",
    "Follow each serving process from its GPU to the verdict on its model",
    _arguments,
    example="auditor chain audits/SA-20261122-7f3a91c4",
)
def run(arguments: argparse.Namespace) -> Answer:
    """Exit code 1: a link contradicts; 2: one was not seen."""
    audit, knowledge, judgement = _given(arguments.audit)
    chains = served_chains(audit, knowledge, judgement)
    data = {
        "audit": audit.id if arguments.audit else None,
        "chains": [dump(chain) for chain in chains],
        "complete": audit.collector("processes").outcome is Outcome.COMPLETE,
    }
    return Answer(data, lambda: _show(chains, data), _code(chains, data))


def _given(path: Path | None) -> tuple[Audit, Knowledge, Judgement | None]:
    if path is None:
        wanted = Options(stores=False, held=True, collectors=COLLECTORS)
        knowledge = known()
        return look(target_of("local"), wanted, knowledge), knowledge, None
    if path.is_dir():
        documents = Documents.read(path)
        return documents.audit, documents.tables, documents.judgement
    return read_audit(path), known(), None


def _code(chains: tuple[ServedChain, ...], data: dict[str, Any]) -> Exit:
    states = {step.state for chain in chains for step in chain.steps}
    if "fail" in states:
        return Exit.DOES_NOT_CONFORM
    return Exit.INCONCLUSIVE if "unknown" in states or not data["complete"] else Exit.CONFORMS


def _show(chains: tuple[ServedChain, ...], data: dict[str, Any]) -> None:
    console = Console(highlight=False)
    if not chains:
        console.print("No process that serves models was seen.")
    for chain in chains:
        console.print(Text(f"Process {chain.pid}", style="bold"))
        for number, step in enumerate(chain.steps):
            missing = "none" if step.state == "neutral" else "not seen"
            told = " · ".join(filter(None, (step.text, step.detail))) if step.text else (step.detail or missing)
            arrow = "→" if number else " "
            console.print(Text(f"  {_MARKS[step.state]} {arrow} {_NAMES[step.kind]:<10} {told}"))
    if not data["complete"]:
        console.print("Not every process could be looked into: run it as root.")
