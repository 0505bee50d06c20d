"""What is asked of a probe."""

import json

import pytest
from pydantic import ValidationError

from auditor.collect.request import COLLECTORS, Options, build
from auditor.probe.main import COLLECTORS as OF_THE_PROBE


def test_both_sides_know_the_same_collectors():
    assert COLLECTORS == OF_THE_PROBE


def test_a_request_is_one_line_and_holds_what_knowledge_looks_for():
    request = build(
        Options(paths=("/srv/größe",), traffic_seconds=3),
        patterns=["vllm", "ollama", "vllm"],
        variables=["B", "A"],
        footprints=[{"entry": "e", "path": "~/.x", "more": "y"}],
    )

    assert request.line().count(b"\n") == 1
    told = json.loads(request.line())
    assert told["protocol"] == 1
    assert told["collectors"]["models"] == {"paths": ["/srv/größe"], "stores": True, "held": False}
    assert told["collectors"]["processes"] == {"patterns": ["ollama", "vllm"], "variables": ["A", "B"], "packages": []}
    assert told["collectors"]["footprints"] == {"entries": [{"entry": "e", "path": "~/.x"}]}


@pytest.mark.parametrize("tier", ["auto", "A", "D"])
def test_the_means_of_watching_is_asked_for(tier):
    assert build(Options(tier=tier)).collectors["traffic"]["tier"] == tier


def test_only_the_chosen_collectors_run():
    assert set(build(Options(collectors=("host", "models"))).collectors) == {"host", "models"}


@pytest.mark.parametrize(
    "wrong", [{"traffic_seconds": -1}, {"interval_ms": 0}, {"readers": 65}, {"unheard": 1}, {"tier": "Z"}]
)
def test_options_out_of_range_are_refused(wrong):
    with pytest.raises(ValidationError):
        Options(**wrong)
