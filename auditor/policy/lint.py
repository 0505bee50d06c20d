"""Remarks on a policy that has no mistakes and may still not say what its author means.

Every rule has a name, which its messages carry, and is one function. Nothing here refuses a policy. Only what stands
in the named file itself is remarked on, not what it extends.
"""

import datetime as dt
import ipaddress
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from auditor.facts.models import Store
from auditor.knowledge.knowledge import Knowledge
from auditor.policy.checks import SPECS
from auditor.policy.crosscheck import arguments_of, default_values
from auditor.policy.document import Node
from auditor.policy.effective import OnUnknown, Severity
from auditor.policy.loader import Loaded
from auditor.policy.merge import Merged
from auditor.policy.message import Message, Place, nearest, tell
from auditor.policy.params import REFERENCE

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
}
"""What ``applies_to`` can tell apart, by the subject of the check."""


@dataclass(frozen=True)
class Lint:
    """What the rules look at."""

    loaded: Loaded
    today: dt.date
    knowledge: Knowledge

    @property
    def merged(self) -> Merged:
        """The whole."""
        return self.loaded.merged

    def controls(self) -> Iterator[tuple[str, Node, str, dict[str, Any]]]:
        """Id, tree, check and filled-in arguments of every control."""
        values = default_values(self.merged)
        for name, node in self.merged.active.items():
            yield name, node, node.text("check"), arguments_of(node, values)[0]


Rule = Callable[[Lint], Iterator[Message]]
RULES: dict[str, Rule] = {}


def lint(loaded: Loaded, today: dt.date, knowledge: Knowledge) -> tuple[Message, ...]:
    """All remarks, in the order of lines."""
    context = Lint(loaded, today, knowledge)
    found = {message for rule in RULES.values() for message in rule(context)}
    return tuple(sorted(message for message in found if message.file == str(loaded.path)))


def _rule(name: str) -> Callable[[Callable[[Lint], Iterator[tuple[Any, ...]]]], Rule]:
    """Register a rule that yields places, words and perhaps a suggestion."""

    def register(function: Callable[[Lint], Iterator[tuple[Any, ...]]]) -> Rule:
        def run(context: Lint) -> Iterator[Message]:
            for place, words, *meant in function(context):
                yield tell(place, name, words, *meant)

        run.__doc__ = function.__doc__
        RULES[name] = run
        return run

    return register


Remarks = Iterator[tuple[Any, ...]]


@_rule("scope-without-effect")
def _scope_without_effect(context: Lint) -> Remarks:
    """A scope asks for a property that the subjects of the check do not have."""
    for name, node, check, _ in context.controls():
        known = SCOPES[SPECS[check].subject]
        for key, globs in node.entries("applies_to").items():
            if key not in known:
                words = f"{name} looks at each {SPECS[check].subject}, which has no '{key}'; the scope has no effect"
                yield globs.key, words, nearest(key, known)


@_rule("control-never-applies")
def _control_never_applies(context: Lint) -> Remarks:
    """A scope that nothing known can match, or a tailoring that takes a control out on every host."""
    known = {
        "store": [store.value for store in Store],
        "format": ["safetensors", "gguf", "pickle", "tensorrt", "onnx", "mixed"],
        "runtime": [stack.id for stack in context.knowledge.stacks],
    }
    for name, node, _, _ in context.controls():
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
    for tailoring in context.merged.tailoring:
        if any(glob.value == "*" for glob in tailoring.elements("hosts")):
            for control in tailoring.elements("disable"):
                yield control.place, f"{control.value} is taken out on every host and never applies"


@_rule("control-never-passes")
def _control_never_passes(context: Lint) -> Remarks:
    """A list of what is permitted that permits nothing."""
    for name, node, check, arguments in context.controls():
        for wanted, argument in (("gpus.permitted", "names"), ("weights.format", "allowed")):
            if check == wanted and not arguments.get(argument):
                yield node.nearest(("with", argument)).place, f"{name} permits nothing, so that it never passes"


