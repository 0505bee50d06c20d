"""``auditor traffic``: what captures of packets say about where a host connects to."""

import argparse
import contextlib
import datetime as dt
import ipaddress
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from auditor.audit import TOOL, registries_folder
from auditor.cli.policy import read_params
from auditor.cli.progress import size
from auditor.cli.registry import Answer, Exit, command
from auditor.collect.captures import read_captures
from auditor.collect.completion import alone
from auditor.errors import UserError
from auditor.facts.audit import Audit
from auditor.facts.traffic import Tier
from auditor.judge.destination import Destination as Meant
from auditor.judge.destination import Reach
from auditor.judge.destinations import destinations_of
from auditor.judge.engine import judge
from auditor.judge.finding import Finding, Verdict
from auditor.judge.permits import Permits
from auditor.knowledge.knowledge import load
from auditor.knowledge.operators import TransferClass
from auditor.knowledge.registries import load_registries
from auditor.policy.arguments import Destinations
from auditor.policy.effective import Effective
from auditor.policy.resolve import load_effective
from auditor.recognise.packets.reading import Destination, Flow, Network, Reading, stamp
from auditor.recognise.packets.traffic import KEPT

CHECK = "traffic.only"
CHECKS = (CHECK, "traffic.named", "traffic.residency", "traffic.budget")
"""What a capture can tell of."""
SHOWN = 40
"""Destinations that are printed before the rest is counted."""
WIDTH = 3
"""Addresses of a destination that are printed."""


def block(text: str) -> Network:
    """An address block of the command line."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no address block, like 10.0.0.5/32 or fd00::/8") from None


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="+", type=Path, metavar="FILE", help="captures (pcap or pcapng), read as one")
    parser.add_argument("--policy", metavar="POLICY", help="name or file; its traffic.only controls say what may be")
    parser.add_argument("--param", action="append", default=[], metavar="NAME=VALUE", help="set a policy's parameter")
    parser.add_argument(
        "--local",
        action="append",
        default=[],
        type=block,
        metavar="CIDR",
        help="addresses of the audited host; without it the one that nearly all connections share is taken",
    )


@command(
    "traffic",
    "Show where the connections of a capture go, whose that is, and whether a policy permits it",
    _arguments,
    example="auditor traffic eth0.pcapng --policy eu-onprem-baseline --local 10.0.0.5/32",
)
def run(arguments: argparse.Namespace) -> Answer:
    """With a policy: 0 if every destination is permitted, 1 if one is not, 2 if the capture cannot tell."""
    policy = _limited(load_effective(arguments.policy, "", read_params(arguments.param))) if arguments.policy else None
    with contextlib.ExitStack() as stack:
        reading = read_captures(arguments.file, arguments.local, lambda sizes: stack.enter_context(_progress(sizes)))
    audit = alone(reading, TOOL, load_registries(registries_folder()))
    findings = judge(audit, policy, load(), dt.datetime.now(dt.UTC)).findings if policy is not None else ()
    rows = rows_of(audit, reading, policy, findings)
    data = data_of(audit, reading, rows)
    weak = list(dict.fromkeys(each for finding in findings if _open(finding) for each in finding.not_seen))
    if policy is not None:
        data["policy"] = {
            "id": policy.id,
            "version": policy.version,
            "controls": [{"id": control.id, **control.arguments} for control in policy.controls],
            "inconclusive_because": weak,
            "findings": [_finding(finding) for finding in findings],
        }
    return Answer(data, lambda: show(audit, reading, rows, policy, findings, weak), _code(findings))


def _limited(policy: Effective) -> Effective:
    """The policy with only what a capture can tell of. Raises UserError where that is nothing."""
    controls = tuple(control for control in policy.controls if control.check in CHECKS)
    if not any(control.check == CHECK for control in controls):
        raise UserError(
            f"the policy {policy.id} does not limit destinations",
            f"Use a policy with a control whose check is {CHECK}.",
        )
    return policy.model_copy(update={"controls": controls})


def _open(finding: Finding) -> bool:
    return finding.verdict is Verdict.UNKNOWN


def _code(findings: Sequence[Finding]) -> Exit:
    if any(finding.verdict is Verdict.FAIL for finding in findings):
        return Exit.DOES_NOT_CONFORM
    return Exit.INCONCLUSIVE if any(map(_open, findings)) else Exit.CONFORMS


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "control": finding.control,
        "title": finding.title,
        "verdict": finding.verdict.value,
        "subject": {"kind": finding.subject.kind.value, "id": finding.subject.id},
        "observed": finding.observed,
        "not_seen": list(finding.not_seen),
        "remedy": finding.remedy,
    }


@dataclass(frozen=True)
class Row:
    """A destination of the capture, with its meaning, and whether the policy permits it."""

    seen: Destination
    meaning: Meant
    may: bool | None


def rows_of(audit: Audit, reading: Reading, policy: Effective | None, findings: Sequence[Finding]) -> tuple[Row, ...]:
    """All destinations in the reading's order. Without a policy, and where it is open, ``may`` is None."""
    meaning = {one.id: one for one in destinations_of(audit, load())}
    told = {finding.subject.id: finding.verdict for finding in findings if finding.verdict is not Verdict.PASS}
    permits = [
        Permits(Destinations.model_validate(control.arguments))
        for control in (policy.controls if policy is not None else ())
        if control.check == CHECK
    ]
    rows = []
    for one in reading.destinations:
        meant = meaning.get(one.name or one.addresses[0])
        if meant is None:
            # A host's own loopback is no destination of its audit, and means nothing beyond it.
            sums = {"connections": one.flows, "attempts": one.attempts, "bytes_out": one.bytes_out}
            meant = Meant(id=one.addresses[0], reach=Reach.TRANSFER, transfer=TransferClass.OWN,
                          bytes_in=one.bytes_in, first="", last="", **sums)  # fmt: skip
        rows.append(Row(one, meant, _may(audit, meant, permits, told) if policy is not None else None))
    return tuple(rows)


