"""weights.served and weights.fixed: what is in use, and who can change it."""

from typing import Any

import pytest

from auditor.facts.audit import Audit, Collector, Outcome, Problem
from auditor.facts.fact import Status
from auditor.facts.records import AnyRecord
from auditor.judge.custody import why_contradicted
from auditor.knowledge.knowledge import load
from auditor.policy.arguments import NoArguments, ServedBytes
from auditor.policy.effective import Pin
from auditor.recognise.custody import custody_of
from auditor.recognise.stacks import serving_of
from tests.judge.audits import audit_of, context_of, outcomes
from tests.recognise.custody_records import LATER, custody
from tests.recognise.model_records import TIME, model, weight
from tests.recognise.process_records import process

FOLDER = "/srv/models/m"
FILE = f"{FOLDER}/model.safetensors"


def audit(*more: AnyRecord, command: str = f"vllm serve {FOLDER}", **changes: Any) -> Audit:
    """A host on which everything was looked at as root; ``changes`` are those of the process."""
    expected = changes.pop("expected", [])
    stored = model(weight(FOLDER, "model.safetensors", expected=expected))
    records = [*stored, process(command, **({"files": (FILE,) if more else (), "started": TIME} | changes)), *more]
    plain = audit_of(records)
    serving = serving_of(records, load())
    found = custody_of(records, serving, plain.facts.models, plain.facts.weights, load())
    done = tuple(Collector(name=name, outcome=Outcome.COMPLETE) for name in ("processes", "custody"))
    return plain.model_copy(
        update={
            "collectors": (*plain.collectors, *done),
            "facts": plain.facts.model_copy(update={"serving": serving, "custody": found}),
        }
    )


def served(audit: Audit, pins: tuple[Pin, ...] = (), **arguments: Any) -> Any:
    """What the check says of process 100."""
    return outcomes("weights.served", context_of(audit, pins), ServedBytes(**arguments))["100"]


def test_the_file_on_disk_is_what_is_served() -> None:
    found = served(audit(custody()))

    assert found.verdict.value == "pass"
    assert str(found.observed) == "Process 100 holds 1 weight file, the one on disk: model.safetensors."
    assert "accelerator" in str(found.not_seen[0])
    assert found.rests_on == ("/facts/custody/0", "/facts/serving/0")


def test_other_bytes_than_those_on_disk() -> None:
    found = served(audit(custody(same=False, sha256="b" * 64)))

    assert found.verdict.value == "fail"
    assert "b" * 64 in str(found.observed)
    assert "a" * 64 in str(found.observed)
    assert found.rests_on == ("/facts/custody/0",)


def test_a_copy_of_the_same_bytes_in_its_place_contradicts_nothing() -> None:
    assert served(audit(custody(same=False, sha256="a" * 64))).verdict.value == "pass"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"same": False, "sha256": "b" * 64}, "differs"),
        ({"same": False, "status": Status.DENIED, "note": "no rights"}, "replaced"),
        ({"same": False, "weight": "", "disk_status": Status.ABSENT, "sha256": "b" * 64}, "gone"),
        ({"modified": LATER, "changed": LATER}, "written"),
        ({"changed": LATER}, ""),
        ({}, ""),
    ],
)
def test_what_speaks_against_a_file(changes: dict[str, Any], why: str) -> None:
    found = audit(custody(**changes))

    assert why_contradicted(found.facts.custody[0]) == why
    assert served(found).verdict.value == ("fail" if why else "pass")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"same": None, "status": Status.DENIED, "note": "no rights"}, "no rights"),
        ({"copied": 4096}, "4096 bytes of model.safetensors that the process changed"),
        ({"copied": None}, "the pages may not be seen"),
        ({"started": None}, "the time of start or of change is not known"),
    ],
)
def test_what_was_not_seen_is_never_evidenced(changes: dict[str, Any], said: str) -> None:
    found = served(audit(custody(**changes)))

    assert found.verdict.value == "unknown"
    assert said in " ".join(map(str, found.not_seen))


def test_a_loader_without_trace_is_unknown_and_says_what_it_was_told() -> None:
    found = served(audit())

    assert found.verdict.value == "unknown"
    assert "holds no weight file. It was told to use model.safetensors" in str(found.observed)
    assert "left no trace" in str(found.not_seen[0])


@pytest.mark.parametrize(
    ("standing", "expected", "pinned", "verdict"),
    [
        ("any", [], False, "pass"),
        ("self_consistent", [], False, "unknown"),
        ("self_consistent", [("a" * 64, "manifest")], False, "pass"),
        ("pinned", [("a" * 64, "manifest")], False, "unknown"),
        ("pinned", [], True, "pass"),
    ],
)
def test_the_standing_that_is_demanded(
    standing: str, expected: list[tuple[str, str]], pinned: bool, verdict: str
) -> None:
    pins = (Pin(model="m", sha256="a" * 64, source="publisher"),) if pinned else ()

    assert served(audit(custody(), expected=expected), pins, standing=standing).verdict.value == verdict


@pytest.mark.parametrize("outcome", [Outcome.NOT_RUN, Outcome.FAILED, Outcome.CANCELLED])
def test_a_search_that_did_not_end_evidences_nothing(outcome: Outcome) -> None:
    whole = audit(custody())
    cut = tuple(c.model_copy(update={"outcome": outcome}) if c.name == "custody" else c for c in whole.collectors)

    assert served(whole.model_copy(update={"collectors": cut})).verdict.value == "unknown"


def test_a_problem_of_the_process_is_named() -> None:
    problem = Problem(collector="custody", where="/proc/100", what="may not be seen", status=Status.DENIED)
    found = served(audit(custody()).model_copy(update={"problems": (problem,)}))

    assert found.verdict.value == "unknown"
    assert "may not be seen" in str(found.not_seen[0])


def test_a_process_that_is_no_server_and_holds_weights_is_asked_too() -> None:
    found = served(audit(custody(same=False, sha256="b" * 64), command="rsync a b"))

    assert found.verdict.value == "fail"


@pytest.mark.parametrize(
    ("command", "environment", "verdict"),
    [
        ("vllm serve m", {}, "pass"),
        ("vllm serve m", {"VLLM_SERVER_DEV_MODE": "1"}, "fail"),
        ("vllm serve m", {"VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True"}, "fail"),
        ("vllm serve m", None, "unknown"),
        ("python -m sglang.launch_server --model-path m", {}, "fail"),
        ("python -m sglang.launch_server --model-path m --admin-api-key x", {}, "pass"),
        ("python -m sglang.launch_server --model-path m --admin-api-key x --enable-lora", {}, "fail"),
        ("ollama serve", {}, "fail"),
        ("llama-server -m m.gguf", {}, "pass"),
        ("llama-server", {}, "fail"),
        ("llama-server -m m.gguf --models-dir /srv", {}, "fail"),
        ("text-generation-launcher --model-id m", {}, "unknown"),
        ("tritonserver --model-control-mode=explicit", {}, "fail"),
    ],
)
def test_who_can_change_the_weights(command: str, environment: dict[str, str] | None, verdict: str) -> None:
    context = context_of(audit(custody(), command=command, environment=environment))

    assert outcomes("weights.fixed", context, NoArguments())["100"].verdict.value == verdict


def test_an_unknown_product_may_have_any_endpoint() -> None:
    found = outcomes("weights.fixed", context_of(audit(custody(), command="mystery")), NoArguments())["100"]

    assert found.verdict.value == "unknown"
    assert "Which product process 100 is" in str(found.not_seen[0])
