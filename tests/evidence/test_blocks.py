"""Blocks: what is drawn stands in the structure tree, in reading order, and heads repeat as artifacts."""

import io

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from auditor.evidence import fonts
from auditor.evidence.blocks import CheckBox, Figure, InputField, Marked, Panel, Space, Text
from auditor.evidence.grid import Grid, Ruling, row
from auditor.evidence.marks import Mark
from auditor.evidence.tags import Annotation, Canvas, Content, Element


@pytest.fixture(autouse=True)
def _faces() -> None:
    fonts.register()


def printed(*story: Flowable, height: float = 400) -> Canvas:
    """The canvas after printing ``story`` on pages of this height."""
    made: list[Canvas] = []

    def canvas(*args: object, **options: object) -> Canvas:
        made.append(Canvas(*args, **options))
        return made[-1]

    document = BaseDocTemplate(io.BytesIO(), pagesize=A4, initialFontName=fonts.SANS)
    document.addPageTemplates(PageTemplate("page", [Frame(50, 50, 400, height)]))
    document.build(list(story), canvasmaker=canvas)
    return made[-1]


def tree(element: Element) -> str:
    """The tags below an element, e.g. ``Table(TR(TH TD))``."""
    kids = " ".join(tree(child) for child in element.children if isinstance(child, Element))
    return f"{element.tag}({kids})" if kids else element.tag


def test_a_paragraph_over_two_pages_is_one_element() -> None:
    canvas = printed(Text("word " * 2000), height=200)
    (element,) = canvas.root.children
    assert isinstance(element, Element)
    pages = [child.page for child in element.children if isinstance(child, Content)]
    assert len(pages) > 1
    assert pages == sorted(set(pages))


def test_a_table_over_pages_is_one_table_with_one_head() -> None:
    rows = [row(Text("Name", tag=""), Text("Value", tag=""), head=True)]
    rows += [row(Text(f"r{n}", tag=""), Text("v", tag="")) for n in range(40)]
    canvas = printed(Grid(rows, (100, 100), "table", Ruling(above=True, between=True), row_heads=True), height=200)
    assert len(canvas.places) == 0
    assert tree(canvas.root) == "Document(Table(TR(TH TH) " + " ".join(["TR(TH TD)"] * 40) + "))"


def test_labelled_values_are_a_list() -> None:
    canvas = printed(Grid([row(Text("Host", tag=""), Text("gpu"))], (100, 100), "list"))
    assert tree(canvas.root) == "Document(L(LI(Lbl LBody(P))))"


def test_layout_leaves_no_trace_in_the_tree() -> None:
    canvas = printed(Grid([row(Text("left"), [Text("right"), Text("below")])], (100, 100), "layout"))
    assert tree(canvas.root) == "Document(P P P)"


def test_a_contents_line_links() -> None:
    canvas = printed(
        Grid([row(Text("Chapter", link="c"), Text("3", tag="Span"))], (100, 50), "toc"), Text("x", anchor="c")
    )
    assert tree(canvas.root) == "Document(TOC(TOCI(P(Link) Span)) P)"
    assert canvas.places == {"c": 1}


def test_a_row_that_does_not_fit_moves_whole() -> None:
    grid = Grid([row(Text("one")), row(Text("two"))], (100,))
    _, height = grid.wrap(400, 1000)
    first, second = grid.split(400, height - 1)
    assert isinstance(first, Grid)
    assert isinstance(second, Grid)
    assert (len(first.rows), len(second.rows)) == (1, 1)
    assert grid.split(400, 5) == []


def test_marks_panels_and_boxes_say_only_their_text() -> None:
    panel = Panel(
        [Marked(Mark.FAIL, Text("Contradicted")), Space(3), CheckBox(Text("Accept"), "Accept", "Accept it")], Mark.FAIL
    )
    assert tree(printed(panel).root) == "Document(P Form P)"


def test_a_figure_has_words_and_a_box() -> None:
    canvas = printed(Figure(50, 20, "Two bars", lambda canvas: canvas.rect(0, 0, 5, 5)))
    (figure,) = canvas.root.children
    assert isinstance(figure, Element)
    assert figure.alt == "Two bars"
    assert figure.box is not None
    assert round(figure.box[2] - figure.box[0]) == 50


def test_a_signature_field_is_recorded_with_its_place() -> None:
    canvas = printed(InputField("DPO", "Signature of the DPO", 200, 50, Text("sign here")))
    (field,) = canvas.fields
    assert (field.name, field.page) == ("DPO", 0)
    assert tree(canvas.root) == "Document(P Form)"


def test_an_annotation_outside_of_content_is_not_tagged() -> None:
    canvas = Canvas(io.BytesIO())
    canvas.linkRect("", "x", (0, 0, 1, 1))
    assert not any(isinstance(child, Annotation) for child in canvas.root.children)
