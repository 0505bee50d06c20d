"""``auditor traffic``: what captures of packets say about where a host connects to."""

import argparse
import contextlib
import ipaddress
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from auditor.cli.policy import read_params
from auditor.cli.progress import size
from auditor.cli.registry import Answer, Exit, command
from auditor.errors import UserError
from auditor.facts.traffic import Tier
from auditor.knowledge.phonehome import load_phone_home
from auditor.policy.checks import Destinations
from auditor.policy.effective import Control, Effective
from auditor.policy.resolve import load_effective
from auditor.recognise.packets.capture import read
from auditor.recognise.packets.flows import permitted
from auditor.recognise.packets.reading import Destination, Flow, Network, Reading, stamp

CHECK = "traffic.only"
SHOWN = 40
"""Destinations that are printed before the rest is counted."""
WIDTH = 3
"""Addresses of a destination that are printed."""


class CaptureFile:
    """A file as a buffer that reads what is asked for.

    Not mapped into memory: a file that gets shorter meanwhile would end the process.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            raise UserError(f"cannot be opened: {error.strerror}", where=str(path)) from None
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            self.close()
            raise UserError("is no regular file", "Save the capture to a file first.", str(path))
        self._path = path
        self._size = status.st_size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice, /) -> bytes:
        start, stop, _ = part.indices(self._size)
        try:
            return os.pread(self._descriptor, max(0, stop - start), start)
        except OSError as error:
            raise UserError(f"cannot be read at byte {start:,}: {error.strerror}", where=str(self._path)) from None

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


def _block(text: str) -> Network:
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
        type=_block,
        metavar="CIDR",
        help="addresses of the audited host; without it the one that nearly all connections share is taken",
    )


@command(
    "traffic",
    "Show where the connections of a capture go, and whether a policy permits that",
    _arguments,
    example="auditor traffic eth0.pcapng --policy eu-onprem-baseline --local 10.0.0.5/32",
)
def run(arguments: argparse.Namespace) -> Answer:
    """With a policy: 0 if every destination is permitted, 1 if one is not, 2 if the capture cannot tell."""
    policy = load_effective(arguments.policy, "", read_params(arguments.param)) if arguments.policy else None
    controls = _controls(policy) if policy is not None else []
    with contextlib.ExitStack() as stack:
        files = []
        for path in arguments.file:
            file = CaptureFile(path)
            stack.callback(file.close)
            files.append((str(path), file))
        progress = stack.enter_context(_progress({name: len(file) for name, file in files}))
        try:
            reading = read(files, arguments.local, progress)
        except ValueError as error:
            where, _, what = str(error).partition(": ")
            raise UserError(
                what, "The file must be a capture as tcpdump, dumpcap or Wireshark write it.", where
            ) from None
    judged = [_may(one, controls) if controls else None for one in reading.destinations]
    weak = _weak(reading, controls)
    code = Exit.CONFORMS
    if controls and False in judged:
        code = Exit.DOES_NOT_CONFORM
    elif controls and weak:
        code = Exit.INCONCLUSIVE
    data = data_of(reading, judged)
    if policy is not None:
        data["policy"] = {
            "id": policy.id,
            "version": policy.version,
            "controls": [{"id": control.id, **limits.model_dump(mode="json")} for control, limits in controls],
            "inconclusive_because": weak,
        }
    return Answer(data, lambda: _show(reading, judged, policy, weak), code)


def _controls(policy: Effective) -> list[tuple[Control, Destinations]]:
    """The controls that limit destinations. Raises UserError where there is none."""
    found = [
        (control, Destinations.model_validate(control.arguments))
        for control in policy.controls
        if control.check == CHECK
    ]
    if not found:
        raise UserError(
            f"the policy {policy.id} does not limit destinations",
            f"Use a policy with a control whose check is {CHECK}.",
        )
    return found


def _may(destination: Destination, controls: Sequence[tuple[Control, Destinations]]) -> bool:
    """Whether every control permits every address."""
    blocks = [[ipaddress.ip_network(block) for block in limits.destinations] for _, limits in controls]
    return all(permitted(address, allowed) for allowed in blocks for address in destination.addresses)


def _weak(reading: Reading, controls: Sequence[tuple[Control, Destinations]]) -> list[str]:
    """Why the capture does not suffice for the answer that nothing else was contacted."""
    found: list[str] = []
    capture = reading.capture
    order = list(Tier)
    for control, limits in controls:
        if capture.seconds < limits.observe_seconds:
            found.append(f"{control.id} asks for {limits.observe_seconds} s; the capture spans {capture.seconds} s.")
        if order.index(Tier.IMPORTED) > order.index(Tier(limits.worst_tier)):
            found.append(
                f"{control.id} asks for means of observation {limits.worst_tier} or better; an imported capture is "
                f"{Tier.IMPORTED.value}."
            )
    if capture.dropped:
        found.append(f"{capture.dropped:,} packets were lost while capturing.")
    if reading.problems:
        found.append("Parts of the capture could not be read.")
    if not capture.packets:
        found.append("The capture holds no packets.")
    return found


def data_of(reading: Reading, judged: Sequence[bool | None]) -> dict[str, Any]:
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
        },
        "flows": [_flow(flow) for flow in reading.flows],
        "destinations": [_destination(*pair) for pair in zip(reading.destinations, judged, strict=True)],
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


def _destination(one: Destination, may: bool | None) -> dict[str, Any]:
    return {
        "name": one.name,
        "addresses": list(one.addresses),
        "ports": list(one.ports),
        "services": list(one.services),
        "name_sources": list(one.name_sources),
        "operator": None,
        "country": None,
        "transfer_class": None,
        "product": ", ".join(products_of(one.name)) or None,
        "permitted": may,
        "background": one.background,
        "bytes_out": one.bytes_out,
        "bytes_in": one.bytes_in,
        "flows": one.flows,
        "attempts": one.attempts,
    }


def products_of(name: str) -> tuple[str, ...]:
    """Products that knowledge knows to contact a host."""
    if not name:
        return ()
    entries = (entry for entry in load_phone_home() if any(fnmatchcase(name, host) for host in entry.hosts))
    return tuple(dict.fromkeys(entry.product for entry in entries))


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


def _show(reading: Reading, judged: Sequence[bool | None], policy: Effective | None, weak: Sequence[str]) -> None:
    console = Console(highlight=False)
    console.print(_headline(reading))
    if reading.destinations:
        console.print(_table(reading, judged, policy is not None))
    hidden = len(reading.destinations) - SHOWN
    if hidden > 0:
        console.print(f"  … and {hidden} more; --json prints all", style="bright_black")
    if policy is not None:
        console.print(_answer(policy, judged, weak))
    for problem in reading.problems:
        console.print(Text(f"{problem.where}, byte {problem.offset:,}: {problem.what}", style="red"), soft_wrap=True)
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


def _table(reading: Reading, judged: Sequence[bool | None], with_policy: bool) -> Table:
    table = Table(box=None, pad_edge=False)
    # A name that is cut could be any name.
    for head in ("Destination", "Addresses", "For"):
        table.add_column(head, overflow="fold")
    table.add_column("Sent", justify="right", no_wrap=True)
    table.add_column("Received", justify="right", no_wrap=True)
    table.add_column("Connections", justify="right", no_wrap=True)
    if with_policy:
        table.add_column("Policy", no_wrap=True)
    rows = sorted(zip(reading.destinations, judged, strict=True), key=lambda row: row[1] is not False)
    for one, may in rows[:SHOWN]:
        more = f" and {len(one.addresses) - WIDTH} more" if len(one.addresses) > WIDTH else ""
        name = Text(one.name or "(no name)")
        products = ", ".join(products_of(one.name))
        if products:
            name.append(f"\n{products}", style="yellow")
        cells = [
            name,
            Text(", ".join(one.addresses[:WIDTH]) + more),
            Text(", ".join(one.services) or ", ".join(one.ports[:WIDTH])),
            Text(size(one.bytes_out)),
            Text(size(one.bytes_in)),
            Text(f"{one.flows:,}" + (f"\n({one.attempts:,} failed)" if one.attempts else "")),
        ]
        if with_policy:
            cells.append(Text("✓ permitted", style="green") if may else Text("✕ not permitted", style="red"))
        table.add_row(*cells)
    return table


def _answer(policy: Effective, judged: Sequence[bool | None], weak: Sequence[str]) -> Text:
    title = policy.title.get("en", policy.id)
    foreign = sum(may is False for may in judged)
    if foreign:
        return Text(f"✕ {foreign} of {len(judged)} destinations are not permitted by “{title}”.", style="bold red")
    if weak:
        text = Text(f"? No destination outside “{title}” was seen, but the capture does not suffice:", style="yellow")
        for sentence in weak:
            text.append(f"\n  {sentence}")
        return text
    return Text(f"✓ All {len(judged)} destinations are permitted by “{title}”.", style="bold green")
