"""The policies that come with the product."""

import re

import pytest

from auditor.knowledge.controls import load_controls
from auditor.policy.checks import SPECS
from auditor.policy.effective import Effective
from auditor.policy.loader import builtin_names, load
from auditor.policy.resolve import effective

FORBIDDEN = re.compile(r"\b(compliant|compliance|secure|safe|guarantee[ds]?|certif\w+)\b", re.IGNORECASE)
LANGUAGES = ("en", "cs", "de", "sk", "pl", "hu")


@pytest.fixture(params=builtin_names())
def policy(request: pytest.FixtureRequest) -> Effective:
    return effective(load(request.param), "gpu-01")


def test_the_file_is_named_after_the_policy(policy: Effective) -> None:
    assert policy.id in builtin_names()


def test_every_text_is_there_in_every_language(policy: Effective) -> None:
    texts = {f"{policy.id} title": policy.title, f"{policy.id} description": policy.description}
    texts |= {f"group {name}": title for name, title in policy.groups.items()}
    for control in policy.controls:
        texts |= {
            f"{control.id} title": control.title,
            f"{control.id} rationale": control.rationale,
            f"{control.id} remedy": control.remedy,
        }

    missing = [f"{name} {language}" for name, text in texts.items() for language in LANGUAGES if language not in text]
    assert missing == []


def test_no_text_promises_what_an_audit_cannot_show(policy: Effective) -> None:
    for control in policy.controls:
        for text in (control.title["en"], control.rationale["en"], control.remedy["en"]):
            assert not FORBIDDEN.search(text), (control.id, text)


def test_references_are_in_the_catalogue_as_supported_by_the_check(policy: Effective) -> None:
    catalogue = load_controls()
    for control in policy.controls:
        for framework, cited in control.references.items():
            assert set(cited) <= set(catalogue.supported(control.check, framework)), (control.id, framework)


def test_editions_are_those_of_the_catalogue(policy: Effective) -> None:
    catalogue = load_controls()
    for name, standard in policy.standards.items():
        framework = catalogue.framework(name)
        assert framework is not None, name
        assert standard == {"title": framework.title, "edition": framework.edition}


def test_a_grave_control_never_lets_the_unseen_pass(policy: Effective) -> None:
    for control in policy.controls:
        if control.severity.value in ("high", "critical"):
            assert control.on_unknown.value != "warn", control.id


def test_truly_open_asks_all_five_questions() -> None:
    policy = effective(load("truly-open"), "gpu-01")

    asked = {c.arguments["question"] for c in policy.controls if c.check == "openness.answer"}
    assert asked == {"downloadable", "commercial", "no_phone_home", "modifiable", "redistributable"}


def test_the_baseline_uses_every_group_of_checks() -> None:
    policy = effective(load("eu-onprem-baseline"), "gpu-01")

    groups = {spec.group for spec in SPECS.values()} - {"expressions"}
    assert {SPECS[c.check].group for c in policy.controls} == groups


def test_the_catalogue_speaks_of_every_check_and_of_no_other() -> None:
    assert {support.id for support in load_controls().checks} == set(SPECS)
