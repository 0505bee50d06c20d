"""The blocks that pages are built of: text, grid, panel, figure, field. Each draws itself and says what it is."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Literal

from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph

from auditor.evidence import marks
from auditor.evidence.marks import Mark
from auditor.evidence.styles import BODY, EDGE, INK_RULE, colour, rule_across
from auditor.evidence.tags import Canvas, Element, Field


class Text(Paragraph):
    """A tagged paragraph. ``tag`` empty: its content belongs to the element around it."""

    def __init__(
        self,
        text: str | None,
        style: ParagraphStyle = BODY,
        bulletText: str | None = None,
        frags: Any = None,
        *,
        tag: str = "P",
        lang: str = "",
        anchor: str = "",
        outline: str = "",
        level: int = 0,
        link: str = "",
        **options: Any,
    ) -> None:
        if frags is None and text is not None:
            frags = [fragment.clone() for fragment in _parsed(text, style)]
        super().__init__(text, style, bulletText, frags, **options)
        self.element = Element(tag, lang=lang) if tag else None
        self.anchor, self.outline, self.level, self.link = anchor, outline, level, link
        self._broken, self._size = -1.0, (0.0, 0.0)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Lines are broken once for each width; layout asks for the height again and again."""
        if self._broken != width:
            self._size = super().wrap(width, height)
            self._broken = width
        return self._size

    def split(self, width: float, height: float) -> list["Text"]:
        """The parts share one element; only the first is an anchor."""
        # Splitting may discard the lines that were broken.
        self._broken = -1.0
        parts: list[Text] = super().split(width, height)
        if len(parts) > 1:
            for part in parts:
                part.element, part.link = self.element, self.link
            parts[0].anchor, parts[0].outline, parts[0].level = self.anchor, self.outline, self.level
        return parts

    def draw(self) -> None:
        """Draw as content of the element; an outline entry and a link where asked for."""
        canvas: Canvas = self.canv
        top = canvas.absolutePosition(0, self.height)[1]
        if self.anchor:
            canvas.places.setdefault(self.anchor, canvas.page + 1)
            canvas.bookmarkPage(self.anchor, fit="XYZ", left=0, top=top)
        if self.outline:
            canvas.addOutlineEntry(self.outline, self.anchor, self.level, closed=self.level > 0)
        if not self.link:
            with canvas.content(self.element or canvas.parent):
                super().draw()
            return
        with canvas.inside(self.element or canvas.parent), canvas.content(Element("Link")):
            super().draw()
            canvas.linkRect("", self.link, (0, 0, self.width, self.height), relative=1, Border="[0 0 0]")


@lru_cache(maxsize=8192)
def _parsed(markup: str, style: ParagraphStyle) -> tuple[Any, ...]:
    """A paragraph's fragments; the pages are printed several times, and parsing is a fifth of it."""
    return tuple(Paragraph(markup, style).frags)


class Marked(Flowable):
    """A verdict mark before a text; the mark repeats what the words say and is therefore an artifact."""

    def __init__(self, mark: Mark, text: Flowable, size: float = 9.5, gap: float = 2 * mm, drop: float = 2.4) -> None:
        super().__init__()
        self.mark, self.text, self.size, self.gap, self.drop = mark, text, size, gap, drop

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """As wide as allowed, as high as the text or the mark."""
        _, tall = self.text.wrap(width - self.size - self.gap, height)
        self.width, self.height = width, max(tall, self.size + self.drop)
        return self.width, self.height

    def draw(self) -> None:
        """Mark at the left of the first line."""
        with self.canv.artifact():
            marks.draw(self.canv, self.mark, 0, self.height - self.size - self.drop, self.size)
        self.text.drawOn(self.canv, self.size + self.gap, self.height - self.text.height)


class Rule(Flowable):
    """A horizontal line."""

    def __init__(self, thickness: float = INK_RULE, ink: str = "ink", below: float = 0) -> None:
        super().__init__()
        self.thickness, self.ink, self.below = thickness, ink, below

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """As wide as allowed."""
        self.width, self.height = width, self.thickness + self.below
        return self.width, self.height

    def draw(self) -> None:
        """Draw as an artifact."""
        with self.canv.artifact():
            rule_across(self.canv, self.below, self.width, self.thickness, self.ink)


