"""``auditor judge``: recorded facts under a policy, without looking at the host again."""

import argparse
import datetime as dt
from pathlib import Path

from auditor.audit import known
from auditor.cli.registry import Answer, command
from auditor.cli.verdict import exit_of, show_judgement
from auditor.documents import read_audit
from auditor.errors import UserError
from auditor.evidence.baseline import anchors_of, pinned, read_baseline
from auditor.judge.engine import judge
from auditor.judge.finding import dump
from auditor.policy.resolve import load_effective


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("facts", type=Path, help="facts.json of an audit")
    parser.add_argument("--policy", required=True, help="name of a built-in policy, or a file")
    parser.add_argument(
        "--baseline",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="add the digests of a signed baseline to the policy's pins; may be repeated",
    )
    parser.add_argument(
        "--trust",
        action="append",
        default=[],
        metavar="FILE|SHA256",
        help="certificate or public key of who may have signed the baselines; may be repeated",
    )
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
    if arguments.trust and not arguments.baseline:
        raise UserError("--trust says who may have signed a baseline", hint="Name the baseline with --baseline.")
    moment = arguments.at or dt.datetime.now(dt.UTC)
    anchors = anchors_of(arguments.trust)
    for path in arguments.baseline:
        policy = pinned(policy, read_baseline(path, anchors, moment))
    judgement = judge(audit, policy, known(), moment)
    return Answer(dump(judgement), lambda: show_judgement(judgement), exit_of(judgement.verdict))
