"""What a process's telemetry switches really do in the version at hand."""

import re
from collections.abc import Iterable

from auditor.facts.fact import Fact, Status
from auditor.facts.records import AnyRecord, FootprintRecord, ProcessRecord
from auditor.facts.serving import Served, Switch, SwitchState
from auditor.knowledge.knowledge import Knowledge
from auditor.knowledge.phonehome import Entry, Kind
from auditor.recognise.rules import MASK, Scene, any_of, found_by, holds, looks_off, meant_off
from auditor.recognise.stacks import normal

_SEPARATORS = re.compile(r"[,;\s]+")
_ADDRESS = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.-]*://)?(?:[^/?#@]*@)?(?P<host>\[[0-9A-Fa-f:.]+\](?::\d+)?|[^/?#@\[\]]+)(?:[/?#].*)?"
)


def switches_of(
    records: Iterable[AnyRecord], serving: Iterable[Served], knowledge: Knowledge, looked: bool = True
) -> tuple[Switch, ...]:
    """Every known contact of every serving process, by pid and entry.

    ``looked`` says whether the collector of footprints ran to its end: only then does a switch file that was not
    found count as not there.
    """
    every = tuple(records)
    files = tuple(record for record in every if isinstance(record, FootprintRecord))
    processes = {record.pid: record for record in every if isinstance(record, ProcessRecord)}
    silent = {stack.id for stack in knowledge.stacks if not stack.packages}
    found = []
    for served in serving:
        record = processes.get(served.pid)
        packages = {normal(name): version for name, version in (record.packages if record else {}).items()}
        scene = Scene(served, files, looked)
        for entry in knowledge.phone_home:
            if applies(entry, served, packages) or _loadable(entry, served, packages):
                found.append(_switch(entry, scene, packages, served.stack.value in silent))
    return tuple(sorted(found, key=lambda switch: (switch.pid, switch.entry)))


def applies(entry: Entry, served: Served, packages: dict[str, str]) -> bool:
    """Whether a process can make this contact: its stack does, and what brings it is installed there.

    Of two entries for one contact in different versions only the one for the version at hand applies.
    """
    if entry.kind is Kind.NONE or served.stack.value not in entry.stacks:
        return False
    version = packages.get(normal(entry.distribution)) if entry.distribution else served.version.value
    if version is None:
        return not entry.distribution
    return entry.only_for is None or entry.only_for.holds(version)


def _loadable(entry: Entry, served: Served, packages: dict[str, str]) -> bool:
    """Whether a program that is no known stack could make this contact, because what brings it is installed there."""
    version = packages.get(normal(entry.distribution)) if entry.distribution else None
    if served.stack.value is not None or version is None or entry.kind is Kind.NONE:
        return False
    return entry.only_for is None or entry.only_for.holds(version)


def _switch(entry: Entry, scene: Scene, packages: dict[str, str], silent_version: bool) -> Switch:
    state, why = _state(entry, scene, _within(entry, scene.served, packages), silent_version)
    served = scene.served
    if served.stack.value is None and state is SwitchState.ON:
        state, why = SwitchState.UNKNOWN, f"{entry.distribution} is installed"
    if served.stack.value is None and state is not SwitchState.OFF:
        why += "; whether the program uses it was not seen"
    hosts, by = hosts_of(entry, scene)
    if by:
        why += f"; {by} sends it to {', '.join(hosts)}"
    muted = [name for name in entry.silent_in if name in (scene.environment or {})]
    if muted and state is not SwitchState.OFF:
        why += f"; silent for now, because {muted[0]} is set"
    fact: Fact[SwitchState] = Fact(
        value=state,
        source=f"process {served.pid}",
        method="rule of the version at hand",
        time=served.stack.time,
        status=Status.INFERRED,
        note=why,
    )
    rules = (*entry.when, *entry.off_if, *entry.force_on)
    return Switch(
        pid=served.pid,
        product=entry.product,
        entry=entry.id,
        hosts=hosts,
        state=fact,
        found=found_by(rules, (*entry.not_off_by, *entry.redirect, *entry.silent_in), scene),
        rule=entry.rule,
    )


