"""The chapter of weights in use."""

import re
import subprocess
from pathlib import Path

import pytest

from auditor.evidence.chapters.custody import custody
from auditor.evidence.compose import compose
from auditor.facts.audit import Outcome
from tests.evidence import samples
from tests.evidence.test_chapters import edition


def test_files_in_use_come_worst_first(tmp_path: Path) -> None:
    path = tmp_path / "dossier.pdf"
    path.write_bytes(compose(*samples.typical(), samples.cover()))
    text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
    chapter = text.partition("From each process to the weight file")[2].partition("Files in use that differ")

    states = re.findall(r"other bytes|not seen|as on disk", chapter[0])
    assert states == ["other bytes", "not seen", "as on disk"]
    for name in ("two", "three", "four"):
        assert samples.sha(name) in re.sub(r"\s+", "", chapter[2])
    assert "the loader left no trace" in chapter[2]


@pytest.mark.parametrize("outcome", [Outcome.COMPLETE, Outcome.NOT_RUN])
def test_nothing_in_use_is_said_only_where_somebody_looked(outcome: Outcome) -> None:
    examined, *others = samples.typical()
    facts = examined.facts.model_copy(update={"custody": (), "serving": ()})
    ended = tuple(c.model_copy(update={"outcome": outcome}) if c.name == "custody" else c for c in examined.collectors)
    case = (examined.model_copy(update={"facts": facts, "collectors": ended}), *others)

    told = " ".join(getattr(block, "text", "") for block in custody(edition(case)))
    assert ("No process holds a weight file." in told) is (outcome is Outcome.COMPLETE)
