"""A serving process passes if its stack is known and every contact it makes unasked is really switched off."""

from typing import Any

import pytest

import auditor.judge.serving  # noqa: F401
from auditor.facts.audit import Audit, Outcome, Probe, Problem
from auditor.facts.fact import Status
from auditor.knowledge.knowledge import load
from auditor.recognise.footprints import footprints_of
from auditor.recognise.stacks import serving_of
from auditor.recognise.switches import switches_of
from tests.facts.samples import audit, unseen
from tests.judge.contexts import ask, texts, verdicts
from tests.recognise.process_records import answer, file, process

QUIET = {"HOME": "/home/user", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "HF_HUB_OFFLINE": "1"}
PACKAGES = {"vllm": "0.33.0", "huggingface_hub": "2.4.0"}
VLLM = process("vllm serve /srv/models/llama", environment=QUIET, packages=PACKAGES)


def host(*records: Any, **changes: Any) -> Audit:
    serving = serving_of(records, load())
    return audit(serving=serving, switches=switches_of(records, serving, load()), **changes)


def stranger(found: Audit, *capabilities: str) -> Audit:
    """The same audit, made by a user without rights."""
    probe = Probe(version="1", python="3.11.7", uid=1000, capabilities=capabilities)
    return found.model_copy(update={"probe": probe})


def test_a_known_stack_passes_and_its_switches_are_off() -> None:
    assert verdicts(ask("serving.known", host(VLLM))) == ["pass"]
    (outcome,) = ask("telemetry.off", host(VLLM))
    assert outcome.verdict == "pass"
    assert outcome.subject.id == "100"
    assert any(pointer.startswith("/facts/switches/") for pointer in outcome.rests_on)


def test_what_a_request_may_cause_is_named_beside_a_pass() -> None:
    (outcome,) = ask("telemetry.off", host(VLLM))
    assert "vLLM" in str(outcome.not_seen[0])


def test_a_trace_of_past_contact_is_named_beside_a_pass() -> None:
    traces = footprints_of([file("vllm-usage", "/home/user/.config/vllm/usage_stats.json", "{}")], load())
    outcomes = ask("telemetry.off", host(VLLM, footprints=traces))
    assert verdicts(outcomes) == ["pass"]
    assert "it last wrote /home/user/.config/vllm/usage_stats.json at 2026-11-02" in texts(outcomes)


LATER = {"modified": "2026-11-02T10:00:01Z"}


@pytest.mark.parametrize("root", ["", "/proc/100/root"])
def test_a_trace_that_is_younger_than_the_process_contradicts_its_switches(root: str) -> None:
    path = f"{root}/home/user/.config/vllm/usage_stats.json"
    found = host(VLLM, footprints=footprints_of([file("vllm-usage", path, "{}", **LATER)], load()))
    outcomes = ask("telemetry.off", found)
    assert verdicts(outcomes) == ["unknown"]
    assert f"yet vLLM wrote {path} at 2026-11-02T10:00:01Z" in texts(outcomes)
    assert "/facts/footprints/0" in outcomes[0].rests_on


def test_a_young_trace_in_the_home_of_somebody_else_does_not() -> None:
    trace = file("vllm-usage", "/home/other/.config/vllm/usage_stats.json", "{}", **LATER)
    assert verdicts(ask("telemetry.off", host(VLLM, footprints=footprints_of([trace], load())))) == ["pass"]


def test_what_an_unknown_program_may_use_is_told_and_decides_nothing() -> None:
    variables = {"HOME": "/home/user", "DO_NOT_TRACK": "1"}
    weights = ("/srv/m.safetensors",)
    found = host(process("python3 app.py", environment=variables, packages={"haystack-ai": "3.4.0"}, files=weights))
    (outcome,) = ask("telemetry.off", found)
    assert outcome.verdict == "unknown"
    assert any("Haystack" in str(sentence) for sentence in outcome.not_seen)


def test_what_does_not_exist_in_a_version_needs_no_switch() -> None:
    quiet = {"HOME": "/home/user", "OLLAMA_NO_CLOUD": "1"}
    found = host(process("/opt/ollama-0.20.0/ollama serve", environment=quiet))
    assert verdicts(ask("telemetry.off", found)) == ["pass"]


def test_a_switch_in_vain_fails_and_is_told_with_the_rule() -> None:
    loud = process("vllm serve /m", environment={"HOME": "/home/user", "DO_NOT_TRACK": "true"}, packages=PACKAGES)
    outcomes = ask("telemetry.off", host(loud))
    assert verdicts(outcomes) == ["fail"]
    assert "DO_NOT_TRACK=true has no effect" in texts(outcomes)
    assert "VLLM_NO_USAGE_STATS is “1”" in texts(outcomes)


def test_a_stack_that_is_not_listed_fails() -> None:
    assert verdicts(ask("serving.known", host(VLLM), stacks=["sglang"])) == ["fail"]


def test_a_process_that_nobody_knows_is_unknown_to_both() -> None:
    found = host(process("/opt/acme/engine", files=("/m.safetensors",)))
    assert verdicts(ask("serving.known", found)) == ["unknown"]
    assert verdicts(ask("telemetry.off", found)) == ["unknown"]


