"""``auditor phonehome``: which contacts serving processes make unasked, and whether their switches work."""

import argparse
from typing import Any

from rich.console import Console
from rich.text import Text

from auditor.audit import look, target_of
from auditor.cli.registry import Answer, Exit, command
from auditor.collect.request import Options
from auditor.errors import UserError
from auditor.facts.audit import Audit, Outcome
from auditor.facts.serving import SwitchState
from auditor.knowledge.knowledge import Knowledge, load

_WORDS = {
    SwitchState.OFF: "off",
    SwitchState.ON: "ON",
    SwitchState.INEFFECTIVE: "SET, BUT WITHOUT EFFECT",
    SwitchState.UNKNOWN: "not seen",
}
_ORDER = (SwitchState.INEFFECTIVE, SwitchState.ON, SwitchState.UNKNOWN, SwitchState.OFF)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pid", type=int, metavar="N", help="only this process")


@command("phonehome", "Tell which telemetry is on, off, or switched off in vain", _arguments, "auditor phonehome")
def run(arguments: argparse.Namespace) -> Answer:
    """List switches and footprints."""
    knowledge = load()
    audit = look(target_of("local"), Options(collectors=("host", "gpus", "processes", "footprints")), knowledge)
    if arguments.pid is not None and arguments.pid not in {served.pid for served in audit.facts.serving}:
        raise UserError(
            f"process {arguments.pid} is not among the serving processes",
            "See: auditor serving",
            f"pid {arguments.pid}",
        )
    data = report(audit, knowledge, arguments.pid)
    complete = all(audit.collector(name).outcome is Outcome.COMPLETE for name in ("processes", "footprints"))
    return Answer(data, lambda: _show(data, complete), _code(audit, knowledge, arguments.pid, complete))


def report(audit: Audit, knowledge: Knowledge, pid: int | None = None) -> dict[str, Any]:
    """Switches and footprints as ``--json`` prints them."""
    versions = {served.pid: served.version.value for served in audit.facts.serving}
    entries = {entry.id: entry for entry in knowledge.phone_home}
    return {
        "switches": [
            {
                "pid": switch.pid,
                "product": switch.product,
                "version": versions.get(switch.pid),
                "switch": switch.entry,
                "kind": entries[switch.entry].kind.value if switch.entry in entries else None,
                "unasked": entries[switch.entry].unasked if switch.entry in entries else True,
                "hosts": list(switch.hosts),
                "found": list(switch.found),
                "rule": switch.rule,
                "state": switch.state.value or SwitchState.UNKNOWN,
                "why": switch.state.note,
            }
            for switch in audit.facts.switches
            if pid in (None, switch.pid)
        ],
        "footprints": [
            {
                "path": footprint.path,
                "product": footprint.product,
                "first": None,
                "last": footprint.modified.value,
                "summary": footprint.summary.value,
            }
            for footprint in audit.facts.footprints
        ],
    }


def _code(audit: Audit, knowledge: Knowledge, pid: int | None, complete: bool) -> Exit:
    asked = {entry.id for entry in knowledge.phone_home if not entry.unasked}
    switches = [s for s in audit.facts.switches if pid in (None, s.pid) and s.entry not in asked]
    states = {switch.state.value for switch in switches}
    known = {served.pid for served in audit.facts.serving if served.stack.value is not None}
    if {s.state.value for s in switches if s.pid in known} & {SwitchState.ON, SwitchState.INEFFECTIVE}:
        return Exit.DOES_NOT_CONFORM
    return Exit.CONFORMS if complete and states <= {SwitchState.OFF} else Exit.INCONCLUSIVE


def _show(data: dict[str, Any], complete: bool) -> None:
    console = Console(highlight=False)
    for pid in dict.fromkeys(switch["pid"] for switch in data["switches"]):
        mine = [switch for switch in data["switches"] if switch["pid"] == pid]
        console.print(Text(f"Process {pid}", style="bold"))
        for switch in sorted(mine, key=lambda s: (not s["unasked"], _ORDER.index(s["state"]), s["switch"])):
            _print(console, switch)
    if not data["switches"]:
        console.print("No serving process with a known contact was seen.")
    for footprint in data["footprints"]:
        console.print(Text(f"{footprint['path']}, last written {footprint['last']}: {footprint['summary']}"))
    if not complete:
        console.print("Not every process could be looked into: run it as root.")


def _print(console: Console, switch: dict[str, Any]) -> None:
    state = _WORDS[SwitchState(switch["state"])]
    when = "" if switch["unasked"] else ", only when asked"
    console.print(Text(f"  {switch['product']} → {', '.join(switch['hosts'])}: {state}{when}"))
    console.print(Text(f"      {switch['why']}", style="dim"))
    if switch["found"]:
        console.print(Text(f"      set: {', '.join(switch['found'])}"))
    if switch["state"] != SwitchState.OFF:
        console.print(Text(f"      {switch['rule']}", style="dim"))
