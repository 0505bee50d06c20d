"""Layers become one policy: laws of laying over, and reasons for asking less."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.policy.loader import Loaded, examine, load
from auditor.policy.merge import Layer, merge, overlay
from auditor.policy.message import Place
from auditor.policy.resolve import effective
from auditor.policy.tree import Node, graft
from tests.policy.samples import MINIMAL, child, write

HERE = Place("p.yaml", 1, 1)

trees = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
).map(lambda value: graft(value, HERE))
mappings = st.dictionaries(
    st.sampled_from("abc"), st.integers() | st.dictionaries(st.sampled_from("xy"), st.integers())
)


@settings(deadline=None)
@given(trees)
def test_laying_a_tree_upon_itself_changes_nothing(tree: Node) -> None:
    assert overlay(tree, tree).plain() == tree.plain()


@settings(deadline=None)
@given(trees, trees, trees)
def test_it_does_not_matter_how_layers_are_grouped_if_mappings_stay_mappings(a: Node, b: Node, c: Node) -> None:
    if all(isinstance(tree.value, dict) for tree in (a, b, c)):
        first = overlay(overlay(a, b), c)
        second = overlay(a, overlay(b, c))
        if _same_shape(a, b, c):
            assert first.plain() == second.plain()


def _same_shape(*nodes: Node) -> bool:
    """Whether no value is a mapping in one layer and something else in another."""
    dicts = [node for node in nodes if isinstance(node.value, dict)]
    if dicts and len(dicts) != len(nodes):
        return False
    names = {name for node in dicts for name in node.value}  # type: ignore[union-attr]
    return all(_same_shape(*[n for n in (d.get(name) for d in dicts) if n is not None]) for name in names)


@settings(deadline=None)
@given(mappings, mappings)
def test_the_child_decides_and_the_rest_stays(base: dict[str, object], over: dict[str, object]) -> None:
    merged = overlay(graft(base, HERE), graft(over, HERE)).plain()

    assert set(merged) == set(base) | set(over)
    for name, value in over.items():
        if not isinstance(value, dict):
            assert merged[name] == value


@settings(deadline=None)
@given(trees)
def test_an_empty_layer_changes_nothing(tree: Node) -> None:
    if isinstance(tree.value, dict):
        assert overlay(tree, graft({}, HERE)).plain() == tree.plain()
        assert overlay(graft({}, HERE), tree).plain() == tree.plain()


def test_a_child_changes_single_fields_of_a_control(tmp_path: Path) -> None:
    write(tmp_path, "base.yaml", MINIMAL)
    path = write(
        tmp_path,
        "site.yaml",
        child("site", "base.yaml", "controls:\n  - {id: LIC-001, severity: critical, title: {cs: Licence}}\n"),
    )

    control = load(path).merged.controls["LIC-001"]

    assert control.text("severity") == "critical"
    assert control.text("check") == "licence.identified"
    assert control.nearest(("title",)).plain() == {"en": "The licence is unchanged", "cs": "Licence"}


def test_every_value_keeps_the_place_it_came_from(tmp_path: Path) -> None:
    write(tmp_path, "base.yaml", MINIMAL)
    path = write(
        tmp_path, "site.yaml", child("site", "base.yaml", "controls:\n  - {id: LIC-001, severity: critical}\n")
    )

    control = load(path).merged.controls["LIC-001"]

    assert control.nearest(("severity",)).place.origin == "site.yaml:8"
    assert control.nearest(("check",)).place.origin == "base.yaml:14"


WEAKER = {
    "lower severity": "severity: low",
    "milder on_unknown": "on_unknown: warn",
    "fewer subjects": "applies_to: {family: [llama-*]}",
    "another check": "check: licence.consistent",
    "taken out": "disabled: true",
}


@pytest.mark.parametrize(("word", "change"), WEAKER.items())
def test_asking_less_than_the_parent_needs_a_reason(tmp_path: Path, word: str, change: str) -> None:
    write(tmp_path, "base.yaml", MINIMAL + "  - {id: LIC-002, group: LIC, title: {en: x}, severity: low, "
                                           "check: licence.consistent}\n")  # fmt: skip
    body = f"controls:\n  - id: LIC-001\n    {change}\n"
    silent = write(tmp_path, "silent.yaml", child("silent", "base.yaml", body))
    open_ = write(tmp_path, "open.yaml", child("open", "base.yaml", body + "    reason: Agreed with the DPO.\n"))

    told = examine(silent)[1]

    assert [(m.line, m.rule) for m in told] == [(9, "weakened-without-reason")]
    assert word in told[0].message
    assert [w.reason for w in load(open_).merged.weakenings] == ["Agreed with the DPO."]


@pytest.mark.parametrize(
    "change", ["severity: critical", "on_unknown: fail", "on_unknown: manual", "rationale: {de: Weil.}"]
)
def test_asking_more_or_the_same_needs_none(tmp_path: Path, change: str) -> None:
    write(tmp_path, "base.yaml", MINIMAL)
    path = write(tmp_path, "site.yaml", child("site", "base.yaml", f"controls:\n  - id: LIC-001\n    {change}\n"))

    assert load(path).merged.weakenings == []


def test_more_subjects_than_the_parent_need_no_reason(tmp_path: Path) -> None:
    write(tmp_path, "base.yaml", MINIMAL + "    applies_to: {family: [llama-*]}\n")
    body = "controls:\n  - {id: LIC-001, applies_to: {family: [llama-*, qwen*]}}\n"

    assert load(write(tmp_path, "site.yaml", child("site", "base.yaml", body))).merged.weakenings == []


def test_a_control_taken_out_stays_out_for_grandchildren(tmp_path: Path) -> None:
    write(tmp_path, "base.yaml", MINIMAL + "  - {id: LIC-002, group: LIC, title: {en: x}, severity: low, "
                                           "check: licence.consistent}\n")  # fmt: skip
    out = "controls:\n  - {id: LIC-001, disabled: true, reason: Not asked for here.}\n"
    write(tmp_path, "parent.yaml", child("parent", "base.yaml", out))
    path = write(tmp_path, "site.yaml", child("site", "parent.yaml"))

    assert list(load(path).merged.active) == ["LIC-002"]


ARGUMENTS = """\
params:
  nets: {type: cidr-list, default: [10.0.0.0/8]}
  more: {type: cidr-list, default: [192.168.0.0/16]}
