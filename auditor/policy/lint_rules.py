"""The rules of the linter: each one function that yields a place, words and perhaps a suggestion."""

import datetime as dt
import ipaddress
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from auditor.facts.models import Store
from auditor.policy.checks import subject_of
from auditor.policy.effective import OnUnknown, Severity
from auditor.policy.message import Place, nearest
from auditor.policy.params import references
from auditor.policy.remark import RULES, Reading, rule
from auditor.policy.tree import Node

__all__ = ["RULES", "SCOPES"]

GRAVE = (Severity.HIGH.value, Severity.CRITICAL.value)
SOON = dt.timedelta(days=30)
LONG = dt.timedelta(days=366)
SHORT_WATCH = 60
"""Seconds; a shorter watch says little about silence."""
WIDEST = {4: 8, 6: 16}
"""A public block with a shorter prefix holds more than any organisation's own network, by IP version."""

SCOPES: dict[str, tuple[str, ...]] = {
    "host": ("host",),
    "model": ("model", "family", "store", "format", "runtime", "host"),
    "process": ("runtime", "host"),
    "gpu": ("host",),
    "listener": ("host",),
}
"""What ``applies_to`` can tell apart, by the subject of the check."""

Remarks = Iterator[tuple[Any, ...]]


@rule("scope-without-effect")
def _scope_without_effect(reading: Reading) -> Remarks:
    """A scope asks for a property that the subjects of the check do not have."""
    for name, node, check, arguments in reading.controls():
        subject = subject_of(check, arguments)
        known = SCOPES[subject]
        for key, globs in node.entries("applies_to").items():
            if key not in known:
                words = f"{name} looks at each {subject}, which has no '{key}'; the scope has no effect"
                yield globs.key, words, nearest(key, known)


@rule("control-never-applies")
def _control_never_applies(reading: Reading) -> Remarks:
    """A scope that nothing known can match, or a tailoring that takes a control out on every host."""
    known = {
        "store": [store.value for store in Store],
        "format": ["safetensors", "gguf", "pickle", "tensorrt", "onnx", "mixed"],
        "runtime": [stack.id for stack in reading.knowledge.stacks],
    }
    for name, node, _, _ in reading.controls():
        for key, globs in node.entries("applies_to").items():
            for glob in globs.children():
                if key in known and isinstance(glob.value, str) and "${" not in glob.value:
                    pool = known[key]
                    if pool and not any(fnmatchcase(word, glob.value) for word in pool):
                        yield (
                            glob.place,
                            f"no {key} is called '{glob.value}'; {name} never applies to one",
                            nearest(glob.value, pool),
                        )
    for tailoring in reading.merged.tailoring:
        if any(glob.value == "*" for glob in tailoring.elements("hosts")):
            for control in tailoring.elements("disable"):
                yield control.place, f"{control.value} is taken out on every host and never applies"


@rule("control-never-passes")
def _control_never_passes(reading: Reading) -> Remarks:
    """A list of what is permitted that permits nothing."""
    for name, node, check, arguments in reading.controls():
        for wanted, argument in (("gpus.permitted", "names"), ("weights.format", "allowed")):
            if check == wanted and not arguments.get(argument):
                yield node.nearest(("with", argument)).place, f"{name} permits nothing, so that it never passes"


@rule("stack-unknown")
def _stack_unknown(reading: Reading) -> Remarks:
    """A permitted serving stack that no knowledge describes, so that no process is ever told to be it."""
    known = [stack.id for stack in reading.knowledge.stacks]
    for name, node, check, arguments in reading.controls():
        for stack in arguments.get("stacks", ()) if check == "serving.known" else ():
            if known and stack not in known:
                place = _place_of(reading, node, "stacks", stack)
                yield place, f"{name} permits '{stack}', which is no known stack", nearest(stack, known)


@rule("egress-allows-everything")
def _egress_allows_everything(reading: Reading) -> Remarks:
    """Permitted destinations that hold half the world."""
    for name, node, check, arguments in reading.controls():
        if check == "traffic.only":
            for block in arguments["destinations"]:
                network = ipaddress.ip_network(block)
                if not network.is_private and network.prefixlen < WIDEST[network.version]:
                    place = _place_of(reading, node, "destinations", block)
                    yield place, f"{name} permits {block}, which is more than a network of one's own"


