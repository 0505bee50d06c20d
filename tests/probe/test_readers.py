"""The number of readers follows what is measured while they work."""

import threading
from types import SimpleNamespace

import pytest

from auditor.probe import readers


def crew_of(kind, work, do, fixed=0):
    made = readers.Crew(kind, work, do, fixed, readers.MOST)
    made.start()
    return made


def test_all_work_is_done_once_and_in_order():
    done = []
    crew = crew_of("spinning", list(range(50)), lambda crew, item, buffer: done.append(item))
    crew.join()

    assert done == list(range(50))


def test_a_spinning_disk_begins_with_one_reader_and_others_with_one_more_than_processors():
    work = list(range(100))
    assert crew_of("spinning", work, lambda *_: None).size == 1
    assert crew_of("solid", work, lambda *_: None).size == readers.processors() + 1
    assert crew_of("unknown", work[:2], lambda *_: None).size == 2


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands until it is set."""
    now = [100.0]
    monkeypatch.setattr(readers, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def tended(crew, gate, clock, *, share, rates):
    """The sizes after each look, a second apart, at readers that compute for so much of it and read at these rates."""
    sizes = []
    for rate in rates:
        clock[0] += 1
        crew.count(rate, share * crew.size)
        crew.tend()
        sizes.append(crew.size)
    gate.set()
    crew.join()
    return sizes


def test_readers_that_wait_get_company_as_long_as_that_helps(clock):
    gate = threading.Event()
    crew = crew_of("spinning", list(range(40)), lambda *_: gate.wait())

    assert tended(crew, gate, clock, share=0.1, rates=[100_000, 200_000, 210_000, 900_000]) == [2, 3, 2, 2]


def test_readers_that_compute_are_as_many_as_serve_the_processors(clock):
    gate = threading.Event()
    crew = crew_of("spinning", list(range(40)), lambda *_: gate.wait())

    assert tended(crew, gate, clock, share=0.95, rates=[100_000]) == [readers.processors() + 1]


def test_a_number_that_was_asked_for_is_kept(clock):
    gate = threading.Event()
    crew = crew_of("solid", list(range(40)), lambda *_: gate.wait(), fixed=3)

    assert tended(crew, gate, clock, share=0.1, rates=[100_000, 900_000]) == [3, 3]
