"""Reading leaves the page cache as it was."""

import mmap
import os

import pytest

from auditor.probe import resident

PAGE = mmap.PAGESIZE
PAGES = 4096


@pytest.fixture
def cold(tmp_path):
    """A file of 16 MiB (with pages of 4 KiB) of which no page is in memory."""
    path = tmp_path / "m.bin"
    path.write_bytes(os.urandom(PAGES * PAGE))
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_RANDOM)
    found = resident.pages(descriptor, 0, PAGES * PAGE)
    if not found or any(found):
        pytest.skip("this file system does not let go of pages, or does not tell of them")
    yield descriptor
    os.close(descriptor)


def read_through(descriptor):
    trace, done = resident.Trace(descriptor, PAGES * PAGE), 0
    os.lseek(descriptor, 0, os.SEEK_SET)
    while got := os.read(descriptor, 2**20):
        done += len(got)
        trace.reached(done)
    trace.close(done)


def test_what_was_not_in_memory_is_let_go_of(cold):
    read_through(cold)

    assert sum(resident.pages(cold, 0, PAGES * PAGE)) < PAGES / 20


def test_what_was_in_memory_stays(cold):
    os.pread(cold, 100 * PAGE, 1000 * PAGE)
    before = resident.pages(cold, 0, PAGES * PAGE)
    assert 100 <= sum(before) < PAGES / 4

    read_through(cold)

    after = resident.pages(cold, 0, PAGES * PAGE)
    assert after[1000:1100] == bytes([1]) * 100
    assert sum(after) < sum(before) + PAGES / 20


def test_runs_of_absent_pages_are_told_by_first_and_number():
    assert resident.absent(bytes([0, 0, 1, 0, 1, 1, 0])) == [(0, 2), (3, 1), (6, 1)]
    assert resident.absent(bytes([1, 1])) == []


def test_an_empty_file_has_nothing_to_tell(tmp_path):
    (tmp_path / "e").touch()
    with (tmp_path / "e").open("rb") as file:
        resident.Trace(file.fileno(), 0).close(0)
