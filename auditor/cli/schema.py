"""``auditor schema``: the JSON Schema of a document, generated from its types."""

import argparse
import json
from typing import Any

from pydantic import BaseModel

from auditor.cli.registry import Answer, command
from auditor.facts.audit import Audit
from auditor.facts.sealed import SealedRun
from auditor.judge.finding import Judgement
from auditor.knowledge.knowledge import Knowledge
from auditor.policy.effective import Effective

DOCUMENTS: dict[str, type[BaseModel]] = {
    "facts": Audit,
    "findings": Judgement,
    "policy": Effective,
    "knowledge": Knowledge,
}
"""The documents of an audit by the name of their file."""

SCHEMAS = DOCUMENTS | {"sealed": SealedRun}
"""And what else has one."""


def schema_of(document: str) -> dict[str, Any]:
    """JSON Schema 2020-12 of one document."""
    schema = SCHEMAS[document].model_json_schema(mode="serialization", by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("document", choices=sorted(SCHEMAS))


@command("schema", "Print the JSON Schema of facts, findings, effective policy, knowledge or a sealed run", _arguments)
def run(arguments: argparse.Namespace) -> Answer:
    """Print it."""
    schema = schema_of(arguments.document)
    return Answer(schema, lambda: print(json.dumps(schema, ensure_ascii=False, indent=2)))
