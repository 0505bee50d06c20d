"""Every sentence that a dossier can hold is there in every language."""

import ast
import string

import pytest

from tools import sentences as tool

LANGUAGES = tool.others()


def fields(template: str) -> set[tuple[str, str]]:
    """Names of the fields of a template, with how they are written."""
    return {(name, spec or "") for _, name, spec, _ in string.Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("section", tool.SECTIONS)
def test_no_sentence_is_missing_and_none_is_stale(section: str, language: str) -> None:
    need, have = tool.wanted()[section], tool.held(language)[section].keys()
    assert sorted(need - have) == [], "translate them, and add them with tools/sentences.py --add"
    assert sorted(have - need) == [], "run tools/sentences.py --write"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("section", tool.SECTIONS)
def test_a_translation_loses_no_field_and_adds_none(section: str, language: str) -> None:
    for english, own in tool.held(language)[section].items():
        assert fields(own) == fields(english), english


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_as_the_tool_writes_it(language: str) -> None:
    text = (tool.CATALOGUES / f"{language}.yaml").read_text(encoding="utf-8")
    for name in tool.SECTIONS:
        assert tool.section(name, tool.held(language)[name]) in text, "run tools/sentences.py --write"


def test_a_template_that_is_put_together_is_an_error() -> None:
    with pytest.raises(tool.NotLiteral, match="somewhere"):
        list(tool._choices(ast.parse("f'{name} is there.'", mode="eval").body, "somewhere"))


def test_both_branches_of_a_choice_are_sentences() -> None:
    choice = ast.parse("'One.' if n == 1 else 'More.'", mode="eval").body
    assert list(tool._choices(choice, "")) == ["One.", "More."]


def test_fields_of_a_text_are_numbered_in_order() -> None:
    node = ast.parse("f'{count:,} packets of {name}'", mode="eval").body
    assert list(tool._literals(node)) == ["{1:,} packets of {2}"]


def test_docstrings_and_parts_of_sentences_are_no_sentences() -> None:
    node = ast.parse('def f():\n    """Tell what is seen."""\n    return "seen of " + name, "nothing at all"').body[0]
    assert list(tool._literals(node)) == ["nothing at all"]
