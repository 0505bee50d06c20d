"""Words: every language says everything, counts and dates as its speakers do."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import UserError
from auditor.evidence.words import NBSP, Catalogue, Words, catalogue, languages, plural, words
from auditor.judge.finding import say

FORMS = {"cs": {"one", "few", "other"}, "sk": {"one", "few", "other"}, "pl": {"one", "few", "other"}}
OTHERS = [language for language in languages() if language != "en"]


def fields(template: str) -> set[str]:
    """Names of the fields of a template."""
    return set(re.findall(r"{(\w+)(?::,)?}", template))


def templates(entry: str | dict[str, str]) -> list[str]:
    """All plural forms of an entry."""
    return list(entry.values()) if isinstance(entry, dict) else [entry]


@pytest.mark.parametrize("language", languages())
def test_a_catalogue_is_complete(language: str) -> None:
    own, english = catalogue(language), catalogue("en")
    assert own.texts.keys() == english.texts.keys()
    assert own.language == language
    assert len(own.months) == 12


@pytest.mark.parametrize("language", languages())
def test_a_translation_has_the_fields_of_the_original(language: str) -> None:
    english = catalogue("en").texts
    for key, entry in catalogue(language).texts.items():
        wanted = set().union(*map(fields, templates(english[key])))
        for template in templates(entry):
            assert fields(template) <= wanted, key
        assert set().union(*map(fields, templates(entry))) == wanted, key


@pytest.mark.parametrize("language", languages())
def test_every_plural_form_is_there(language: str) -> None:
    for key, entry in catalogue(language).texts.items():
        if isinstance(entry, dict):
            assert set(entry) == FORMS.get(language, {"one", "other"}), key


@pytest.mark.parametrize("language", languages())
def test_sentences_keep_their_fields(language: str) -> None:
    for template, translation in catalogue(language).sentences.items():
        assert fields(translation) <= fields(template), template


@pytest.mark.parametrize("language", languages())
def test_no_word_claims_more_than_was_seen(language: str) -> None:
    text = " ".join(part for entry in catalogue(language).texts.values() for part in templates(entry)).lower()
    for claim in ("compliant", "secure", "guaranteed", "konform", "sicher ", "vyhovuje", "zaručen", "zgodny"):
        assert claim not in text


@pytest.mark.parametrize(
    ("language", "n", "form"),
    [
        ("en", 1, "one"), ("en", 0, "other"), ("en", 2, "other"), ("de", 1, "one"), ("hu", 5, "other"),
        ("cs", 1, "one"), ("cs", 2, "few"), ("cs", 4, "few"), ("cs", 5, "other"), ("cs", 0, "other"),
        ("sk", 3, "few"), ("sk", 22, "other"),
        ("pl", 1, "one"), ("pl", 2, "few"), ("pl", 12, "other"), ("pl", 22, "few"), ("pl", 25, "other"),
    ],
)  # fmt: skip
def test_plural_forms(language: str, n: int, form: str) -> None:
    assert plural(language, n) == form


def test_english_counts() -> None:
    spoken = words("en")
    assert spoken("front.models", n=1) == "1 model found"
    assert spoken("front.models", n=1200) == "1,200 models found"


def test_numbers_sizes_and_times() -> None:
    spoken = words("en")
    assert spoken.number(1_204_118) == "1,204,118"
    assert spoken.size(0) == f"0{NBSP}B"
    assert spoken.size(684_300_000_000) == f"684.3{NBSP}GB"
    assert spoken.moment("2026-11-22T13:00:00.5Z") == f"22 November 2026, 13:00:00{NBSP}UTC"
    assert spoken.span("2026-11-22T13:00:00Z", "2026-11-22T14:03:20Z") == (
        f"22 November 2026, 13:00:00–14:03:20{NBSP}UTC"
    )


def test_a_language_without_catalogue_is_refused_with_the_choice() -> None:
    for wrong in ("xx", "../en", "EN", ""):
        with pytest.raises(UserError, match="language") as caught:
            words(wrong)
        assert "en" in caught.value.hint


def czech() -> Catalogue:
    """A catalogue that knows one sentence."""
    return catalogue("en").model_copy(
        update={"language": "cs", "sentences": {"{n} files differ.": "Počet odlišných souborů: {n}."}}
    )


def test_a_sentence_is_translated_by_its_template() -> None:
    spoken = Words(czech(), catalogue("en"))
    assert spoken.sentence(say("{n} files differ.", n=3), "3 files differ.") == ("Počet odlišných souborů: 3.", "cs")


def test_a_sentence_without_translation_stays_english_and_says_so() -> None:
    spoken = Words(czech(), catalogue("en"))
    assert spoken.sentence(say("Something else."), "Something else.") == ("Something else.", "en")
    assert spoken.sentence(None, "No template.") == ("No template.", "en")


@given(n=st.integers(0, 10**12))
def test_every_number_of_things_can_be_said(n: int) -> None:
    for language in languages():
        assert words(language)("front.models", n=n)


def test_numbers_within_sentences_are_written_as_the_language_writes_them() -> None:
    own = catalogue("cs").model_copy(update={"sentences": {"{n:,} users": "Uživatelé: {n:,}"}})
    spoken = Words(own, catalogue("en"))
    assert spoken.sentence(say("{n:,} users", n=700_000_000), "") == (f"Uživatelé: {spoken.number(700_000_000)}", "cs")


def test_a_field_that_holds_words_of_the_product_is_translated_and_a_name_is_not() -> None:
    sentences = {"Search: {outcome}.": "Hledání: {outcome}.", "{where}: {what}": "{where}: {what}"}
    own = catalogue("cs").model_copy(update={"sentences": sentences, "told": {"no packets": "žádné pakety"}})
    spoken = Words(own, catalogue("en"))
    assert spoken.sentence(say("Search: {outcome}.", outcome="partial"), "") == ("Hledání: částečně.", "cs")
    told = spoken.sentence(say("{where}: {what}", where="no packets", what="no packets"), "")
    assert told == ("no packets: žádné pakety", "cs")


def test_a_sentence_of_nothing_but_fields_is_in_the_language_of_what_fills_them() -> None:
    own = catalogue("cs").model_copy(update={"sentences": {"{where}: {what}": "{where}: {what}"}})
    spoken = Words(own, catalogue("en"))
    assert spoken.sentence(say("{where}: {what}", where="/proc", what="odd"), "/proc: odd") == ("/proc: odd", "en")


def test_a_sentence_of_the_probe_is_translated_or_stays_english() -> None:
    own = catalogue("cs").model_copy(update={"told": {"no packets": "žádné pakety"}})
    spoken = Words(own, catalogue("en"))
    assert spoken.told("no packets") == ("žádné pakety", "cs")
    assert spoken.told("some packets") == ("some packets", "en")
    assert words("en").told("no packets") == ("no packets", "en")
