"""``auditor policy waive``: write an accepted contradiction into a policy."""

import argparse
import datetime as dt
import sys
from pathlib import Path

from auditor.cli.passphrase import passphrase
from auditor.cli.policy_sign import save, sign_waiver
from auditor.cli.registry import Answer, command
from auditor.errors import UserError
from auditor.evidence.keys import load_key
from auditor.policy.effective import Approval, Waiver
from auditor.policy.loader import examine, find
from auditor.policy.message import PolicyError, nearest
from auditor.policy.resolve import load
from auditor.policy.waivers import add_waiver


def day(text: str) -> dt.date:
    """A day as typed on the command line."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2026-11-22") from error


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("policy", type=Path, metavar="FILE", help="the policy to write into")
    parser.add_argument("control", help="the control that is waived, e.g. LIC-001")
    parser.add_argument("--id", required=True, help="name of the waiver, e.g. W-2026-004")
    parser.add_argument("--reason", required=True, help="why it is accepted; printed in the dossier")
    parser.add_argument("--by", required=True, metavar="NAME", help="who approved it")
    parser.add_argument("--role", required=True, help="in which capacity, e.g. DPO")
    parser.add_argument("--on", type=day, metavar="DATE", help="day of approval (default: today, UTC)")
    parser.add_argument("--until", type=day, required=True, metavar="DATE", help="last day, UTC")
    parser.add_argument("--host", action="append", default=[], metavar="GLOB", help="may be repeated; default: all")
    parser.add_argument("--model", metavar="GLOB", help="only for this model")
    parser.add_argument("--sha256", metavar="DIGEST", help="only as long as a weight file of it has this digest")
    parser.add_argument("--compensating", action="append", default=[], metavar="TEXT", help="what is done instead")
    parser.add_argument("--key", type=Path, metavar="FILE", help="sign it as its approver, with this PKCS#12 or PEM")
    parser.add_argument("--write", action="store_true", help="change the file; without it the result is printed")


@command(
    "policy waive",
    "Write a waiver into a policy, leaving all else as it is",
    _arguments,
    example="auditor policy waive site.yaml LIC-001 --id W-1 --reason 'Agreement no. 118' --by 'J. Nováková' "
    "--role DPO --until 2027-03-31 --write",
)
def waive(arguments: argparse.Namespace) -> Answer:
    """The policy with the waiver; refused with every reason if the result would have mistakes."""
    path = find(arguments.policy).resolve()
    loaded = load(path)
    if arguments.control not in loaded.merged.controls:
        near = nearest(arguments.control, loaded.merged.controls)
        hint = f"Did you mean '{near}'?" if near else "See: auditor policy show"
        raise UserError(f"the policy has no control {arguments.control}", hint, str(path))
    try:
        written = add_waiver(path.read_bytes().decode("utf-8-sig"), _waiver(arguments))
    except ValueError as error:
        raise UserError(str(error), "Nothing was written.", str(path)) from None
    messages = examine(path, written.encode())[1]
    if messages:
        raise PolicyError(messages)
    if arguments.key:
        key = load_key(arguments.key, passphrase)
        key.check(dt.datetime.now(dt.UTC))
        written = sign_waiver(path, written, arguments.id, key)
    if arguments.write:
        save(path, written)
    data = {"file": str(path), "waiver": arguments.id, "written": arguments.write, "text": written}
    return Answer(data, lambda: _show(path, written, arguments.write))


def _waiver(arguments: argparse.Namespace) -> Waiver:
    subject = {name: value for name in ("model", "sha256") if (value := getattr(arguments, name)) is not None}
    return Waiver(
        id=arguments.id,
        control=arguments.control,
        hosts=tuple(arguments.host) or ("*",),
        subject=subject,
        reason=arguments.reason,
        approved_by=Approval(name=arguments.by, role=arguments.role, on=arguments.on or dt.datetime.now(dt.UTC).date()),
        until=arguments.until,
        compensating=tuple(arguments.compensating),
    )


def _show(path: Path, text: str, written: bool) -> None:
    sys.stdout.write(f"{path}: waiver written\n" if written else text)
