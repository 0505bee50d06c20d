"""One limit for all readers together, and progress that says how long it will take."""

import threading
import time

from auditor.probe.pace import Pace
from tests.probe.making import Heard


def test_without_a_limit_nobody_waits():
    pace = Pace(Heard(), 100, 0)

    assert pace.piece(2**20) == 2**20
    assert all(pace.book(2**30) for _ in range(100))


def test_readers_share_one_limit_from_the_first_piece_on():
    pace, start = Pace(Heard(), 0, 1_000_000), time.monotonic()
    readers = [threading.Thread(target=lambda: [pace.book(50_000) for _ in range(2)]) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()

    # Eight pieces of 50 ms each; the last may begin when seven have had their time.
    assert time.monotonic() - start >= 0.349


def test_pieces_are_small_under_a_low_limit_and_never_larger_than_asked_for():
    pace = Pace(Heard(), 0, 80_000)

    assert (pace.piece(2**20), pace.piece(100)) == (10_000, 100)


def test_who_waits_for_a_turn_hears_of_cancel():
    heard = Heard()
    pace = Pace(heard, 0, 1)
    assert pace.book(1_000_000)
    heard.cancelled.set()

    assert not pace.book(1)


def test_progress_tells_rate_and_time_left():
    heard = Heard()
    pace = Pace(heard, 4_000_000, 0)
    time.sleep(0.01)
    pace.add(1_000_000, "/srv/a")
    pace.finish()

    first, last = heard.lines
    assert (first["done"], first["total"], first["unit"], first["what"]) == (1_000_000, 4_000_000, "bytes", "/srv/a")
    assert last["rate"] > 0
    assert last["left"] == int(3_000_000 / last["rate"])
