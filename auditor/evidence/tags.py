"""The structure tree: what each piece of a page is, so that a screen reader can tell (PDF/UA-1, ISO 14289-1).

reportlab draws without structure. :class:`Canvas` wraps what is drawn in marked content (ISO 32000-1, 14.6) and
grows a tree of :class:`Element` beside it; ``archival.finish`` writes the tree into the file.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from reportlab.pdfgen.canvas import Canvas as Plain


@dataclass(frozen=True)
class Content:
    """A run of marked content: page index from 0 and its number on that page."""

    page: int
    number: int


@dataclass(frozen=True)
class Annotation:
    """An annotation: page index from 0 and its index in the page's list."""

    page: int
    index: int


@dataclass(eq=False)
class Element:
    """A structure element (ISO 32000-1, 14.7.2)."""

    tag: str
    lang: str = ""
    alt: str = ""
    scope: str = ""
    """``Column`` or ``Row``, for table heads."""
    box: tuple[float, float, float, float] | None = None
    children: list["Element | Content | Annotation"] = field(default_factory=list)
    placed: bool = False

    def add(self, child: "Element") -> "Element":
        """Append a child once; further calls leave it where it is."""
        if not child.placed:
            child.placed = True
            self.children.append(child)
        return child


@dataclass(frozen=True)
class Field:
    """An empty field: its name, its label for assistive technology, place and element."""

    name: str
    label: str
    page: int
    box: tuple[float, float, float, float]
    element: Element
    kind: Literal["signature", "check", "text"] = "signature"


class Canvas(Plain):
    """A canvas that knows what it draws, and where things came to stand."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.root = Element("Document", placed=True)
        self.parent = self.root
        self.fields: list[Field] = []
        self.places: dict[str, int] = {}
        """Page number, from 1, of every anchor drawn."""
        self._runs = 0
        self._silent = 0
        self._within: Element | None = None

    @property
    def page(self) -> int:
        """Index of the page being drawn, from 0."""
        return int(self._pageNumber) - 1

    def showPage(self) -> None:
        """End the page; marked content is numbered anew on the next."""
        super().showPage()
        self._runs = 0

    @contextlib.contextmanager
    def inside(self, element: Element) -> Iterator[None]:
        """What is drawn within becomes a child of ``element``."""
        if self._silent:
            yield
            return
        before, self.parent = self.parent, self.parent.add(element)
        try:
            yield
        finally:
            self.parent = before

    @contextlib.contextmanager
    def content(self, element: Element) -> Iterator[None]:
        """What is drawn within is content of ``element``, which is placed under the present parent."""
        if self._silent or self._within is not None:
            yield
            return
        if element is not self.parent:
            self.parent.add(element)
        element.children.append(Content(self.page, self._runs))
        self._code.append(f"/{element.tag} <</MCID {self._runs}>> BDC")
        self._runs += 1
        self._within = element
        try:
            yield
        finally:
            self._within = None
            self._code.append("EMC")

    @contextlib.contextmanager
    def artifact(self, kind: str = "Layout") -> Iterator[None]:
        """What is drawn within carries no meaning of its own: lines, backgrounds, heads and feet."""
        if self._silent or self._within is not None:
            yield
            return
        self._code.append(f"/Artifact <</Type /{kind}>> BDC")
        self._silent += 1
        try:
            yield
        finally:
            self._silent -= 1
            self._code.append("EMC")

    def _addAnnotation(self, annotation: Any, name: Any = None, addtopage: int = 1) -> None:
        super()._addAnnotation(annotation, name, addtopage)
        if addtopage and self._within is not None:
            self._within.children.append(Annotation(self.page, len(self._annotationrefs) - 1))
