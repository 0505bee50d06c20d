"""A host full of published models: each is recognised, and each deployer is told what its licence lets him do."""

import threading
from pathlib import Path

import pytest

from auditor.audit import TOOL
from auditor.collect import request
from auditor.collect.assemble import assemble
from auditor.collect.collect import collect
from auditor.collect.local import Local
from auditor.facts.audit import Audit
from auditor.facts.models import Model
from auditor.judge.decision import decide
from auditor.judge.finding import Answer
from auditor.knowledge import fingerprints
from auditor.knowledge.knowledge import load
from auditor.knowledge.licences import Use
from auditor.policy.effective import Deployer
from tests.model_tree import TREE, Published, write_tree

DEPLOYER = {
    "czech_bank": Deployer(country="CZ", monthly_active_users=2_000_000, monthly_revenue_usd=300_000_000),
    "austrian_startup": Deployer(country="AT", monthly_active_users=10_000, monthly_revenue_usd=100_000),
    "eu_giant": Deployer(country="DE", monthly_active_users=900_000_000, monthly_revenue_usd=5_000_000_000),
    "us_company": Deployer(country="US", monthly_active_users=1_000_000, monthly_revenue_usd=10_000_000),
}  # fmt: skip
NAMES = [published.name for published in TREE]

GRANTED = {
    "llama-2": "1.b.iv", "llama-3": "1.b.iv", "llama-3.1": "1.b.iv", "llama-3.2": "1.b.iv", "llama-3.3": "1.b.iv",
    "llama-4": "1.b.iv", "apache-2.0": "2", "mit": "grant", "qwen-2024": "2", "deepseek-1.0": "Attachment A",
    "gemma-2024-04-01": "3.2", "gemma-2025-03-24": "3.2", "falcon-2-11b-1.0": "5 acceptable use",
    "modified-mit-mistral": "",
}  # fmt: skip
"""The clause that sets the terms of commercial use, or that grants it without terms; empty: the text was not read."""

DENIED = {
    "llama-2": "2", "llama-3": "2", "llama-3.1": "2", "llama-3.2": "2", "llama-3.3": "2",
    "mrl-0.1": "3.2", "mnpl-0.1": "3.2", "qwen-research-2024-09-19": "2.a", "qwen-2024": "4",
    "modified-mit-mistral": "b",
}  # fmt: skip
"""The clause that denies it: by users, by revenue or by the field of use."""

MULTIMODAL_IN_EUROPE = {"meta-llama/Llama-3.2-11B-Vision-Instruct", "meta-llama/Llama-4-Scout-17B-16E-Instruct"}
"""Denied to companies at home in the European Union by the use policy, whatever their size."""


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    root = tmp_path_factory.mktemp("tree")
    write_tree(root)
    options = request.Options(paths=(str(root),), stores=False, collectors=("models",))
    collected = collect(Local(), request.build(options), cancel=threading.Event())
    return assemble(collected, load(), fingerprints.load(), TOOL, Local().facts())


@pytest.fixture(scope="module")
def found(audit: Audit) -> dict[str, Model]:
    stored = {}
    for model in audit.facts.models:
        tag = model.name.note.removeprefix("stored as ") if model.name.note.startswith("stored as ") else None
        stored[tag or str(model.name.value)] = model
        stored[Path(model.path).name] = model
    return stored


def test_every_model_is_found_once_and_nothing_was_in_the_way(audit: Audit) -> None:
    assert len(audit.facts.models) == len(TREE)
    assert [problem for problem in audit.problems if problem.collector == "models"] == []


@pytest.mark.parametrize("published", TREE, ids=NAMES)
def test_a_published_model_is_recognised(published: Published, found: dict[str, Model]) -> None:
    model = found[published.name]
    assert model.family.value == published.family
    assert "contradiction" not in f"{model.family.note}{model.name.note}{model.quantisation.note}"
    assert model.store is published.store
    assert model.quantisation.value == published.quantisation
    assert model.modality.value == published.modality
    assert model.parameters.value == pytest.approx(published.billions * 1e9, rel=0.1)
    assert model.release.value
    if published.base:
        assert model.base.value == (published.base,)


@pytest.mark.parametrize("published", TREE, ids=NAMES)
def test_each_deployer_is_told_whether_he_may_use_it(
    published: Published, found: dict[str, Model], audit: Audit
) -> None:
    permitted = set()
    for name, deployer in DEPLOYER.items():
        decision = decide(found[published.name], audit.facts.licences, audit, deployer, load())
        answer = decision.answers[Use.COMMERCIAL]
        assert answer is not Answer.UNKNOWN, (name, [str(step.sentence) for step in decision.steps])
        if answer is not Answer.NO:
            permitted.add(name)
    assert permitted == published.permitted


@pytest.mark.parametrize("published", TREE, ids=NAMES)
def test_each_answer_names_the_clause_that_decides_it(
    published: Published, found: dict[str, Model], audit: Audit
) -> None:
    for name, deployer in DEPLOYER.items():
        decision = decide(found[published.name], audit.facts.licences, audit, deployer, load())
        step = decision.deciding(Use.COMMERCIAL)
        assert step is not None
        expected = (GRANTED if name in published.permitted else DENIED).get(step.licence)
        if published.name in MULTIMODAL_IN_EUROPE and name not in published.permitted:
            expected = "European Union"
        assert (step.licence, step.clause) == (step.licence, expected), (name, step.effect)
