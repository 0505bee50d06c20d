"""A mistake in a table names the file and the row."""

from pathlib import Path

import pytest

from auditor.knowledge import tables
from auditor.knowledge.gpus import Chip


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("chips: [{id: A}, {id: A}]", "given twice: A"),
        ("chips: [{id: A, colour: red}]", "A: Extra inputs"),
        ("chips: [{id: on}]", "valid string"),
    ],
)
def test_a_mistake_is_named(text: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "table.yaml"
    path.write_text(text)
    monkeypatch.setattr(tables, "resource", lambda *parts: path)
    with pytest.raises(ValueError, match=why):
        tables.read("table.yaml", Chip, "chips")
