"""``auditor dossier decide``: the data protection officer decides within the dossier and signs that."""

import argparse
import datetime as dt
from pathlib import Path

from rich.console import Console

from auditor.cli.passphrase import passphrase
from auditor.cli.registry import Answer, command
from auditor.cli.seal import add_out, read
from auditor.cli.sealing import add_authority, add_key, assurance
from auditor.documents import write
from auditor.errors import UserError
from auditor.evidence.decision import Choice, decide
from auditor.evidence.keys import load_key
from auditor.evidence.seal import countersign
from auditor.evidence.verify import verify


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a sealed dossier")
    parser.add_argument("--decision", required=True, choices=[each.value for each in Choice])
    parser.add_argument("--remarks", default="", metavar="TEXT", help="conditions, where it is accepted with such")
    add_key(parser, "none, for a decision is the act of a person")
    add_authority(parser)
    add_out(parser)


@command(
    "dossier decide",
    "Decide on a dossier and countersign it, as its data protection officer",
    _arguments,
    example='auditor dossier decide dossier.pdf --decision conditions --remarks "Until 2027-06-30" --key dpo.p12',
)
def decide_on(arguments: argparse.Namespace) -> Answer:
    """Decide; a dossier that does not verify is not signed."""
    if arguments.key is None:
        raise UserError("name the key of the one who decides", hint="--key dpo.p12")
    now = dt.datetime.now(dt.UTC)
    decision, wanted, pdf = decide(arguments.decision, arguments.remarks), assurance(arguments), read(arguments.file)
    found = verify(pdf)
    if not found.ok:
        raise UserError(
            f"this dossier is not to be signed: {found.problems[0]}", hint=f"See: auditor verify {arguments.file}"
        )
    key = load_key(arguments.key, passphrase)
    key.check(now)
    wanted.rehearse(key)
    path = arguments.out or arguments.file
    write(path, countersign(pdf, key, when=now, assurance=wanted, decision=decision))
    data = {
        "dossier": str(path),
        "decision": decision.choice.value,
        "remarks": decision.remarks,
        "signer": key.name,
        "level": wanted.level.value,
    }
    told = f"Decision: {decision.choice.value}, signed by {key.name} ({wanted.level.value}). Dossier: {path}"
    return Answer(data, lambda: Console(highlight=False, soft_wrap=True).print(told, markup=False))
