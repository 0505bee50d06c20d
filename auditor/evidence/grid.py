"""Rows and columns: the one way in which blocks stand side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reportlab.platypus import Flowable

from auditor.evidence.styles import HAIRLINE, INK_RULE, rule_across
from auditor.evidence.tags import Canvas, Element


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
                rule_across(canvas, top, self.width, INK_RULE, "ink")
            if self.ruling.above and each.head:
                rule_across(canvas, bottom, self.width, INK_RULE, "ink")
            elif self.ruling.between:
                rule_across(canvas, bottom, self.width, HAIRLINE, "line")
