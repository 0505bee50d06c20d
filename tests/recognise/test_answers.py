"""What a serving process says of itself: declared, with the request as its source; nothing is taken for granted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.fact import Status
from auditor.knowledge.knowledge import load
from auditor.probe.endpoints import PATHS
from auditor.recognise.answers import answers_of, requests_of
from auditor.recognise.stacks import serving_of
from tests.probe.answering import LLAMA, OLLAMA, SGLANG, TGI, VLLM
from tests.recognise.process_records import answer, process

KNOWLEDGE = load()
STACKS = {stack.id: stack for stack in KNOWLEDGE.stacks}
COUNTER = "vllm:request_success_total"


def said(table, stack):
    return answers_of([answer(path, body) for path, body in table.items()], STACKS[stack])


@pytest.mark.parametrize(
    ("table", "stack", "version", "models", "paths"),
    [
        (VLLM, "vllm", "0.11.2", ("qwen",), ("/srv/models/qwen",)),
        (SGLANG, "sglang", "0.5.23", ("glm",), ("/srv/models/glm",)),
        (TGI, "tgi", "3.3.6", ("/data/llama",), None),
        (LLAMA, "llama.cpp", "b9000-abcdef", ("gemma.gguf",), ("/srv/gemma.gguf",)),
        (OLLAMA, "ollama", "0.33.0", ("qwen3:8b", "big:cloud"), None),
    ],
)
def test_each_stack_tells_version_and_models_in_its_own_way(table, stack, version, models, paths):
    found = said(table, stack)
    assert (found.version.value, found.models.value, found.paths.value) == (version, models, paths)
    assert found.version.status is Status.DECLARED
    assert found.version.source.startswith("GET http://127.0.0.1:8000/")


def test_models_that_another_host_computes_are_named():
    assert said(OLLAMA, "ollama").remote.value == ("https://ollama.com:443",)


def test_a_list_that_is_refused_shows_that_a_key_is_asked_for():
    assert answers_of([answer("/v1/models", code=401)], None).authentication.value is True
    assert answers_of([answer("/v1/models", {"data": []})], None).authentication.value is False
    assert not answers_of([answer("/health")], None).authentication.seen


def test_requests_are_counted_between_two_looks():
    records = [answer("/metrics", f"{COUNTER} 5", when="before"), answer("/metrics", f"{COUNTER} 12", when="after")]
    assert answers_of(records, STACKS["vllm"]).requests_served.value == 7


def test_a_counter_with_labels_that_appears_meanwhile_began_at_nothing():
    records = [answer("/metrics", "", when="before"), answer("/metrics", f"{COUNTER} 2", when="after")]
    assert answers_of(records, STACKS["vllm"]).requests_served.value == 2


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ([answer("/metrics", f"{COUNTER} 5", when="before")], "twice"),
        (
            [answer("/metrics", f"{COUNTER} 5", when="before"), answer("/metrics", f"{COUNTER} 1", when="after")],
            "went back",
        ),
        (
            [
                answer("/metrics", f"{COUNTER} 5", when="before", cut=True),
                answer("/metrics", f"{COUNTER} 9", when="after"),
            ],
            "twice",
        ),
    ],
)
def test_what_cannot_be_counted_says_why(records, why):
    fact = answers_of(records, STACKS["vllm"]).requests_served
    assert not fact.seen
    assert why in fact.note


def test_a_version_that_no_package_tells_is_taken_from_the_answer():
    records = [process("/usr/bin/ollama serve"), answer("/api/version", {"version": "0.33.0"})]
    (served,) = serving_of(records, KNOWLEDGE)
    assert (served.version.value, served.version.status) == ("0.33.0", Status.DECLARED)
    assert served.version.source == "GET http://127.0.0.1:8000/api/version"


def test_a_process_that_was_not_asked_has_no_answers():
    (served,) = serving_of([process("/usr/bin/ollama serve")], KNOWLEDGE)
    assert served.answers is None
    assert requests_of([served]) is None


def test_every_path_of_knowledge_is_one_that_the_probe_may_ask():
    assert {path for stack in KNOWLEDGE.stacks for path in stack.endpoints} <= PATHS
    assert all("/metrics" in stack.endpoints for stack in KNOWLEDGE.stacks if stack.counters)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["data", "models", "id", "root", "version", "model_path", "name"]), inner)
    ),
    max_leaves=20,
)


@given(st.sampled_from(sorted(PATHS)), JSON)
def test_any_answer_is_read(path, body):
    assert answers_of([answer(path, body)], STACKS["vllm"]) is not None
