"""Tables of the history and the steps from one version of them to the next.

``PRAGMA user_version`` says how many steps a file has taken. A step is never edited once released; a change of the
tables is a new step at the end.
"""

import sqlite3

STEPS: tuple[str, ...] = (
    """
    CREATE TABLE document (
        sha256 TEXT PRIMARY KEY,
        kind   TEXT NOT NULL CHECK (kind IN ('facts', 'policy', 'knowledge', 'findings')),
        bytes  BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE entry (
        number    INTEGER PRIMARY KEY AUTOINCREMENT,
        audit     TEXT NOT NULL,
        target    TEXT NOT NULL,
        started   TEXT NOT NULL,
        ended     TEXT NOT NULL,
        partial   INTEGER NOT NULL,
        policy_id TEXT NOT NULL,
        policy_version TEXT NOT NULL,
        policy_title TEXT NOT NULL,
        judged    TEXT NOT NULL,
        verdict   TEXT NOT NULL,
        counts    TEXT NOT NULL,
        facts     TEXT NOT NULL REFERENCES document (sha256),
        policy    TEXT NOT NULL REFERENCES document (sha256),
        knowledge TEXT NOT NULL REFERENCES document (sha256),
        findings  TEXT NOT NULL UNIQUE REFERENCES document (sha256),
        dossier   TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX entry_by_target ON entry (target, started);
    """,
)

VERSION = len(STEPS)
"""What this release reads and writes."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a file to :data:`VERSION`; each step is one transaction. Raises ValueError for a newer file."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > VERSION:
        raise ValueError(f"the file has version {found}, this release knows {VERSION}")
    for number, step in enumerate(STEPS[found:], start=found + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version = {number}; COMMIT;")
