"""The four JSON documents of an audit on disk: read with clear errors, written whole or not at all."""

import os
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from auditor.errors import UserError
from auditor.facts.audit import Audit
from auditor.facts.canonical import canonical, parse
from auditor.judge.finding import Judgement
from auditor.policy.effective import Effective

MAX_BYTES = 512 * 2**20
"""A larger document is refused rather than read into memory."""

FACTS, POLICY, KNOWLEDGE, FINDINGS = "facts.json", "policy.json", "knowledge.json", "findings.json"
"""Names of the documents, beside the dossier and inside it."""

D = TypeVar("D", bound=BaseModel)


def read_audit(path: Path) -> Audit:
    """The facts of an audit. Raises UserError."""
    return read(path, Audit)


def read_judgement(path: Path) -> Judgement:
    """The findings of an audit. Raises UserError."""
    return read(path, Judgement)


def read_effective(path: Path) -> Effective:
    """The policy as it was applied. Raises UserError."""
    return read(path, Effective)


def read(path: Path, kind: type[D]) -> D:
    """Read one document of the given type. Raises UserError that names file and place."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"larger than {MAX_BYTES // 2**20} MiB", where=str(path))
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", where=str(path)) from error
    return decode(data, kind, str(path))


def decode(data: bytes, kind: type[D], where: str) -> D:
    """Validate the bytes of one document. Raises UserError that names the place."""
    try:
        return kind.model_validate(parse(data))
    except ValidationError as error:
        first = error.errors()[0]
        place = "/" + "/".join(str(part) for part in first["loc"])
        raise UserError(
            f"is not a document of this kind: {first['msg']} at {place}",
            hint="It was written by another program or version, or was changed.",
            where=where,
        ) from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"is not JSON: {error}", where=where) from error


def write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises UserError where the disk is full or may not be written."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UserError(
            f"cannot be written: {error.strerror}", hint="Choose another folder with --out.", where=str(path)
        ) from error


def write_document(path: Path, value: BaseModel) -> None:
    """Write a document in its canonical form."""
    write(path, canonical(value))
