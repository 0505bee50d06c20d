"""``auditor verify``: whether a dossier is what was signed, and whether its findings follow from its facts."""

import argparse
import datetime as dt
from functools import partial
from pathlib import Path

from cryptography.x509 import load_der_x509_certificate
from rich.console import Console
from rich.text import Text

from auditor.cli.proof import prove
from auditor.cli.registry import Answer, Exit, command
from auditor.errors import UserError
from auditor.evidence.bounds import LARGEST
from auditor.evidence.previous import check_previous
from auditor.evidence.trust import certificates
from auditor.evidence.verification import Decided, Signature, Verification
from auditor.evidence.verify import verify
from auditor.judge.finding import dump

_YES, _NO, _OPEN = ("✓", "green"), ("✕", "red"), ("?", "yellow")


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="the signed dossier, a PDF file")
    parser.add_argument("--redacted", action="store_true", help="the file is a redacted copy (auditor redact)")
    parser.add_argument(
        "--root", default="", metavar="HEX", help="of a redacted copy: the root printed in the original"
    )
    parser.add_argument("--original", type=Path, metavar="PDF", help="of a redacted copy: the signed original")
    parser.add_argument("--previous", type=Path, metavar="PDF", help="the dossier that this one says it follows")
    parser.add_argument(
        "--trust",
        type=Path,
        action="append",
        default=[],
        metavar="CERT",
        help="a certificate (PEM or DER) that may vouch for the signer; may be given more than once",
    )
    parser.add_argument(
        "--at",
        type=_day,
        metavar="DATE",
        help="also say whether a reader on that day could still confirm it, e.g. 2035-01-01",
    )


def _day(text: str) -> dt.datetime:
    try:
        return dt.datetime.combine(dt.date.fromisoformat(text), dt.time(12), dt.UTC)
    except ValueError:
        raise argparse.ArgumentTypeError("a date such as 2035-01-01") from None


@command("verify", "Check a signed dossier, offline", _arguments, example="auditor verify dossier.pdf --trust root.pem")
def run(arguments: argparse.Namespace) -> Answer:
    """Verify one file."""
    trust = []
    for path in arguments.trust:
        try:
            trust += certificates(_read(path))
        except UserError as error:
            raise UserError(error.message, error.hint, str(path)) from error
    if arguments.redacted:
        held = [load_der_x509_certificate(each.dump()) for each in trust]
        return prove(arguments.file, arguments.root, arguments.original, held)
    if arguments.root or arguments.original:
        raise UserError("--root and --original speak of a redacted copy", "Add --redacted.", str(arguments.file))
    data = _read(arguments.file)
    old = _read(arguments.previous) if arguments.previous else b""
    found = check_previous(verify(data, trust, at=arguments.at), data, old)
    code = Exit.CONFORMS if found.ok else Exit.DOES_NOT_CONFORM
    return Answer(dump(found), partial(show, found), code)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # One byte beyond the limit, so that the limit itself is judged in one place.
            return file.read(LARGEST + 1)
    except OSError as error:
        raise UserError(f"the file cannot be read: {error.strerror}", where=str(path)) from error


def show(found: Verification) -> None:
    """The answer first, then each part of it in plain words."""
    console = Console(highlight=False, soft_wrap=True)
    headline = "This dossier is as it was signed." if found.ok else "This dossier could not be confirmed."
    console.print(Text(headline, style="bold green" if found.ok else "bold red"))
    if found.id:
        console.print(Text(f"  {found.id}", style="bright_black"))
    for mark, text in _lines(found):
        console.print(Text(f"  {mark[0]} ", style=mark[1]).append(text, style="default"))
    if found.problems:
        console.print(Text("Why not:", style="bold"))
        for problem in found.problems:
            console.print(Text(f"  {problem}"))


