"""Whether a changed argument asks for more or for less."""

from typing import Any

import pytest

from auditor.policy.checks import SPECS
from auditor.policy.direction import (
    EMPTY_PERMITS_ALL,
    LESS_DEMANDS_MORE,
    MILDER_VALUES,
    MORE_DEMANDS_MORE,
    MORE_PERMITS_MORE,
    Direction,
    argument_direction,
)


@pytest.mark.parametrize(
    ("name", "before", "after", "direction"),
    [
        ("standing", "self_consistent", "pinned", Direction.STRICTER),
        ("worst_tier", "C", "E", Direction.MILDER),
        ("accept_conditions", True, False, Direction.STRICTER),
        ("at_least", 0, 8, Direction.STRICTER),
        ("allowed", ["a", "b"], ["a"], Direction.STRICTER),
        ("accepted", [], ["MIT"], Direction.STRICTER),
        ("maximum_drops", 0, 10, Direction.MILDER),
        ("calls_percent", 5, 2, Direction.STRICTER),
        ("permitted", [{"names": ["a"]}], [{"names": ["a"]}, {"names": ["b"]}], Direction.MILDER),
        ("accept", ["eea"], ["eea", "adequate"], Direction.MILDER),
        ("use", "deploy", "modify", Direction.CHANGED),
        ("worst_tier", "E", "E", Direction.CHANGED),
    ],
)
def test_the_meaning_of_an_argument_gives_the_direction(
    name: str, before: Any, after: Any, direction: Direction
) -> None:
    assert argument_direction(name, before, after) is direction


def test_every_argument_has_a_direction_but_those_that_name_the_question() -> None:
    told = MORE_PERMITS_MORE | EMPTY_PERMITS_ALL | MORE_DEMANDS_MORE | LESS_DEMANDS_MORE | set(MILDER_VALUES)
    arguments = {name for spec in SPECS.values() for name in spec.arguments.model_fields}

    assert arguments - told == {"cel", "each", "mig", "minimum_driver", "providers", "question", "use", "values"}
