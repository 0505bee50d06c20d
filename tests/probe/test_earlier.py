"""What an earlier audit read stands in for a new reading only of the very same file."""

import os
import time

import pytest

from auditor.probe import earlier, host, models, weights
from auditor.probe.stream import now
from tests.probe import making

MACHINE = host.machine() or "no machine id"
needs_machine = pytest.mark.skipif(not host.machine(), reason="this machine has no id")
CLAIMED = "c" * 64
"""No file has it: where it is told, it was not computed now."""


def row(path, **other):
    status = os.stat(path)
    told = {
        "device": status.st_dev, "inode": status.st_ino, "size": status.st_size, "modified": status.st_mtime_ns,
        "changed": status.st_ctime_ns, **other,
    }  # fmt: skip
    return [*map(str, told.values()), CLAIMED, None, other.get("read", now())]


def digest(folder, rows, machine=MACHINE, hours=24, **request):
    heard = making.Heard()
    given = {"hours": hours, "machines": {machine: rows}}
    weights.collect(heard, {"earlier": given, **request}, models.collect(heard, {"paths": [str(folder)]}))
    (record,) = heard.records("weight")
    return record["sha256"], record["read"], [line for line in heard.lines if line["kind"] == "progress"][-1]["total"]


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "m.safetensors"
    made.write_bytes(making.safetensors())
    return made


@needs_machine
def test_an_unchanged_file_is_not_read_again(path):
    told, read, total = digest(path, [row(path)])

    assert (told, total) == (CLAIMED, 0)
    assert read


@needs_machine
@pytest.mark.parametrize("part", ["device", "inode", "size", "modified", "changed"])
def test_a_file_of_which_anything_changed_is_read(path, part):
    told, read, _ = digest(path, [row(path, **{part: 12345})])

    assert (told, read) == (making.digest(making.safetensors()), None)


@needs_machine
def test_a_file_that_was_written_to_and_given_its_old_time_back_is_read(path):
    known, status = row(path), os.stat(path)
    time.sleep(0.02)
    path.write_bytes(making.safetensors(data=b"\1" * 16))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert digest(path, [known])[0] == making.digest(making.safetensors(data=b"\1" * 16))


@needs_machine
@pytest.mark.parametrize("read", ["2020-01-01T00:00:00.000000Z", "2999-01-01T00:00:00.000000Z", "yesterday"])
def test_what_was_read_too_long_ago_or_at_no_time_does_not_count(path, read):
    assert digest(path, [[*row(path)[:-1], read]])[0] != CLAIMED


def test_what_was_read_on_another_machine_does_not_count(path):
    assert digest(path, [row(path)], machine="0" * 64)[0] != CLAIMED


@needs_machine
def test_a_digest_that_is_asked_for_and_was_not_computed_then_is_computed_now(path):
    assert digest(path, [row(path)], digests=["sha256", "blake3"])[0] != CLAIMED


def test_a_file_that_was_just_changed_is_not_to_be_trusted_later(path):
    status = os.stat(path)

    assert earlier.identity("m", status, status, True)["lasting"] is False
    rested = os.stat(os.__file__)
    assert earlier.identity("m", rested, rested, True)["lasting"] is True
    assert earlier.identity("m", rested, rested, False)["lasting"] is False
    assert earlier.identity("m", status, rested, True) is None
    assert earlier.identity("", rested, rested, True) is None
