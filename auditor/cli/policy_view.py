"""How policies, messages and differences look on a terminal."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from auditor.policy.diff import Difference, say
from auditor.policy.direction import Direction
from auditor.policy.effective import Effective
from auditor.policy.loader import Loaded
from auditor.policy.message import LINTED, Message

LANGUAGE = "en"


def show_list(rows: list[dict[str, Any]]) -> None:
    table = Table("Name", "Version", "Controls", "What it asks", box=None, pad_edge=False)
    for row in rows:
        what = row["description"].get(LANGUAGE, row["title"][LANGUAGE])
        table.add_row(row["id"], row["version"], str(row["controls"]), escape(what))
    Console(highlight=False).print(table)


def show_summary(loaded: Loaded, policy: Effective) -> None:
    console = Console(highlight=False)
    console.print(Text(f"{policy.title.get(LANGUAGE, policy.id)}", style="bold"))
    console.print(f"{policy.id} {policy.version}, in force {policy.valid_from} to {policy.valid_until}", markup=False)
    if LANGUAGE in policy.description:
        console.print(Text(policy.description[LANGUAGE]))
    for source in policy.sources:
        console.print(f"  {source.id} {source.version}  sha256 {source.sha256}", markup=False, soft_wrap=True)
    table = Table("Control", "Severity", "Title", "Check", box=None, pad_edge=False)
    for control in policy.controls:
        table.add_row(control.id, control.severity.value, escape(control.title.get(LANGUAGE, "")), control.check)
    console.print()
    console.print(table)
    if policy.params:
        console.print()
        console.print(_params_table(loaded, policy))


def _params_table(loaded: Loaded, policy: Effective) -> Table:
    table = Table("Parameter", "Type", "Value", box=None, pad_edge=False)
    for name, value in policy.params.items():
        table.add_row(name, loaded.merged.params[name].text("type"), escape(say(value)))
    return table


def show_effective(policy: Effective, places: dict[str, str]) -> None:
    """Every value with the line that it comes from."""
    console = Console(highlight=False)
    console.print(f"{policy.id} {policy.version} for {policy.host or 'any host'}", style="bold", markup=False)
    for name, value in policy.params.items():
        _line(console, f"{name} = {say(value)}", places[f"params/{name}"])
    for control in policy.controls:
        console.print()
        console.print(
            Text.assemble((control.id, "bold"), "  ", control.title.get(LANGUAGE, ""), (f"  {control.origin}", "dim"))
        )
        base = f"controls/{control.id}"
        _line(console, f"severity {control.severity.value}", places.get(f"{base}/severity", ""))
        _line(console, f"on unknown {control.on_unknown.value}", places.get(f"{base}/on_unknown", "default"))
        _line(console, f"check {control.check}", places.get(f"{base}/check", ""))
        for name, value in control.arguments.items():
            _line(console, f"  {name} = {say(value)}", places.get(f"{base}/with/{name}", "default"))
    for tailored in policy.tailoring:
        console.print()
        changes = [f"{name} = {say(value)}" for name, value in tailored.set.items()]
        changes += [f"{name} taken out" for name in tailored.disabled]
        console.print(f"tailored: {'; '.join(changes)} – {tailored.reason}", markup=False)


def _line(console: Console, text: str, origin: str) -> None:
    console.print(Text.assemble("  ", text, (f"  {origin}", "dim")), soft_wrap=True)


def show_messages(messages: Iterable[Message], good: str, *, rules: bool = False) -> None:
    """One line each, as editors and compilers print them."""
    console = Console(highlight=False, soft_wrap=True)
    told = list(messages)
    lines = [f"{message} [{message.rule}]" if rules else str(message) for message in told]
    for line in lines:
        console.print(line, markup=False)
    for place in sorted({LINTED if rules else message.help for message in told}):
        console.print(f"See {place}", markup=False, style="bright_black")
    if not lines:
        console.print(good, markup=False)


MARKS = {Direction.STRICTER: ("+", "green"), Direction.MILDER: ("-", "red"), Direction.CHANGED: ("~", "yellow")}


def show_diff(found: Iterable[Difference]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    lines = list(found)
    for difference in lines:
        mark, colour = MARKS[difference.direction]
        console.print(
            Text.assemble(
                (f"{mark} {difference.direction.value:<9}", colour), f"{difference.subject}: {difference.words}"
            )
        )
    if not lines:
        console.print("no differences")


def show_cases(results: list[dict[str, Any]]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for result in results:
        console.print(f"{'ok  ' if result['ok'] else 'FAIL'}  {result['policy']}: {result['name']}", markup=False)
        for line in result["lines"]:
            console.print(f"      {line}", markup=False)
    if not results:
        console.print("no tests")
