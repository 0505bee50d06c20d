"""Known contacts that parts of an LLM stack make on their own, and how each is switched off.

The table is ``resources/knowledge/phone-home.yaml``. Every switch is a rule from a closed set, so that "set" and
"set in a way that works" can be told apart; ``auditor.recognise.switches`` evaluates them.
"""

from enum import StrEnum
from functools import cache
from typing import Literal, Self

from pydantic import Field, model_validator

from auditor.facts.fact import Value
from auditor.knowledge.tables import read
from auditor.knowledge.versions import Range


class Kind(StrEnum):
    """What a contact is for."""

    TELEMETRY = "telemetry"
    UPDATE_CHECK = "update_check"
    MODEL_DOWNLOAD = "model_download"
    ASSET_DOWNLOAD = "asset_download"
    PROMPT_TRIGGERED = "prompt_triggered"
    CLOUD_INFERENCE = "cloud_inference"
    TRACING = "tracing"
    LICENSE = "license"
    TUNNEL = "tunnel"
    IP_LOOKUP = "ip_lookup"
    BROWSER_SIDE = "browser_side"
    """Made by the browsers of the people who use it; never seen on the host."""
    OS_BACKGROUND = "os_background"
    NONE = "none"
    """The product was searched and no contact of its own was found."""


RuleName = Literal[
    "equals",
    "equals_any",
    "not_equals",
    "all_equal",
    "non_empty",
    "present",
    "go_parse_bool",
    "flag_present",
    "flag_value",
    "file_exists",
    "json_file_key",
    "local_model",
    "remote_model",
    "in_container",
    "elsewhere",
]

_NEEDS: dict[str, frozenset[str]] = {
    "equals": frozenset({"env", "values"}),
    "equals_any": frozenset({"env", "values"}),
    "not_equals": frozenset({"env", "values"}),
    "all_equal": frozenset({"env", "values"}),
    "non_empty": frozenset({"env"}),
    "present": frozenset({"env"}),
    "go_parse_bool": frozenset({"env"}),
    "flag_present": frozenset({"flags"}),
    "flag_value": frozenset({"flags", "values"}),
    "file_exists": frozenset({"path"}),
    "json_file_key": frozenset({"path", "key", "values"}),
    "local_model": frozenset(),
    "remote_model": frozenset(),
    "in_container": frozenset(),
    "elsewhere": frozenset({"what"}),
}


class Rule(Value):
    """One condition over a process, as the product's own code reads it.

    ``env`` names variables in the order in which the product asks for them: the first that is not empty counts.
    ``not_equals`` holds where the variable is set to anything but ``values``, ``all_equal`` where every variable has
    one of them; ``go_parse_bool`` takes a value that
    Go cannot parse as true. ``elsewhere`` stands for a switch that no probe sees, e.g. an argument in code.
    """

    rule: RuleName
    env: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    ignore_case: bool = False
    path: str = ""
    moved_by: tuple[str, ...] = ()
    """Variables that put the file elsewhere."""
    key: str = ""
    what: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        fields = ("env", "flags", "values", "path", "key", "what")
        given = {name for name in fields if getattr(self, name)}
        if given != _NEEDS[self.rule]:
            raise ValueError(f"rule {self.rule} takes {sorted(_NEEDS[self.rule])}, not {sorted(given)}")
        if self.rule == "equals" and len(self.values) != 1:
            raise ValueError("rule equals takes one value")
        return self

    @property
    def words(self) -> str:
        """The rule in words, for people."""
        name = " or else ".join(self.env)
        listed = ", ".join(f"“{value}”" for value in self.values)
        case = " (upper or lower case)" if self.ignore_case else " (exactly so)"
        match self.rule:
            case "equals" | "equals_any":
                return f"{name} is {'one of ' if len(self.values) > 1 else ''}{listed}{case}"
            case "not_equals":
                return f"{name} is set to anything but {listed}{case}"
            case "all_equal":
                return f"{' and '.join(self.env)} are both {listed.replace(', ', ' or ')}{case}"
            case "non_empty":
                return f"{name} is set to anything, even 0"
            case "present":
                return f"{name} is set, even if empty"
            case "go_parse_bool":
                return f"{name} is set and is not 0, f, F, FALSE, False or false"
            case "flag_present":
                return f"{' or '.join(self.flags)} is given"
            case "flag_value":
                return f"{' or '.join(self.flags)} is {listed}"
            case "file_exists":
                return f"the file {self.path} exists"
            case "json_file_key":
                return f"{self.key} in {self.path} is {listed}"
            case "local_model":
                return "the model is given as a local path"
            case "remote_model":
                return "the model is given by the name of a hub"
            case "in_container":
                return "it runs in a container"
            case _:
                return self.what


