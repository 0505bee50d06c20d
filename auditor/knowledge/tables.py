"""Reads a table of ``resources/knowledge`` into typed rows."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from auditor.facts.fact import Value
from auditor.knowledge.resources import resource

Row = TypeVar("Row", bound=Value)

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Any:
    """One of the product's own YAML files, by libyaml where PyYAML was built with it (ten times faster)."""
    return yaml.load(path.read_text(encoding="utf-8"), _LOADER)


def read(name: str, row: type[Row], key: str) -> tuple[Row, ...]:
    """The rows under ``key`` of one file, ids unique.

    Raises ValueError naming the file and the row: the tables are part of the product, so this is a defect of it.
    """
    path = resource("knowledge", name)
    data: Any = read_yaml(path)
    try:
        rows = TypeAdapter(tuple[row, ...]).validate_python(data[key])  # type: ignore[valid-type]
    except ValidationError as error:
        first = error.errors()[0]
        place = data[key][first["loc"][0]].get("id", first["loc"][0]) if first["loc"] else key
        raise ValueError(f"{path}: {place}: {first['msg']} at {first['loc']}") from error
    ids = [getattr(item, "id", None) for item in rows]
    twice = sorted({str(i) for i in ids if i is not None and ids.count(i) > 1})
    if twice:
        raise ValueError(f"{path}: given twice: {', '.join(twice)}")
    return tuple(rows)
