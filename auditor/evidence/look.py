"""The look: colours, type and spacing from ``resources/look/tokens.yaml``, the one source for dossier and app."""

from functools import cache
from typing import Any

import yaml

from auditor.facts.fact import Value
from auditor.knowledge.resources import resource


class Tokens(Value):
    """All tokens. Colours are ``#RRGGBB``; type is (size, line height), in px for the app and pt for the dossier."""

    light: dict[str, str]
    dark: dict[str, str]
    families: dict[str, str]
    app: dict[str, tuple[float, float]]
    dossier: dict[str, tuple[float, float]]
    space: dict[str, int]


@cache
def tokens() -> Tokens:
    """Read the tokens once."""
    data: Any = yaml.safe_load(resource("look", "tokens.yaml").read_text(encoding="utf-8"))
    return Tokens.model_validate(data)


def contrast(one: str, other: str) -> float:
    """Contrast of two colours by WCAG 2.2, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
