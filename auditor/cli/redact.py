"""``auditor redact`` makes a copy of a dossier for others; ``auditor verify --redacted`` proves what it shows."""

import argparse
import datetime as dt
from pathlib import Path

from cryptography.x509 import Certificate
from rich.console import Console
from rich.text import Text

from auditor.audit import DOSSIER
from auditor.cli.passphrase import passphrase
from auditor.cli.registry import Answer, Exit, command
from auditor.documents import read_bytes, write
from auditor.errors import UserError
from auditor.evidence.copies import Checked, check_copy, make_copy
from auditor.evidence.keys import default_key, load_key
from auditor.evidence.redaction import CATEGORIES
from auditor.judge.finding import dump

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


def prove(copy: Path, root: str, original: Path | None, trust: list[Certificate]) -> Answer:
    """The answer of ``verify --redacted``; the signature is read from beside the copy. Raises UserError."""
    beside = copy.with_name(copy.name + ".p7s")
    signature = read_bytes(beside) if beside.is_file() else b""
    found = check_copy(
        read_bytes(copy), signature, root=root, original=read_bytes(original) if original else b"", trust=trust
    )
    return Answer(dump(found), lambda: _show(found), Exit.CONFORMS if found.ok else Exit.DOES_NOT_CONFORM)


def _show(found: Checked) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if not found.ok:
        console.print(Text("This redacted copy could not be confirmed.", style="bold red"))
        for problem in found.problems:
            console.print(Text(f"  {problem}"))
        return
    console.print(Text("Every value that this redacted copy shows is proved.", style="bold green"))
    compared = {
        "original": "The root was compared with the one in the signed original.",
        "root": "The root was compared with the one that you gave.",
        "": "The root is the issuer's word. Compare it with the one printed in the original, under “How to verify”.",
    }
    console.print(f"  {compared[found.compared]}")
    console.print(f"  Root {found.root}")
    if found.issuer is not None:
        console.print(Text(f"  Signed by {found.issuer.name}, {found.issuer.time}"))
        console.print(
            "  The signer is vouched for by a certificate that you gave." if found.issuer.trusted else
            f"  Who signed was not decided. SHA-256 of the certificate: {found.issuer.fingerprint}"
        )  # fmt: skip
    shown = f"{found.shown_values} values are shown, {found.hidden_values} are hidden"
    console.print(f"  {shown} ({', '.join(found.hidden)}).")
    console.print(Text(f"  {found.policy}, judged {found.judged}: {found.verdict.replace('_', ' ')}"))
    for each in found.findings:
        console.print(Text(f"    {each.verdict or 'hidden':<15} {each.control or 'hidden':<10} "
                           f"{each.title or 'hidden'} – {each.subject or 'hidden'}"))  # fmt: skip
