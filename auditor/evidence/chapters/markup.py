"""Small pieces that all chapters use: safe markup, shortening, headings, labelled values."""

import re
from bisect import bisect_right
from collections.abc import Collection, Sequence
from xml.sax.saxutils import escape

from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import CondPageBreak, Flowable, PageBreak

from auditor.evidence import fonts
from auditor.evidence.blocks import Space, Text
from auditor.evidence.edition import Edition
from auditor.evidence.grid import Grid, Row, Ruling, row
from auditor.evidence.styles import BODY, CAPTION, CAPTION_STRONG, CHAPTER, HEAD_RIGHT, MUTED, SECTION

WIDTH = 170 * mm
_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
TABLE = Ruling(above=True, between=True, top=3.5, bottom=3.5, right=9)


def plain(text: str, limit: int = 0) -> str:
    """Text as safe markup, cut at ``limit`` characters where one is given."""
    return escape(fonts.printable(cut(text, limit) if limit else text))


def prose(text: str, limit: int = 0) -> str:
    """As :func:`plain`, with digests in groups of eight."""
    return _DIGEST.sub(lambda found: digest(found.group()), plain(text, limit))


def shortened(text: str) -> str:
    """Text with the first eight digits of each digest only, for page one."""
    return _DIGEST.sub(lambda found: found.group()[:8] + "…", text)


def bold(text: str, limit: int = 0) -> str:
    """Semibold."""
    return f'<font name="{fonts.BOLD}">{plain(text, limit)}</font>'


def code(text: str, limit: int = 0) -> str:
    """Paths, addresses and the like, shortened in the middle at ``limit`` characters."""
    short = middle(text, limit) if limit else text
    return f'<font name="{fonts.MONO}" size="8">{escape(fonts.printable(short, fonts.MONO))}</font>'


def digest(hexadecimal: str) -> str:
    """A digest in groups of eight."""
    groups = " ".join(hexadecimal[i : i + 8] for i in range(0, len(hexadecimal), 8))
    return code(groups)


def cut(text: str, limit: int) -> str:
    """At most ``limit`` characters, an ellipsis for the rest."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def fitted(text: str, width: float, style: ParagraphStyle) -> str:
    """As much of ``text`` as stands in one line of ``width`` points."""
    text = fonts.printable(text, style.fontName)

    def needed(shown: str) -> float:
        return float(stringWidth(shown, style.fontName, style.fontSize))

    if needed(text) <= width:
        return text
    longest = bisect_right(range(1, len(text)), width, key=lambda length: needed(text[:length].rstrip() + "…"))
    return text[: max(longest, 1)].rstrip() + "…"


def middle(text: str, limit: int) -> str:
    """At most ``limit`` characters, an ellipsis in the middle: the end of a path says most."""
    if len(text) <= limit:
        return text
    head = (limit - 1) // 3
    return text[:head] + "…" + text[len(text) - (limit - 1 - head) :]


def chapter(edition: Edition, key: str, fresh: bool = False) -> list[Flowable]:
    """The heading of a chapter, with its anchor and its entry in the outline."""
    title = edition.words(f"{key}.title")
    start: Flowable = PageBreak() if fresh else CondPageBreak(70 * mm)
    heading = Text(plain(title), CHAPTER, tag="H2", anchor=key, outline=title)
    return [start, heading, Space(2 * mm)]


def section(text: str, room: float = 35 * mm) -> list[Flowable]:
    """A heading within a chapter."""
    return [CondPageBreak(room), Text(plain(text), SECTION, tag="H3"), Space(1.5 * mm)]


def paragraph(text: str, muted: bool = False) -> list[Flowable]:
    """A paragraph of the dossier's own words."""
    return [Text(plain(text), MUTED if muted else BODY), Space(1.5 * mm)]


def nothing(edition: Edition, collector: str, none: str) -> list[Flowable]:
    """An empty list says “none” only where somebody looked to the end."""
    return paragraph(edition.words(none if edition.complete(collector) else "value.not_looked"), muted=True)


def note(text: str) -> list[Flowable]:
    """Small print below a table."""
    return [Space(1.5 * mm), Text(plain(text), CAPTION)]


def labelled(pairs: Sequence[tuple[str, Flowable]], label: float = 34 * mm, width: float = WIDTH) -> Grid:
    """Labels at the left, values at the right."""
    rows = [row(Text(plain(name), MUTED, tag=""), value) for name, value in pairs]
    return Grid(rows, (label, width - label), "list", Ruling(right=4))


def table(
    heads: Sequence[str],
    rows: Sequence[Row],
    widths: Sequence[float],
    row_heads: bool = False,
    numbers: Collection[int] = (),
) -> Grid:
    """A table with one row of heads; ``numbers`` are the columns that are aligned at the right."""
    styles = (HEAD_RIGHT if column in numbers else CAPTION_STRONG for column in range(len(heads)))
    head = row(*(Text(plain(each), kind, tag="") for each, kind in zip(heads, styles, strict=True)), head=True)
    return Grid([head, *rows], widths, "table", TABLE, row_heads=row_heads)


def value(text: str, lang: str = "", limit: int = 0) -> Text:
    """Body text from a document."""
    return Text(prose(text, limit), BODY, lang=lang)


def foreign(edition: Edition, lang: str) -> str:
    """``lang`` where it is not the language of the dossier; the structure tree marks such text."""
    return "" if lang == edition.words.language else lang


def rest(edition: Edition, key: str, n: int) -> list[Flowable]:
    """Says how many more there are, where there are any."""
    return note(edition.words(key, n=n)) if n > 0 else []