@_rule("egress-allows-everything")
def _egress_allows_everything(context: Lint) -> Remarks:
    """Permitted destinations that hold half the world."""
    for name, node, check, arguments in context.controls():
        if check == "traffic.only":
            for block in arguments["destinations"]:
                network = ipaddress.ip_network(block)
                if not network.is_private and network.prefixlen < WIDEST[network.version]:
                    place = _place_of(context, node, "destinations", block)
                    yield place, f"{name} permits {block}, which is more than a network of one's own"


@_rule("listeners-allow-everything")
def _listeners_allow_everything(context: Lint) -> Remarks:
    """Permitted listeners that hold every socket."""
    for name, node, check, arguments in context.controls():
        if check == "traffic.listeners":
            for socket in arguments["allowed"]:
                if fnmatchcase("203.0.113.9:51789", socket):
                    place = _place_of(context, node, "allowed", socket)
                    yield place, f"{name} permits '{socket}', which is every socket"


@_rule("watch-too-short")
def _watch_too_short(context: Lint) -> Remarks:
    """A watch that is over before anything could have been seen."""
    for name, node, check, arguments in context.controls():
        if check == "traffic.only" and arguments["observe_seconds"] < SHORT_WATCH:
            place = node.nearest(("with", "observe_seconds")).place
            words = f"{name} lets {arguments['observe_seconds']} s decide; ask for {SHORT_WATCH} s at least"
            yield place, words


@_rule("unknown-passes")
def _unknown_passes(context: Lint) -> Remarks:
    """A grave control that the verdict does not wait for."""
    for name, node, _, _ in context.controls():
        if node.text("on_unknown") == OnUnknown.WARN.value and node.text("severity") in GRAVE:
            words = f"{name} is {node.text('severity')}, and what was not seen does not hold up the verdict"
            yield node.nearest(("on_unknown",)).place, words, OnUnknown.MANUAL.value


@_rule("info-never-decides")
def _info_never_decides(context: Lint) -> Remarks:
    """A control that is to decide and cannot."""
    for name, node, _, _ in context.controls():
        if node.text("severity") == Severity.INFO.value and node.text("on_unknown") == OnUnknown.FAIL.value:
            words = f"{name} is info, which never decides; on_unknown: fail has no effect"
            yield node.nearest(("on_unknown",)).place, words


@_rule("severity-missing-rationale")
def _severity_missing_rationale(context: Lint) -> Remarks:
    """A grave control that does not say why it matters."""
    for name, node, _, _ in context.controls():
        if node.text("severity") in GRAVE and not node.entries("rationale"):
            yield node.nearest(("severity",)).place, f"{name} is {node.text('severity')} and has no rationale"


@_rule("missing-remedy")
def _missing_remedy(context: Lint) -> Remarks:
    """A control that leaves its reader without a next step."""
    for name, node, _, _ in context.controls():
        if not node.entries("remedy"):
            yield node.place, f"{name} has no remedy: whoever reads the finding does not learn what to do"


@_rule("missing-translation")
def _missing_translation(context: Lint) -> Remarks:
    """A control that is not there in a language of the policy's own title."""
    wanted = set(context.merged.head.entries("title"))
    for name, node, _, _ in context.controls():
        for field in ("title", "rationale", "remedy"):
            texts = node.entries(field)
            missing = sorted(wanted - set(texts))
            if texts and missing:
                yield node.nearest((field,)).key, f"{field} of {name} is not there in {', '.join(missing)}"


@_rule("same-control-twice")
def _same_control_twice(context: Lint) -> Remarks:
    """Two controls that ask the very same."""
    seen: dict[str, str] = {}
    for name, node, check, arguments in context.controls():
        scope = {key: globs.plain() for key, globs in node.entries("applies_to").items()}
        asked = repr((check, sorted(arguments.items()), sorted(scope.items())))
        if asked in seen:
            yield node.place, f"{name} asks the same as {seen[asked]}"
        seen.setdefault(asked, name)


@_rule("reference-unknown")
def _reference_unknown(context: Lint) -> Remarks:
    """A provision that the catalogue does not know as supported by the check."""
    catalogue = context.knowledge.controls
    for _, node, check, _ in context.controls():
        for standard, cited in node.entries("references").items():
            if catalogue.framework(standard) is None:
                continue
            supported = catalogue.supported(check, standard)
            for entry in cited.children():
                if entry.value not in supported:
                    words = f"the evidence of {check} is not known to support {standard} {entry.value}"
                    yield entry.place, words, nearest(entry.value, supported)


