"""Colours: every text is readable and every mark visible, in both themes."""

import pytest

from auditor.evidence.look import contrast, tokens

TEXTS = ("ink", "muted", "accent", "pass", "fail", "unknown", "waived", "na")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("text", TEXTS)
def test_text_reaches_four_and_a_half_to_one(theme: str, text: str) -> None:
    colours = getattr(tokens(), theme)
    assert contrast(colours[text], colours["paper"]) >= 4.5
    if f"{text}-tint" in colours:
        assert contrast(colours[text], colours[f"{text}-tint"]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_borders_reach_three_to_one(theme: str) -> None:
    colours = getattr(tokens(), theme)
    assert contrast(colours["line-strong"], colours["paper"]) >= 3


@pytest.mark.parametrize("verdict", ["pass", "fail", "unknown", "waived"])
def test_the_glyph_stands_out_in_its_shape(verdict: str) -> None:
    for colours in (tokens().light, tokens().dark):
        assert contrast(colours["on-mark"], colours[verdict]) >= 3


def test_both_themes_name_the_same_colours() -> None:
    assert tokens().light.keys() == tokens().dark.keys()


def test_contrast_of_black_and_white_is_the_largest() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#FFFFFF", "#FFFFFF") == 1
