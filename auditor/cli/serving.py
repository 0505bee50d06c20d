"""``auditor serving``: which processes of this machine serve models, and how."""

import argparse
from typing import Any

from rich.console import Console
from rich.table import Table

from auditor.audit import look, target_of
from auditor.cli.registry import Answer, Exit, command
from auditor.collect.request import Options
from auditor.facts.audit import Audit, Outcome
from auditor.facts.serving import Served
from auditor.facts.traffic import Listener
from auditor.knowledge.knowledge import load

COLLECTORS = ("host", "gpus", "processes", "traffic")


@command("serving", "List the processes that serve models, with their sockets and settings", example="auditor serving")
def run(arguments: argparse.Namespace) -> Answer:
    """List serving processes."""
    knowledge = load()
    audit = look(target_of("local"), Options(collectors=COLLECTORS, traffic_seconds=0), knowledge)
    data = [entry(served, audit) for served in audit.facts.serving]
    complete = audit.collector("processes").outcome is Outcome.COMPLETE
    return Answer(data, lambda: _show(data, complete), Exit.CONFORMS if complete else Exit.INCONCLUSIVE)


def entry(served: Served, audit: Audit) -> dict[str, Any]:
    """One process as ``--json`` prints it."""
    return {
        "pid": served.pid,
        "stack": served.stack.value,
        "version": served.version.value,
        "how_known": f"{served.version.method}: {served.version.source}" if served.version.seen else "",
        "listens": [f"{one.address}:{one.port}/{one.proto}" for one in listens(served, audit)],
        "models": list(served.models.value or ()),
        "container": served.container.value,
    }


def listens(served: Served, audit: Audit) -> tuple[Listener, ...]:
    """The listening sockets of a process, as far as their owner was seen."""
    every = audit.facts.traffic.listeners
    return tuple(one for one in every if one.process.value and one.process.value.pid == served.pid)


def _show(data: list[dict[str, Any]], complete: bool) -> None:
    console = Console(highlight=False)
    table = Table("PID", "Stack", "Version", "Listens", "Models", "Container")
    for one in data:
        table.add_row(
            str(one["pid"]),
            one["stack"] or "not known",
            one["version"] or "not seen",
            "\n".join(one["listens"]) or "not seen",
            "\n".join(one["models"]) or "not seen",
            one["container"] or "",
        )
    if data:
        console.print(table, markup=False)
    else:
        console.print("No process that serves models was seen.")
    if not complete:
        console.print("Not every process could be looked into: run it as root.")
