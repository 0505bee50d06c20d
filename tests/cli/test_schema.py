"""The committed JSON Schemas are those of the types."""

import json

import pytest

from auditor.cli.schema import SCHEMAS, schema_of
from auditor.knowledge.resources import resource


@pytest.mark.parametrize("document", SCHEMAS)
def test_the_committed_schema_does_not_drift(document: str) -> None:
    name = "effective" if document == "policy" else document
    committed = json.loads(resource("schema", f"{name}-1.schema.json").read_text(encoding="utf-8"))
    assert committed == schema_of(document), "run tools/write_schemas.py"
