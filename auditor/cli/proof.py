"""``auditor verify --redacted``: whether every value that a redacted copy shows is the original's."""

from pathlib import Path

from cryptography.x509 import Certificate
from rich.console import Console
from rich.text import Text

from auditor.cli.registry import Answer, Exit
from auditor.documents import read_bytes
from auditor.evidence.copies import Checked, check_copy
from auditor.judge.finding import dump


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
