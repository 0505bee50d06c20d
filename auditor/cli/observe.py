"""``auditor observe``: watch where a host connects to, now, and say how well could be watched."""

import argparse
import contextlib
import datetime as dt
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

from rich.console import Console, Group
from rich.live import Live as Screen
from rich.table import Table
from rich.text import Text

from auditor.audit import look, registries_folder, target_of
from auditor.cli.naming import Naming
from auditor.cli.progress import Lines, Stream, interrupt, size
from auditor.cli.registry import Answer, Exit, command
from auditor.collect import stream as events
from auditor.collect.request import Options, TierChoice
from auditor.documents import write
from auditor.errors import UserError
from auditor.facts.audit import Audit, Outcome
from auditor.facts.canonical import canonical
from auditor.facts.traffic import Capture, Flow, Process
from auditor.judge.destinations import destinations_of
from auditor.knowledge.knowledge import Knowledge, load
from auditor.knowledge.registries import load_registries

SHOWN = 40
"""Destinations that are printed before the rest is counted."""
_LIVE_SHOWN = 15
_WORDS = {
    "A": "the kernel's reports",
    "B": "packets",
    "C": "the kernel's events",
    "D": "polling",
    "E": "slow polling",
    "S": "one look",
}

OnEvent = Callable[[events.Event], None]


def _seconds(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 604_800:
        raise argparse.ArgumentTypeError("1 to 604800 seconds")
    return value


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target", nargs="?", default="local", metavar="TARGET", help="local (default) or ssh://user@host:port"
    )
    parser.add_argument("--sudo", action="store_true", help="on a host reached by ssh: run the probe by sudo -n")
    parser.add_argument(
        "--seconds", type=_seconds, default=60, metavar="N", help="watch this long (default: 60); Ctrl-C ends it sooner"
    )
    parser.add_argument(
        "--tier",
        choices=get_args(TierChoice),
        default="auto",
        help="how to watch: A reports of the kernel, B packets, C events of the kernel, D polling, E slow polling "
        "(default: all of the best that the host allows, together)",
    )
    parser.add_argument(
        "--facts", type=Path, metavar="FILE", help="keep what was seen as facts, which `auditor judge` takes"
    )
    parser.add_argument(
        "--events",
        action="store_true",
        help="print what is seen as JSON lines while it is seen; read commands from standard input",
    )


@command(
    "observe",
    "Watch where a host connects to, by process and destination, while you look",
    _arguments,
    example="auditor observe --seconds 600",
)
def run(arguments: argparse.Namespace) -> Answer:
    """0 if the watch went as asked for, 2 if it was cut short or something could not be seen."""
    cancel = threading.Event()
    stream = Stream(sys.stdout) if arguments.events else None
    if stream is not None:
        Lines(sys.stdin, cancel).start()
    previous = signal.signal(signal.SIGINT, lambda number, frame: interrupt(cancel))
    wanted = Options(collectors=("traffic",), traffic_seconds=arguments.seconds, tier=arguments.tier, live=True)
    knowledge = load()
    try:
        target = target_of(arguments.target, sudo=arguments.sudo)
        with _faces(stream, arguments.seconds, quiet=arguments.json) as on_event:
            registries = load_registries(registries_folder())
            naming = Naming(on_event, knowledge, registries, dt.datetime.now(dt.UTC))
            audit = look(target, wanted, knowledge, on_event=naming, cancel=cancel, registries=registries)
    except UserError as error:
        if stream is not None:
            stream.write({"kind": "error", "message": error.message, "hint": error.hint, "where": error.where})
        raise
    finally:
        signal.signal(signal.SIGINT, previous)
    data = report(audit, knowledge)
    if arguments.facts is not None:
        write(arguments.facts, canonical(audit))
        data |= {"facts": str(arguments.facts)}
    code = Exit.INCONCLUSIVE if data["partial"] else Exit.CONFORMS
    if stream is not None:
        # Where the flows are kept, whoever draws the watch need not take in thousands of them.
        kept: dict[str, Any] = {"flows": []} if arguments.facts is not None else {}
        stream.write({"kind": "result", "exit": int(code), **data, **kept})
        return Answer(None, lambda: None, code)
    return Answer(data, lambda: _show(data), code)


