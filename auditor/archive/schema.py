"""Tables of the history and the steps from one version of them to the next.

``PRAGMA user_version`` says how many steps a file has taken. A step is never edited once released; a change of the
tables is a new step at the end. No statement of a step has a semicolon inside it.
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
    """
    CREATE TABLE reading (
        machine  TEXT NOT NULL,
        device   TEXT NOT NULL,
        inode    TEXT NOT NULL,
        size     TEXT NOT NULL,
        modified TEXT NOT NULL,
        changed  TEXT NOT NULL,
        path     TEXT NOT NULL,
        sha256   TEXT NOT NULL,
        blake3   TEXT,
        read     TEXT NOT NULL,
        target   TEXT NOT NULL,
        lasting  INTEGER NOT NULL,
        open     INTEGER NOT NULL,
        PRIMARY KEY (machine, device, inode)
    ) WITHOUT ROWID;
    CREATE INDEX reading_by_target ON reading (target, read);
    """,
)

VERSION = len(STEPS)
"""What this release reads and writes."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a file to :data:`VERSION`; each step is one transaction. Raises ValueError for a newer file."""
    while (found := _version(connection)) < len(STEPS):
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            # Another program, or another thread of this one, may have taken the step meanwhile.
            if _version(connection) == found:
                for statement in STEPS[found].split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {found + 1}")
    if found > len(STEPS):
        raise ValueError(f"the file has version {found}, this release knows {VERSION}")


def _version(connection: sqlite3.Connection) -> int:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    return int(found)
