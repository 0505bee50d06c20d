"""``auditor policy …``: list, show and check what is required."""

import argparse
import datetime as dt
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from auditor.cli.registry import Answer, Exit, command
from auditor.errors import UserError
from auditor.knowledge.knowledge import load as load_knowledge
from auditor.policy.editor import json_schema
from auditor.policy.effective import Effective
from auditor.policy.lint import lint
from auditor.policy.loader import Loaded, builtin_names, examine, find
from auditor.policy.message import Message
from auditor.policy.resolve import effective, load, origins

LANGUAGE = "en"


@command("policy list", "List the policies that come with the product")
def list_(arguments: argparse.Namespace) -> Answer:
    """Name, version, title and number of controls."""
    rows = []
    for name in builtin_names():
        policy = effective(load(name), "")
        rows.append(
            {
                "id": policy.id,
                "version": policy.version,
                "title": policy.title,
                "description": policy.description,
                "controls": len(policy.controls),
                "path": str(find(name)),
            }
        )
    return Answer(rows, lambda: _show_list(rows))


def _show_list(rows: list[dict[str, Any]]) -> None:
    table = Table("Name", "Version", "Controls", "What it asks", box=None, pad_edge=False)
    for row in rows:
        what = row["description"].get(LANGUAGE, row["title"][LANGUAGE])
        table.add_row(row["id"], row["version"], str(row["controls"]), escape(what))
    Console(highlight=False).print(table)


def _show_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("policy", help="name of a built-in policy, or a file")
    parser.add_argument("--effective", action="store_true", help="merged, with parameters filled in and their origins")
    parser.add_argument("--host", default="", metavar="NAME", help="tailored to this host")
    parser.add_argument("--param", action="append", default=[], metavar="NAME=VALUE", help="set a parameter")


@command("policy show", "Show a policy", _show_arguments, example="auditor policy show truly-open --effective")
def show(arguments: argparse.Namespace) -> Answer:
    """The file, or the policy as it would judge a host, with the place that each value comes from."""
    loaded = load(arguments.policy)
    params = read_params(arguments.param)
    policy = effective(loaded, arguments.host, params)
    if arguments.effective:
        places = origins(loaded, arguments.host, params)
        data = {"effective": policy.model_dump(mode="json", by_alias=True), "origins": places}
        return Answer(data, lambda: _show_effective(policy, places))
    own = {"path": str(loaded.path), "policy": loaded.merged.head.plain()}
    return Answer(own, lambda: _show_summary(loaded, policy))


def read_params(pairs: Iterable[str]) -> dict[str, str]:
    """``NAME=VALUE`` as a mapping. Raises UserError."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise UserError(f"--param {pair}: a parameter is set as NAME=VALUE")
        found[name] = value
    return found


def _show_summary(loaded: Loaded, policy: Effective) -> None:
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
        table.add_row(name, loaded.merged.params[name].text("type"), escape(plain(value)))
    return table


def plain(value: Any) -> str:
    """A value of a policy in one line, as a person would say it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(plain(item) for item in value) or "(empty)"
    return str(value)


def _show_effective(policy: Effective, places: dict[str, str]) -> None:
    """Every value with the line that it comes from."""
    console = Console(highlight=False)
    console.print(f"{policy.id} {policy.version} for {policy.host or 'any host'}", style="bold", markup=False)
    for name, value in policy.params.items():
        _line(console, f"{name} = {plain(value)}", places[f"params/{name}"])
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
            _line(console, f"  {name} = {plain(value)}", places.get(f"{base}/with/{name}", "default"))
    for tailored in policy.tailoring:
        console.print()
        changes = [f"{name} = {plain(value)}" for name, value in tailored.set.items()]
        changes += [f"{name} taken out" for name in tailored.disabled]
        console.print(f"tailored: {'; '.join(changes)} – {tailored.reason}", markup=False)


def _line(console: Console, text: str, origin: str) -> None:
    console.print(Text.assemble("  ", text, (f"  {origin}", "dim")), soft_wrap=True)


def _files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("policy", nargs="+", help="files, or names of built-in policies")


@command("policy check", "Check policies and name every mistake", _files, example="auditor policy check site.yaml")
def check(arguments: argparse.Namespace) -> Answer:
    """All messages of all files."""
    messages: list[Message] = []
    for name in arguments.policy:
        messages += examine(name)[1]
    good = f"{len(arguments.policy)} checked, no mistakes"
    return Answer(
        [as_json(m) for m in messages],
        lambda: show_messages(messages, good),
        Exit.USAGE if messages else Exit.CONFORMS,
    )


def as_json(message: Message) -> dict[str, Any]:
    """A message in the shape of the contract."""
    return {
        "file": message.file,
        "line": message.line,
        "column": message.column,
        "rule": message.rule,
        "message": message.message,
        "suggestion": message.suggestion,
    }


def show_messages(messages: Iterable[Message], good: str, *, rules: bool = False) -> None:
    """One line each, as editors and compilers print them."""
    console = Console(highlight=False, soft_wrap=True)
    lines = [f"{message} [{message.rule}]" if rules else str(message) for message in messages]
    for line in lines:
        console.print(line, markup=False)
    if not lines:
        console.print(good, markup=False)


def _lint_arguments(parser: argparse.ArgumentParser) -> None:
    _files(parser)
    parser.add_argument("--at", type=_day, default=None, metavar="DATE", help="as of this day (default: today, UTC)")


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2026-11-22") from error


@command(
    "policy lint",
    "Remark on what a policy says and perhaps does not mean",
    _lint_arguments,
    example="auditor policy lint site.yaml",
)
def lint_(arguments: argparse.Namespace) -> Answer:
    """Mistakes, and where there are none, remarks; each with the name of its rule."""
    today = arguments.at or dt.datetime.now(dt.UTC).date()
    remarks: list[Message] = []
    mistakes = False
    for name in arguments.policy:
        loaded, messages = examine(name)
        if loaded is None:
            mistakes = True
            remarks += messages
        else:
            remarks += lint(loaded, today, load_knowledge())
    code = Exit.USAGE if mistakes else Exit.DOES_NOT_CONFORM if remarks else Exit.CONFORMS
    good = f"{len(arguments.policy)} linted, no remarks"
    return Answer([as_json(m) for m in remarks], lambda: show_messages(remarks, good, rules=True), code)


@command("policy schema", "Print the JSON Schema of the policy format, for editors")
def schema(arguments: argparse.Namespace) -> Answer:
    """The schema that completes and checks while typing."""
    data = json_schema()
    return Answer(data, lambda: Console(highlight=False).print_json(data=data))