groups: [{id: NET, title: {en: Network}}]
controls:
  - id: NET-001
    group: NET
    title: {en: Traffic}
    severity: high
    check: traffic.only
    with: {destinations: ["${nets}"], observe_seconds: 300}
"""


@pytest.mark.parametrize(
    "change",
    [
        "observe_seconds: 60",
        "worst_tier: F",
        'destinations: ["${nets}", "${more}"]',
        'destinations: ["${nets}", 192.168.0.0/16]',
    ],
)
def test_arguments_that_permit_more_need_a_reason(tmp_path: Path, change: str) -> None:
    write(tmp_path, "base.yaml", child("base", "builtin:truly-open@^1", ARGUMENTS))
    body = f"controls:\n  - id: NET-001\n    with: {{{change}}}\n"

    told = examine(write(tmp_path, "site.yaml", child("site", "base.yaml", body)))[1]

    assert [(m.line, m.column, m.rule) for m in told] == [(9, 5, "weakened-without-reason")]


@pytest.mark.parametrize(
    "change", ["observe_seconds: 600", "worst_tier: C", "destinations: []", 'observe_seconds: 300, worst_tier: "E"']
)
def test_arguments_that_permit_no_more_need_none(tmp_path: Path, change: str) -> None:
    write(tmp_path, "base.yaml", child("base", "builtin:truly-open@^1", ARGUMENTS))
    body = f"controls:\n  - id: NET-001\n    with: {{{change}}}\n"

    assert load(write(tmp_path, "site.yaml", child("site", "base.yaml", body))).merged.weakenings == []


def test_the_value_of_a_parameter_is_the_site_s_own(tmp_path: Path) -> None:
    write(tmp_path, "base.yaml", child("base", "builtin:truly-open@^1", ARGUMENTS))
    body = "params:\n  nets: {default: [10.0.0.0/8, 172.16.0.0/12]}\n"

    assert load(write(tmp_path, "site.yaml", child("site", "base.yaml", body))).merged.weakenings == []


policies = st.fixed_dictionaries(
    {
        "severity": st.sampled_from(["info", "low", "medium", "high", "critical"]),
        "on_unknown": st.sampled_from(["fail", "manual", "warn"]),
        "with": st.fixed_dictionaries(
            {
                "observe_seconds": st.integers(0, 900),
                "worst_tier": st.sampled_from("ABCDEF"),
                "maximum_drops": st.integers(0, 3),
                "destinations": st.lists(
                    st.sampled_from(["10.0.0.0/8", "192.168.0.0/16", "172.16.0.0/12"]), unique=True
                ),
            }
        ),
    }
)


def layer(body: dict[str, object], **more: object) -> Layer:
    control = {"id": "NET-001", "check": "traffic.only", **body, **more}
    return Layer("p.yaml", graft({"id": "p", "version": "1.0.0", "controls": [control]}, HERE), "0" * 64)


def asks(layers: list[Layer]) -> object:
    return {name: node.plain() for name, node in merge(layers)[0].controls.items()}


@settings(deadline=None)
@given(policies)
def test_a_layer_laid_upon_itself_asks_the_same_and_weakens_nothing(body: dict[str, object]) -> None:
    merged, messages = merge([layer(body), layer(body)])

    assert messages == ()
    assert merged.weakenings == []
    assert asks([layer(body), layer(body)]) == asks([layer(body)])


@settings(deadline=None)
@given(policies, policies, policies)
def test_layers_may_be_grouped_as_one_likes(
    first: dict[str, object], second: dict[str, object], third: dict[str, object]
) -> None:
    def flattened(*bodies: dict[str, object]) -> dict[str, object]:
        found = merge([layer(body) for body in bodies])[0].controls["NET-001"].plain()
        return {key: value for key, value in found.items() if key not in ("id", "check")}

    assert asks([layer(flattened(first, second)), layer(third)]) == asks(
        [layer(first), layer(flattened(second, third))]
    )


RANK = {"severity": ["info", "low", "medium", "high", "critical"], "on_unknown": ["warn", "manual", "fail"]}


@settings(deadline=None)
@given(policies, policies)
def test_no_child_asks_less_in_silence(parent: dict[str, Any], child_: dict[str, Any]) -> None:
    """Whatever the child changes: either it asks for no less, or a message demands the reason."""
    messages = merge([layer(parent), layer(child_)])[1]
    less = any(order.index(child_[key]) < order.index(parent[key]) for key, order in RANK.items())
    before, after = parent["with"], child_["with"]
    less = less or after["observe_seconds"] < before["observe_seconds"] or after["worst_tier"] > before["worst_tier"]
    less = less or after["maximum_drops"] > before["maximum_drops"]
    less = less or set(before["destinations"]) < set(after["destinations"])

    assert bool(messages) is less
    assert merge([layer(parent), layer(child_, reason="Agreed with the DPO.")])[1] == ()


TAILORED = """\
params:
  secs: {type: int, default: 300}