@contextlib.contextmanager
def _faces(stream: Stream | None, seconds: int, *, quiet: bool) -> Iterator[OnEvent]:
    """What is seen meanwhile: JSON lines, a table that changes on a terminal, or nothing."""
    if stream is not None:

        def write(event: events.Event) -> None:
            if not isinstance(event, events.Seen):
                stream.write({"kind": type(event).__name__.lower(), **event.model_dump(mode="json")})

        yield write
    elif quiet or not sys.stderr.isatty():
        yield lambda event: None
    else:
        with Screen(console=Console(stderr=True), transient=True, auto_refresh=False) as screen:

            def draw(event: events.Event) -> None:
                if isinstance(event, events.Live):
                    screen.update(live_view(event, seconds), refresh=True)

            screen.update(Text("Preparing the watch …"), refresh=True)
            yield draw


def live_view(event: events.Live, seconds: int) -> Group:
    """The running watch as a table: who sends most comes first."""
    head = Text(f"Watching by {means_of(event.tiers)}: {event.seconds} of {seconds} s, ")
    head.append(f"{event.connections:,} connections")
    if event.packets:
        head.append(f", {event.packets:,} packets")
    head.append(f", {event.dropped:,} lost", style="red" if event.dropped else "green")
    head.append("  (Ctrl-C ends and keeps what was seen)", style="bright_black")
    table = _grid("Process", "Destination", "Sent", "Received")
    outbound = [flow for flow in event.flows if flow.direction == "out"]
    for flow in outbound[:_LIVE_SHOWN]:
        place = f"{flow.host or flow.address}:{flow.port} {flow.proto}" if flow.port else f"{flow.address} {flow.proto}"
        who = f"{flow.name or '?'} ({flow.pid})" if flow.pid is not None else "(not seen)"
        table.add_row(
            Text(who),
            Text(place, style="yellow" if flow.attempt else ""),
            _bytes(flow.bytes_out),
            _bytes(flow.bytes_in),
        )
    more = len(outbound) - _LIVE_SHOWN
    rest = [Text(f"… and {more:,} more", style="bright_black")] if more > 0 else []
    return Group(head, table, *rest)


def means_of(tiers: Iterable[str]) -> str:
    """Means of observation in words."""
    return ", ".join(f"{_WORDS.get(tier, tier)} ({tier})" for tier in tiers) or "nothing"


