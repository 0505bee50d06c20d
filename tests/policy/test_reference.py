"""The documents about policies say what the code does."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from auditor.facts.canonical import canonical
from auditor.policy.checks import SPECS
from auditor.policy.document import parse
from auditor.policy.loader import builtin_names, load
from auditor.policy.validation import validate
from tests.policy.samples import write

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "policies.md"


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Types made while it runs are looked up under its name.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def test_the_committed_reference_is_the_one_that_the_code_makes() -> None:
    reference: Any = tool("policy_reference")

    assert reference.TARGET.read_text(encoding="utf-8") == reference.text(), "run: python tools/policy_reference.py"


@pytest.mark.parametrize("name", SPECS)
def test_the_example_of_a_check_is_accepted_by_it(name: str) -> None:
    spec = SPECS[name]
    tree, messages = parse(spec.example.encode(), "example")

    assert tree is not None
    assert messages == ()
    assert validate(spec.arguments, tree)[1] == ()
    assert spec.example_pass
    assert spec.example_fail


def test_every_field_of_the_file_is_explained() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|.*\| *\|$", tool("policy_reference").text(), re.MULTILINE)

    assert rows == []


def test_the_guide_names_every_builtin_policy() -> None:
    text = GUIDE.read_text(encoding="utf-8")

    assert [name for name in builtin_names() if f"`{name}`" not in text] == []


def test_the_policy_of_the_guide_has_no_mistakes(tmp_path: Path) -> None:
    block = re.search(r"```yaml\n(# yaml-language-server.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None

    assert load(write(tmp_path, "guide.yaml", block[1])).merged.active


def test_the_committed_facts_are_those_that_the_tool_makes() -> None:
    facts: Any = tool("policy_facts")

    for name, make in facts.FILES.items():
        assert (facts.FOLDER / name).read_bytes() == canonical(make()) + b"\n", "run: python tools/policy_facts.py"
