"""Facts that are taken away never make a control pass: for every check there is, whatever is taken and however."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.facts.audit import Outcome
from auditor.facts.fact import Status
from auditor.judge.finding import Verdict
from auditor.policy.cases import worst_by_control
from auditor.policy.checks import SPECS
from tests.judge.reduced import UNSEEN, ended, leaves, recorded, verdicts_of, without

HOSTS = ("silent-rack", "talking-box", "nothing-seen")
AUDITS = {name: recorded(name) for name in HOSTS}
BEFORE = {name: verdicts_of(audit) for name, audit in AUDITS.items()}
LEAVES = [
    (name, path) for name, audit in AUDITS.items() for path in leaves(audit.model_dump(mode="json", by_alias=True))
]

AT_LEAST = 20
"""Checks that pass on recorded hosts; the others are not applicable or not counted there, and have their own tests."""
NOT_BY_FACTS = {
    "weights.format": "the format is a property of the record; where a file's first bytes were not read it has none",
    "traffic.listeners": "a listener's address is a property of the record; without it there is no listener",
    "sealed.silent": "a sealed run is handed in whole, with its own control",
}
"""Checks that look at records, not at single facts; what takes their records away is told by the collectors."""
NO_COLLECTOR = {
    "sealed.silent": "looks at a run that was handed in; no collector of the audit made it",
    "host.supported": "rests on one fact, the release of the system, which was seen or was not",
}


def worst(found: dict[tuple[str, str, str], Verdict]) -> dict[str, str]:
    """The worst verdict of each control, its check before it."""
    return dict(
        worst_by_control((f"{check} {control}", verdict.value) for (check, control, _), verdict in found.items())
    )


def test_every_check_passes_on_a_recorded_host_so_that_taking_away_can_show_something() -> None:
    passing = {key[0] for found in BEFORE.values() for key, verdict in found.items() if verdict is Verdict.PASS}

    assert passing <= set(SPECS)
    assert len(passing) >= AT_LEAST


@pytest.mark.parametrize("status", UNSEEN)
@pytest.mark.parametrize("host", HOSTS)
def test_with_all_facts_taken_away_nothing_passes(host: str, status: Status) -> None:
    audit = AUDITS[host]
    every = [path for name, path in LEAVES if name == host]

    found = verdicts_of(without(audit, every, status))

    assert {key[0] for key, verdict in found.items() if verdict is Verdict.PASS} <= set(NOT_BY_FACTS)


@pytest.mark.parametrize("outcome", [Outcome.PARTIAL, Outcome.CANCELLED, Outcome.FAILED, Outcome.NOT_RUN])
@pytest.mark.parametrize("host", HOSTS)
def test_with_collectors_that_did_not_see_all_no_control_passes(host: str, outcome: Outcome) -> None:
    found = worst(verdicts_of(ended(AUDITS[host], outcome)))

    assert {key.split()[0] for key, verdict in found.items() if verdict == "pass"} <= set(NO_COLLECTOR)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(LEAVES), st.sampled_from(UNSEEN))
def test_a_fact_that_is_taken_away_never_turns_another_answer_into_a_pass(
    leaf: tuple[str, tuple[str | int, ...]], status: Status
) -> None:
    host, path = leaf
    before = worst(BEFORE[host])

    after = worst(verdicts_of(without(AUDITS[host], [path], status)))

    assert [key for key, verdict in after.items() if verdict == "pass" and before.get(key) not in ("pass", None)] == []


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(LEAVES), min_size=2, max_size=30), st.sampled_from(UNSEEN), st.sampled_from(HOSTS))
def test_nor_do_many(taken: list[tuple[str, tuple[str | int, ...]]], status: Status, host: str) -> None:
    paths = [path for name, path in taken if name == host]
    before = worst(BEFORE[host])

    after = worst(verdicts_of(without(AUDITS[host], paths, status)))

    assert [key for key, verdict in after.items() if verdict == "pass" and before.get(key) not in ("pass", None)] == []
