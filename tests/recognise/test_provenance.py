"""A fact inherits from its record how it came to be known, and a value never hides that nothing was seen."""

from auditor.facts.fact import Status
from auditor.recognise.provenance import seen, unseen
from tests.recognise.process_records import listener


def test_source_method_and_time_are_the_records() -> None:
    fact = seen(listener(source="/proc/net/tcp", method="procfs"), 8000)
    assert (fact.source, fact.method, fact.status) == ("/proc/net/tcp", "procfs", Status.OBSERVED)


def test_a_value_from_a_record_that_saw_nothing_is_inferred_at_best() -> None:
    assert seen(listener(status=Status.DENIED), 1).status is Status.INFERRED


def test_what_was_not_seen_has_no_value_but_a_reason() -> None:
    fact = unseen(listener(note="gone"), Status.ERROR)
    assert (fact.value, fact.seen, fact.note) == (None, False, "gone")
