"""The table of stacks is consistent, and the first that fits is the only one that fits."""

import pytest
from pydantic import ValidationError

from auditor.knowledge.knowledge import load
from auditor.knowledge.stacks import Setting, Stack


@pytest.mark.parametrize("stack", load().stacks, ids=lambda stack: stack.id)
def test_a_stack_can_be_recognised(stack: Stack) -> None:
    assert stack.started_as
    assert all(way.model_dump(exclude_defaults=True) for way in stack.started_as)
    assert stack.title
    assert stack.source


def test_the_stacks_that_people_use_are_there() -> None:
    serving = {stack.id for stack in load().stacks if stack.role == "serving"}
    assert serving >= {"vllm", "tgi", "sglang", "tensorrt-llm", "triton", "ollama", "llama.cpp", "lm-studio", "localai"}


def test_no_two_stacks_claim_one_program() -> None:
    ways = [(way, stack.id) for stack in load().stacks for way in stack.started_as]
    claims = [(name, stack) for way, stack in ways for name in (*way.program, *way.module, *way.application)]
    owners: dict[str, set[str]] = {}
    for name, stack in claims:
        owners.setdefault(name, set()).add(stack)
    assert {name: found for name, found in owners.items() if len(found) > 1} == {}


SETTINGS = [(stack.id, setting) for stack in load().stacks for setting in stack.settings]


@pytest.mark.parametrize("setting", [s for _, s in SETTINGS], ids=[f"{stack} {s.name}" for stack, s in SETTINGS])
def test_a_setting_says_why_it_matters(setting: Setting) -> None:
    assert not setting.why[0].isupper()
    assert not setting.why.endswith(".")
    assert setting.flags or setting.variables or setting.concern == "if_unset", "else it could never be told"


@pytest.mark.parametrize(("concern", "values"), [("if_value", ()), ("if_set", ("1",)), ("unless_value", ())])
def test_values_belong_to_the_concerns_that_compare(concern: str, values: tuple[str, ...]) -> None:
    given = {"name": "x", "risk": "access", "why": "y", "flags": ["--x"], "concern": concern, "values": values}
    with pytest.raises(ValidationError, match="values belong to"):
        Setting.model_validate(given)
