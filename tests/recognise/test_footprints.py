"""Traces of past contact are told with what they hold in words; what identifies somebody stays out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.knowledge.knowledge import load
from auditor.recognise.footprints import contents, footprints_of
from tests.recognise.process_records import file

HOME = "/home/user"


def test_a_footprint_is_a_trace_and_a_switch_file_is_none() -> None:
    trace = file("vllm-usage", f"{HOME}/.config/vllm/usage_stats.json", "{}")
    switch = file("vllm-usage", f"{HOME}/.config/vllm/do_not_track")
    (found,) = footprints_of([trace, switch, file("nobody", "/x")], load())
    assert (found.path, found.product) == (trace.path, "vLLM")
    assert found.modified.value == trace.modified


@pytest.mark.parametrize(
    ("entry", "path", "product"),
    [
        ("mlflow", f"{HOME}/.config/mlflow/telemetry.json", "MLflow"),
        ("ray", "/tmp/ray/session_2026-11-02_1/usage_stats.json", "Ray"),
        ("wandb", f"/proc/7/root{HOME}/.cache/wandb/logs/core-debug-20261102.log", "Weights & Biases"),
    ],
)
def test_traces_whose_names_vary_are_known_too(entry: str, path: str, product: str) -> None:
    (found,) = footprints_of([file(entry, path, "{}")], load())
    assert found.product == product


def test_what_a_trace_holds_is_told_without_values() -> None:
    text = (
        '{"uuid": "47e98a46", "provider": "own", "log_time": "2026-11-01T08:00:00"}\n'
        '{"uuid": "47e98a46", "context": "x", "log_time": "2026-11-02T09:30:00"}\n{"uuid": "47e9'
    )
    (found,) = footprints_of([file("vllm-usage", f"{HOME}/.config/vllm/usage_stats.json", text)], load())
    assert found.summary.value == (
        "each report that vLLM made is also written here (161 bytes; 2 entries; "
        "holds uuid, provider, log_time, context; dates from 2026-11-01T08:00:00 to 2026-11-02T09:30:00)"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("user_id: 47e98a46\n", "holds user_id"),
        ('[{"a": 1}, {"b": 2}]', "2 entries; holds a, b"),
        ("47e98a46-e2ea", ""),
        ("", ""),
        ("[" * 100_000, ""),
        ("since 2026-11-02", "dated 2026-11-02"),
        ('{"%s": 1}' % ("k" * 100), ""),
    ],
)  # fmt: skip
def test_small_files_of_every_form(text: str, words: str) -> None:
    assert contents(text) == words


@given(st.text(max_size=4096))
def test_any_text_is_told_in_few_words(text: str) -> None:
    assert len(contents(text)) < 1_000
