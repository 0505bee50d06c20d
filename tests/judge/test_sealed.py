"""A sealed run evidences silence if its control held and prompts were answered; a mark that left contradicts it."""

from typing import Any

import pytest

import auditor.judge.sealed  # noqa: F401
from auditor.facts.audit import Audit
from auditor.facts.sealed import Channel, Ending, Phase, Planted, SealedRun
from tests.facts.samples import audit
from tests.facts.sealed_runs import SIGHTING, attempt, sealed_run, trial
from tests.judge.contexts import ask, texts, verdicts


def handed(*runs: SealedRun) -> Audit:
    found = audit()
    runs = tuple(run.model_copy(update={"host": found.target.name}) if run.host == "gpu-01" else run for run in runs)
    return found.model_copy(update={"facts": found.facts.model_copy(update={"sealed": runs})})


def silent(*runs: SealedRun, **arguments: Any) -> list[str]:
    return verdicts(ask("sealed.silent", handed(*runs), **arguments))


def test_without_a_run_nothing_is_known() -> None:
    assert silent() == ["unknown"]


def test_a_silent_run_whose_control_held_passes_and_says_what_it_cannot_see() -> None:
    assert silent(sealed_run()) == ["pass"]
    told = texts(ask("sealed.silent", handed(sealed_run())))
    assert "answered 1 marked prompts and was watched for 300 s" in told
    assert "Content that is encrypted." in told


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ending": Ending.FAILED, "note": "it crashed"}, "it crashed"),
        ({"control": ()}, "missed (all)"),
        ({"control": (Planted(name="rot13", channel=Channel.BODY, found=False),)}, "missed (rot13)"),
        ({"answered": ()}, "none of the marked prompts was answered"),
        ({"observed_seconds": 30}, "the policy asks for 60 s"),
        ({"dropped": 4}, "4 packets were lost"),
        ({"unsearched": 9}, "9 bytes were sent"),
    ],
)
def test_a_run_that_could_have_missed_something_is_no_evidence(changes: dict[str, Any], words: str) -> None:
    run = sealed_run(trial(**changes))
    assert silent(run) == ["unknown"]
    assert words in texts(ask("sealed.silent", handed(run)))


def test_a_run_of_another_host_or_of_long_ago_is_no_evidence() -> None:
    assert silent(sealed_run(host="elsewhere")) == ["unknown"]
    assert silent(sealed_run(ended="2026-05-02T10:10:00Z")) == ["unknown"]
    assert silent(sealed_run(ended="2026-05-02T10:10:00Z"), days=365) == ["pass"]


def test_a_mark_contradicts_in_whatever_phase_and_whatever_is_permitted() -> None:
    leak = attempt(sightings=(SIGHTING,))
    run = sealed_run(trial(), trial(Phase.SWITCHED_OFF, attempts=(leak,), control=()))
    assert "fail" in silent(run, destinations=["*"])
    assert "prompt in body, gzip of plain" in texts(ask("sealed.silent", handed(run)))


def test_a_call_contradicts_unless_it_is_permitted() -> None:
    run = sealed_run(trial(attempts=(attempt("stats.vllm.ai", product="vLLM", entry="vllm-usage"),)))
    (outcome,) = ask("sealed.silent", handed(run))
    assert outcome.verdict == "fail"
    assert outcome.rests_on == ("/facts/sealed/0/trials/0/attempts/0",)
    assert "a known contact of vLLM" in texts([outcome])
    assert silent(run, destinations=["*.vllm.ai"]) == ["pass"]


def test_the_remedy_names_the_switch_where_the_second_phase_shows_that_it_works() -> None:
    call = attempt("stats.vllm.ai", product="vLLM", entry="vllm-usage")
    stopped = sealed_run(trial(attempts=(call,)), trial(Phase.SWITCHED_OFF))
    assert "set the switch of vllm-usage" in texts(ask("sealed.silent", handed(stopped)))
    not_stopped = sealed_run(trial(attempts=(call,)), trial(Phase.SWITCHED_OFF, attempts=(call,)))
    assert "No known switch stops it" in texts(ask("sealed.silent", handed(not_stopped)))


def test_the_demand_may_be_for_switches_off() -> None:
    run = sealed_run(trial(attempts=(attempt(),)), trial(Phase.SWITCHED_OFF))
    assert silent(run) == ["fail"]
    assert silent(run, phase="switched_off") == ["pass"]
    assert silent(sealed_run(), phase="switched_off") == ["unknown"]


def test_one_destination_is_one_finding_whatever_phases_called_it() -> None:
    leak = attempt(sightings=(SIGHTING,))
    run = sealed_run(trial(attempts=(leak,)), trial(Phase.SWITCHED_OFF, attempts=(leak,)))
    (outcome,) = ask("sealed.silent", handed(run))
    assert outcome.rests_on == tuple(f"/facts/sealed/0/trials/{number}/attempts/0" for number in (0, 1))
