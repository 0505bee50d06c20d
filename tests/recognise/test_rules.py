"""A rule of a switch is evaluated as the product's own code does, or is not to be told."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.serving import Served
from auditor.knowledge.knowledge import load
from auditor.knowledge.phonehome import Rule
from auditor.recognise.rules import Scene, any_of, holds
from auditor.recognise.stacks import serving_of
from tests.recognise.process_records import file, process


def served(command: str = "vllm serve /m", **changes: Any) -> Served:
    (found,) = serving_of([process(command, **changes)], load())
    return found


def under(rule: Rule, command: str = "vllm serve /m", looked: bool = True, files: Any = (), **environment: str) -> Any:
    home = {"HOME": "/home/user"}
    return holds(rule, Scene(served(command, environment=home | environment), tuple(files), looked))


ONE = Rule(rule="equals", env=("A",), values=("1",))
FIRST = Rule(rule="equals", env=("A", "B"), values=("1",))
HUB = Rule(rule="equals_any", env=("A",), values=("1", "ON", "YES", "TRUE"), ignore_case=True)
EXACT = Rule(rule="equals_any", env=("A",), values=("true", "yes"))
NOT_TRUE = Rule(rule="not_equals", env=("A",), values=("True",))
BOTH = Rule(rule="all_equal", env=("A", "B"), values=("false", "0"), ignore_case=True)
ANYTHING = Rule(rule="non_empty", env=("A",))
PRESENT = Rule(rule="present", env=("A",))
GO = Rule(rule="go_parse_bool", env=("A",))


@pytest.mark.parametrize(
    ("rule", "environment", "answer"),
    [
        (ONE, {"A": "1"}, True),
        (ONE, {"A": "true"}, False),
        (ONE, {"A": " 1"}, False),
        (ONE, {}, False),
        (FIRST, {"A": "0", "B": "1"}, False),
        (FIRST, {"A": "", "B": "1"}, True),
        (FIRST, {"B": "1"}, True),
        (HUB, {"A": "on"}, True),
        (HUB, {"A": "On"}, True),
        (HUB, {"A": "2"}, False),
        (EXACT, {"A": "True"}, False),
        (NOT_TRUE, {"A": "true"}, True),
        (NOT_TRUE, {"A": "True"}, False),
        (NOT_TRUE, {}, False),
        (BOTH, {"A": "False", "B": "0"}, True),
        (BOTH, {"A": "false"}, False),
        (BOTH, {"A": "false", "B": "true"}, False),
        (ANYTHING, {"A": "0"}, True),
        (ANYTHING, {"A": ""}, False),
        (PRESENT, {"A": ""}, True),
        (PRESENT, {}, False),
        (GO, {"A": "T"}, True),
        (GO, {"A": "FALSE"}, False),
        (GO, {"A": "rubbish"}, True),
        (GO, {"A": ""}, False),
        (ONE, {"A": "***"}, None),
        (ANYTHING, {"A": "***"}, True),
    ],
)
def test_variables(rule: Rule, environment: dict[str, str], answer: bool | None) -> None:
    assert under(rule, **environment) is answer


@pytest.mark.parametrize("rule", [ONE, FIRST, HUB, NOT_TRUE, BOTH, ANYTHING, PRESENT, GO])
def test_an_environment_that_may_not_be_read_tells_nothing(rule: Rule) -> None:
    assert holds(rule, Scene(served(environment=None))) is None


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("text-generation-launcher --usage-stats=off", True),
        ("text-generation-launcher --usage-stats off", True),
        ("text-generation-launcher --usage-stats no-stack", False),
        ("text-generation-launcher --usage-stats off --usage-stats on", False),
        ("text-generation-launcher", False),
    ],
)
def test_the_last_value_of_a_flag_counts(command: str, answer: bool) -> None:
    assert under(Rule(rule="flag_value", flags=("--usage-stats",), values=("off",)), command) is answer


OPT_OUT = Rule(rule="file_exists", path="~/.config/vllm/do_not_track")
MINE = file("vllm-usage", "/home/user/.config/vllm/do_not_track")
OTHERS = file("vllm-usage", "/home/alice/.config/vllm/do_not_track")


def test_a_file_counts_only_in_the_home_of_the_process() -> None:
    assert under(OPT_OUT, files=[MINE]) is True
    assert under(OPT_OUT, files=[OTHERS]) is False
    assert under(OPT_OUT) is False


def test_a_file_that_was_not_looked_for_is_not_known_to_be_missing() -> None:
    assert under(OPT_OUT, looked=False) is None
    assert under(OPT_OUT, looked=False, files=[MINE]) is True


def test_without_a_known_home_a_file_may_be_anybodys() -> None:
    assert holds(OPT_OUT, Scene(served(environment={}), (MINE,))) is None


def test_a_process_that_moved_its_configuration_has_its_file_there() -> None:
    assert under(OPT_OUT, files=[OTHERS], XDG_CONFIG_HOME="/home/alice/.config") is True
    assert under(OPT_OUT, files=[MINE], XDG_CONFIG_HOME="/srv/config") is None


def test_a_file_that_a_variable_moves_is_not_told() -> None:
    moved = Rule(rule="file_exists", path=OPT_OUT.path, moved_by=("VLLM_CONFIG_ROOT",))
    assert under(moved, files=[MINE], VLLM_CONFIG_ROOT="/srv/vllm") is None
    assert under(moved, files=[MINE]) is True


def test_a_container_has_a_home_of_its_own() -> None:
    inside = served(container="0123456789ab", environment={"HOME": "/home/user"})
    assert holds(OPT_OUT, Scene(inside, (MINE,))) is False
    own = file("vllm-usage", f"/proc/{inside.pid}/root{MINE.path}")
    assert holds(OPT_OUT, Scene(inside, (own,))) is True
    homeless = served(container="0123456789ab", environment={})
    assert holds(OPT_OUT, Scene(homeless, ())) is None


def test_a_service_may_see_its_own_tree_of_files_without_a_container() -> None:
    private = file("vllm-usage", f"/proc/{served().pid}/root{MINE.path}")
    assert under(OPT_OUT, files=[private]) is True


KEY = Rule(rule="json_file_key", path="~/.ollama/server.json", key="disable_ollama_cloud", values=("true",))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('{"disable_ollama_cloud": true}', True),
        ('{"disable_ollama_cloud": false}', False),
        ("{}", False),
        ("[]", False),
        ('{"disable_ollama', None),
        ("[" * 5000, None),
    ],
)
def test_a_key_of_a_json_file(text: str, answer: bool | None) -> None:
    assert under(KEY, files=[file("ollama-recs", "/home/user/.ollama/server.json", text)]) is answer


def test_a_model_is_local_if_it_is_a_path() -> None:
    local, remote = Rule(rule="local_model"), Rule(rule="remote_model")
    assert (under(local, "vllm serve /m"), under(remote, "vllm serve /m")) == (True, False)
    assert (under(local, "vllm serve org/m"), under(remote, "vllm serve org/m")) == (False, True)
    assert (under(local, "vllm serve"), under(remote, "vllm serve")) == (None, None)


def test_what_no_probe_sees_is_not_told() -> None:
    assert under(Rule(rule="elsewhere", what="in code")) is None


def test_a_container_is_known_or_not() -> None:
    rule = Rule(rule="in_container")
    assert holds(rule, Scene(served(container="0123456789ab"))) is True
    assert holds(rule, Scene(served())) is False


@given(st.lists(st.sampled_from([True, False, None])))
def test_one_true_decides_and_one_unknown_prevents_false(values: list[bool | None]) -> None:
    expected = True if True in values else None if None in values else False
    assert any_of(values) is expected


@given(st.sampled_from([rule for e in load().phone_home for rule in (*e.when, *e.off_if, *e.force_on)]), st.data())
def test_no_value_of_a_variable_breaks_a_rule(rule: Rule, data: st.DataObject) -> None:
    value = st.text(max_size=10) | st.sampled_from(["1", "0", "true", "False", "on", "***", ""])
    environment = {name: data.draw(value) for name in rule.env}
    assert under(rule, **environment) in (True, False, None)
