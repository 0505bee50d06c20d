"""``auditor export``: recorded documents in the formats of other tools."""

import argparse
import datetime as dt
from pathlib import Path

from rich.console import Console

from auditor.audit import DOSSIER
from auditor.cli.passphrase import passphrase
from auditor.cli.registry import Answer, command
from auditor.documents import Documents, read_bytes, write
from auditor.errors import UserError
from auditor.evidence.exports.common import Material
from auditor.evidence.exports.formats import FORMATS
from auditor.evidence.exports.signed import SIGNED
from auditor.evidence.keys import load_key
from auditor.evidence.words import words


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="with facts.json, policy.json, knowledge.json and findings.json")
    purposes = {name: each.purpose for name, each in FORMATS.items()}
    purposes |= {name: each.purpose for name, each in SIGNED.items()}
    told = "; ".join(f"{name}: {purpose}" for name, purpose in purposes.items())
    parser.add_argument(
        "--as",
        dest="formats",
        action="append",
        metavar="FORMAT",
        help=f"may be repeated; default: all that need no key. {told}",
    )
    parser.add_argument(
        "--key", type=Path, metavar="FILE", help=f"PKCS#12 or PEM to sign with, for: {', '.join(SIGNED)}"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the files go (default: the same folder)")
    parser.add_argument("--language", default="en", metavar="CODE", help="of texts for people (default: en)")


@command(
    "export",
    "Write a judged audit as SARIF, JUnit, CSV, OSCAL, CycloneDX, SLSA, CNIL PIA, GDPR text, CAdES, ASiC-E",
    _arguments,
    example="auditor export audit --as sarif --as oscal",
)
def run(arguments: argparse.Namespace) -> Answer:
    """One file per format."""
    chosen = arguments.formats or list(FORMATS)
    unknown = [name for name in chosen if name not in FORMATS and name not in SIGNED]
    if unknown:
        raise UserError(f"there is no format “{unknown[0]}”", f"Choose one of: {', '.join((*FORMATS, *SIGNED))}")
    if arguments.key is None and (keyed := [name for name in chosen if name in SIGNED]):
        raise UserError(f"the format “{keyed[0]}” is signed", "Name the key with --key, the one of the dossier.")
    spoken = words(arguments.language)
    documents = Documents.read(arguments.folder)
    documents.check()
    material = Material(documents.audit, documents.judgement, documents.effective, documents.tables)
    out = arguments.out or arguments.folder
    made = [
        (name, FORMATS[name].file, FORMATS[name].write(material, spoken))
        for name in dict.fromkeys(chosen)
        if name in FORMATS
    ]
    if arguments.key is not None:
        key, now = load_key(arguments.key, passphrase), dt.datetime.now(dt.UTC)
        dossier = arguments.folder / DOSSIER
        pdf = read_bytes(dossier) if dossier.is_file() else b""
        for name in [name for name in dict.fromkeys(chosen) if name in SIGNED]:
            made += [(name, file, content) for file, content in SIGNED[name].write(documents, pdf, key, now).items()]
    data = []
    for name, file, content in made:
        write(out / file, content)
        data.append({"format": name, "path": str(out / file), "bytes": len(content)})

    def show() -> None:
        console = Console(highlight=False, soft_wrap=True)
        for each in data:
            console.print(f"{each['format']:<10} {each['path']}", markup=False)

    return Answer(data, show)