def _grid(*heads: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for head in heads:
        numeric = head in ("Sent", "Received", "Connections")
        table.add_column(head, overflow="fold", justify="right" if numeric else "left", no_wrap=numeric)
    return table


def _bytes(count: int | None) -> Text:
    return Text("?" if count is None else size(count))


def report(audit: Audit, knowledge: Knowledge) -> dict[str, Any]:
    """The shape of docs/json.md."""
    traffic = audit.facts.traffic
    outcome = audit.collector("traffic").outcome
    return {
        "target": audit.target.name,
        "partial": outcome is not Outcome.COMPLETE,
        "outcome": outcome.value,
        "capture": _capture(traffic.capture.value),
        "flows": [_flow(flow) for flow in traffic.flows],
        "destinations": [one.model_dump(mode="json") for one in destinations_of(audit, knowledge)],
        "listeners": [
            {
                "proto": one.proto,
                "address": one.address,
                "port": one.port,
                "process": _process(one.process.value),
            }
            for one in traffic.listeners
        ],
        "problems": [problem.model_dump(mode="json") for problem in audit.problems],
    }


def _capture(capture: Capture | None) -> dict[str, Any] | None:
    return None if capture is None else capture.model_dump(mode="json")


def _process(process: Process | None) -> dict[str, Any] | None:
    return None if process is None else process.model_dump(mode="json")


def _flow(flow: Flow) -> dict[str, Any]:
    inbound = flow.direction == "in"
    here, there = (flow.source_address, flow.source_port), (flow.address, flow.port)
    source, target = (there, here) if inbound else (here, there)
    return {
        "proto": flow.proto,
        "direction": flow.direction,
        "src": source[0],
        "sport": source[1],
        "dst": target[0],
        "dport": target[1],
        "name": flow.name,
        "name_source": flow.name_source,
        "alpn": flow.alpn,
        "ja4": flow.ja4,
        "ech": flow.ech,
        "bytes_out": flow.bytes_out,
        "bytes_in": flow.bytes_in,
        "first": flow.first,
        "last": flow.last,
        "process": _process(flow.process.value),
        "method": flow.process.method,
        "note": flow.process.note,
        "attempt": flow.attempt,
    }


def _show(data: dict[str, Any]) -> None:
    console = Console(highlight=False)
    capture = data["capture"]
    console.print(_headline(data, capture), soft_wrap=True)
    if data["destinations"]:
        console.print(_table(data["destinations"]))
    hidden = len(data["destinations"]) - SHOWN
    if hidden > 0:
        console.print(f"  … and {hidden:,} more; --json prints all", style="bright_black")
    for problem in data["problems"]:
        remedy = f" – {problem['remedy']}" if problem["remedy"] else ""
        console.print(Text(f"{problem['where']}: {problem['what']}{remedy}", style="yellow"), soft_wrap=True)
    if capture is not None:
        console.print("Cannot be seen:", style="bold")
        for sentence in capture["not_seen"]:
            console.print(Text(f"  {sentence}"), soft_wrap=True)


def _headline(data: dict[str, Any], capture: dict[str, Any] | None) -> Text:
    if capture is None:
        return Text("The network could not be watched.", style="bold red")
    inbound = sum(flow["direction"] == "in" for flow in data["flows"])
    text = Text(
        f"Watched {data['target']} for {capture['seconds']:,} s by {means_of(capture['tiers'] or [capture['tier']])}: "
        f"{len(data['flows']) - inbound:,} connections out, {inbound:,} in"
    )
    if capture["packets"]:
        text.append(f", {capture['packets']:,} packets")
    if data["outcome"] == Outcome.CANCELLED.value:
        text.append("\nStopped early: what was seen until then is shown, and marked partial.", style="yellow")
    elif data["partial"]:
        text.append("\nPartial: something could not be seen, see below.", style="yellow")
    return text


def _table(found: list[dict[str, Any]]) -> Table:
    # A name that is cut could be any name.
    table = _grid("Destination", "Operator", "Processes", "Sent", "Received", "Connections")
    for one in found[:SHOWN]:
        name = Text(one["name"] or (", ".join(one["addresses"][:3]) if one["addresses"] else "(clients of this host)"))
        name.append(f"\n{', '.join(one['ports'][:3])}", style="bright_black")
        products = ", ".join(dict.fromkeys(endpoint["product"] for endpoint in one["endpoints"]))
        if products:
            name.append(f"\n{products}", style="yellow")
        where = ", ".join(one["countries"])
        operator = one["operator"] or ", ".join(one["networks"]) or "–"
        who = ", ".join(dict.fromkeys(f"{owner['name']} ({owner['pid']})" for owner in one["owners"])) or "(not seen)"
        failed = f"\n({one['attempts']:,} failed)" if one["attempts"] else ""
        table.add_row(
            name, Text(operator + (f"\nregistered to {where}" if where else "")), Text(who), _bytes(one["bytes_out"]),
            _bytes(one["bytes_in"]), Text(f"{one['connections'] + one['attempts']:,}{failed}"),
        )  # fmt: skip
    return table
