"""Progress: the probe's messages as lines for a program, amounts as words for people."""

import io
import json
import threading

import pytest

from auditor.audit import Stage
from auditor.cli.progress import Lines, Stream, progress_for, size
from auditor.collect import stream as events
from auditor.facts.records import HostRecord
from tests.facts.samples import TIME


def test_a_program_gets_stages_and_messages_but_no_records() -> None:
    out = io.StringIO()
    with progress_for(Stream(out), quiet=False) as on_event:
        on_event(Stage("collect"))
        on_event(events.Begin(collector="host", time=TIME))
        record = HostRecord(name="kernel", value="6.1", source="uname", method="uname", time=TIME)
        on_event(events.Seen(collector="host", record=record))
        on_event(events.Progress(collector="weights", done=10, total=20, unit="bytes"))
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["kind"] for line in lines] == ["stage", "begin", "progress"]
    assert lines[2]["total"] == 20


@pytest.mark.parametrize("text", ['{"command": "cancel"}\n', "", "noise\n", '{"command": "other"}\n'])
def test_cancel_and_the_end_of_input_both_stop_the_audit(text: str) -> None:
    cancel = threading.Event()
    listener = Lines(io.StringIO(text), cancel)
    listener.start()
    assert cancel.wait(10)
    listener.join()


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (4_300_000_000, "4.3 GB"), (10**15, "1000.0 TB")]
)
def test_bytes_are_told_in_powers_of_a_thousand(count: int, words: str) -> None:
    assert size(count) == words
