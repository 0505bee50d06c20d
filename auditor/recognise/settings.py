"""Switches of a serving process that decide who reaches it, who may use it, and what it writes down."""

from enum import StrEnum
from fnmatch import fnmatchcase

from auditor.facts.fact import Value
from auditor.facts.serving import Served
from auditor.knowledge.knowledge import Knowledge
from auditor.knowledge.stacks import Setting
from auditor.recognise.commandline import flag_present, flag_values, invocation


class Judged(StrEnum):
    """What a setting means for an audit."""

    CONCERN = "concern"
    FINE = "fine"
    UNKNOWN = "unknown"
    """Command line or environment could not be read, and what could be read does not decide."""


class Found(Value):
    """One setting of one process."""

    name: str
    value: str
    """As set, or the default; ``set`` and ``not set`` where the value is a secret or there is none."""
    set_by: str
    """Flag or variable; empty where the default holds."""
    risk: str
    judged: Judged
    why: str


def settings_of(served: Served, knowledge: Knowledge) -> tuple[Found, ...]:
    """Every setting that knowledge names for the stack, in its order; none for a stack that is not known."""
    stack = next((stack for stack in knowledge.stacks if stack.id == served.stack.value), None)
    return tuple(_found(setting, served) for setting in stack.settings) if stack else ()


def _found(setting: Setting, served: Served) -> Found:
    command = served.command.value if served.command.seen else None
    environment = served.environment.value if served.environment.seen else None
    value, by = _given(setting, command, environment)
    blind = value is None and (
        (bool(setting.flags) and command is None) or (bool(setting.variables) and environment is None)
    )
    shown = _shown(setting, value)
    if blind:
        return Found(name=setting.name, value="not seen", set_by="", risk=setting.risk, judged=Judged.UNKNOWN, why="")
    concern = _concern(setting, value)
    judged = Judged.UNKNOWN if concern is None else Judged.CONCERN if concern else Judged.FINE
    why = setting.why if judged is not Judged.FINE else ""
    return Found(name=setting.name, value=shown, set_by=by, risk=setting.risk, judged=judged, why=why)


def _given(
    setting: Setting, command: tuple[str, ...] | None, environment: dict[str, str] | None
) -> tuple[str | None, str]:
    """What is set and by what; the command line goes before the environment. None: nothing is set."""
    arguments = invocation(command or ()).arguments
    if setting.takes_value:
        values = flag_values(arguments, setting.flags)
        if values:
            return values[-1], flag_present(arguments, setting.flags)[-1].partition("=")[0]
    else:
        negated = tuple("--no-" + flag.removeprefix("--") for flag in setting.flags if flag.startswith("--"))
        given = flag_present(arguments, (*setting.flags, *negated))
        if given:
            name, _, value = given[-1].partition("=")
            off = bool(flag_present((name,), negated)) or value.lower() in ("false", "0", "no", "off")
            return (None, "") if off else ("set", name)
    for name in setting.variables:
        if environment and environment.get(name):
            value = environment[name]
            if not setting.takes_value and value.lower() in ("false", "0", "no", "off"):
                return None, ""
            return value, name
    return None, ""


def _shown(setting: Setting, value: str | None) -> str:
    if value is None:
        return setting.default or "not set"
    return "set" if setting.secret or not setting.takes_value or not value else value


def _concern(setting: Setting, value: str | None) -> bool | None:
    if setting.concern in ("if_set", "if_unset"):
        return (value is not None) is (setting.concern == "if_set")
    effective = setting.default if value is None else value
    if effective == "***":
        return None
    matches = any(fnmatchcase(effective.lower(), glob.lower()) for glob in setting.values)
    if setting.concern == "if_value":
        return matches
    return bool(effective) and not matches
