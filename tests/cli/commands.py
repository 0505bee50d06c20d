"""Runs a command as the command line would, in this process, and gives back its answer."""

import argparse
import json
from pathlib import Path
from typing import Any

from auditor.cli.registry import REGISTRY, Answer


def run(name: str, *arguments: str | Path) -> Answer:
    """The answer of one command; ``--json`` is set, so that no progress is drawn."""
    command = REGISTRY.commands[name]
    parser = argparse.ArgumentParser(name)
    parser.add_argument("--json", action="store_true")
    command.arguments(parser)
    return command.run(parser.parse_args(["--json", *map(str, arguments)]))


def data(name: str, *arguments: str | Path) -> Any:
    """What the command prints under ``--json``, as a reader of it would get it."""
    return json.loads(json.dumps(run(name, *arguments).data))
