"""What each finished weight file gave, kept at once: an audit that is killed at any moment goes on where it was.

A reading is *open* until the audit that made it has read everything; open ones are of interrupted audits. Files under
a MiB are not kept: to read them again costs less.
"""

import datetime as dt
import logging
from typing import NamedTuple

from auditor.archive.history import History
from auditor.errors import UserError
from auditor.facts.records import WeightRecord

LEAST = 2**20
"""Bytes of a file that is worth keeping."""
KEPT = dt.timedelta(days=400)
"""Older readings are forgotten."""
_FIELDS = "machine, device, inode, size, modified, changed, path, sha256, blake3, read, target, lasting, open"

log = logging.getLogger(__name__)

Row = tuple[str | None, ...]
"""Device, inode, size, times of writing and change in nanoseconds, SHA-256, BLAKE3 or None, time of the reading."""


class Checkable(NamedTuple):
    """Both digests of one reading, and when it was."""

    sha256: str
    blake3: str
    read: str


class Readings:
    """The readings of one target, in the history's file."""

    def __init__(self, history: History, target: str, *, resumable: bool = True) -> None:
        """``resumable``: what is kept is of an audit that can be interrupted, and gone on with."""
        self._history = history
        self._target = target
        self._open = int(resumable)
        self._kept = True

    def known(self, *, interrupted: bool, most: int) -> dict[str, tuple[Row, ...]]:
        """Readings by machine, the largest files first; ``interrupted``: only those of audits that did not end."""
        found: dict[str, list[Row]] = {}
        with self._history.using() as connection:
            rows = connection.execute(
                "SELECT machine, device, inode, size, modified, changed, sha256, blake3, read FROM reading "
                "WHERE target = ? AND open >= ? AND lasting ORDER BY length(size) DESC, size DESC, path LIMIT ?",
                (self._target, int(interrupted), most),
            )
            for machine, *row in rows:
                found.setdefault(str(machine), []).append(tuple(row))
        return {machine: tuple(rows) for machine, rows in found.items()}

    def keep(self, record: WeightRecord) -> None:
        """Keep the reading of a finished file. A history that cannot be written ends the keeping, not the audit."""
        identity = record.identity
        if not self._kept or identity is None or record.sha256 is None or record.read is not None:
            return
        if record.size < LEAST and record.blake3 is None:
            return
        row = (identity.machine, identity.device, identity.inode, str(record.size), identity.modified, identity.changed)
        rest = (record.path, record.sha256, record.blake3, record.time, self._target, int(identity.lasting), self._open)
        try:
            with self._history.using() as connection:
                connection.execute(
                    f"INSERT OR REPLACE INTO reading ({_FIELDS}) VALUES ({', '.join('?' * 13)})", (*row, *rest)
                )
        except UserError as error:
            log.warning("%s", error)
            self._kept = False

    def close(self, now: dt.datetime) -> None:
        """The audit read everything: its readings are of one that ended from now on; very old ones are forgotten."""
        oldest = (now - KEPT).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        with self._history.using() as connection:
            connection.execute("UPDATE reading SET open = 0 WHERE target = ?", (self._target,))
            connection.execute("DELETE FROM reading WHERE read < ?", (oldest,))

    def blake3(self, machine: str) -> dict[str, Checkable]:
        """By path, what a file of this machine was at its last reading that computed BLAKE3."""
        with self._history.using() as connection:
            rows = connection.execute(
                "SELECT path, sha256, blake3, read FROM reading WHERE blake3 IS NOT NULL AND target = ? "
                "AND machine = ? ORDER BY read",
                (self._target, machine),
            )
            return {str(path): Checkable(str(sha256), str(blake3), str(read)) for path, sha256, blake3, read in rows}
