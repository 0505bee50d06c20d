"""Findings in the language of the interface."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale

from auditor.desktop.spoken import speaker, spoken
from auditor.evidence.words import catalogue
from auditor.judge.finding import say
from tests.desktop import sample


@pytest.fixture
def german() -> Iterator[None]:
    QLocale.setDefault(QLocale("de"))
    yield
    QLocale.setDefault(QLocale("en_GB"))


def test_in_english_nothing_is_changed() -> None:
    QLocale.setDefault(QLocale("en_GB"))
    assert speaker() is None
    assert spoken(sample.findings(), sample.policy()) == sample.findings()


@pytest.mark.usefixtures("german")
def test_a_translated_template_is_filled_in_and_another_stays_english() -> None:
    template, translation = next((t, s) for t, s in catalogue("de").sentences.items() if "{" not in t)
    first = sample.findings()[0]
    finding = first.model_copy(
        update={
            "observed": template,
            "sentences": {"observed": (say(template),), "expected": (say("Nobody translated this."),)},
            "expected": "Nobody translated this.",
        }
    )
    (told,) = spoken([finding], sample.policy())
    assert told.observed == translation
    assert told.expected == "Nobody translated this."
    assert told.verdict is finding.verdict


@pytest.mark.usefixtures("german")
def test_the_title_is_the_policys_own_in_that_language() -> None:
    policy = sample.policy()
    control = policy.controls[0].model_copy(update={"title": {"en": "A", "de": "B"}})
    finding = next(f for f in sample.findings() if f.control == control.id)
    (told,) = spoken([finding], policy.model_copy(update={"controls": (control,)}))
    assert told.title == "B"
