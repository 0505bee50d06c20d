"""What is said on the stream, and when."""

import io
import json

import pytest

from auditor.collect import stream as other_side
from auditor.probe import limits
from tests.probe.making import Heard


class Gone(io.BytesIO):
    """A reader that went away."""

    def write(self, data):
        raise BrokenPipeError


def test_every_kind_of_line_is_one_that_the_other_side_takes():
    heard = Heard()
    heard.hello("3.8.1", 7, 0, ["CAP_BPF"])
    heard.begin("host")
    heard.record("host", "host", "uname", "uname", name="kernel", value="6.1")
    heard.progress("weights", 1, None, "bytes")
    heard.problem("host", "/x\udcff", "is not there", "absent")
    heard.end("host")
    heard.bye()

    events = [other_side.parse(json.dumps(line).encode()) for line in heard.lines]

    assert [type(event).__name__ for event in events] == ["Hello", "Begin", "Seen", "Progress", "Problem", "End", "Bye"]
    assert events[4].where == "/x\\xff"


@pytest.mark.parametrize(
    ("status", "lost", "outcome"),
    [
        ("absent", None, "complete"),
        ("denied", None, "partial"),
        ("error", False, "complete"),
        ("unsupported", True, "partial"),
    ],
)
def test_what_is_lost_makes_a_collector_partial(status, lost, outcome):
    heard = Heard()
    heard.problem("models", "/x", "y", status, lost=lost)
    heard.end("models")

    assert heard.lines[-1]["outcome"] == outcome


def test_problems_without_end_are_counted():
    heard = Heard()
    for _ in range(limits.PROBLEMS + 10):
        heard.problem("models", "/x", "y", "absent")
    heard.end("models")

    assert len(heard.problems()) == limits.PROBLEMS + 1
    assert heard.problems()[-1][1].startswith("10 more problems")


def test_progress_is_told_at_most_four_times_a_second_and_at_the_end():
    heard = Heard()
    for done in range(100):
        heard.progress("weights", done, 100, "bytes")
    heard.progress("weights", 100, 100, "bytes", last=True)

    assert [line["done"] for line in heard.lines] == [0, 100]


@pytest.mark.parametrize("said", [b"", b'{"command": "cancel"}\n', b'nonsense\n[]\n{"command": "cancel"}\n'])
def test_cancel_and_the_end_of_the_input_cancel(said):
    heard = Heard()
    heard.listen(io.BytesIO(said))

    assert heard.cancelled.wait(10)


def test_a_reader_that_is_gone_cancels():
    heard = Heard()
    heard._out = Gone()
    heard.begin("host")

    assert heard.cancelled.is_set()