def _may(audit: Audit, meant: Meant, permits: Sequence[Permits], told: Mapping[str, Verdict]) -> bool | None:
    said = [each.may(audit.facts.traffic.flows[place]) for place in meant.flows for each in permits]
    found = told.get(meant.id)
    if False in said or found is Verdict.FAIL:
        return False
    return None if None in said or found is Verdict.UNKNOWN else True


def data_of(audit: Audit, reading: Reading, rows: Sequence[Row]) -> dict[str, Any]:
    """The shape of docs/json.md."""
    capture = reading.capture
    return {
        "capture": {
            "tier": Tier.IMPORTED.value,
            "sources": list(capture.sources),
            "packets": capture.packets,
            "bytes": capture.bytes,
            "dropped": capture.dropped,
            "cut": capture.cut,
            "truncated": capture.truncated,
            "first": None if capture.first is None else stamp(capture.first),
            "last": None if capture.last is None else stamp(capture.last),
            "local": list(capture.local),
            "local_given": capture.local_given,
            "not_seen": list(capture.not_seen),
            "kept": list(KEPT),
        },
        "flows": [_flow(flow) for flow in reading.flows],
        "destinations": [_destination(row) for row in rows],
        "registries": [table.model_dump(mode="json") for table in audit.facts.traffic.registries],
        "lookups": [
            {
                "name": one.name,
                "types": list(one.kinds),
                "asked": one.asked,
                "answered": one.answered,
                "aliases": list(one.aliases),
                "ech": one.ech,
            }
            for one in reading.lookups
        ],
        "problems": [
            {"file": problem.where, "offset": problem.offset, "what": problem.what} for problem in reading.problems
        ],
    }


def _flow(flow: Flow) -> dict[str, Any]:
    return {
        "proto": flow.proto,
        "direction": flow.direction,
        "src": flow.source,
        "sport": flow.source_port,
        "dst": flow.address,
        "dport": flow.port,
        "name": flow.name,
        "name_source": flow.name_source,
        "service": flow.service,
        "alpn": flow.alpn,
        "ja4": flow.ja4,
        "ech": flow.ech,
        "bytes_out": flow.bytes_out,
        "bytes_in": flow.bytes_in,
        "first": stamp(flow.first),
        "last": stamp(flow.last),
        "process": None,
        "attempt": flow.attempt,
    }


def _destination(row: Row) -> dict[str, Any]:
    one, meant = row.seen, row.meaning
    return {
        "name": one.name,
        "addresses": list(one.addresses),
        "ports": list(one.ports),
        "services": list(one.services),
        "name_sources": list(one.name_sources),
        "reach": meant.reach.value,
        "operator": meant.operator or None,
        "operator_country": meant.operator_country or None,
        "networks": list(meant.networks),
        "country": ", ".join(meant.countries) or None,
        "cdn": meant.cdn,
        "transfer_class": meant.transfer.value,
        "covers": meant.covers,
        "product": ", ".join(dict.fromkeys(endpoint.product for endpoint in meant.endpoints)) or None,
        "endpoints": [endpoint.model_dump(mode="json") for endpoint in meant.endpoints],
        "permitted": row.may,
        "background": one.background,
        "bytes_out": one.bytes_out,
        "bytes_in": one.bytes_in,
        "flows": one.flows,
        "attempts": one.attempts,
        "first": meant.first or None,
        "last": meant.last or None,
    }


@contextlib.contextmanager
def _progress(sizes: dict[str, int]) -> Iterator[Callable[[str, int], None]]:
    """A bar on a terminal, else nothing."""
    if not sys.stderr.isatty():
        yield lambda where, offset: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = {name: bars.add_task(Path(name).name, total=total) for name, total in sizes.items()}
        yield lambda where, offset: bars.update(tasks[where], completed=offset)