_LEVELS = {
    "B-B": "nobody but the signer vouches for the time",
    "B-T": "an independent authority vouches for the time",
    "B-LT": "an authority vouches for the time, and the file shows that no certificate was revoked",
    "B-LTA": "an authority vouches for the time, the file shows that no certificate was revoked, and a time stamp "
    "covers that too",
}
_DECISIONS = {"accept": "accepted", "conditions": "accepted with conditions", "reject": "rejected"}


def _signature(each: Signature, future: str) -> list[tuple[tuple[str, str], str]]:
    lines = [
        (
            _YES if each.intact else _NO,
            f"Signature of the {each.role}, {each.signer}, {each.time}, level {each.level}: "
            f"{'intact' if each.intact else 'NOT intact'}",
        ),
        (_YES, f"Level {each.level}: {_LEVELS.get(each.level, '')}."),
    ]
    if each.stamped:
        known = "an authority that you trust" if each.authority_trusted else "an authority that you did not name"
        lines.append((_YES if each.authority_trusted else _OPEN,
                      f"It existed on {each.stamped}, says {each.authority}, {known}."))  # fmt: skip
    if each.trusted:
        lines.append((_YES, "The signer is vouched for by a certificate that you gave."))
    else:
        lines.append((_OPEN, "Who signed was not decided. Compare the certificate's SHA-256 with what the signer "
                             f"told you: {each.fingerprint}"))  # fmt: skip
    if future:
        whose = "" if each.trusted else ", by whoever trusts the roots that it carries"
        lines.append((_NO, f"On {future[:10]} it could not be confirmed any more: {each.lasts}.") if each.lasts else
                     (_YES, f"On {future[:10]} it could still be confirmed from the file alone{whose}."))  # fmt: skip
    return lines


def _decision(found: Decided) -> tuple[tuple[str, str], str]:
    """What was decided, by whom, when."""
    told = _DECISIONS.get(found.choice, "nothing ticked") + (f", “{found.remarks}”" if found.remarks else "")
    if not found.signed:
        return _NO, f"Decision of the data protection officer: {told}; NOT covered by an intact signature."
    return _YES, f"Decision of the data protection officer: {told}; signed by {found.signer}, {found.time}."


def _lines(found: Verification) -> list[tuple[tuple[str, str], str]]:
    lines = []
    for each in found.signatures:
        lines += _signature(each, found.future)
    for stamp in found.stamps:
        told = f"Time stamp over the whole file by {stamp.authority}, {stamp.time}: "
        told += "intact" if stamp.intact else "NOT intact"
        lines.append((_YES if stamp.intact else _NO, f"{told}; to be renewed before {stamp.until[:10]}."))
    if found.decision:
        lines.append(_decision(found.decision))
    lines += [(_OPEN, change) for change in found.changes]
    lines += [(_YES if each.ok else _NO, f"{each.name}, SHA-256 {each.sha256}") for each in found.attachments]
    if found.verdicts.recomputed:
        equal = found.verdicts.equal
        lines.append((_YES if equal else _NO, "The findings follow from the attached facts, policy and knowledge."
                      if equal else "Judged again, the findings differ."))  # fmt: skip
        lines += [(_NO, difference) for difference in found.verdicts.differences]
        if not found.verdicts.own_knowledge:
            lines.append((_OPEN, "The attached knowledge is not that of this release; it was used as it is."))
    else:
        lines.append((_OPEN, f"The facts were not judged again: {found.verdicts.why_not or 'the file was not read'}."))
    if found.rendering.compared:
        equal = found.rendering.equal
        lines.append((_YES if equal else _NO, "Printed again, the pages are the same, byte for byte."
                      if equal else "Printed again, the pages differ."))  # fmt: skip
    else:
        lines.append((_OPEN, f"The pages were not compared: {found.rendering.why_not or 'the file was not read'}."))
    if found.previous is not None:
        mark, told = {
            True: (_YES, "It follows {}, the file that you gave, and tells what changed since."),
            False: (_NO, "It follows {}, but not as it says."),
            None: (_OPEN, "It follows {}, which was not looked at (--previous)."),
        }[found.previous.ok]
        lines.append((mark, told.format(found.previous.id)))
    return lines
