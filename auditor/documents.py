"""The four documents of one judged audit: read with clear errors, written whole or not at all."""

import contextlib
import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self, TypeVar

from pydantic import BaseModel, ValidationError

from auditor.errors import UserError
from auditor.facts.audit import Audit
from auditor.facts.canonical import canonical, parse
from auditor.judge.finding import Judgement
from auditor.knowledge.knowledge import Knowledge
from auditor.policy.effective import Effective

D = TypeVar("D", bound=BaseModel)

NAMES = ("facts", "policy", "knowledge", "findings")
"""Kinds of documents; the files, beside the dossier and inside it, are these names with ``.json``."""

LARGEST = 512 * 2**20
"""Bytes; a larger document is refused rather than read into memory."""


@dataclass(frozen=True)
class Documents:
    """Canonical bytes of facts, effective policy, knowledge and findings."""

    facts: bytes
    policy: bytes
    knowledge: bytes
    findings: bytes

    @classmethod
    def of(cls, audit: Audit, policy: Effective, knowledge: Knowledge, judgement: Judgement) -> Self:
        """From the values."""
        return cls(canonical(audit), canonical(policy), canonical(knowledge), canonical(judgement))

    @classmethod
    def read(cls, folder: Path) -> Self:
        """From a folder that an audit wrote. Raises UserError."""
        return cls(**{name: read_bytes(folder / f"{name}.json") for name in NAMES})

    def write(self, folder: Path) -> dict[str, Path]:
        """Into a folder, over an earlier audit's. Gives the paths by file name. Raises UserError."""
        paths = {f"{name}.json": folder / f"{name}.json" for name in NAMES}
        for name, path in zip(NAMES, paths.values(), strict=True):
            write(path, getattr(self, name))
        return paths

    @cached_property
    def audit(self) -> Audit:
        """What was seen. Raises UserError where this release cannot read it."""
        return decode(self.facts, Audit, "facts.json")

    @cached_property
    def effective(self) -> Effective:
        """The policy that judged. Raises UserError where this release cannot read it."""
        return decode(self.policy, Effective, "policy.json")

    @cached_property
    def tables(self) -> Knowledge:
        """The knowledge that was used. Raises UserError where this release cannot read it."""
        return decode(self.knowledge, Knowledge, "knowledge.json")

    @cached_property
    def judgement(self) -> Judgement:
        """The findings. Raises UserError where this release cannot read them."""
        return decode(self.findings, Judgement, "findings.json")

    def check(self) -> None:
        """The findings name the other three by digest. Raises UserError where one is not the named one."""
        judgement = self.judgement
        for name, named in (
            ("facts", judgement.audit.digest),
            ("policy", judgement.policy.sha256),
            ("knowledge", judgement.knowledge),
        ):
            if hashlib.sha256(getattr(self, name)).hexdigest() != named:
                raise UserError(
                    f"{name}.json is not the document that findings.json names",
                    "Take all four files from the same audit.",
                )


def read_audit(path: Path) -> Audit:
    """The facts of an audit. Raises UserError."""
    return decode(read_bytes(path), Audit, str(path))


def read_bytes(path: Path) -> bytes:
    """One document's bytes, bounded. Raises UserError."""
    try:
        if path.stat().st_size > LARGEST:
            raise UserError(f"larger than {LARGEST // 2**20} MiB", "Is this a file of an audit?", str(path))
        return path.read_bytes()
    except OSError as error:
        raise UserError(
            f"cannot be read: {error.strerror}", "Name a file that `auditor audit` has written.", str(path)
        ) from error


def decode(data: bytes, kind: type[D], where: str) -> D:
    """Validate the bytes of one document. Raises UserError that names the place."""
    try:
        return kind.model_validate(parse(data))
    except ValidationError as error:
        raise refused(error, where) from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"is not JSON: {error}", where=where) from error


def refused(error: ValidationError, where: str, within: str = "") -> UserError:
    """A document that is not of its type; ``within`` is the JSON pointer of the part that was looked at."""
    first = error.errors()[0]
    place = within + "/" + "/".join(str(part) for part in first["loc"])
    return UserError(
        f"cannot be read by this release: {first['msg']} at {place}",
        "It was written by another program or release, or was changed since. The file is left as it is.",
        where,
    )


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
        with contextlib.suppress(OSError):
            partial.unlink()
        raise UserError(
            f"cannot be written: {error.strerror}", "Choose another folder, or make room.", str(path)
        ) from error
