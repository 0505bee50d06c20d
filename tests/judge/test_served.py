"""A process serves a model that it names by id, by name, or by a path at or in its folder."""

from typing import Any

import pytest

from auditor.facts.serving import Served
from auditor.judge.served import serves
from tests.facts.samples import model, seen, unseen


def served(*models: str) -> Served:
    """A vLLM process that names these models."""
    values: dict[str, Any] = dict.fromkeys(
        ("version", "exe", "command", "environment", "started", "container"), unseen()
    )
    return Served(pid=4188, stack=seen("vllm"), models=seen(models), **values)


@pytest.mark.parametrize("named", ["acme/small", "/models/acme/small", "/models/acme/small/model.safetensors"])
def test_a_model_is_served_under_its_id_its_name_or_its_path(named: str) -> None:
    assert serves(served("other", named), model("acme/small"))


@pytest.mark.parametrize("named", ["acme/smaller", "/models/acme/small-2", "/models/acme"])
def test_a_neighbour_is_not_the_model(named: str) -> None:
    assert not serves(served(named), model("acme/small"))
