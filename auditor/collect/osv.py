"""Archives of OSV records as files: read within bounds, kept in the user's data folder, and joined to the knowledge."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from auditor.documents import write
from auditor.errors import UserError
from auditor.facts.canonical import canonical
from auditor.facts.fact import Value
from auditor.knowledge.knowledge import Knowledge
from auditor.knowledge.vulnerabilities import Import, Vulnerability
from auditor.recognise.osv import day_of, packages_of, rows_of

FILE = "osv.json"
LARGEST = 2 * 1024**3
LARGEST_RECORD = 4 * 1024**2
MOST_RECORDS = 1_000_000
LARGEST_TABLE = 64 * 1024**2
_HINT = "Give an archive of OSV records (all.zip of an ecosystem), or one record as .json."


class Imported(Value):
    """What an import kept."""

    taken: Import
    entries: tuple[Vulnerability, ...]


def read_osv(path: Path, knowledge: Knowledge) -> Imported:
    """The rows of an archive, or of one record, that speak of known stacks. Raises UserError."""
    packages = packages_of(knowledge.stacks)
    entries: dict[tuple[str, str], Vulnerability] = {}
    newest, ecosystems, seen = "", set(), 0
    try:
        sha256 = _sha256(path)
        for record in _records(path):
            seen += 1
            newest = max(newest, day_of(record))
            ecosystems |= _ecosystems(record)
            for row in rows_of(record, packages):
                entries[row.id, row.stack] = row
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        raise UserError(f"is damaged, or no archive of OSV records: {error}", _HINT, str(path)) from error
    if not seen or not newest:
        raise UserError("holds no OSV record with a date", _HINT, str(path))
    stacks = sorted({stack for (ecosystem, _), stack in packages.items() if ecosystem in ecosystems})
    # One record says nothing of what else there is: it adds a row and makes nothing newer.
    taken = Import(
        name=path.name,
        sha256=sha256,
        date=newest,
        stacks=tuple(stacks) if zipfile.is_zipfile(path) else (),
        entries=len(entries),
    )
    return Imported(taken=taken, entries=tuple(row for _, row in sorted(entries.items())))


def keep(imported: Imported, folder: Path) -> Path:
    """Write it whole or not at all, in the place of an earlier one. Raises UserError."""
    path = folder / FILE
    write(path, canonical(imported))
    return path


def with_imports(knowledge: Knowledge, folder: Path) -> Knowledge:
    """The knowledge with what the user imported. Raises UserError where that cannot be read."""
    path = folder / FILE
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_TABLE + 1)
    except FileNotFoundError:
        return knowledge
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", where=str(path)) from error
    try:
        imported = Imported.model_validate_json(data)
    except ValidationError as error:
        hint = "Import the archive again with: auditor knowledge import-osv FILE"
        raise UserError("the imported table is damaged", hint, str(path)) from error
    table = knowledge.vulnerabilities.with_import(imported.entries, imported.taken)
    return knowledge.model_copy(update={"vulnerabilities": table})


def _records(path: Path) -> Iterator[Any]:
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            data = file.read(LARGEST_RECORD + 1)
        if len(data) > LARGEST_RECORD:
            raise ValueError(f"larger than {LARGEST_RECORD >> 20} MiB")
        yield json.loads(data)
        return
    left = LARGEST
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if member.filename.endswith(".json")]
        if len(members) > MOST_RECORDS:
            raise ValueError(f"more than {MOST_RECORDS:,} records")
        for member in members:
            with archive.open(member) as file:
                data = file.read(LARGEST_RECORD + 1)
            left -= len(data)
            if left < 0:
                raise ValueError(f"more than {LARGEST >> 30} GiB unpacked")
            if len(data) > LARGEST_RECORD:
                raise ValueError(f"{member.filename[:80]} is larger than {LARGEST_RECORD >> 20} MiB")
            try:
                yield json.loads(data)
            except RecursionError:
                raise ValueError(f"{member.filename[:80]} is nested too deeply") from None


def _ecosystems(record: Any) -> set[str]:
    affected = record.get("affected") if isinstance(record, dict) else None
    found = set()
    for entry in affected[:200] if isinstance(affected, list) else ():
        package = entry.get("package") if isinstance(entry, dict) else None
        if isinstance(package, dict):
            found.add(str(package.get("ecosystem", "")).lower().partition(":")[0])
    return found


def _sha256(path: Path) -> str:
    if not path.is_file():
        raise ValueError("no regular file")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