@rule("listeners-allow-everything")
def _listeners_allow_everything(reading: Reading) -> Remarks:
    """Permitted listeners that hold every socket."""
    for name, node, check, arguments in reading.controls():
        if check == "traffic.listeners":
            for socket in arguments["allowed"]:
                if fnmatchcase("203.0.113.9:51789", socket):
                    place = _place_of(reading, node, "allowed", socket)
                    yield place, f"{name} permits '{socket}', which is every socket"


@rule("watch-too-short")
def _watch_too_short(reading: Reading) -> Remarks:
    """A watch that is over before anything could have been seen."""
    for name, node, check, arguments in reading.controls():
        if check == "traffic.only" and arguments["observe_seconds"] < SHORT_WATCH:
            place = node.nearest(("with", "observe_seconds")).place
            words = f"{name} lets {arguments['observe_seconds']} s decide; ask for {SHORT_WATCH} s at least"
            yield place, words


@rule("unknown-passes")
def _unknown_passes(reading: Reading) -> Remarks:
    """A grave control that the verdict does not wait for."""
    for name, node, _, _ in reading.controls():
        if node.text("on_unknown") == OnUnknown.WARN.value and node.text("severity") in GRAVE:
            words = f"{name} is {node.text('severity')}, and what was not seen does not hold up the verdict"
            yield node.nearest(("on_unknown",)).place, words, OnUnknown.MANUAL.value


@rule("info-never-decides")
def _info_never_decides(reading: Reading) -> Remarks:
    """A control that is to decide and cannot."""
    for name, node, _, _ in reading.controls():
        if node.text("severity") == Severity.INFO.value and node.text("on_unknown") == OnUnknown.FAIL.value:
            words = f"{name} is info, which never decides; on_unknown: fail has no effect"
            yield node.nearest(("on_unknown",)).place, words


@rule("severity-missing-rationale")
def _severity_missing_rationale(reading: Reading) -> Remarks:
    """A grave control that does not say why it matters."""
    for name, node, _, _ in reading.controls():
        if node.text("severity") in GRAVE and not node.entries("rationale"):
            yield node.nearest(("severity",)).place, f"{name} is {node.text('severity')} and has no rationale"


@rule("missing-remedy")
def _missing_remedy(reading: Reading) -> Remarks:
    """A control that leaves its reader without a next step."""
    for name, node, _, _ in reading.controls():
        if not node.entries("remedy"):
            yield node.place, f"{name} has no remedy: whoever reads the finding does not learn what to do"


@rule("missing-translation")
def _missing_translation(reading: Reading) -> Remarks:
    """A control that is not there in a language of the policy's own title."""
    wanted = set(reading.merged.head.entries("title"))
    for name, node, _, _ in reading.controls():
        for field in ("title", "rationale", "remedy"):
            texts = node.entries(field)
            missing = sorted(wanted - set(texts))
            if texts and missing:
                yield node.nearest((field,)).key, f"{field} of {name} is not there in {', '.join(missing)}"


@rule("same-control-twice")
def _same_control_twice(reading: Reading) -> Remarks:
    """Two controls that ask the very same."""
    seen: dict[str, str] = {}
    for name, node, check, arguments in reading.controls():
        scope = {key: globs.plain() for key, globs in node.entries("applies_to").items()}
        asked = repr((check, sorted(arguments.items()), sorted(scope.items())))
        if asked in seen:
            yield node.place, f"{name} asks the same as {seen[asked]}"
        seen.setdefault(asked, name)


@rule("reference-unknown")
def _reference_unknown(reading: Reading) -> Remarks:
    """A provision that the catalogue does not know as supported by the check."""
    catalogue = reading.knowledge.controls
    for _, node, check, _ in reading.controls():
        for standard, cited in node.entries("references").items():
            if catalogue.framework(standard) is None:
                continue
            supported = catalogue.supported(check, standard)
            for entry in cited.children():
                if entry.value not in supported:
                    words = f"the evidence of {check} is not known to support {standard} {entry.value}"
                    yield entry.place, words, nearest(entry.value, supported)


