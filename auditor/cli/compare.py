"""``auditor compare``: what became better, worse, new or gone from one dossier to another, in words."""

import argparse
from pathlib import Path

from rich.console import Console
from rich.text import Text

from auditor.cli.changes import changes, exit_of_changes, remarks, show_changes
from auditor.cli.registry import Answer, command
from auditor.evidence.opened import open_dossier
from auditor.judge.compare import compare
from auditor.judge.finding import Judgement


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", type=Path, metavar="BEFORE", help="a signed dossier, or the folder of an audit")
    parser.add_argument("after", type=Path, metavar="AFTER", help="a signed dossier, or the folder of an audit")


@command(
    "compare",
    "Say in words what changed from one dossier to another",
    _arguments,
    example="auditor compare may/dossier.pdf dossier.pdf",
)
def run(arguments: argparse.Namespace) -> Answer:
    """Exit code 1 where something became worse or a new finding is open."""
    before, after = (open_dossier(path).documents.judgement for path in (arguments.before, arguments.after))
    found = compare(before, after)
    notes = remarks(before, after)
    data = {"before": _source(arguments.before, before), "after": _source(arguments.after, after), "remarks": notes}

    def show() -> None:
        console = Console(highlight=False, soft_wrap=True)
        console.print(Text(f"From {before.audit.id} ({before.verdict.value}) to {after.audit.id} "
                           f"({after.verdict.value})".replace("_", " ")))  # fmt: skip
        for note in notes:
            console.print(Text(f"  {note}", style="yellow"))
        show_changes(found)

    return Answer(data | changes(found), show, exit_of_changes(found))


def _source(path: Path, judgement: Judgement) -> dict[str, str]:
    audit = judgement.audit
    return {"path": str(path), "id": audit.id, "target": audit.target.name, "judged": judgement.judged,
            "policy": judgement.policy.id, "verdict": judgement.verdict.value}  # fmt: skip
