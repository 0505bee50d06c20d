"""``auditor seal``: time stamps over a sealed dossier: renewed, or carried over by hand where there is no network."""

import argparse
from pathlib import Path

from rich.console import Console

from auditor.cli.registry import Answer, command
from auditor.cli.sealing import add_authority, assurance
from auditor.documents import write
from auditor.errors import UserError
from auditor.evidence.bounds import LARGEST
from auditor.evidence.renewal import renew, request, stamp
from auditor.evidence.signatures import examine


def read(path: Path) -> bytes:
    """A file on disk, within the limits of a dossier. Raises UserError."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise UserError(f"the file cannot be read: {error.strerror}", where=str(path)) from error
    if len(data) > LARGEST:
        raise UserError("the file is too large for a dossier", where=str(path))
    return data


def add_out(parser: argparse.ArgumentParser) -> None:
    """Where the result goes."""
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: the same file, replaced as a whole")


def _renew_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a sealed dossier")
    add_authority(parser, level=False)
    add_out(parser)


@command(
    "seal renew",
    "Add a new time stamp over a dossier, before the last one grows too old",
    _renew_arguments,
    example="auditor seal renew dossier.pdf --tsa https://tsa.example --anchor tsa-root.pem",
)
def renew_(arguments: argparse.Namespace) -> Answer:
    """Renew."""
    return stamped(renew(read(arguments.file), assurance(arguments)), arguments.out or arguments.file)


def _request_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a sealed dossier; it stays as it is")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.tsq", help="the question for the authority")


@command(
    "seal request",
    "Write the question for a time stamp, to be carried to an authority by hand",
    _request_arguments,
    example="auditor seal request dossier.pdf --out dossier.tsq",
)
def ask(arguments: argparse.Namespace) -> Answer:
    """Ask."""
    question = request(read(arguments.file))
    write(arguments.out, question)
    told = f"Question: {arguments.out}. Send it to an authority as application/timestamp-query, then bring its answer: "
    told += f"auditor seal stamp {arguments.file} --answer FILE.tsr"
    data = {"request": str(arguments.out), "bytes": len(question)}
    return Answer(data, lambda: Console(highlight=False, soft_wrap=True).print(told, markup=False))


def _stamp_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="the dossier that the question was written for")
    parser.add_argument("--answer", type=Path, required=True, metavar="FILE.tsr", help="the answer of the authority")
    add_out(parser)


@command(
    "seal stamp",
    "Add the time stamp that an authority answered with",
    _stamp_arguments,
    example="auditor seal stamp dossier.pdf --answer dossier.tsr",
)
def bring(arguments: argparse.Namespace) -> Answer:
    """Bring the answer in."""
    return stamped(stamp(read(arguments.file), read(arguments.answer)), arguments.out or arguments.file)


def stamped(pdf: bytes, path: Path) -> Answer:
    """Write a file with a new time stamp and tell of it."""
    write(path, pdf)
    found = examine(pdf, ())
    last = found.stamps[-1]
    data = {
        "dossier": str(path),
        "levels": {each.role: each.level for each in found.signatures},
        "authority": last.authority,
        "time": last.time,
        "until": last.until,
    }
    told = f"Time stamp of {last.authority}, {last.time}. Renew it before {last.until[:10]}. Dossier: {path}"
    return Answer(data, lambda: Console(highlight=False, soft_wrap=True).print(told, markup=False))
