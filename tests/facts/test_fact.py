"""A fact says how it came to be known; only a seen one has something to rest on."""

import pytest
from pydantic import ValidationError

from auditor.facts.fact import SEEN, Fact, Status
from tests.facts.samples import TIME, seen


@pytest.mark.parametrize("status", Status)
def test_a_fact_is_seen_only_with_a_value_and_a_status_that_has_one(status: Status) -> None:
    fact = Fact[int](value=1, source="s", method="m", time=TIME, status=status)
    assert fact.seen is (status in SEEN)
    assert not fact.model_copy(update={"value": None}).seen


def test_facts_are_frozen() -> None:
    with pytest.raises(ValidationError):
        seen(1).value = 2


@pytest.mark.parametrize("time", ["2026-11-02T10:00:00", "2026-11-02T10:00:00+01:00", "yesterday"])
def test_times_are_utc(time: str) -> None:
    with pytest.raises(ValidationError):
        Fact[int](value=1, source="s", method="m", time=time, status=Status.OBSERVED)
