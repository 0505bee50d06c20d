"""The table of phone-homes is complete, exact, and names nothing that it may not."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

from auditor.knowledge.knowledge import load
from auditor.knowledge.phonehome import Entry, Kind, Rule, footprints_of, variables_of
from auditor.knowledge.stacks import footprints, packages, patterns, variables

ENTRIES = load().phone_home
HOST = re.compile(r"[\w*.-]+(:\d+)?$")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_an_entry_is_whole(entry: Entry) -> None:
    known = {stack.id for stack in load().stacks}
    assert set(entry.stacks) <= known
    assert entry.source
    assert entry.hosts or entry.kind is Kind.NONE
    assert all(HOST.match(host) or " " in host for host in entry.hosts)
    assert entry.rule
    assert all(trace.path.startswith(("~/", "/tmp/ray/")) for trace in entry.traces)
    if entry.default == "conditional" or entry.default == "off":
        assert entry.when or entry.trigger or entry.note, "says on what it depends"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_what_is_no_switch_is_not_also_one(entry: Entry) -> None:
    switches = {name for rule in entry.off_if for name in rule.env}
    assert not switches & set(entry.not_off_by)


def test_there_are_many() -> None:
    assert len(ENTRIES) >= 72


@pytest.mark.parametrize(
    "fields",
    [
        {"rule": "equals"},
        {"rule": "equals", "env": ["A"], "values": ["1", "2"]},
        {"rule": "non_empty", "env": ["A"], "values": ["1"]},
        {"rule": "file_exists"},
        {"rule": "flag_value", "flags": ["--a"]},
        {"rule": "regex", "env": ["A"]},
        {"rule": "equals", "env": ["A"], "values": [True]},
    ],
)
def test_a_rule_takes_what_it_needs_and_nothing_else(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Rule.model_validate(fields)


def test_a_rule_speaks() -> None:
    rule = Rule(rule="equals", env=("A", "B"), values=("1",))
    assert rule.words == "A or else B is “1” (exactly so)"


def test_the_probe_is_asked_for_all_that_the_rules_need() -> None:
    asked = set(variables(load()))
    assert set(variables_of(ENTRIES)) <= asked
    assert {"HOME", "XDG_CONFIG_HOME", "VLLM_NO_USAGE_STATS", "OLLAMA_HOST"} <= asked
    assert {"vllm", "huggingface_hub", "lmcache"} <= set(packages(load()))
    assert footprints(load()) == footprints_of(ENTRIES)
    assert ("vllm-usage", "~/.config/vllm/usage_stats.json") in footprints(load())
    assert ("vllm-usage", "~/.config/vllm/do_not_track") in footprints(load())


def test_the_probe_is_not_asked_for_words_that_match_everything() -> None:
    assert {"vllm", "ollama", "tritonserver", "llama-server"} <= set(patterns(load()))
    assert not {"serve", "python", "run", "server"} & set(patterns(load()))


def test_no_variable_asked_for_is_a_secret() -> None:
    """Their presence is enough for the rules, and the probe masks them besides."""
    secret = [name for name in variables(load()) if re.search(r"TOKEN|SECRET|PASSWORD|CREDENTIAL", name)]
    assert secret == []
