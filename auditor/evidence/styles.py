"""Paragraph styles and colours of the dossier, made of the tokens."""

from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm

from auditor.evidence import fonts
from auditor.evidence.look import tokens

HAIRLINE = 0.5
INK_RULE = 0.75
EDGE = 2.5


def colour(name: str) -> Any:
    """A colour token for reportlab; the dossier is printed on white."""
    return HexColor(tokens().light[name])


def style(name: str, size: str = "body", font: str = fonts.SANS, ink: str = "ink", **more: Any) -> ParagraphStyle:
    """A paragraph style made of tokens."""
    points, leading = tokens().dossier[size]
    return ParagraphStyle(name, fontName=font, fontSize=points, leading=leading, textColor=colour(ink), **more)


BODY = style("body")
STRONG = style("strong", font=fonts.BOLD)
MUTED = style("muted", ink="muted")
CAPTION = style("caption", "caption", ink="muted")
CAPTION_INK = style("caption-ink", "caption")
CAPTION_RIGHT = style("caption-right", "caption", ink="muted", alignment=2)
CAPTION_STRONG = style("caption-strong", "caption", fonts.BOLD, "muted")
BODY_RIGHT = style("body-right", alignment=2)
HEAD_RIGHT = style("head-right", "caption", fonts.BOLD, "muted", alignment=2)
TITLE = style("title", "h1", fonts.BOLD)
CHAPTER = style("chapter", "h2", fonts.BOLD, spaceBefore=9 * mm)
SECTION = style("section", "h3", fonts.BOLD, spaceBefore=5 * mm)
"""Headings; a frame leaves out the space before them at its top."""
HEADING = style("heading", "h3", fonts.BOLD)
"""A heading that brings no space of its own."""
CODE = style("code", "mono", fonts.MONO)


def rule_across(canvas: Any, y: float, width: float, thickness: float, ink: str) -> None:
    """A horizontal line from 0 to ``width``, in the name of a colour token."""
    canvas.setStrokeColor(colour(ink))
    canvas.setLineWidth(thickness)
    canvas.line(0, y, width, y)
