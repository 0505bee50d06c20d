"""Write resources/schema/policy-1.schema.json from the code that reads policies."""

import json
from pathlib import Path

from auditor.policy.editor import json_schema

TARGET = Path(__file__).resolve().parents[1] / "resources" / "schema" / "policy-1.schema.json"


def text() -> str:
    """The file's content."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text(), encoding="utf-8")
    print(f"wrote {TARGET}")
