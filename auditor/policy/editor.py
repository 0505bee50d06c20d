"""JSON Schema of the file format, for editors: completion and red lines while typing.

Made from the models and the registry of checks, so that it cannot say anything else than the loader does. The loader
knows more: what only the merged whole can tell is not in here.
"""

import re
from typing import Any

from auditor.policy.checks import SPECS
from auditor.policy.schema import Policy
from auditor.policy.spec import Spec

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PARAM = {"type": "string", "pattern": r"\$\{[a-z][a-z0-9_]*\}", "description": "The value of a parameter."}


def json_schema() -> dict[str, Any]:
    """The schema of ``sovereign-policy/1`` with the arguments of each check."""
    schema = Policy.model_json_schema(by_alias=True)
    definitions: dict[str, Any] = {name: _tidy(part) for name, part in schema.pop("$defs").items()}
    control = definitions["ControlEntry"]
    control["properties"]["check"] = {
        "description": control["properties"]["check"].get("description", ""),
        "oneOf": [{"const": spec.name, "description": spec.rule} for spec in SPECS.values()],
    }
    control["properties"]["with"] = {"type": "object", "description": "Arguments of the check."}
    control["allOf"] = [_typed(spec) for spec in SPECS.values()]
    return {
        "$schema": DIALECT,
        "title": "Policy of Sovereignty Auditor, format 1",
        **_tidy(schema),
        "$defs": definitions,
    }


def _typed(spec: Spec) -> dict[str, Any]:
    """If the control has this check, then its ``with`` has these arguments."""
    arguments = _tidy(spec.arguments.model_json_schema(by_alias=True))
    properties = {name: _or_param(part) for name, part in arguments.get("properties", {}).items()}
    return {
        "if": {"properties": {"check": {"const": spec.name}}, "required": ["check"]},
        "then": {
            "properties": {
                "with": {
                    "type": "object",
                    "properties": properties,
                    "additionalProperties": False,
                    # An extending policy may give some arguments only, so none is required here.
                }
            }
        },
    }


def _or_param(part: dict[str, Any]) -> dict[str, Any]:
    """The argument, or a parameter in its place or, for lists, among its entries."""
    described: dict[str, Any] = {key: part.pop(key) for key in ("description", "default") if key in part}
    if part.get("type") == "array" and "items" in part:
        part["items"] = {"anyOf": [part["items"], _PARAM]}
    return {**described, "anyOf": [part, _PARAM]}


def _tidy(value: Any) -> Any:
    """Without pydantic's titles, and with docstrings in plain text."""
    if isinstance(value, dict):
        kept = {key: _tidy(part) for key, part in value.items() if not (key == "title" and isinstance(part, str))}
        if isinstance(kept.get("description"), str):
            kept["description"] = re.sub(r"``|:[a-z]+:`|`", "", " ".join(kept["description"].split()))
        return kept
    return [_tidy(part) for part in value] if isinstance(value, list) else value
