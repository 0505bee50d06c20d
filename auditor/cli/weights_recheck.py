"""``auditor weights recheck``: have weight files changed since their last full reading? Told by BLAKE3 alone."""

import argparse
import signal
import threading
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from rich.console import Console

from auditor.archive.readings import Checkable
from auditor.audit import kept_readings
from auditor.cli.audit import rate
from auditor.cli.models import plain
from auditor.cli.progress import progress_for
from auditor.cli.registry import Answer, Exit, command
from auditor.collect.collect import Collected, collect
from auditor.collect.local import Local, blake3_folder
from auditor.collect.request import Options, build
from auditor.errors import UserError
from auditor.facts.records import WeightRecord
from auditor.probe.host import machine


class State(StrEnum):
    """What became of a file since its last full reading."""

    SAME = "same"
    CHANGED = "changed"
    NEW = "new"
    """No earlier reading of it computed BLAKE3."""
    UNREAD = "unread"
    GONE = "gone"
    """Read earlier below the same path, and not there now."""


_STYLES = {
    State.SAME: ("✓", "green", "the bytes that were read on {read}"),
    State.CHANGED: ("✕", "red", "other bytes than were read on {read}"),
    State.NEW: ("?", "yellow", "no earlier reading to compare with"),
    State.UNREAD: ("?", "yellow", "not wholly read: {note}"),
    State.GONE: ("✕", "red", "was read on {read} and is not there"),
}


@dataclass(frozen=True)
class _Checked:
    path: str
    state: State
    size: int | None
    blake3: str | None
    earlier: Checkable | None
    note: str = ""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a folder or file with weights")
    parser.add_argument(
        "--rate", type=rate, default=0, metavar="BYTES", help="read no faster than this a second, e.g. 200MB"
    )


@command("weights recheck", "Tell by BLAKE3 whether weight files changed since they were read with --blake3",
         _arguments, example="auditor weights recheck /srv/models")  # fmt: skip
def recheck(arguments: argparse.Namespace) -> Answer:
    """Read every file once more; the digest of the earlier reading comes from the history."""
    for path in arguments.paths:
        if not path.exists():
            raise UserError("there is no such file or folder", hint="Give a folder that holds models.", where=str(path))
    collected = _collect(arguments)
    with kept_readings(Local(), True) as readings:
        if readings is None:
            raise UserError("the history of this user cannot be opened", "`auditor history list` says why.")
        known = readings.blake3(machine())
    checked = _compare([r for r in collected.records if isinstance(r, WeightRecord)], known, arguments.paths)
    problems = [problem.model_dump(mode="json") for problem in collected.problems]
    data = {"files": [_entry(each) for each in checked], "problems": problems}
    return Answer(data, lambda: _show(checked), _code(checked, collected))


def _collect(arguments: argparse.Namespace) -> Collected:
    wanted = Options(
        paths=tuple(str(path.absolute()) for path in arguments.paths),
        stores=False,
        collectors=("models", "weights"),
        bytes_per_second=arguments.rate,
        digests=("blake3",),
        blake3=blake3_folder(),
    )
    cancel = threading.Event()
    previous = signal.signal(signal.SIGINT, lambda number, frame: cancel.set())
    try:
        with progress_for(None, quiet=arguments.json) as on_event:
            return collect(Local(), build(wanted), on_event=on_event, cancel=cancel)
    finally:
        signal.signal(signal.SIGINT, previous)


def _compare(records: list[WeightRecord], known: dict[str, Checkable], roots: list[Path]) -> list[_Checked]:
    found = []
    for record in records:
        earlier = known.get(record.path)
        if record.blake3 is None:
            state = State.UNREAD
        elif earlier is None:
            state = State.NEW
        else:
            state = State.SAME if record.blake3 == earlier.blake3 else State.CHANGED
        note = record.note or record.blake3_note
        found.append(_Checked(record.path, state, record.size, record.blake3, earlier, note))
    there = {record.path for record in records}
    below = [str(root.absolute()) for root in roots]
    gone = [path for path in known if path not in there and any(Path(path).is_relative_to(root) for root in below)]
    found += [_Checked(path, State.GONE, None, None, known[path]) for path in gone if not Path(path).exists()]
    return sorted(found, key=lambda each: each.path)


def _code(checked: list[_Checked], collected: Collected) -> Exit:
    states = {each.state for each in checked}
    if states & {State.CHANGED, State.GONE}:
        return Exit.DOES_NOT_CONFORM
    return Exit.CONFORMS if states == {State.SAME} and not collected.partial else Exit.INCONCLUSIVE


def _entry(each: _Checked) -> dict[str, Any]:
    earlier = each.earlier._asdict() if each.earlier is not None else None
    return {
        "path": each.path, "state": each.state.value, "size": each.size, "blake3": each.blake3, "earlier": earlier,
        "note": each.note,
    }  # fmt: skip


def _show(checked: list[_Checked]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if not checked:
        console.print("No weight file was found.")
    for each in checked:
        mark, colour, words = _STYLES[each.state]
        told = words.format(read=each.earlier.read if each.earlier is not None else "", note=each.note)
        console.print(plain(f"{mark} {each.path}  {told}", colour))
    if any(each.state is State.NEW for each in checked):
        console.print("Read them once with: auditor weights PATH --blake3")