@rule("unused")
def _unused(reading: Reading) -> Remarks:
    """A parameter, group or standard that no control uses."""
    merged = reading.merged
    used = {name for node in merged.controls.values() for name in references(node)}
    groups = {node.text("group") for node in merged.controls.values()}
    cited = {standard for node in merged.controls.values() for standard in node.entries("references")}
    for word, declared, wanted in (
        ("parameter", merged.params, used),
        ("group", merged.groups, groups),
        ("standard", merged.standards, cited),
    ):
        for name, node in declared.items():
            if name not in wanted:
                yield node.key, f"{word} '{name}' is not used by any control"


@rule("extends-any-version")
def _extends_any_version(reading: Reading) -> Remarks:
    """An inherited policy whose next version may ask for anything."""
    for entry in reading.merged.head.elements("extends"):
        if isinstance(entry.value, str) and "@" not in entry.value:
            yield entry.place, f"{entry.value} is extended in any version", f"{entry.value}@^1"


@rule("policy-not-in-force")
def _policy_not_in_force(reading: Reading) -> Remarks:
    """A policy that judges nothing today, or soon will not."""
    valid = reading.merged.head.nearest(("valid",))
    first, last = _day(valid, "from"), _day(valid, "until")
    if reading.today < first:
        yield valid.nearest(("from",)).place, f"the policy is not in force before {first}"
    elif reading.today > last:
        yield valid.nearest(("until",)).place, f"the policy has not been in force since {last}"
    elif reading.today + SOON > last:
        yield valid.nearest(("until",)).place, f"the policy ends soon, on {last}"


@rule("waiver-expired")
def _waiver_expired(reading: Reading) -> Remarks:
    """A waiver that waives nothing any more, or soon will not."""
    for name, node in reading.merged.waivers.items():
        last = _day(node, "until")
        if last < reading.today:
            yield node.nearest(("until",)).place, f"waiver {name} expired on {last}; what it waived counts again"
        elif last < reading.today + SOON:
            yield node.nearest(("until",)).place, f"waiver {name} ends soon, on {last}"


@rule("waiver-too-long")
def _waiver_too_long(reading: Reading) -> Remarks:
    """A waiver that outlives what anybody can foresee."""
    for name, node in reading.merged.waivers.items():
        if _day(node, "until") - _day(node.nearest(("approved_by",)), "on") > LONG:
            yield node.nearest(("until",)).place, f"waiver {name} runs for more than a year; approve it again each year"


@rule("waiver-not-bound")
def _waiver_not_bound(reading: Reading) -> Remarks:
    """A waiver of a model that stays when the weights change, or of no model where the check has none."""
    for name, node in reading.merged.waivers.items():
        control = reading.merged.controls[node.text("control")]
        subject = subject_of(control.text("check"), control.nearest(("with",)).plain() or {})
        bound = node.entries("subject")
        if subject == "model" and "sha256" not in bound:
            words = f"waiver {name} is not bound to weights by sha256; it stays when they are replaced"
            yield node.place, words
        if subject != "model" and ("model" in bound or "sha256" in bound):
            words = f"{node.text('control')} looks at each {subject}; waiver {name} names a model and never applies"
            yield node.nearest(("subject",)).place, words


@rule("waiver-unsigned")
def _waiver_unsigned(reading: Reading) -> Remarks:
    """A waiver without signature in a policy that names who signs; it does not apply."""
    for name, node in reading.merged.waivers.items():
        if reading.merged.approvers and node.get("signature") is None:
            words = f"waiver {name} is not signed and does not apply; its approver signs it with: auditor policy sign"
            yield node.place, words


@rule("pin-without-use")
def _pin_without_use(reading: Reading) -> Remarks:
    """Pins that no control asks for, or that no file can meet."""
    asked = any(c == "weights.match" and a["standing"] == "pinned" for _, _, c, a in reading.controls())
    for node in reading.merged.pins:
        if not asked:
            yield node.place, "no control asks for pinned weights (weights.match with standing: pinned)"
        if node.text("model") == "*" and (node.text("file") or "*") == "*":
            yield node.place, "the pin demands one digest of every file of every model; name model and file"


def _place_of(reading: Reading, control: Node, argument: str, entry: str) -> Place:
    """Where an entry of a list is written: in the control, or in the parameter that it refers to."""
    given = control.nearest(("with", argument))
    for node in (given, *(reading.merged.params[name].nearest(("default",)) for name in references(given))):
        for child in (node, *node.children()):
            if child.value == entry:
                return child.place
    return given.place


def _day(node: Node, key: str) -> dt.date:
    return dt.date.fromisoformat(node.text(key))