def hosts_of(entry: Entry, scene: Scene) -> tuple[tuple[str, ...], str]:
    """Hosts that the contact is made with, and the variable that names them; empty where the usual ones hold."""
    for name in entry.redirect:
        value = (scene.environment or {}).get(name, "")
        hosts = tuple(dict.fromkeys(filter(None, map(_host, _SEPARATORS.split(value)))))
        if hosts:
            return hosts, name
    return entry.hosts, ""


def _host(address: str) -> str:
    """Host, and port if it is given, of an address; empty where there is none."""
    found = _ADDRESS.fullmatch(address.strip())
    return found["host"].lower() if found and found["host"] != MASK else ""


def _within(entry: Entry, served: Served, packages: dict[str, str]) -> bool | None:
    """Whether the version is one for which the rules are known; None where it was not seen or no range is known."""
    version = packages.get(normal(entry.distribution)) if entry.distribution else served.version.value
    if entry.versions is None or not version:
        return None
    return entry.versions.holds(version)


def _state(entry: Entry, scene: Scene, within: bool | None, silent_version: bool) -> tuple[SwitchState, str]:
    """State and reason. ``silent_version``: no process of this stack tells its version, so that it cannot be asked
    for; what is on in every known version is then on, while no switch counts as one that works."""
    flags = [rule for rule in entry.off_if if rule.flags or rule.rule == "local_model"]
    if any_of(holds(rule, scene) for rule in entry.force_on) is True:
        return SwitchState.ON, "a variable forces it on"
    if any_of(holds(rule, scene) for rule in flags) is True:
        # A program refuses flags that it does not know, so a flag tells its own version.
        return SwitchState.OFF, "the command line switches it off"
    if within is False:
        return SwitchState.UNKNOWN, f"the rules are known for versions {entry.versions} only"
    if within is None and entry.versions is not None and not silent_version:
        return SwitchState.UNKNOWN, f"the version was not seen, and the rules are known for {entry.versions} only"
    wanted = any_of(holds(rule, scene) for rule in entry.when) if entry.when else True
    if wanted is False:
        return SwitchState.OFF, "nothing switches it on"
    off = any_of(holds(rule, scene) for rule in entry.off_if)
    if off is True:
        if within is None:
            known = entry.versions or entry.seen or "the version of the table"
            unseen = "for others it is not known" if entry.versions is None else "which version runs was not seen"
            return SwitchState.UNKNOWN, f"off in {known}; {unseen}"
        return SwitchState.OFF, "a switch that works is set"
    if off is None or wanted is None:
        return SwitchState.UNKNOWN, _blind(entry, scene)
    if entry.default == "conditional" and not entry.when:
        return SwitchState.UNKNOWN, f"{_vain(entry, scene)}depends on what no probe sees: {entry.trigger or entry.note}"
    if any(meant_off(rule, scene) for rule in entry.off_if) or any(looks_off(name, scene) for name in entry.not_off_by):
        return SwitchState.INEFFECTIVE, "what is set does not switch it off"
    return SwitchState.ON, "on unless switched off, and no switch is set"


def _blind(entry: Entry, scene: Scene) -> str:
    """Why a rule could not be told."""
    if scene.environment is None:
        return "the environment of the process may not be read"
    if scene.arguments is None:
        return "the command line of the process may not be read"
    unseen = [rule.words for rule in (*entry.when, *entry.off_if) if holds(rule, scene) is None]
    why = f"not seen whether {unseen[0]}" if unseen else "not all that decides was seen"
    return _vain(entry, scene) + why


def _vain(entry: Entry, scene: Scene) -> str:
    """What is set as if it were a switch for this contact and is none."""
    names = ", ".join(name for name in entry.not_off_by if looks_off(name, scene))
    return f"not switched off by {names}; " if names else ""
