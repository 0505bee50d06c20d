"""Numbers, times, digests and hostile text as people read them."""

import html
import unicodedata

from PySide6.QtCore import QDateTime, QLocale, Qt


def locale() -> QLocale:
    """The locale of the interface's language."""
    return QLocale()


def count(number: int) -> str:
    """With the separators of the language: ``71,994``."""
    return locale().toString(number)


def decimal(number: float) -> str:
    """A number with one digit behind the separator of the language."""
    return locale().toString(number, "f", 1)


def size(count_: int | float) -> str:
    """Bytes, decimal: ``1,520 GB``, ``35.4 kB``. Three digits where there is a fraction."""
    units = ("B", "kB", "MB", "GB", "TB", "PB")
    value, step = float(count_), 0
    # GB up to ten thousand, so that model stores compare in one unit.
    while abs(value) >= (10_000 if units[step] == "GB" else 1000) and step + 1 < len(units):
        value, step = value / 1000, step + 1
    unit = units[step]
    decimals = 0 if unit == "B" or value >= 100 else 1
    return f"{locale().toString(value, 'f', decimals)}\u00a0{unit}"


def memory(bytes_: int) -> str:
    """Memory, binary: ``79.6 GiB``."""
    return f"{locale().toString(bytes_ / 2**30, 'f', 1)}\u00a0GiB"


def duration(seconds: float) -> str:
    """``53 min 40 s``, ``2 h 05 min``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole}\u00a0s"
    if whole < 3600 and whole % 60 == 0:
        return f"{whole // 60}\u00a0min"
    if whole < 3600:
        return f"{whole // 60}\u00a0min {whole % 60:02d}\u00a0s"
    if whole % 3600 < 60:
        return f"{whole // 3600}\u00a0h"
    return f"{whole // 3600}\u00a0h {whole % 3600 // 60:02d}\u00a0min"


def _local(instant: str) -> QDateTime:
    return QDateTime.fromString(instant.partition(".")[0].rstrip("Z") + "Z", Qt.DateFormat.ISODate).toLocalTime()


def zone(instant: str) -> str:
    """The abbreviation of the local zone at that time: ``CET``."""
    return _local(instant).timeZoneAbbreviation()


def clock(instant: str) -> str:
    """Time of day, local: ``13:04:11``; empty for none. The zone stands in the head of the column."""
    if not instant:
        return ""
    return locale().toString(_local(instant), "HH:mm:ss")


def day(instant: str) -> str:
    """``22 Nov 2026``."""
    return locale().toString(_local(instant).date(), "d MMM yyyy")


def when(instant: str) -> str:
    """``22 Nov 2026, 13:04 CET``."""
    return f"{day(instant)}, {locale().toString(_local(instant), 'HH:mm')} {zone(instant)}"


def span(first: str, last: str) -> str:
    """``22 Nov 2026, 13:00–14:03 CET``."""
    start, end = _local(first), _local(last)
    if start.date() != end.date():
        return f"{when(first)} – {when(last)}"
    hours = f"{locale().toString(start, 'HH:mm')}–{locale().toString(end, 'HH:mm')}"
    return f"{day(first)}, {hours} {zone(first)}"


def hours(first: str, last: str) -> str:
    """``13:00:20–14:00:20 CET``; with the days where they differ."""
    if _local(first).date() != _local(last).date():
        return span(first, last)
    return f"{clock(first)}–{clock(last)} {zone(first)}"


def digest(hex_: str) -> str:
    """In groups of eight, which a line never breaks: the blanks are no-break ones inside half a SHA-256."""
    groups = [hex_[i : i + 8] for i in range(0, len(hex_), 8)]
    halves = ["\u00a0".join(groups[i : i + 4]) for i in range(0, len(groups), 4)]
    return " ".join(halves)


def clean(text: str, most: int = 4000) -> str:
    """Text of a host for one place on screen: control and bidirectional characters as ``<U+202E>``, bounded."""
    cut = text[:most] + ("…" if len(text) > most else "")
    return "".join(
        c if c.isprintable() or c in " \n\u00a0" else " " if c in "\t\r" else f"<U+{ord(c):04X}>"
        for c in cut
        if unicodedata.category(c) != "Cs"
    )


def tip(text: str) -> str:
    """A tool tip that shows the text itself, whatever tags it holds."""
    return f"<p style='white-space:pre-wrap'>{html.escape(clean(text))}</p>"
