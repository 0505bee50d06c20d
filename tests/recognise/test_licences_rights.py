"""Which rights some words touch."""

import pytest

from auditor.recognise.licences_rights import USES, ordered, rights_of


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ("redistribution is permitted", "redistribute"),
        ("principal place of business in the european union", "territory"),
        ("more than 100 million monthly active users", "users"),
        ("revenue above $ 20 million", "revenue"),
        ("for non commercial research", "commercial"),
        ("restrict remotely or otherwise", "remote"),
        ("an irrevocable license", "deploy"),
        ("a derivative work", "modify"),
        ("governed by the laws of france", "law"),
        ("military purposes are prohibited", "use_restrictions"),
        ("patent litigation", "patents"),
        ("text file named notice", "notice"),
        ("personal data", "privacy"),
    ],
)
def test_words_touch_a_right(words: str, right: str) -> None:
    assert right in rights_of(words.split())


def test_words_without_meaning_touch_none() -> None:
    assert rights_of(["the", "quick", "brown", "fox"]) == ()


def test_rights_come_once_and_in_one_order() -> None:
    assert ordered(["law", "deploy", "law", "nonsense"]) == ("deploy", "law")
    assert ordered(reversed(USES)) == USES
