"""``auditor sample``: writes a small store of models to try the auditor on."""

import argparse
from pathlib import Path

from rich.console import Console
from rich.text import Text

from auditor.cli.registry import Answer, command
from auditor.sample import write_sample


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="a folder that is empty or not there yet")


@command("sample", "Write a small store of sample models to try the auditor on", _arguments,
         example="auditor sample ./sample && auditor audit --models ./sample --only-models")  # fmt: skip
def run(arguments: argparse.Namespace) -> Answer:
    """Three tiny models: one that conforms, one under a restrictive licence, one with a damaged shard."""
    folder: Path = arguments.folder.expanduser()
    models = write_sample(folder)
    return Answer({"folder": str(folder), "models": [str(model) for model in models]}, lambda: _show(folder, models))


def _show(folder: Path, models: tuple[Path, ...]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for model in models:
        console.print(Text(str(model)))
    console.print(Text(f"Try: auditor audit --models {folder} --only-models"))
