"""Opens a judged audit, from the history or from a folder, as everything that the pages show of it. No Qt.

Runs beside the window, so documents are validated thing by thing: one call for the whole of a large document would
hold the interpreter, and with it the window, until it is done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from auditor.archive.history import Entry, History
from auditor.desktop.session import Session
from auditor.documents import Documents, refused
from auditor.errors import UserError
from auditor.facts.audit import Audit
from auditor.facts.canonical import parse
from auditor.judge.compare import compare
from auditor.judge.finding import Judgement

D = TypeVar("D", bound=BaseModel)


@dataclass(frozen=True)
class Opened:
    """An audit to show, and what went wrong beside it."""

    session: Session
    error: UserError | None = None


def open_entry(history: Callable[[], History], number: int) -> Opened:
    """A kept audit, and what changed since the one before it. Raises UserError."""
    with history() as kept:
        entry = kept.entry(number)
        documents = read(kept.documents(number))
        before = kept.before(entry)
        change = compare(read(kept.documents(before.number)).judgement, documents.judgement) if before else None
    dossier = Path(entry.dossier) if entry.dossier else None
    session = Session(documents, number, dossier, before.started if before else "", change)
    session.prepare()
    return Opened(session)


def open_folder(history: Callable[[], History], folder: Path) -> Opened:
    """What an audit wrote, kept in the history. Raises UserError where the folder cannot be read.

    A history that cannot keep it is an error beside it: the folder is whole.
    """
    documents = read(Documents.read(folder))
    documents.check()
    dossier = folder / "dossier.pdf"
    found = dossier if dossier.is_file() else None
    try:
        with history() as kept:
            number = kept.add(documents, str(found or ""))
        return open_entry(history, number)
    except UserError as error:
        session = Session(documents, None, found)
        session.prepare()
        return Opened(session, error)


def entries(history: Callable[[], History]) -> list[Entry]:
    """The list of the history. Raises UserError."""
    with history() as kept:
        return list(kept.entries())


def read(documents: Documents) -> Documents:
    """The same documents, facts and findings already understood. Raises UserError."""
    documents.__dict__["audit"] = decode(documents.facts, Audit, "facts.json")
    documents.__dict__["judgement"] = decode(documents.findings, Judgement, "findings.json")
    return documents


def decode(data: bytes, kind: type[D], where: str) -> D:
    """As :func:`auditor.documents.decode`, in many short steps instead of a long one."""
    try:
        return kind.model_validate(_parts(parse(data), kind, "", where))
    except ValidationError as error:
        raise refused(error, where) from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"is not JSON: {error}", where=where) from error


def _parts(data: Any, kind: type[BaseModel], place: str, where: str) -> Any:
    """The mapping with the items of its lists, and of those of the models in it, validated one by one."""
    if not isinstance(data, dict):
        return data
    found = dict(data)
    for name, field in kind.model_fields.items():
        value, wanted, there = data.get(name), field.annotation, f"{place}/{name}"
        if isinstance(value, dict) and _is_model(wanted):
            found[name] = _parts(value, wanted, there, where)
        elif isinstance(value, list) and get_origin(wanted) is tuple and _is_model(item := get_args(wanted)[0]):
            found[name] = [_item(each, item, f"{there}/{number}", where) for number, each in enumerate(value)]
    return found


def _is_model(wanted: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(wanted, type) and issubclass(wanted, BaseModel)


def _item(value: Any, kind: type[BaseModel], place: str, where: str) -> BaseModel:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise refused(error, where, place) from error
