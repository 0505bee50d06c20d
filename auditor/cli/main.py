"""The command line: finds the command, runs it, shows its answer or its error."""

import argparse
import importlib
import logging
import os
import sys
import traceback
from typing import NoReturn

from rich.console import Console

from auditor import __version__
from auditor.cli.registry import REGISTRY, Command, Exit, emit
from auditor.errors import UserError

MODULES = (
    "audit",
    "observe",
    "sealed",
    "judge",
    "dossier",
    "seal",
    "export",
    "verify",
    "compare",
    "redact",
    "policy",
    "licence",
    "models",
    "weights",
    "gpus",
    "serving",
    "chain",
    "phonehome",
    "traffic",
    "export_script",
    "knowledge",
    "keys",
    "history",
    "sample",
    "schema",
)
"""Modules of this package that register commands, in the order of ``auditor --help``; named as the verb, _ for -."""

GROUPS = {
    "policy": "List, show, check, compare, test policies; record waivers",
    "knowledge": "Show the tables that verdicts rest on, and bring them up to date from a file",
    "keys": "Make and show signing keys",
    "history": "List, show, compare, export, delete kept audits",
}
"""Verbs that have nouns only."""


class _Parser(argparse.ArgumentParser):
    """Raises instead of exiting, so that usage errors look and end like every other error."""

    def error(self, message: str) -> NoReturn:
        raise UserError(message, hint=f"See: {self.prog} --help")


def parser(verb: str = "") -> argparse.ArgumentParser:
    """The command line, made from the registry; of one verb only where it is known, which starts faster."""
    asked = verb.replace("-", "_")
    for module in [asked] if asked in MODULES else MODULES:
        importlib.import_module(f"auditor.cli.{module}")
    top = _Parser(
        prog="auditor",
        description="Audit an on-premises LLM host and prove what was seen: licences, weights, traffic, GPUs.",
        epilog="Exit codes: 0 conforms, 1 does not conform, 2 inconclusive, 3 usage or policy error, 4 internal error.",
    )
    top.add_argument("--version", action="version", version=f"auditor {__version__}")
    verbs = top.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    groups: dict[str, argparse._SubParsersAction[_Parser]] = {}
    for command in sorted(REGISTRY.commands.values(), key=_order):
        verb, _, noun = command.name.partition(" ")
        if not noun or verb in REGISTRY.commands:
            _add(verbs, command.name, command)
            continue
        if verb not in groups:
            group = verbs.add_parser(verb, help=GROUPS.get(verb, ""))
            groups[verb] = group.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
        _add(groups[verb], noun, command)
    return top


def _order(command: Command) -> int:
    """Modules may import each other, so the order in which they registered says nothing."""
    verb = command.name.partition(" ")[0].replace("-", "_")
    return MODULES.index(verb) if verb in MODULES else len(MODULES)


def _add(verbs: "argparse._SubParsersAction[_Parser]", name: str, command: Command) -> None:
    sub = verbs.add_parser(
        name,
        help=command.help,
        description=command.help,
        epilog=f"Example: {command.example}" if command.example else None,
    )
    sub.add_argument("--json", action="store_true", help="print JSON (see docs/json.md)")
    command.arguments(sub)
    sub.set_defaults(command=command)


def run(argv: list[str]) -> int:
    """Run one command line; returns the exit code."""
    logging.basicConfig(level=os.environ.get("AUDITOR_LOG", "ERROR").upper(), format="%(name)s: %(message)s")
    try:
        arguments = parser(argv[0] if argv else "").parse_args(_joined(argv))
        command: Command = arguments.command
        answer = command.run(arguments)
        if arguments.json:
            emit(answer.data)
        else:
            answer.show()
        sys.stdout.flush()
        return int(answer.code)
    except UserError as error:
        _complain(str(error))
        return int(Exit.USAGE)
    except KeyboardInterrupt:
        _complain("stopped")
        return int(Exit.INCONCLUSIVE)
    except BrokenPipeError:
        # The reader (head, less) has gone; nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(Exit.CONFORMS)
    except Exception:
        _complain("internal error; please report it with the lines below\n" + traceback.format_exc())
        return int(Exit.INTERNAL)


def _joined(argv: list[str]) -> list[str]:
    """A command such as ``weights seal``, whose verb is a command itself, is one word to the parser."""
    name = " ".join(argv[:2])
    return [name, *argv[2:]] if name in REGISTRY.commands and argv[0] in REGISTRY.commands else argv


def _complain(text: str) -> None:
    """One readable block on stderr."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(text, markup=False)
