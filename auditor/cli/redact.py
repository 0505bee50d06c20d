"""``auditor redact``: a copy of a dossier for others, without what they need not know."""

import argparse
import datetime as dt
from pathlib import Path

from rich.console import Console

from auditor.audit import DOSSIER
from auditor.cli.passphrase import passphrase
from auditor.cli.registry import Answer, command
from auditor.documents import read_bytes, write
from auditor.errors import UserError
from auditor.evidence.copies import make_copy
from auditor.evidence.keys import default_key, load_key
from auditor.evidence.redaction import CATEGORIES

COPY, SIGNATURE = "redacted.json", "redacted.json.p7s"


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dossier", type=Path, help="the signed dossier, or the folder that it is in")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help=f"where {COPY} and {SIGNATURE} go")
    parser.add_argument(
        "--hide",
        default=",".join(CATEGORIES),
        metavar="LIST",
        help=f"what is hidden, parted by commas (default: {','.join(CATEGORIES)})",
    )
    parser.add_argument("--key", type=Path, metavar="FILE", help="the key of the dossier; default: the user's own")


@command(
    "redact",
    "Make a copy of a dossier without names, addresses, serials and paths; the rest can still be proved",
    _arguments,
    example="auditor redact audit/dossier.pdf --out for-procurement",
)
def run(arguments: argparse.Namespace) -> Answer:
    """The copy and its signature."""
    chosen = [each.strip() for each in arguments.hide.split(",") if each.strip()]
    unknown = [each for each in chosen if each not in CATEGORIES]
    if unknown or not chosen:
        raise UserError(
            f"there is nothing called “{unknown[0]}” to hide" if unknown else "nothing is to be hidden",
            f"Choose of: {', '.join(CATEGORIES)}",
        )
    path = arguments.dossier / DOSSIER if arguments.dossier.is_dir() else arguments.dossier
    now = dt.datetime.now(dt.UTC)
    dossier = read_bytes(path)
    key = load_key(arguments.key, passphrase) if arguments.key else default_key(now)
    made = make_copy(dossier, str(path), chosen, key, now)
    write(arguments.out / COPY, made.copy)
    write(arguments.out / SIGNATURE, made.signature)
    data = {
        "copy": str(arguments.out / COPY),
        "signature": str(arguments.out / SIGNATURE),
        "root": made.root,
        "hidden": chosen,
        "shown_values": made.shown,
        "hidden_values": made.hidden,
    }

    def show() -> None:
        console = Console(highlight=False, soft_wrap=True)
        console.print(f"{made.shown} values are shown, {made.hidden} are hidden.")
        console.print(f"Copy: {data['copy']}, signed by {key.name}", markup=False)
        console.print(f"Root: {made.root}")
        console.print("Read the copy before you pass it on: names that stand in no field of their own are not hidden.")

    return Answer(data, show)
