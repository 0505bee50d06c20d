"""``auditor export-script``: prints the script that exports a host on which no auditor may run."""

import argparse
import sys

from auditor.cli.registry import Answer, command
from auditor.collect.script import export_script


@command(
    "export-script",
    "Print a shell script that exports a host where no auditor may run",
    example="auditor export-script > export.sh",
)
def run(arguments: argparse.Namespace) -> Answer:
    """To be read by the host's administrator before it is run; see docs/exported-files.md."""
    text = export_script()

    def show() -> None:
        sys.stdout.write(text)

    return Answer({"script": text}, show)
