"""``auditor export``: recorded documents in the formats of other tools."""

import argparse
from pathlib import Path

from rich.console import Console

from auditor.cli.registry import Answer, command
from auditor.documents import Documents, write
from auditor.errors import UserError
from auditor.evidence.exports.common import Material
from auditor.evidence.exports.formats import FORMATS
from auditor.evidence.words import words


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="with facts.json, policy.json, knowledge.json and findings.json")
    told = "; ".join(f"{each.name}: {each.purpose}" for each in FORMATS.values())
    parser.add_argument(
        "--as", dest="formats", action="append", metavar="FORMAT", help=f"may be repeated; default: all. {told}"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the files go (default: the same folder)")
    parser.add_argument("--language", default="en", metavar="CODE", help="of texts for people (default: en)")


@command(
    "export",
    "Write a judged audit as SARIF, JUnit, CSV, OSCAL, CycloneDX, SLSA, CNIL PIA, GDPR text",
    _arguments,
    example="auditor export audit --as sarif --as oscal",
)
def run(arguments: argparse.Namespace) -> Answer:
    """One file per format."""
    chosen = arguments.formats or list(FORMATS)
    unknown = [name for name in chosen if name not in FORMATS]
    if unknown:
        raise UserError(f"there is no format “{unknown[0]}”", f"Choose one of: {', '.join(FORMATS)}")
    spoken = words(arguments.language)
    documents = Documents.read(arguments.folder)
    documents.check()
    material = Material(documents.audit, documents.judgement, documents.effective, documents.tables)
    out = arguments.out or arguments.folder
    made = {name: FORMATS[name].write(material, spoken) for name in dict.fromkeys(chosen)}
    data = []
    for name, content in made.items():
        path = out / FORMATS[name].file
        write(path, content)
        data.append({"format": name, "path": str(path), "bytes": len(content)})

    def show() -> None:
        console = Console(highlight=False, soft_wrap=True)
        for each in data:
            console.print(f"{each['format']:<10} {each['path']}", markup=False)

    return Answer(data, show)
