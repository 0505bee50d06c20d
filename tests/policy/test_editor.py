"""The JSON Schema for editors: committed, and of one mind with the loader."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from auditor.knowledge.resources import resource
from auditor.policy.checks import SPECS
from auditor.policy.document import parse
from auditor.policy.editor import json_schema
from auditor.policy.loader import builtin_names, find
from tests.policy.test_broken import GOOD


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def plain(data: bytes) -> Any:
    tree, messages = parse(data, "p.yaml")
    assert tree is not None
    assert not messages
    return tree.plain()


def test_the_committed_schema_is_the_one_that_the_code_makes() -> None:
    committed = json.loads(resource("schema", "policy-1.schema.json").read_text(encoding="utf-8"))

    assert committed == json_schema(), "run: python tools/policy_schema.py"


@pytest.mark.parametrize("name", builtin_names())
def test_every_builtin_policy_is_valid_and_names_the_schema(validator: Any, name: str) -> None:
    path: Path = find(name)

    assert not list(validator.iter_errors(plain(path.read_bytes())))
    assert path.read_text(encoding="utf-8").startswith(
        "# yaml-language-server: $schema=../resources/schema/policy-1.schema.json\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("use: commercial", "use: comercial"),
        ("accepted: [MIT]", "acepted: [MIT]"),
        ("check: licence.permits", "check: licence.permit"),
        ("severity: high", "severty: high"),
        ('observe_seconds: "${secs}"', "observe_seconds: soon"),
        ("reason: The lab is cut off.", "reason: no"),
    ],
)
def test_an_editor_shows_the_mistake(validator: Any, before: str, after: str) -> None:
    assert not list(validator.iter_errors(plain(GOOD.encode())))
    assert list(validator.iter_errors(plain(GOOD.replace(before, after, 1).encode())))


def test_every_check_and_argument_is_offered() -> None:
    typed = {
        part["if"]["properties"]["check"]["const"]: part for part in json_schema()["$defs"]["ControlEntry"]["allOf"]
    }

    assert set(typed) == set(SPECS)
    for name, spec in SPECS.items():
        offered = typed[name]["then"]["properties"]["with"]["properties"]
        assert set(offered) == set(spec.arguments.model_fields)