@_rule("unused")
def _unused(context: Lint) -> Remarks:
    """A parameter, group or standard that no control uses."""
    merged = context.merged
    used = {name for node in merged.controls.values() for name in _references_in(node)}
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


@_rule("extends-any-version")
def _extends_any_version(context: Lint) -> Remarks:
    """An inherited policy whose next version may ask for anything."""
    for entry in context.merged.head.elements("extends"):
        if isinstance(entry.value, str) and "@" not in entry.value:
            yield entry.place, f"{entry.value} is extended in any version", f"{entry.value}@^1"


@_rule("policy-not-in-force")
def _policy_not_in_force(context: Lint) -> Remarks:
    """A policy that judges nothing today, or soon will not."""
    valid = context.merged.head.nearest(("valid",))
    first, last = _day(valid, "from"), _day(valid, "until")
    if context.today < first:
        yield valid.nearest(("from",)).place, f"the policy is not in force before {first}"
    elif context.today > last:
        yield valid.nearest(("until",)).place, f"the policy has not been in force since {last}"
    elif context.today + SOON > last:
        yield valid.nearest(("until",)).place, f"the policy ends soon, on {last}"


@_rule("waiver-expired")
def _waiver_expired(context: Lint) -> Remarks:
    """A waiver that waives nothing any more, or soon will not."""
    for name, node in context.merged.waivers.items():
        last = _day(node, "until")
        if last < context.today:
            yield node.nearest(("until",)).place, f"waiver {name} expired on {last}; what it waived counts again"
        elif last < context.today + SOON:
            yield node.nearest(("until",)).place, f"waiver {name} ends soon, on {last}"


@_rule("waiver-too-long")
def _waiver_too_long(context: Lint) -> Remarks:
    """A waiver that outlives what anybody can foresee."""
    for name, node in context.merged.waivers.items():
        if _day(node, "until") - _day(node.nearest(("approved_by",)), "on") > LONG:
            yield node.nearest(("until",)).place, f"waiver {name} runs for more than a year; approve it again each year"


@_rule("waiver-not-bound")
def _waiver_not_bound(context: Lint) -> Remarks:
    """A waiver of a model that stays when the weights change, or of no model where the check has none."""
    for name, node in context.merged.waivers.items():
        control = context.merged.controls[node.text("control")]
        subject = SPECS[control.text("check")].subject
        bound = node.entries("subject")
        if subject == "model" and "sha256" not in bound:
            words = f"waiver {name} is not bound to weights by sha256; it stays when they are replaced"
            yield node.place, words
        if subject != "model" and ("model" in bound or "sha256" in bound):
            words = f"{node.text('control')} looks at each {subject}; waiver {name} names a model and never applies"
            yield node.nearest(("subject",)).place, words


@_rule("pin-without-use")
def _pin_without_use(context: Lint) -> Remarks:
    """Pins that no control asks for, or that no file can meet."""
    asked = any(c == "weights.match" and a["standing"] == "pinned" for _, _, c, a in context.controls())
    for node in context.merged.pins:
        if not asked:
            yield node.place, "no control asks for pinned weights (weights.match with standing: pinned)"
        if node.text("model") == "*" and (node.text("file") or "*") == "*":
            yield node.place, "the pin demands one digest of every file of every model; name model and file"


def _place_of(context: Lint, control: Node, argument: str, entry: str) -> Place:
    """Where an entry of a list is written: in the control, or in the parameter that it refers to."""
    given = control.nearest(("with", argument))
    for node in (given, *(context.merged.params[name].nearest(("default",)) for name in _references_in(given))):
        for child in (node, *node.children()):
            if child.value == entry:
                return child.place
    return given.place


def _references_in(node: Node) -> Iterator[str]:
    if isinstance(node.value, str):
        yield from REFERENCE.findall(node.value)
    for child in node.children():
        yield from _references_in(child)


def _day(node: Node, key: str) -> dt.date:
    return dt.date.fromisoformat(node.text(key))


def explanations() -> Mapping[str, str]:
    """What each rule is about, for the reference."""
    return {name: (rule.__doc__ or "").strip() for name, rule in RULES.items()}
