"""``auditor serving``: which processes of this machine serve models, and how."""

import argparse
import datetime as dt
from typing import Any

from rich.console import Console
from rich.text import Text

from auditor.audit import known, look, target_of
from auditor.cli.grid import add, grid
from auditor.cli.registry import Answer, Exit, command
from auditor.collect.request import Options
from auditor.facts.audit import Audit, Outcome
from auditor.facts.serving import Served
from auditor.facts.traffic import Listener
from auditor.judge.finding import dump
from auditor.judge.vulnerabilities import vulnerabilities_of
from auditor.knowledge.knowledge import Knowledge
from auditor.recognise.settings import Judged, settings_of

COLLECTORS = ("host", "gpus", "processes", "endpoints", "traffic")


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--endpoints", action="store_true", help="ask them on loopback, by GET alone, for version and models"
    )


@command(
    "serving",
    "List the processes that serve models, with their sockets and settings",
    example="auditor serving --endpoints",
    arguments=_arguments,
)
def run(arguments: argparse.Namespace) -> Answer:
    """List serving processes."""
    knowledge = known()
    audit = look(
        target_of("local"), Options(collectors=COLLECTORS, traffic_seconds=0, endpoints=arguments.endpoints), knowledge
    )
    data = [entry(served, audit, knowledge) for served in audit.facts.serving]
    complete = audit.collector("processes").outcome is Outcome.COMPLETE
    return Answer(data, lambda: _show(data, complete), Exit.CONFORMS if complete else Exit.INCONCLUSIVE)


def entry(served: Served, audit: Audit, knowledge: Knowledge) -> dict[str, Any]:
    """One process as ``--json`` prints it."""
    return {
        "pid": served.pid,
        "stack": served.stack.value,
        "version": served.version.value,
        "how_known": f"{served.version.method}: {served.version.source}" if served.version.seen else "",
        "listens": [f"{one.address}:{one.port}/{one.proto}" for one in listens(served, audit)],
        "models": list(served.models.value or ()),
        "switches": [dump(found) for found in settings_of(served, knowledge)],
        "container": served.container.value,
        "vulnerabilities": {
            "table": knowledge.vulnerabilities.date_of(served.stack.value or ""),
            "known": bool(served.version.seen and knowledge.vulnerabilities.of(served.stack.value or "")),
            "entries": [dump(found) for found in vulnerabilities_of(served, knowledge)],
        },
        "answers": dump(served.answers) if served.answers is not None else None,
    }


def listens(served: Served, audit: Audit) -> tuple[Listener, ...]:
    """The listening sockets of a process or of its container, as far as their owner was seen."""
    found = []
    for one in audit.facts.traffic.listeners:
        owner = one.process.value
        if owner and (owner.pid == served.pid or (owner.container and owner.container == served.container.value)):
            found.append(one)
    return tuple(found)


def _show(data: list[dict[str, Any]], complete: bool) -> None:
    console = Console(highlight=False)
    table = grid("PID", "Stack", "Version", "Listens", "Models")
    for one in data:
        listens, models = "\n".join(one["listens"]) or None, "\n".join(one["models"]) or None
        add(table, str(one["pid"]), one["stack"] or "not known", one["version"], listens, models)
    if data:
        console.print(table)
    else:
        console.print("No process that serves models was seen.")
    for one in data:
        for found in one["switches"]:
            if found["judged"] != Judged.FINE:
                told = "not seen" if found["judged"] == Judged.UNKNOWN else found["why"]
                console.print(Text(f"{one['pid']}  {found['name']}: {found['value']} – {told}"))
        table = one["vulnerabilities"]
        for found in table["entries"]:
            told = f"{found['id']} ({found['severity']}): {found['summary']}"
            console.print(Text(f"{one['pid']}  {told} Mended in {found['fixed_in'] or 'no version known'}."))
        age = (dt.datetime.now(dt.UTC).date() - dt.date.fromisoformat(table["table"])).days
        console.print(
            Text(f"{one['pid']}  vulnerabilities: table of {table['table']}, {age} days old")
            if table["known"]
            else Text(f"{one['pid']}  vulnerabilities: not known for this stack or version")
        )
    for one in data:
        for line in _said(one["answers"]):
            console.print(Text(f"{one['pid']}  {line}"))
    if not complete:
        console.print("Not every process could be looked into: run it as root.")


def _said(answers: dict[str, Any] | None) -> list[str]:
    """What a process answered, a line for each request and each thing told."""
    if answers is None:
        return []
    lines = [
        f"{one['code']['source']}: {one['code']['value'] or one['code']['note']}"
        + (f", {one['size']:,} bytes" if one["size"] else "")
        for one in answers["asked"]
    ]
    named = {"version": "says version", "models": "serves", "paths": "loaded from", "remote": "computed elsewhere, at"}
    for name, words in named.items():
        value = answers[name]["value"]
        if value:
            lines.append(f"{words} {value if isinstance(value, str) else ', '.join(value)}")
    if answers["origins"]["value"]:
        lines.append(f"lets web pages of {answers['origins']['value']} speak to it")
    if answers["authentication"]["value"] is False:
        lines.append("lists its models without a key")
    return lines