groups: [{id: NET, title: {en: Network}}]
controls:
  - {id: NET-001, group: NET, title: {en: x}, severity: high, check: traffic.only, with: {observe_seconds: "${secs}"}}
  - {id: NET-002, group: NET, title: {en: x}, severity: high, check: traffic.listeners}
tailoring:
"""


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 900), st.booleans())
def test_tailoring_twice_is_tailoring_once(tmp_path_factory: pytest.TempPathFactory, secs: int, out: bool) -> None:
    disabled = "NET-002" if out else ""
    one = f"  - {{hosts: [lab-*], set: {{secs: {secs}}}, disable: [{disabled}], reason: Agreed in May.}}\n"
    folder = tmp_path_factory.mktemp("tailored")
    write(folder, "base.yaml", MINIMAL)
    once = load(write(folder, "once.yaml", child("site", "base.yaml", TAILORED + one)))
    twice = load(write(folder, "twice.yaml", child("site", "base.yaml", TAILORED + one + one)))

    def judged(loaded: Loaded, host: str) -> object:
        policy = effective(loaded, host)
        return policy.params, [(c.id, c.arguments) for c in policy.controls]

    assert judged(once, "lab-1") == judged(twice, "lab-1")
    assert judged(once, "rack-1") == judged(twice, "rack-1")
    assert ("NET-002" in {c.id for c in effective(once, "lab-1").controls}) is not out
