"""The history of audits: one SQLite file in the user's data folder.

Documents are kept as their canonical bytes, by digest, so that any of them can be judged, compared and printed again.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from auditor.archive.schema import migrate
from auditor.documents import NAMES, Documents, read_bytes, write
from auditor.errors import UserError
from auditor.judge.finding import Overall, Verdict

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_COLUMNS = (
    "number, audit, target, started, ended, partial, policy_id, policy_version, policy_title, judged, verdict, "
    "counts, facts, dossier"
)


def default_path() -> Path:
    """Where the user's history lies."""
    return Path(platformdirs.user_data_dir("sovereignty-auditor")) / "history.sqlite"


@dataclass(frozen=True)
class Entry:
    """One judged audit in the list; the documents are read only when it is opened."""

    number: int
    audit: str
    """``SA-20261122-7f3a91c4``."""
    target: str
    started: str
    ended: str
    partial: bool
    policy_id: str
    policy_version: str
    policy_title: str
    judged: str
    verdict: Overall
    counts: dict[Verdict, int]
    digest: str
    """Of the facts; entries that judge the same audit share it."""
    dossier: str
    """Path of the signed file; empty where there is none."""


class History:
    """Open for as long as the object lives; close it, or use it in ``with``."""

    def __init__(self, path: Path | None = None) -> None:
        """Open, or make. Raises UserError; a damaged file is set aside beside itself first, never deleted."""
        self.path = path or default_path()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(
                f"the folder of the history cannot be made: {error.strerror}",
                "Give yourself the right to write there, or name another file.",
                str(self.path.parent),
            ) from error
        with self._translated():
            self._connection = sqlite3.connect(self.path, timeout=10)
        try:
            with self._translated():
                self._connection.execute("PRAGMA foreign_keys = ON")
                migrate(self._connection)
        except ValueError as error:
            self.close()
            raise UserError(str(error), "Update Sovereignty Auditor, or name another file.", str(self.path)) from error

    def __enter__(self) -> "History":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def add(self, documents: Documents, dossier: str = "") -> int:
        """Keep a judged audit; returns its number. The same findings are kept once. Raises UserError."""
        documents.check()
        audit, judgement = documents.audit, documents.judgement
        digests = {name: hashlib.sha256(getattr(documents, name)).hexdigest() for name in NAMES}
        with self._translated(), self._connection:
            for name in NAMES:
                self._connection.execute(
                    "INSERT OR IGNORE INTO document VALUES (?, ?, ?)", (digests[name], name, getattr(documents, name))
                )
            known = self._connection.execute(
                "SELECT number, dossier FROM entry WHERE findings = ?", (digests["findings"],)
            ).fetchone()
            if known:
                self._connection.execute(
                    "UPDATE entry SET dossier = ? WHERE number = ?", (dossier or known[1], known[0])
                )
                return int(known[0])
            cursor = self._connection.execute(
                "INSERT INTO entry (audit, target, started, ended, partial, policy_id, policy_version, policy_title, "
                "judged, verdict, counts, facts, policy, knowledge, findings, dossier) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    judgement.audit.id,
                    audit.target.name,
                    audit.started,
                    audit.ended,
                    audit.partial,
                    judgement.policy.id,
                    judgement.policy.version,
                    judgement.policy.title,
                    judgement.judged,
                    judgement.verdict,
                    json.dumps(judgement.counts),
                    *(digests[name] for name in NAMES),
                    dossier,
                ),
            )
        return int(cursor.lastrowid or 0)

    def entries(self) -> tuple[Entry, ...]:
        """Newest first."""
        with self._translated():
            rows = self._connection.execute(f"SELECT {_COLUMNS} FROM entry ORDER BY started DESC, number DESC")
            return tuple(_entry(row) for row in rows)

    def entry(self, number: int) -> Entry:
        """One of the list. Raises UserError where there is none."""
        with self._translated():
            row = self._connection.execute(f"SELECT {_COLUMNS} FROM entry WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise UserError(f"the history has no audit {number}", "`auditor history list` shows all.", str(self.path))
        return _entry(row)

    def before(self, entry: Entry) -> Entry | None:
        """The latest earlier audit of the same target under the same policy id."""
        with self._translated():
            row = self._connection.execute(
                f"SELECT {_COLUMNS} FROM entry WHERE target = ? AND policy_id = ? AND started < ? "
                "ORDER BY started DESC, number DESC LIMIT 1",
                (entry.target, entry.policy_id, entry.started),
            ).fetchone()
        return _entry(row) if row else None

    def documents(self, number: int) -> Documents:
        """The four documents of an entry, byte for byte as they were kept. Raises UserError."""
        self.entry(number)
        with self._translated():
            found = {
                name: self._connection.execute(
                    f"SELECT d.sha256, d.bytes FROM entry e JOIN document d ON d.sha256 = e.{name} WHERE e.number = ?",
                    (number,),
                ).fetchone()
                for name in NAMES
            }
        for name, row in found.items():
            if row is None or not isinstance(row[1], bytes) or hashlib.sha256(row[1]).hexdigest() != row[0]:
                raise UserError(
                    f"{name}.json of audit {number} was changed inside the history",
                    "Open the dossier instead; `auditor verify` checks it.",
                    str(self.path),
                )
        return Documents(**{name: row[1] for name, row in found.items()})

    def set_dossier(self, number: int, path: str) -> None:
        """Remember where the signed file lies."""
        self.entry(number)
        with self._translated(), self._connection:
            self._connection.execute("UPDATE entry SET dossier = ? WHERE number = ?", (path, number))

    def export(self, number: int, folder: Path) -> tuple[Path, ...]:
        """Write the documents, and the dossier where it still is, into a new folder. Raises UserError."""
        entry, documents = self.entry(number), self.documents(number)
        if folder.exists():
            raise UserError("this exists already", "Name a folder that does not exist yet.", str(folder))
        paths = list(documents.write(folder).values())
        dossier = Path(entry.dossier)
        if entry.dossier and dossier.is_file():
            paths.append(folder / dossier.name)
            write(paths[-1], read_bytes(dossier))
        return tuple(paths)

    def delete(self, number: int) -> None:
        """Forget an entry, and documents that no other entry needs. The dossier's file stays."""
        self.entry(number)
        with self._translated(), self._connection:
            self._connection.execute("DELETE FROM entry WHERE number = ?", (number,))
            self._connection.execute(
                "DELETE FROM document WHERE sha256 NOT IN (SELECT facts FROM entry UNION SELECT policy FROM entry "
                "UNION SELECT knowledge FROM entry UNION SELECT findings FROM entry)"
            )

    @contextmanager
    def using(self) -> Iterator[sqlite3.Connection]:
        """The tables, in one transaction. Raises UserError; a damaged file is set aside."""
        with self._translated(), self._connection:
            yield self._connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
                if hasattr(self, "_connection"):
                    self.close()
                kept = _set_aside(self.path)
                raise UserError(
                    "the history is damaged and was set aside; nothing was deleted",
                    f"The damaged file is {kept}. A new history is begun; signed dossiers are not affected.",
                    str(self.path),
                ) from error
            raise UserError(
                f"the history cannot be used: {error}",
                "See that the disk has room, that you may write there, and that no other program holds the file.",
                str(self.path),
            ) from error


def _entry(row: tuple[object, ...]) -> Entry:
    number, audit, target, started, ended, partial, policy, version, title, judged, verdict, counts, facts, dossier = (
        row
    )
    return Entry(
        int(str(number)),
        str(audit),
        str(target),
        str(started),
        str(ended),
        bool(partial),
        str(policy),
        str(version),
        str(title),
        str(judged),
        Overall(str(verdict)),
        {Verdict(key): int(count) for key, count in json.loads(str(counts)).items()},
        str(facts),
        str(dossier),
    )


def _set_aside(path: Path) -> Path:
    """Rename the file and SQLite's companions of it; returns the new name."""
    number = 1
    while (kept := path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")).exists():
        number += 1
    path.rename(kept)
    for suffix in ("-wal", "-shm", "-journal"):
        companion = path.with_name(path.name + suffix)
        if companion.exists():
            companion.rename(kept.with_name(kept.name + suffix))
    return kept
