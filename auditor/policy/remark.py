"""What a rule of the linter is given, and how it registers."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from auditor.knowledge.knowledge import Knowledge
from auditor.policy.crosscheck import arguments_of, default_values
from auditor.policy.loader import Loaded
from auditor.policy.merge import Merged
from auditor.policy.message import Message, tell
from auditor.policy.tree import Node


@dataclass(frozen=True)
class Reading:
    """A policy without mistakes, the day, and what is known."""

    loaded: Loaded
    today: dt.date
    knowledge: Knowledge

    @property
    def merged(self) -> Merged:
        """The whole."""
        return self.loaded.merged

    def controls(self) -> Iterator[tuple[str, Node, str, dict[str, Any]]]:
        """Id, tree, check and filled-in arguments of every control."""
        values = default_values(self.merged)
        for name, node in self.merged.active.items():
            yield name, node, node.text("check"), arguments_of(node, values)[0]


Rule = Callable[[Reading], Iterator[Message]]
RULES: dict[str, Rule] = {}


def rule(name: str) -> Callable[[Callable[[Reading], Iterator[tuple[Any, ...]]]], Rule]:
    """Register a rule that yields places, words and perhaps a suggestion."""

    def register(function: Callable[[Reading], Iterator[tuple[Any, ...]]]) -> Rule:
        def run(reading: Reading) -> Iterator[Message]:
            for place, words, *meant in function(reading):
                yield tell(place, name, words, *meant)

        run.__doc__ = function.__doc__
        RULES[name] = run
        return run

    return register
