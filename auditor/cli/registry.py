"""The one registry of commands: each command is a module that declares itself here."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """Exit codes of every command."""

    CONFORMS = 0
    DOES_NOT_CONFORM = 1
    INCONCLUSIVE = 2
    USAGE = 3
    INTERNAL = 4


@dataclass(frozen=True)
class Answer:
    """What a command gives back: data for ``--json``, a printer for people, and the exit code."""

    data: Any
    show: Callable[[], None]
    code: Exit = Exit.CONFORMS


@dataclass(frozen=True)
class Command:
    """One verb (``audit``) or verb and noun (``policy check``)."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], Answer]
    example: str = ""


@dataclass
class Registry:
    """All commands by name, in the order of registration."""

    commands: dict[str, Command] = field(default_factory=dict)

    def add(self, command: Command) -> None:
        """Register; a name stands once."""
        if command.name in self.commands:
            raise ValueError(f"command {command.name} is registered twice")
        self.commands[command.name] = command


REGISTRY = Registry()


def command(
    name: str,
    help: str,
    arguments: Callable[[argparse.ArgumentParser], None] = lambda parser: None,
    example: str = "",
) -> Callable[[Callable[[argparse.Namespace], Answer]], Callable[[argparse.Namespace], Answer]]:
    """Decorator that registers the function that runs a command."""

    def register(run: Callable[[argparse.Namespace], Answer]) -> Callable[[argparse.Namespace], Answer]:
        REGISTRY.add(Command(name, help, arguments, run, example))
        return run

    return register


def emit(data: Any) -> None:
    """Print the JSON of ``--json``: one document, keys in the order of the contract."""
    json.dump(data, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")