def test_a_companion_serves_no_models_but_may_phone_home() -> None:
    found = host(VLLM, process("open-webui serve", pid=200, packages={"open-webui": "0.12.4"}))
    assert verdicts(ask("serving.known", found, stacks=["vllm"])) == ["pass"]
    assert verdicts(ask("telemetry.off", found)) == ["pass", "fail"]


def test_a_host_that_serves_nothing_is_not_applicable() -> None:
    for check in ("serving.known", "telemetry.off"):
        assert verdicts(ask(check, audit())) == ["not_applicable"]


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.COMPLETE])
@pytest.mark.parametrize("check", ["serving.known", "telemetry.off"])
def test_no_process_is_no_evidence_if_nobody_looked_to_the_end(check: str, outcome: Outcome) -> None:
    assert verdicts(ask(check, audit(collectors={"processes": outcome}))) == ["unknown"]
    assert verdicts(ask(check, host(VLLM, collectors={"processes": outcome}))) == ["pass", "unknown"]


@pytest.mark.parametrize("check", ["serving.known", "telemetry.off"])
def test_no_process_is_no_evidence_without_the_right_to_see_those_of_others(check: str) -> None:
    assert verdicts(ask(check, stranger(audit()))) == ["unknown"]
    assert verdicts(ask(check, stranger(audit(), "CAP_SYS_PTRACE"))) == ["not_applicable"]


def test_processes_that_could_not_be_looked_into_are_told() -> None:
    problem = Problem(collector="processes", where="/proc", what="open files of 7 processes", status=Status.DENIED)
    found = host(VLLM).model_copy(update={"problems": (problem,)})
    outcomes = ask("serving.known", found)
    assert verdicts(outcomes) == ["pass", "unknown"]
    assert "7 processes" in texts(outcomes)


@pytest.mark.parametrize("status", [Status.ABSENT, Status.DENIED, Status.UNSUPPORTED, Status.ERROR])
@pytest.mark.parametrize("field", ["stack", "version", "environment", "command"])
def test_what_was_not_seen_of_a_process_never_passes(field: str, status: Status) -> None:
    found = host(VLLM)
    less = found.facts.serving[0].model_copy(update={field: unseen(status)})
    found = found.model_copy(update={"facts": found.facts.model_copy(update={"serving": (less,)})})
    assert verdicts(ask("telemetry.off", found)) == ["unknown"]
    if field in ("stack", "version"):
        assert verdicts(ask("serving.known", found)) == ["unknown"]


@pytest.mark.parametrize("status", [Status.ABSENT, Status.DENIED, Status.UNSUPPORTED, Status.ERROR])
def test_a_switch_that_was_not_seen_never_passes(status: Status) -> None:
    found = host(VLLM)
    switches = tuple(switch.model_copy(update={"state": unseen(status)}) for switch in found.facts.switches)
    found = found.model_copy(update={"facts": found.facts.model_copy(update={"switches": switches})})
    assert verdicts(ask("telemetry.off", found)) == ["unknown"]


def test_switches_that_are_missing_from_the_facts_never_pass() -> None:
    found = host(VLLM)
    found = found.model_copy(update={"facts": found.facts.model_copy(update={"switches": ()})})
    assert verdicts(ask("telemetry.off", found)) == ["unknown"]


def test_a_recogniser_that_failed_never_passes() -> None:
    problem = Problem(collector="switches", where="recognise.switches", what="ValueError", status=Status.ERROR)
    assert verdicts(ask("telemetry.off", host(VLLM).model_copy(update={"problems": (problem,)}))) == ["unknown"]


def test_a_stack_of_whose_contacts_nothing_is_known_is_unknown() -> None:
    found = host(process("tritonserver --model-repository /m", environment={"TRITON_SERVER_VERSION": "2.63.0"}))
    outcomes = ask("telemetry.off", found)
    assert verdicts(outcomes) == ["unknown"]
    assert "Nothing is known of the contacts" in texts(outcomes)


VLLM_SAYS = {"/version": {"version": "0.33.0"}, "/v1/models": {"data": [{"id": "x", "root": "/srv/models/llama"}]}}


def answering(server: Any, **said: Any) -> Audit:
    return host(server, *(answer(path, body) for path, body in said.items()))


def test_answers_that_agree_with_how_a_process_was_started_change_nothing() -> None:
    assert verdicts(ask("serving.known", answering(VLLM, **VLLM_SAYS))) == ["pass"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"/version": {"version": "0.34.1"}}, "answers 0.34.1"),
        ({"/v1/models": {"data": [{"id": "x", "root": "/srv/models/other"}]}}, "answers /srv/models/other"),
    ],
)
def test_a_process_that_answers_otherwise_than_it_was_started_is_left_open(said: dict[str, Any], told: str) -> None:
    outcomes = ask("serving.known", answering(VLLM, **said))
    assert verdicts(outcomes) == ["unknown"]
    assert told in texts(outcomes)


def test_a_build_that_marks_itself_behind_its_version_is_no_contradiction() -> None:
    assert verdicts(ask("serving.known", answering(VLLM, **{"/version": {"version": "0.33.0+cu128"}}))) == ["pass"]


def test_a_list_with_models_that_another_host_computes_fails() -> None:
    tags = {"models": [{"name": "big:cloud", "remote_host": "https://ollama.com:443"}]}
    outcomes = ask("serving.known", answering(process("ollama serve"), **{"/api/tags": tags}))
    assert verdicts(outcomes) == ["fail"]
    assert "https://ollama.com:443" in texts(outcomes)
