"""How a rule of the linter registers."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.knowledge.knowledge import Knowledge
from auditor.policy import remark
from auditor.policy.loader import load
from auditor.policy.remark import Reading, rule
from tests.policy.samples import MINIMAL, write


def test_a_rule_gives_its_name_to_its_messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remark, "RULES", {})
    reading = Reading(load(write(tmp_path, "p.yaml", MINIMAL)), dt.date(2026, 11, 22), Knowledge())

    @rule("every-control")
    def every(reading: Reading) -> Iterator[tuple[Any, ...]]:
        """Any control."""
        for name, node, check, arguments in reading.controls():
            yield node.place, f"{name} runs {check} with {arguments}", "less"

    (message,) = remark.RULES["every-control"](reading)

    assert (message.rule, message.line, message.suggestion) == ("every-control", 9, "less")
    assert message.message == "LIC-001 runs licence.identified with {}"
    assert remark.RULES["every-control"].__doc__ == "Any control."
