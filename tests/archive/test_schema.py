"""Steps from one version of the tables to the next."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from auditor.archive.schema import STEPS, VERSION, migrate


def test_an_empty_file_takes_all_steps_and_a_second_run_takes_none() -> None:
    connection = sqlite3.connect(":memory:")
    migrate(connection)
    migrate(connection)
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert len(STEPS) == VERSION


def test_a_step_that_fails_leaves_the_version_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = sqlite3.connect(":memory:")
    migrate(connection)
    monkeypatch.setattr("auditor.archive.schema.STEPS", (*STEPS, "CREATE TABLE a (b); CREATE TABLE a (b);"))
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection)
    connection.rollback()
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'a'").fetchone() == (0,)


def test_many_may_make_the_same_history_at_once(tmp_path: Path) -> None:
    def make(_: int) -> int:
        connection = sqlite3.connect(tmp_path / "history.sqlite", timeout=30)
        migrate(connection)
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        connection.close()
        return int(found)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(make, range(8))) == [VERSION] * 8
