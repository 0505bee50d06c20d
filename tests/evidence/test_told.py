"""Sentences that come as text are recognised by their wording and said in another language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evidence.told import LONGEST, Told, parts

SENTENCES = {
    "how much was sent": "kolik bylo odesláno",
    "nobody": "nikdo",
    "up to {1:,} ms apart": "nejvýše {1:,} ms od sebe",
    "{1} contacts {2}, with no switch set": "{1} kontaktuje {2}, bez přepínače",
    "{1} before {2}": "{2} po {1}",
}


@pytest.fixture
def told() -> Told:
    return Told(SENTENCES, lambda number: f"{number:,}".replace(",", " "))


@pytest.mark.parametrize(
    ("text", "translation"),
    [
        ("how much was sent", "kolik bylo odesláno"),
        ("up to 12,345 ms apart", "nejvýše 12 345 ms od sebe"),
        ("vLLM contacts a.example, with no switch set", "vLLM kontaktuje a.example, bez přepínače"),
        ("day before night", "night po day"),
        ("nobody before night", "night po nikdo"),
        ("how much was sent; nobody", "kolik bylo odesláno; nikdo"),
        (
            "A contacts a, with no switch set; B contacts b, with no switch set",
            "A kontaktuje a, bez přepínače; B kontaktuje b, bez přepínače",
        ),
        ("nobody, how much was sent", "nikdo, kolik bylo odesláno"),
    ],
)
def test_a_known_wording_is_translated_with_its_values(told: Told, text: str, translation: str) -> None:
    assert told(text) == translation


@pytest.mark.parametrize(
    "text", ["", "something else", "up to many ms apart", "how much was sent!", "nobody; something else", "nobody; "]
)
def test_what_is_not_known_is_not_guessed_at(told: Told, text: str) -> None:
    assert told(text) is None


def test_a_value_that_looks_like_a_field_is_only_a_value(told: Told) -> None:
    assert told("{2} before {1}") == "{1} po {2}"
    assert told("{0} before {x!r}") == "{x!r} po {0}"


def test_a_text_beyond_the_bound_is_left_alone(told: Told) -> None:
    assert told("a" * LONGEST + " before night") is None


@given(text=st.text(max_size=300))
def test_any_text_of_a_host_is_answered(text: str) -> None:
    told = Told(SENTENCES, str)
    assert told(text) is None or text


@given(one=st.from_regex(r"[\w /.:-]{1,50}", fullmatch=True), n=st.integers(0, 10**18))
def test_values_are_kept_as_they_are(one: str, n: int) -> None:
    told = Told({"{1} was seen {2:,} times": "{2:,}: {1}"}, str)
    assert told(f"{one} was seen {n:,} times") == f"{n}: {one}"


def test_templates_that_stand_within_a_sentence_are_recognised_there() -> None:
    sentences = {"{source} tells {said}": "{said}, říká {source}", "Swap": "Swap", "{pid} is whole.": "{pid} je celá."}
    assert parts(sentences) == {"{1} tells {2}": "{2}, říká {1}", "Swap": "Swap"}
    assert Told(parts(sentences), str)("vLLM tells 0.9; Swap") == "0.9, říká vLLM; Swap"
