"""The chapter's table of engines."""

import re
import subprocess
from pathlib import Path

import pytest

from auditor.evidence.chapters.engines import engines
from auditor.evidence.compose import compose
from auditor.facts.models import Engine
from tests.evidence import samples
from tests.evidence.test_chapters import edition


def built(records: tuple[str, ...], checkpoint: str = "/srv/checkpoints/qwen3") -> samples.Case:
    """The typical case, its first model an engine."""
    examined, judgement, *others = samples.typical()
    engine = Engine(version="1.0.0", ranks=2, built={"dtype": "bfloat16"}, producer="", checkpoint=checkpoint,
                    records=records)  # fmt: skip
    first, *rest = examined.facts.models
    models = (first.model_copy(update={"engine": samples.seen(engine)}), *rest)
    facts = examined.facts.model_copy(update={"models": models})
    examined = examined.model_copy(update={"facts": facts})
    about = judgement.audit.model_copy(update={"id": examined.id, "digest": examined.digest})
    return (examined, judgement.model_copy(update={"audit": about}), *others)


@pytest.mark.parametrize("records", [(), ("provenance.json",)])
def test_an_engine_says_what_it_was_built_from_and_whether_that_is_recorded(
    tmp_path: Path, records: tuple[str, ...]
) -> None:
    path = tmp_path / "dossier.pdf"
    path.write_bytes(compose(*built(records), samples.cover()))
    told = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
    plain = re.sub(r"\s+", " ", told)

    assert "TensorRT-LLM 1.0.0; dtype bfloat16" in plain
    assert "/srv/checkpoints/qwen3" in plain
    assert ("nothing records its making" in plain) is not bool(records)
    assert all(record in plain for record in records)


def test_without_engines_nothing_is_said() -> None:
    assert engines(edition(samples.typical())) == []
