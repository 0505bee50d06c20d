"""``auditor judge``: recorded facts under a policy, without looking at the host again."""

import argparse
import datetime as dt
from pathlib import Path

from auditor.cli.registry import Answer, command
from auditor.cli.verdict import exit_of, show_judgement
from auditor.documents import read_audit
from auditor.errors import UserError
from auditor.judge.engine import judge
from auditor.judge.finding import dump
from auditor.knowledge.knowledge import load
from auditor.policy.resolve import load_effective


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("facts", type=Path, help="facts.json of an audit")
    parser.add_argument("--policy", required=True, help="name of a built-in policy, or a file")
    parser.add_argument("--at", type=_instant, default=None, metavar="DATE", help="judge as of this day (UTC)")


def _instant(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2026-11-22") from error
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


@command(
    "judge",
    "Judge recorded facts under a policy",
    _arguments,
    example="auditor judge audit/facts.json --policy truly-open",
)
def run(arguments: argparse.Namespace) -> Answer:
    """Judge again."""
    audit = read_audit(arguments.facts)
    policy = load_effective(arguments.policy, audit.target.name, {})
    if not policy.controls:
        raise UserError("the policy has no controls", where=str(arguments.policy))
    judgement = judge(audit, policy, load(), arguments.at or dt.datetime.now(dt.UTC))
    return Answer(dump(judgement), lambda: show_judgement(judgement), exit_of(judgement.verdict))
