"""Write resources/schema/*.schema.json anew from the types; a maintainer's command."""

import json

from auditor.cli.schema import SCHEMAS, schema_of
from auditor.knowledge.resources import resource

for name in SCHEMAS:
    path = (
        resource("schema", f"{name}-1.schema.json")
        if name != "policy"
        else resource("schema", "effective-1.schema.json")
    )
    path.write_text(json.dumps(schema_of(name), ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(path.name)
