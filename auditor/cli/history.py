"""``auditor history``: list, show, export, delete and compare kept audits."""

import argparse
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from auditor.archive.history import Entry, History
from auditor.cli.changes import changes, exit_of_changes, show_changes
from auditor.cli.registry import Answer, command
from auditor.cli.verdict import exit_of, show_judgement
from auditor.errors import UserError
from auditor.judge.compare import compare
from auditor.judge.finding import Verdict, dump


def _file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--file", type=Path, metavar="FILE", help="the history; default: in the user's data folder")


def _number(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", type=int, metavar="NUMBER", help="as `auditor history list` shows it")
    _file(parser)


def _export(parser: argparse.ArgumentParser) -> None:
    _number(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a folder that does not exist yet")


def _delete(parser: argparse.ArgumentParser) -> None:
    _number(parser)
    parser.add_argument("--yes", action="store_true", help="delete it; without this, only say what would be deleted")


def _two(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", type=int, metavar="BEFORE")
    parser.add_argument("after", type=int, metavar="AFTER")
    _file(parser)


@command("history list", "List the kept audits, newest first", _file, example="auditor history list")
def show_list(arguments: argparse.Namespace) -> Answer:
    """All entries."""
    with History(arguments.file) as history:
        entries = history.entries()
    return Answer([_data(entry) for entry in entries], lambda: _show_list(entries))


@command("history show", "Show the findings of a kept audit", _number, example="auditor history show 3")
def show(arguments: argparse.Namespace) -> Answer:
    """One judgement, with the exit code of its verdict."""
    with History(arguments.file) as history:
        judgement = history.documents(arguments.number).judgement
    return Answer(dump(judgement), lambda: show_judgement(judgement), exit_of(judgement.verdict))


@command(
    "history export", "Write the documents of a kept audit", _export, example="auditor history export 3 --out audit-3"
)
def export(arguments: argparse.Namespace) -> Answer:
    """Facts, policy, knowledge, findings and the dossier, byte for byte."""
    with History(arguments.file) as history:
        paths = [str(path) for path in history.export(arguments.number, arguments.out)]
    return Answer(paths, lambda: Console(highlight=False, soft_wrap=True).print("\n".join(paths), markup=False))


@command("history delete", "Delete a kept audit", _delete, example="auditor history delete 3 --yes")
def delete(arguments: argparse.Namespace) -> Answer:
    """One entry; the dossier's file stays."""
    with History(arguments.file) as history:
        entry = history.entry(arguments.number)
        if not arguments.yes:
            raise UserError(
                f"audit {entry.number} ({entry.audit}, {entry.target}) would be deleted from the history",
                "Add --yes to delete it. The dossier's file is not touched.",
            )
        history.delete(entry.number)
    return Answer({"deleted": entry.number}, lambda: Console().print(f"Audit {entry.number} was deleted."))


@command(
    "history compare", "Say what changed from one kept audit to another", _two, example="auditor history compare 2 3"
)
def compare_two(arguments: argparse.Namespace) -> Answer:
    """Exit code 1 where something became worse or a contradiction is new."""
    with History(arguments.file) as history:
        found = compare(history.documents(arguments.before).judgement, history.documents(arguments.after).judgement)
    return Answer(changes(found), lambda: show_changes(found), exit_of_changes(found))


def _data(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "id": entry.audit,
        "digest": entry.digest,
        "target": entry.target,
        "started": entry.started,
        "ended": entry.ended,
        "partial": entry.partial,
        "policy": {"id": entry.policy_id, "version": entry.policy_version, "title": entry.policy_title},
        "judged": entry.judged,
        "verdict": entry.verdict.value,
        "counts": {verdict.value: count for verdict, count in entry.counts.items()},
        "dossier": entry.dossier,
    }


def _show_list(entries: tuple[Entry, ...]) -> None:
    console = Console(highlight=False)
    if not entries:
        console.print("No audit is kept yet.")
        return
    table = Table("No.", "Evidence", "Host", "Started (UTC)", "Policy", "Contradicted", "Not seen", box=None)
    for entry in entries:
        table.add_row(
            str(entry.number),
            entry.audit + (" (partial)" if entry.partial else ""),
            entry.target,
            entry.started[:19].replace("T", " "),
            f"{entry.policy_id} {entry.policy_version}",
            str(entry.counts.get(Verdict.FAIL, 0)),
            str(entry.counts.get(Verdict.UNKNOWN, 0)),
        )
    console.print(table)
