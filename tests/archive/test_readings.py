"""Each finished file is kept at once, for its machine and target, and only what may be known again is sent along."""

import datetime as dt
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.archive.history import History
from auditor.archive.readings import LEAST, Readings
from auditor.facts.records import FileIdentity, WeightRecord

TIME = "2026-11-22T10:00:00.000000Z"
NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def record(inode: int = 1, **more: object) -> WeightRecord:
    identity = FileIdentity(machine="m", device="9", inode=str(inode), modified="5", changed="6", lasting=True)
    told = {
        "source": "/w", "method": "sha256", "time": TIME, "model": "/m", "path": f"/m/{inode}", "format": "gguf",
        "size": LEAST, "modified": TIME, "sha256": "a" * 64, "blake3": None, "identity": identity, **more,
    }  # fmt: skip
    return WeightRecord.model_validate(told)


def inodes(readings: Readings, *, interrupted: bool = True, most: int = 100) -> list[str | None]:
    return [row[1] for row in readings.known(interrupted=interrupted, most=most).get("m", ())]


def test_a_reading_is_known_until_its_audit_ended(tmp_path: Path) -> None:
    with History(tmp_path / "h.sqlite") as history:
        readings = Readings(history, "host")
        readings.keep(record(1))
        row = ("9", "1", str(LEAST), "5", "6", "a" * 64, None, TIME)
        assert readings.known(interrupted=True, most=9) == {"m": (row,)}

        readings.close(NOW)

        assert inodes(readings) == []
        assert inodes(readings, interrupted=False) == ["1"]


@pytest.mark.parametrize(
    "more",
    [
        {"sha256": None},
        {"identity": None},
        {"read": TIME},
        {"size": LEAST - 1},
    ],
)
def test_what_says_nothing_new_or_lasting_is_not_kept(tmp_path: Path, more: dict[str, object]) -> None:
    with History(tmp_path / "h.sqlite") as history:
        readings = Readings(history, "host")
        readings.keep(record(1, **more))
        assert inodes(readings, interrupted=False) == []


def test_a_file_whose_changes_could_go_unnoticed_is_kept_for_a_check_and_never_sent_along(tmp_path: Path) -> None:
    identity = FileIdentity(machine="m", device="9", inode="1", modified="5", changed="6", lasting=False)
    with History(tmp_path / "h.sqlite") as history:
        readings = Readings(history, "host")
        readings.keep(record(1, identity=identity, blake3="b" * 64))
        assert inodes(readings) == []
        assert readings.blake3("m")["/m/1"].blake3 == "b" * 64
        assert readings.blake3("another") == {}


def test_the_newest_reading_of_an_inode_replaces_the_one_before(tmp_path: Path) -> None:
    with History(tmp_path / "h.sqlite") as history:
        readings = Readings(history, "host")
        readings.keep(record(1))
        readings.keep(record(1, sha256="b" * 64))
        ((row,),) = readings.known(interrupted=True, most=9).values()
        assert row[5] == "b" * 64


def test_the_largest_files_come_first_and_no_more_than_can_be_sent(tmp_path: Path) -> None:
    with History(tmp_path / "h.sqlite") as history:
        readings = Readings(history, "host")
        for inode, size in ((1, LEAST), (2, 10 * LEAST), (3, 9 * LEAST)):
            readings.keep(record(inode, size=size))
        assert inodes(readings, most=2) == ["2", "3"]


def test_readings_are_of_one_target_and_very_old_ones_are_forgotten(tmp_path: Path) -> None:
    with History(tmp_path / "h.sqlite") as history:
        Readings(history, "host").keep(record(1))
        assert inodes(Readings(history, "another")) == []
        Readings(history, "another").close(NOW + dt.timedelta(days=500))
        assert inodes(Readings(history, "host"), interrupted=False) == []


def test_a_reading_survives_the_death_of_whoever_wrote_it(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from tests.archive.test_readings import *\n"
        "readings = Readings(History(Path(sys.argv[1])), 'host'); readings.keep(record(7))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path / "h.sqlite")], check=False)

    assert killed.returncode == -9
    with History(tmp_path / "h.sqlite") as history:
        assert inodes(Readings(history, "host")) == ["7"]


def test_a_history_that_cannot_be_written_ends_the_keeping_and_not_the_audit(tmp_path: Path) -> None:
    with History(tmp_path / "h.sqlite") as history:
        readings = Readings(history, "host")
        with sqlite3.connect(tmp_path / "h.sqlite") as other:
            other.execute("DROP TABLE reading")
        readings.keep(record(1))
        readings.keep(record(2))


def test_what_a_single_command_read_is_not_of_an_interrupted_audit(tmp_path: Path) -> None:
    with History(tmp_path / "h.sqlite") as history:
        readings = Readings(history, "host", resumable=False)
        readings.keep(record(1))
        assert inodes(readings) == []
        assert inodes(readings, interrupted=False) == ["1"]
