"""The blocks that pages are built of: text, grid, panel, figure, field. Each draws itself and says what it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph

from auditor.evidence import fonts, marks
from auditor.evidence.look import tokens
from auditor.evidence.marks import Mark
from auditor.evidence.tags import Canvas, Element, Field

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
        super().__init__(text, style, bulletText, frags, **options)
        self.element = Element(tag, lang=lang) if tag else None
        self.anchor, self.outline, self.level, self.link = anchor, outline, level, link

    def split(self, width: float, height: float) -> list["Text"]:
        """The parts share one element; only the first is an anchor."""
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


@dataclass(frozen=True)
class Row:
    """A row of a grid; a cell is a list of blocks, one above the other."""

    cells: tuple[tuple[Flowable, ...], ...]
    head: bool = False


def row(*cells: Flowable | Sequence[Flowable], head: bool = False) -> Row:
    """A row; a cell may be one block or several."""
    return Row(tuple((cell,) if isinstance(cell, Flowable) else tuple(cell) for cell in cells), head)


@dataclass
class _Drawn:
    """What the parts of a split grid share."""

    element: Element | None = None
    head: bool = False


Kind = Literal["table", "list", "toc", "layout"]

_TAGS = {"table": ("Table", "TR"), "list": ("L", "LI"), "toc": ("TOC", "TOCI")}


@dataclass(frozen=True)
class Ruling:
    """Lines and paddings of a grid, in points."""

    above: bool = False
    """An ink rule between head and body (without a head: above)."""
    between: bool = False
    """A hairline under every row."""
    top: float = 1.5
    bottom: float = 1.5
    right: float = 6
    middle: bool = False
    """Cells centred in their row."""


class Grid(Flowable):
    """Rows and columns: a table (Table, TR, TH, TD), a list of labelled values (L, LI, Lbl, LBody), a table
    of contents (TOC, TOCI) or mere layout.

    Rows do not split; the caller bounds their height. Heads repeat after a page break, as artifacts.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        widths: Sequence[float],
        kind: Kind = "table",
        ruling: Ruling | None = None,
        drawn: _Drawn | None = None,
        row_heads: bool = False,
    ) -> None:
        super().__init__()
        self.rows, self.widths, self.kind = list(rows), tuple(widths), kind
        self.ruling = ruling or Ruling()
        self.drawn = drawn or _Drawn()
        self.row_heads = row_heads
        self._heights: list[float] | None = None

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Sum of the rows."""
        if self._heights is None:
            self._heights = [self._height(each) for each in self.rows]
        self.width, self.height = sum(self.widths), sum(self._heights)
        return self.width, self.height

    def _height(self, each: Row) -> float:
        tallest = 0.0
        for cell, width in zip(each.cells, self.widths, strict=True):
            tallest = max(tallest, sum(b.wrap(width - self.ruling.right, 10_000)[1] for b in cell))
        return tallest + self.ruling.top + self.ruling.bottom

    def split(self, width: float, height: float) -> list[Flowable]:
        """As many rows as fit, and the rest with the heads before it."""
        self.wrap(width, height)
        heights = self._heights or []
        heads = [each for each in self.rows if each.head]
        used, count = 0.0, 0
        for tall in heights:
            if used + tall > height:
                break
            used, count = used + tall, count + 1
        if count <= len(heads) or count == len(self.rows):
            return []
        rest = [*heads, *self.rows[count:]]
        return [self._part(self.rows[:count]), self._part(rest)]

    def _part(self, rows: list[Row]) -> "Grid":
        return Grid(rows, self.widths, self.kind, self.ruling, self.drawn, self.row_heads)

    def draw(self) -> None:
        """Rows from the top; lines and repeated heads as artifacts."""
        canvas: Canvas = self.canv
        if self.kind == "layout":
            self._draw_rows(canvas)
            return
        if self.drawn.element is None:
            self.drawn.element = Element(_TAGS[self.kind][0])
        with canvas.inside(self.drawn.element):
            self._draw_rows(canvas)

    def _draw_rows(self, canvas: Canvas) -> None:
        top = self.height
        repeated = self.drawn.head
        for number, (each, tall) in enumerate(zip(self.rows, self._heights or [], strict=True)):
            if each.head and repeated:
                with canvas.artifact("Pagination"):
                    self._draw_row(canvas, each, top, tall)
            else:
                self._draw_tagged(canvas, each, top, tall)
                self.drawn.head = self.drawn.head or each.head
            self._draw_rules(canvas, number, top, top - tall)
            top -= tall

    def _draw_tagged(self, canvas: Canvas, each: Row, top: float, tall: float) -> None:
        if self.kind == "layout":
            self._draw_row(canvas, each, top, tall)
            return
        with canvas.inside(Element(_TAGS[self.kind][1])):
            self._draw_row(canvas, each, top, tall, tagged=self.kind != "toc")

    def _draw_row(self, canvas: Canvas, each: Row, top: float, tall: float, tagged: bool = False) -> None:
        left = 0.0
        for column, (cell, width) in enumerate(zip(each.cells, self.widths, strict=True)):
            if tagged:
                with canvas.inside(self._cell(each, column)):
                    self._draw_cell(canvas, cell, left, top, tall)
            else:
                self._draw_cell(canvas, cell, left, top, tall)
            left += width

    def _cell(self, each: Row, column: int) -> Element:
        if self.kind == "list":
            return Element("Lbl" if column == 0 else "LBody")
        if each.head:
            return Element("TH", scope="Column")
        return Element("TH", scope="Row") if self.row_heads and column == 0 else Element("TD")

    def _draw_cell(self, canvas: Canvas, cell: tuple[Flowable, ...], left: float, top: float, tall: float) -> None:
        y = top - self.ruling.top
        if self.ruling.middle:
            free = tall - self.ruling.top - self.ruling.bottom - sum(block.height for block in cell)
            y -= free / 2
        for block in cell:
            y -= block.height
            block.drawOn(canvas, left, y)

    def _draw_rules(self, canvas: Canvas, number: int, top: float, bottom: float) -> None:
        each = self.rows[number]
        with canvas.artifact():
            if self.ruling.above and number == 0 and not each.head:
                _rule(canvas, top, self.width, INK_RULE, "ink")
            if self.ruling.above and each.head:
                _rule(canvas, bottom, self.width, INK_RULE, "ink")
            elif self.ruling.between:
                _rule(canvas, bottom, self.width, HAIRLINE, "line")


def _rule(canvas: Canvas, y: float, width: float, thickness: float, ink: str) -> None:
    canvas.setStrokeColor(colour(ink))
    canvas.setLineWidth(thickness)
    canvas.line(0, y, width, y)


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
            _rule(self.canv, self.below, self.width, self.thickness, self.ink)


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
    """An empty box to be ticked by hand, before a text."""

    def __init__(self, text: Flowable) -> None:
        super().__init__()
        self.text = text

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """The text's height."""
        _, tall = self.text.wrap(width - 15, height)
        self.width, self.height = width, tall + 3
        return self.width, self.height

    def draw(self) -> None:
        """The box as an artifact, then the text."""
        with self.canv.artifact():
            self.canv.setStrokeColor(colour("ink"))
            self.canv.setLineWidth(0.75)
            self.canv.rect(0, self.height - 11.5, 9, 9, stroke=1, fill=0)
        self.text.drawOn(self.canv, 15, self.height - self.text.height)


class SignatureField(Flowable):
    """The place of a signature. The field itself is made by ``archival.finish``, before anything is signed."""

    def __init__(self, name: str, label: str, width: float, height: float, caption: Text) -> None:
        super().__init__()
        self.name, self.label, self.width, self.height, self.caption = name, label, width, height, caption

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
        box = (x + 1, y + 1, x + self.width - 1, y + self.height - 1)
        canvas.fields.append(Field(self.name, self.label, canvas.page, box, element))
