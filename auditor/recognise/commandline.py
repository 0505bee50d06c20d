"""Reads a command line as its program would: interpreter, script or module, verb, flags, positional arguments."""

import re
from dataclasses import dataclass

_INTERPRETERS = re.compile(r"(python|pypy)[\d.]*(t|d)?(\.exe)?|node|nodejs|uv-python", re.ASCII)
_WITH_VALUE = frozenset({"-X", "-W", "--check-hash-based-pycs", "-r", "--require"})
_SERVERS = frozenset({"uvicorn", "gunicorn", "hypercorn", "granian"})


@dataclass(frozen=True)
class Invocation:
    """What is run, and with which arguments."""

    program: str = ""
    """Base name of the executable; under an interpreter of the script, without ``.py``."""
    script: str = ""
    """Path of the script, where an interpreter runs one."""
    module: str = ""
    application: str = ""
    """``module:object``, where an ASGI or WSGI server runs one."""
    arguments: tuple[str, ...] = ()

    @property
    def verb(self) -> str:
        """The first argument, unless it is a flag."""
        return self.arguments[0] if self.arguments and not self.arguments[0].startswith("-") else ""


def invocation(command: tuple[str, ...]) -> Invocation:
    """Take a command line apart. What cannot be told stays empty."""
    if not command:
        return Invocation()
    program = _base(command[0])
    if not _INTERPRETERS.fullmatch(program):
        return _served(Invocation(program=program, arguments=command[1:]))
    place = 1
    while place < len(command) and command[place].startswith("-"):
        option = command[place]
        if option == "-c" or option == "-e":
            return Invocation(program=program)
        if option == "-m" and place + 1 < len(command):
            module = command[place + 1]
            inner = Invocation(program=module.partition(".")[0], module=module, arguments=command[place + 2 :])
            return _served(inner) if module in _SERVERS else Invocation(module=module, arguments=inner.arguments)
        place += 2 if option in _WITH_VALUE else 1
    if place >= len(command):
        return Invocation(program=program)
    script = command[place]
    name = _base(script)
    return _served(Invocation(name.removesuffix(".py"), script, arguments=command[place + 1 :]))


def flag_values(arguments: tuple[str, ...], flags: tuple[str, ...]) -> tuple[str, ...]:
    """Values given to any of the flags, in order, as ``--flag=value`` or ``--flag value``.

    Underscores and dashes in long flags count as the same. A flag without a value gives ``""``.
    """
    wanted = {_plain(flag) for flag in flags}
    found = []
    for place, argument in enumerate(arguments):
        if argument == "--":
            break
        name, equals, value = argument.partition("=")
        if _plain(name) not in wanted:
            continue
        if equals:
            found.append(value)
        elif place + 1 < len(arguments) and not _is_flag(arguments[place + 1]):
            found.append(arguments[place + 1])
        else:
            found.append("")
    return tuple(found)


def flag_present(arguments: tuple[str, ...], flags: tuple[str, ...]) -> tuple[str, ...]:
    """The arguments that are one of the flags, with or without a value."""
    wanted = {_plain(flag) for flag in flags}
    ended = arguments.index("--") if "--" in arguments else len(arguments)
    return tuple(argument for argument in arguments[:ended] if _plain(argument.partition("=")[0]) in wanted)


def positional(arguments: tuple[str, ...]) -> str:
    """The one free argument, taken to be the first, or the last where flags come before it.

    ``serve MODEL --port 8000`` and ``serve --port=8000 MODEL``; empty where a value of a flag could be meant.
    """
    if not arguments:
        return ""
    if not _is_flag(arguments[0]):
        return arguments[0]
    last = arguments[-1]
    before = arguments[-2] if len(arguments) > 1 else ""
    if _is_flag(last) or (_is_flag(before) and "=" not in before):
        return ""
    return last


def _served(found: Invocation) -> Invocation:
    if found.program not in _SERVERS:
        return found
    application = next((a for a in found.arguments if re.fullmatch(r"[\w.]+:[\w.()]+", a, re.ASCII)), "")
    return Invocation(found.program, found.script, "", application, found.arguments)


def _base(path: str) -> str:
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]


def _is_flag(argument: str) -> bool:
    return argument.startswith("-") and not re.fullmatch(r"-\d+(\.\d+)?", argument, re.ASCII)


def _plain(flag: str) -> str:
    return flag.replace("_", "-") if flag.startswith("--") else flag
