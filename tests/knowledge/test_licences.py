"""The table of licences: whole, and true to the fingerprints."""

import pytest

from auditor.knowledge.fingerprints import Kind, load
from auditor.knowledge.knowledge import load as load_knowledge
from auditor.knowledge.licences import TERRITORIES, TermKind, Terms, Use, licences_of_tag, load_licences, tag

LICENCES = load_licences()
EACH = pytest.mark.parametrize("terms", LICENCES.values(), ids=lambda terms: terms.id)


@EACH
def test_clauses_are_those_of_the_text(terms: Terms) -> None:
    names = {text.id: {clause.name for clause in text.clauses} for text in load().texts}
    for clause in terms.grants.values():
        assert not clause or terms.id not in names or clause in names[terms.id]
    for term in terms.terms:
        document = term.document or terms.id
        assert not term.clause or document not in names or term.clause in names[document]


@EACH
def test_a_licence_whose_text_was_read_has_a_fingerprint(terms: Terms) -> None:
    assert terms.read == any(text.id == terms.id for text in load().texts)


@EACH
def test_conditions_are_complete(terms: Terms) -> None:
    for term in terms.terms:
        assert (term.limit is not None) == (term.kind in (TermKind.USERS, TermKind.REVENUE))
        assert bool(term.territory) == (term.kind is TermKind.TERRITORY)
        assert not term.territory or term.territory in TERRITORIES
        assert term.says.endswith(".")
    assert terms.kind is Kind.POLICY or terms.grants
    assert terms.source


@EACH
def test_a_licence_that_forbids_commerce_grants_none(terms: Terms) -> None:
    assert not (terms.of(TermKind.FIELD) and Use.COMMERCIAL in terms.grants)


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("apache-2.0", ["apache-2.0"]),
        ("Apache License 2.0", ["apache-2.0"]),
        ("MIT", ["mit"]),
        ("llama3.1", ["llama-3.1"]),
        ("Llama 3.3 Community License Agreement", ["llama-3.3"]),
        ("mrl", ["mrl-0.1"]),
        ("qwen-research", ["qwen-research-2024-09-19"]),
        ("CC-BY-NC-4.0", ["cc-by-nc-4.0"]),
        ("bigscience-bloom-rail-1.0", ["bigscience-rail-1.0"]),
        ("gemma", ["gemma-2024-02-21", "gemma-2024-04-01", "gemma-2025-03-24", "gemma-2026-04-01"]),
        ("modified-mit", ["modified-mit-mistral", "modified-mit-moonshot"]),
        ("other", []),
        ("", []),
    ],
)
def test_what_cards_call_them(name: str, ids: list[str]) -> None:
    assert list(licences_of_tag(name, LICENCES)) == ids


def test_only_a_series_shares_a_tag() -> None:
    seen: dict[str, list[str]] = {}
    for terms in LICENCES.values():
        for name in terms.tags:
            assert name == tag(name)
            seen.setdefault(name, []).append(terms.id)
    shared = {name for name, ids in seen.items() if len(ids) > 1}
    assert shared == {
        "gemma",
        "gemma-terms-of-use",
        "gemma-license",
        "modified-mit",
        "modified-mit-license",
        "falcon-llm-license",
    }


def test_every_licence_that_models_name_is_known() -> None:
    models = load_knowledge().models
    named = {family.licence for family in models.families.values()}
    named |= {model.licence for family in models.families.values() for model in family.models if model.licence}
    assert named <= set(LICENCES)


def test_the_union_has_its_members() -> None:
    assert len(TERRITORIES["EU"]) == 27
    assert "GB" not in TERRITORIES["EU"]