class Panel(Flowable):
    """A tinted box with an edge in the full colour; its content does not split."""

    def __init__(self, blocks: Sequence[Flowable], mark: Mark, padding: float = 4 * mm, indent: float = 0) -> None:
        super().__init__()
        self.blocks, self.mark, self.padding, self.indent = list(blocks), mark, padding, indent

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """As wide as allowed."""
        inner = width - self.indent - 2 * self.padding - EDGE
        self.width = width
        self.height = sum(b.wrap(inner, 10_000)[1] for b in self.blocks) + 1.6 * self.padding
        return self.width, self.height

    def draw(self) -> None:
        """Background and edge as artifacts, then the content."""
        canvas: Canvas = self.canv
        with canvas.artifact():
            canvas.setFillColor(colour(f"{self.mark.colour}-tint"))
            canvas.rect(self.indent, 0, self.width - self.indent, self.height, stroke=0, fill=1)
            canvas.setFillColor(colour(self.mark.colour))
            canvas.rect(self.indent, 0, EDGE, self.height, stroke=0, fill=1)
        y = self.height - 0.8 * self.padding
        for block in self.blocks:
            y -= block.height
            block.drawOn(canvas, self.indent + EDGE + self.padding, y)


class Indented(Flowable):
    """A block moved to the right."""

    def __init__(self, block: Flowable, left: float) -> None:
        super().__init__()
        self.block, self.left = block, left

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """The block's height."""
        _, self.height = self.block.wrap(width - self.left, height)
        self.width = width
        return self.width, self.height

    def split(self, width: float, height: float) -> list[Flowable]:
        """Each part is as far to the right."""
        return [Indented(part, self.left) for part in self.block.split(width - self.left, height)]

    def draw(self) -> None:
        """Draw the block."""
        self.block.drawOn(self.canv, self.left, 0)


class Space(Flowable):
    """Empty height. Unlike a spacer it also stands within grids and panels."""

    def __init__(self, height: float) -> None:
        super().__init__()
        self.width, self.height = 0.0, height

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Its height."""
        return 0, self.height

    def draw(self) -> None:
        """Nothing."""


class Figure(Flowable):
    """A drawing with words for those who cannot see it."""

    def __init__(self, width: float, height: float, alt: str, draw: Callable[[Canvas], None]) -> None:
        super().__init__()
        self.width, self.height, self.alt, self._draw = width, height, alt, draw

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Its own size."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw as content of a Figure with its bounding box."""
        canvas: Canvas = self.canv
        x, y = canvas.absolutePosition(0, 0)
        with canvas.content(Element("Figure", alt=self.alt, box=(x, y, x + self.width, y + self.height))):
            self._draw(canvas)


class CheckBox(Flowable):
    """An empty box to be ticked, by hand or as a field, before a text. The field is made by ``archival.finish``."""

    def __init__(self, text: Flowable, name: str, label: str) -> None:
        super().__init__()
        self.text, self.name, self.label = text, name, label

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """The text's height."""
        _, tall = self.text.wrap(width - 15, height)
        self.width, self.height = width, tall + 3
        return self.width, self.height

    def draw(self) -> None:
        """The box as an artifact, its field, then the text."""
        canvas: Canvas = self.canv
        with canvas.artifact():
            canvas.setStrokeColor(colour("ink"))
            canvas.setLineWidth(0.75)
            canvas.rect(0, self.height - 11.5, 9, 9, stroke=1, fill=0)
        x, y = canvas.absolutePosition(0, self.height - 11.5)
        box = (x, y, x + 9, y + 9)
        canvas.fields.append(
            Field(self.name, self.label, canvas.page, box, canvas.parent.add(Element("Form")), "check")
        )
        self.text.drawOn(self.canv, 15, self.height - self.text.height)


class InputField(Flowable):
    """The place of a signature or of text. The field is made by ``archival.finish``, before anything is signed."""

    def __init__(
        self,
        name: str,
        label: str,
        width: float,
        height: float,
        caption: Text,
        kind: Literal["signature", "text"] = "signature",
    ) -> None:
        super().__init__()
        self.name, self.label, self.width, self.height, self.caption = name, label, width, height, caption
        self.kind: Literal["signature", "text"] = kind

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Its own size."""
        self.caption.wrap(self.width - 8, self.height)
        return self.width, self.height

    def draw(self) -> None:
        """Frame and caption; the field's element takes the place in reading order."""
        canvas: Canvas = self.canv
        x, y = canvas.absolutePosition(0, 0)
        with canvas.artifact():
            canvas.setStrokeColor(colour("line-strong"))
            canvas.setLineWidth(0.75)
            canvas.rect(0, 0, self.width, self.height, stroke=1, fill=0)
        self.caption.drawOn(canvas, 5, self.height - self.caption.height - 2)
        element = canvas.parent.add(Element("Form"))
        # The caption stays readable above whatever the signature shows.
        box = (x + 1, y + 1, x + self.width - 1, y + self.height - self.caption.height - 3)
        canvas.fields.append(Field(self.name, self.label, canvas.page, box, element, self.kind))