def show(
    audit: Audit,
    reading: Reading,
    rows: Sequence[Row],
    policy: Effective | None,
    findings: Sequence[Finding],
    weak: Sequence[str],
) -> None:
    """For people: the destinations, the answer, what cannot be seen."""
    console = Console(highlight=False)
    console.print(_headline(reading))
    if rows:
        console.print(_table(rows, policy is not None))
    hidden = len(rows) - SHOWN
    if hidden > 0:
        console.print(f"  … and {hidden} more; --json prints all", style="bright_black")
    if policy is not None:
        console.print(_answer(policy, rows, findings, weak))
    for problem in reading.problems:
        console.print(Text(f"{problem.where}, byte {problem.offset:,}: {problem.what}", style="red"), soft_wrap=True)
    tables = "; ".join(f"{table.name} of {table.date}" for table in audit.facts.traffic.registries)
    console.print(Text(f"Registered to, by: {tables or 'no table'}. Where a machine stands, no address tells.",
                       style="bright_black"))  # fmt: skip
    console.print(Text(f"Kept: {KEPT[0]}", style="bright_black"))
    console.print("Cannot be seen:", style="bold")
    for sentence in reading.capture.not_seen:
        console.print(Text(f"  {sentence}"))


def _headline(reading: Reading) -> Text:
    capture = reading.capture
    if capture.first is None or capture.last is None:
        return Text("The capture holds no packets.")
    inbound = sum(flow.direction == "in" for flow in reading.flows)
    text = Text(
        f"{capture.packets:,} packets, {size(capture.bytes)}, {stamp(capture.first)[:19]}Z to "
        f"{stamp(capture.last)[:19]}Z: {len(reading.flows) - inbound:,} connections out, {inbound:,} in"
    )
    if capture.local:
        how = "given" if capture.local_given else "taken, since nearly all connections share it"
        text.append(f"\nAudited host: {', '.join(capture.local)} ({how})", style="bright_black")
    return text


def _table(rows: Sequence[Row], with_policy: bool) -> Table:
    table = Table(box=None, pad_edge=False)
    # A name that is cut could be any name.
    for head in ("Destination", "Addresses", "For", "Registered to"):
        table.add_column(head, overflow="fold")
    table.add_column("Sent", justify="right", no_wrap=True)
    table.add_column("Received", justify="right", no_wrap=True)
    table.add_column("Connections", justify="right", no_wrap=True)
    if with_policy:
        table.add_column("Policy", no_wrap=True)
    for row in sorted(rows, key=lambda row: row.may is not False)[:SHOWN]:
        one = row.seen
        more = f" and {len(one.addresses) - WIDTH} more" if len(one.addresses) > WIDTH else ""
        name = Text(one.name or "(no name)")
        products = ", ".join(dict.fromkeys(endpoint.product for endpoint in row.meaning.endpoints))
        if products:
            name.append(f"\n{products}", style="yellow")
        cells = [
            name,
            Text(", ".join(one.addresses[:WIDTH]) + more),
            Text(", ".join(one.services) or ", ".join(one.ports[:WIDTH])),
            _registered(row.meaning),
            Text(size(one.bytes_out)),
            Text(size(one.bytes_in)),
            Text(f"{one.flows:,}" + (f"\n({one.attempts:,} failed)" if one.attempts else "")),
        ]
        if with_policy:
            cells.append(_PERMITTED[row.may])
        table.add_row(*cells)
    return table


_PERMITTED = {
    True: Text("✓ permitted", style="green"),
    False: Text("✕ not permitted", style="red"),
    None: Text("? open", style="yellow"),
}
_CLASSES = {
    TransferClass.OWN: "own network",
    TransferClass.EEA: "EEA",
    TransferClass.ADEQUATE: "adequacy decision",
    TransferClass.CONDITIONAL: "decision for some recipients only",
    TransferClass.THIRD: "third country",
    TransferClass.UNKNOWN: "not known",
}


def _registered(meant: Meant) -> Text:
    who = meant.operator or ", ".join(meant.networks[:1])
    where = "location not determinable" if meant.cdn else ", ".join(meant.countries)
    if meant.operator_country and not meant.cdn:
        where = meant.operator_country
    text = Text(", ".join(part for part in (who, where) if part))
    text.append(("\n" if text.plain else "") + _CLASSES[meant.transfer], style="bright_black")
    return text


def _answer(policy: Effective, rows: Sequence[Row], findings: Sequence[Finding], weak: Sequence[str]) -> Text:
    title = policy.title.get("en", policy.id)
    foreign = sum(row.may is False for row in rows)
    if foreign:
        return Text(f"✕ {foreign} of {len(rows)} destinations are not permitted by “{title}”.", style="bold red")
    failed = [finding for finding in findings if finding.verdict is Verdict.FAIL]
    if failed:
        text = Text(f"✕ The capture contradicts “{title}”:", style="bold red")
        for finding in failed[:SHOWN]:
            text.append(f"\n  {finding.control}: {finding.observed}")
        return text
    if any(map(_open, findings)):
        text = Text(f"? No destination outside “{title}” was seen, but the capture does not suffice:", style="yellow")
        for sentence in weak:
            text.append(f"\n  {sentence}")
        return text
    return Text(f"✓ All {len(rows)} destinations are permitted by “{title}”.", style="bold green")
