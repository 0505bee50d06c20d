"""``auditor policy …``: list, show and check what is required."""

import argparse
import datetime as dt
from collections.abc import Iterable
from typing import Any

from rich.console import Console

from auditor.cli import policy_view as view
from auditor.cli.policy_waive import day
from auditor.cli.registry import Answer, Exit, command
from auditor.documents import read_audit
from auditor.errors import UserError
from auditor.judge.engine import judge
from auditor.knowledge.knowledge import load as load_knowledge
from auditor.policy.cases import cases, facts_of, unmet
from auditor.policy.diff import diff
from auditor.policy.editor import json_schema
from auditor.policy.lint import lint
from auditor.policy.lint_rules import RULES
from auditor.policy.loader import Loaded, builtin_names, examine, find
from auditor.policy.message import LINTED, Message
from auditor.policy.resolve import effective, load, origins


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
    return Answer(rows, lambda: view.show_list(rows))


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
        return Answer(data, lambda: view.show_effective(policy, places))
    own = {"path": str(loaded.path), "policy": loaded.merged.head.plain()}
    return Answer(own, lambda: view.show_summary(loaded, policy))


def read_params(pairs: Iterable[str]) -> dict[str, str]:
    """``NAME=VALUE`` as a mapping. Raises UserError."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise UserError(f"--param {pair}: a parameter is set as NAME=VALUE")
        found[name] = value
    return found


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
        lambda: view.show_messages(messages, good),
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
        "help": LINTED if message.rule in RULES else message.help,
    }


def _lint_arguments(parser: argparse.ArgumentParser) -> None:
    _files(parser)
    parser.add_argument("--at", type=day, default=None, metavar="DATE", help="as of this day (default: today, UTC)")


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
    return Answer([as_json(m) for m in remarks], lambda: view.show_messages(remarks, good, rules=True), code)


def _diff_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", help="name of a built-in policy, or a file")
    parser.add_argument("new", help="the policy to compare with it")
    parser.add_argument("--host", default="", metavar="NAME", help="both tailored to this host")


@command(
    "policy diff",
    "Say in words what changed between two policies",
    _diff_arguments,
    example="auditor policy diff truly-open eu-onprem-baseline",
)
def diff_(arguments: argparse.Namespace) -> Answer:
    """Every difference, and whether the new policy asks for more or for less by it; 1 if there is any."""
    old, new = (effective(load(name), arguments.host) for name in (arguments.old, arguments.new))
    found = diff(old, new)
    data = [{"subject": d.subject, "direction": d.direction.value, "words": d.words} for d in found]
    return Answer(data, lambda: view.show_diff(found), Exit.DOES_NOT_CONFORM if found else Exit.CONFORMS)


@command("policy test", "Run the tests that policies bring along", _files, example="auditor policy test site.yaml")
def test(arguments: argparse.Namespace) -> Answer:
    """Judge the recorded facts of every test and compare; 1 if one says something else than expected."""
    results = [result for name in arguments.policy for result in run_cases(load(name))]
    ok = all(result["ok"] for result in results)
    return Answer(results, lambda: view.show_cases(results), Exit.CONFORMS if ok else Exit.DOES_NOT_CONFORM)


def run_cases(loaded: Loaded) -> list[dict[str, Any]]:
    """The results of a policy's own tests. Raises UserError where recorded facts cannot be read."""
    results = []
    for case in cases(loaded):
        audit = read_audit(facts_of(case, loaded))
        policy = effective(loaded, audit.target.name)
        now = dt.datetime.fromisoformat(f"{case.now}T12:00:00+00:00" if case.now else audit.ended)
        judgement = judge(audit, policy, load_knowledge(), now)
        wrong = unmet(case, [(f.control, f.verdict.value) for f in judgement.findings], loaded)
        results.append(
            {
                "policy": policy.id,
                "name": case.name,
                "facts": case.facts,
                "ok": not wrong,
                "differences": [{"control": w.control, "expected": w.expected, "seen": w.seen} for w in wrong],
                "lines": [str(w) for w in wrong],
            }
        )
    return results


@command("policy schema", "Print the JSON Schema of the policy format, for editors")
def schema(arguments: argparse.Namespace) -> Answer:
    """The schema that completes and checks while typing."""
    data = json_schema()
    return Answer(data, lambda: Console(highlight=False).print_json(data=data))