class Trace(Value):
    """A file that such a contact leaves behind."""

    path: str
    """``~`` stands for every home."""
    shows: str
    """What its presence proves."""


class Checked(Value):
    """When a real product was last run in a closed network to see that the entry holds."""

    version: str
    date: str = Field(pattern=r"^\d{4}-\d\d-\d\d$")


class Entry(Value):
    """One known contact."""

    id: str
    product: str
    seen: str = ""
    """Version or commit in which the rules were read."""
    versions: Range | None = None
    """Versions of ``distribution`` (or of the stack) for which the rules are known to hold."""
    only_for: Range | None = None
    """Versions in which it happens at all, where another entry describes the others."""
    kind: Kind
    unasked: bool
    """Happens in normal running without anybody asking for it: what ``telemetry.off`` judges."""
    default: Literal["on", "off", "conditional", "none"]
    when: tuple[Rule, ...] = ()
    """Happens only if one of these holds."""
    hosts: tuple[str, ...]
    url_path: str = ""
    cleartext: bool = False
    trigger: str = ""
    data: str = ""
    severity: Literal["", "high", "critical"] = ""
    stacks: tuple[str, ...] = ()
    """Stacks in whose processes it happens."""
    distribution: str = ""
    """Python distribution that brings it; without it installed in the process, it does not happen."""
    off_if: tuple[Rule, ...] = ()
    """One that holds is enough."""
    force_on: tuple[Rule, ...] = ()
    """One that holds overrules every switch."""
    not_off_by: tuple[str, ...] = ()
    """Variables that look like a switch for it and are none."""
    redirect: tuple[str, ...] = ()
    """Variables that send it to another host."""
    silent_in: tuple[str, ...] = ()
    """Variables whose presence silences it without being a switch: an audit inside CI sees a false clean."""
    traces: tuple[Trace, ...] = ()
    dual_use: str = ""
    jurisdiction: str = ""
    verified: str = ""
    """``sink`` where the contact and its switches were seen in a closed network."""
    note: str = ""
    source: str
    checked: Checked | None = None
    date: str = Field(pattern=r"^\d{4}-\d\d-\d\d$")

    @property
    def rule(self) -> str:
        """How the product reads its switches, in words."""
        parts = []
        if self.when:
            parts.append("happens only if " + ", or ".join(rule.words for rule in self.when))
        if self.off_if:
            parts.append("off if " + ", or ".join(rule.words for rule in self.off_if))
        elif not self.when:
            parts.append("no switch is known")
        if self.force_on:
            parts.append("on in any case if " + ", or ".join(rule.words for rule in self.force_on))
        if self.not_off_by:
            parts.append("not switched off by " + ", ".join(self.not_off_by))
        return "; ".join(parts)


@cache
def load_phone_home() -> tuple[Entry, ...]:
    """The table. Raises ValueError naming the file and the place of a mistake in it."""
    return read("phone-home.yaml", Entry, "entries")


def variables_of(entries: tuple[Entry, ...]) -> tuple[str, ...]:
    """Environment variables that the rules ask for, sorted."""
    found: set[str] = set()
    for entry in entries:
        for rule in (*entry.when, *entry.off_if, *entry.force_on):
            found.update(rule.env, rule.moved_by)
        found.update(entry.not_off_by, entry.redirect, entry.silent_in)
    return tuple(sorted(found))


def footprints_of(entries: tuple[Entry, ...]) -> tuple[tuple[str, str], ...]:
    """Pairs of entry and path that the probe looks for: traces of past contact, and files that are switches."""
    found = {(entry.id, trace.path) for entry in entries for trace in entry.traces}
    found |= {(entry.id, rule.path) for entry in entries for rule in (*entry.when, *entry.off_if) if rule.path}
    return tuple(sorted(found))
