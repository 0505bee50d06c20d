"""Evaluates one rule of a switch over one process: true, false, or not to be told (None)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from auditor.facts.fact import Status
from auditor.facts.records import FootprintRecord
from auditor.facts.serving import Served
from auditor.knowledge.phonehome import Rule
from auditor.recognise.commandline import flag_present, flag_values, invocation

_GO_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_GO_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_NO = frozenset({"", "0", "f", "false", "no", "n", "off"})
_YES = frozenset({"1", "t", "true", "yes", "y", "on"})
MASK = "***"
"""What the probe writes in the place of a secret."""


@dataclass(frozen=True)
class Scene:
    """What a rule may look at.

    ``files`` are the small files that the probe found, ``looked`` says whether it looked for all of them.
    """

    served: Served
    files: tuple[FootprintRecord, ...] = ()
    looked: bool = True

    @property
    def environment(self) -> dict[str, str] | None:
        """Variables, or None where they could not be read."""
        return self.served.environment.value if self.served.environment.seen else None

    @property
    def arguments(self) -> tuple[str, ...] | None:
        """Arguments, or None where they could not be read."""
        command = self.served.command.value if self.served.command.seen else None
        return invocation(command).arguments if command is not None else None


def holds(rule: Rule, scene: Scene) -> bool | None:
    """Whether a rule holds; None where what it looks at was not seen."""
    if rule.env:
        return _environment(rule, scene.environment)
    match rule.rule:
        case "flag_present" | "flag_value":
            return _flags(rule, scene.arguments)
        case "file_exists" | "json_file_key":
            return _file(rule, scene)
        case "local_model":
            return _local(scene.served)
        case "remote_model":
            local = _local(scene.served)
            return None if local is None else not local
        case "in_container":
            fact = scene.served.container
            return True if fact.seen else False if fact.status is Status.ABSENT else None
        case _:
            return None


def any_of(values: Iterable[bool | None]) -> bool | None:
    """Whether one holds, by Kleene's logic: unknown unless one surely does or surely none does."""
    every = tuple(values)
    if True in every:
        return True
    return None if None in every else False


def found_by(rules: Iterable[Rule], names: Iterable[str], scene: Scene) -> tuple[str, ...]:
    """What is set of all that the rules ask for: ``NAME=value``, flags and files, each once."""
    found: list[str] = []
    environment, arguments = scene.environment or {}, scene.arguments or ()
    rules = tuple(rules)
    for name in (*(name for rule in rules for name in rule.env), *names):
        if name in environment:
            found.append(f"{name}={environment[name]}")
    for rule in rules:
        if rule.flags:
            values = [value for value in flag_values(arguments, rule.flags) if value]
            given = flag_present(arguments, rule.flags)
            bare = tuple(flag.partition("=")[0] for flag in given)
            found += (
                [f"{flag}={value}" for flag, value in zip(bare, values, strict=True)]
                if (rule.rule == "flag_value" and len(values) == len(bare))
                else list(given)
            )
        if rule.path:
            files, sure = _files(rule, scene)
            found += [record.path for record in files if sure]
    return tuple(dict.fromkeys(found))


def meant_off(rule: Rule, scene: Scene) -> bool:
    """Whether somebody set a switch in a way that looks like off, whatever the product makes of it."""
    environment, arguments = scene.environment or {}, scene.arguments or ()
    if rule.env:
        # A switch that is off at a false value is meant to be off by any false one, and the other way round.
        mentioned = {value.lower() for value in rule.values}
        opposite = _YES if rule.rule == "not_equals" else _NO
        words = (_NO - {""}) if mentioned and mentioned <= opposite else (_YES | mentioned)
        return any(environment.get(name, "").strip().lower() in words for name in rule.env)
    if rule.rule == "flag_value":
        return any(value.lower().startswith(("no", "off", "false")) for value in flag_values(arguments, rule.flags))
    return False


def looks_off(name: str, scene: Scene) -> bool:
    """Whether a variable that is no switch for this contact is set as if it were one."""
    return (scene.environment or {}).get(name, "").strip().lower() not in _NO


def _environment(rule: Rule, environment: dict[str, str] | None) -> bool | None:
    if environment is None:
        return None
    if rule.rule == "present":
        return any(name in environment for name in rule.env)
    if rule.rule == "all_equal":
        return all(_one_of(environment.get(name, ""), rule) for name in rule.env)
    value = next((environment[name] for name in rule.env if environment.get(name)), "")
    if rule.rule == "non_empty" or not value:
        return bool(value)
    if value == MASK:
        return None
    if rule.rule == "go_parse_bool":
        return value in _GO_TRUE or value not in _GO_FALSE
    return _one_of(value, rule) is not (rule.rule == "not_equals")


def _one_of(value: str, rule: Rule) -> bool:
    if rule.ignore_case:
        return value.lower() in {one.lower() for one in rule.values}
    return value in rule.values


def _flags(rule: Rule, arguments: tuple[str, ...] | None) -> bool | None:
    if arguments is None:
        return None
    if rule.rule == "flag_present":
        return bool(flag_present(arguments, rule.flags))
    values = flag_values(arguments, rule.flags)
    return bool(values) and values[-1] in rule.values


def _file(rule: Rule, scene: Scene) -> bool | None:
    files, sure = _files(rule, scene)
    if not files:
        return False if sure else None
    if rule.rule == "file_exists":
        return True if sure else None
    answers = []
    for record in files:
        try:
            data = json.loads(record.text)
        except (ValueError, RecursionError):
            return None
        value = data.get(rule.key) if isinstance(data, dict) else None
        answers.append(json.dumps(value) in rule.values or value in rule.values)
    return any_of(answers) if sure else None


def _files(rule: Rule, scene: Scene) -> tuple[list[FootprintRecord], bool]:
    """Files that the rule means, and whether they are surely (and all of) this process's own.

    The probe looks into the home that each reported process names, through ``/proc/PID/root`` where that process
    sees another tree of files, and into the homes of the users of the host.
    """
    environment = scene.environment or {}
    if any(environment.get(name) for name in rule.moved_by):
        return [], False
    place = rule.path
    if place.startswith("~/.config/") and environment.get("XDG_CONFIG_HOME"):
        place = environment["XDG_CONFIG_HOME"].rstrip("/") + place.removeprefix("~/.config")
    home = environment.get("HOME", "").rstrip("/")
    inside = f"/proc/{scene.served.pid}/root"
    if place.startswith("~") and not home:
        # Somebody's file: perhaps of this process, perhaps not.
        return [record for record in scene.files if record.path.endswith(place[1:])], False
    place = home + place[1:] if place.startswith("~") else place
    paths = (inside + place,) if scene.served.container.seen else (place, inside + place)
    own = [record for record in scene.files if record.path in paths]
    return own, bool(own) or (scene.looked and place == home + rule.path[1:])


def _local(served: Served) -> bool | None:
    """Whether every model that is named is a path; None where none is named."""
    if not served.models.seen or not served.models.value:
        return None
    return all(name.startswith(("/", "./", "../", "~")) for name in served.models.value)
