"""Whom the host contacted and what that means: operator, country, class of transfer, product; when and how much."""

import datetime as dt
from collections.abc import Sequence

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from auditor.evidence import fonts
from auditor.evidence.blocks import Figure, Space, Text
from auditor.evidence.chapters.markup import (
    WIDTH,
    code,
    cut,
    foreign,
    labelled,
    note,
    plain,
    rest,
    section,
    table,
    value,
)
from auditor.evidence.edition import Edition
from auditor.evidence.grid import row
from auditor.evidence.styles import BODY_RIGHT, CAPTION, CAPTION_INK, colour
from auditor.evidence.tags import Canvas
from auditor.facts.traffic import Flow
from auditor.judge.destination import Destination, Reach
from auditor.knowledge.operators import TransferClass

LANE = 14.0
NAME = 52 * mm
TOTAL = 26 * mm
LANES = 12
"""Lanes of a chart at most."""
BINS = 60
_INK = {TransferClass.THIRD: "fail", TransferClass.UNKNOWN: "unknown"}
"""Classes that a chart tells by a colour of their own; the table says them in words."""


def transfers(edition: Edition) -> list[Flowable]:
    """Captures that were handed in, what was kept, destinations with their meaning, charts, and the tables' age."""
    return [*_kept(edition), *_destinations(edition), *_timeline(edition), *_amounts(edition)]


def _kept(edition: Edition) -> list[Flowable]:
    words, traffic = edition.words, edition.audit.facts.traffic
    pairs: list[tuple[str, Flowable]] = []
    for fact in traffic.imports:
        capture = fact.value if fact.seen else None
        if capture is None:
            note, lang = words.told(fact.note)
            pairs.append((words("transfers.imported"), value(note, foreign(edition, lang), 240)))
            continue
        told = words("transfers.imported_value", packets=words.number(capture.packets),
                     seconds=words.number(capture.seconds))  # fmt: skip
        losses = words.number(capture.dropped) if capture.loss_known else words("transfers.loss_unknown")
        told += " " + words("transfers.losses", dropped=losses)
        if capture.damaged:
            told += " " + words("transfers.damaged")
        pairs.append((words("transfers.imported"), value(f"{cut(fact.source, 120)}: {told}")))
    kept = [fact.value.kept for fact in (traffic.capture, *traffic.imports) if fact.value is not None]
    for sentence in dict.fromkeys(each for one in kept for each in one):
        text, lang = words.told(sentence)
        pairs.append((words("transfers.kept"), value(text, foreign(edition, lang), 300)))
    if traffic.pseudonyms:
        pairs.append((words("transfers.clients_kept"), value(words("transfers.pseudonyms"))))
    return [Space(2 * mm), labelled(pairs)] if pairs else []


def _destinations(edition: Edition) -> list[Flowable]:
    words, limit = edition.words, edition.budget.sockets
    found = edition.judgement.destinations
    if not found:
        return []
    heads = [words(f"transfers.{key}") for key in ("destination", "registered", "class", "process", "sent", "received")]
    rows = [
        row(
            Text("<br/>".join(_name(edition, one)), CAPTION_INK, tag=""),
            Text(plain(registered(edition, one), 120), CAPTION_INK, tag=""),
            Text(plain(words(f"transfers.class_{one.transfer.value}")), CAPTION_INK, tag=""),
            Text(plain(_owners(one), 60), CAPTION, tag=""),
            Text(plain(_size(edition, one, one.bytes_out)), BODY_RIGHT, tag=""),
            Text(plain(_size(edition, one, one.bytes_in)), BODY_RIGHT, tag=""),
        )
        for one in found[:limit]
    ]
    widths = (44 * mm, 38 * mm, 28 * mm, 22 * mm, 19 * mm, 19 * mm)
    blocks = section(words("transfers.title"))
    blocks.append(table(heads, rows, widths, numbers=(4, 5)))
    blocks += rest(edition, "more.facts", len(found) + edition.judgement.more_destinations - limit)
    blocks += note(words("transfers.caveat"))
    covers = "; ".join(dict.fromkeys(one.covers for one in found if one.covers))
    if covers:
        blocks.append(Text(plain(covers, 400), CAPTION, lang=foreign(edition, "en")))
    tables = "; ".join(
        words("transfers.table", name=each.name, day=edition.day(each.date), age=words.number(_age(edition, each.date)))
        for each in edition.audit.facts.traffic.registries
    )
    return [*blocks, *note(words("transfers.tables", tables=tables) if tables else words("transfers.no_tables"))]


def _name(edition: Edition, one: Destination) -> list[str]:
    words = edition.words
    if one.reach is Reach.REPLY:
        return [plain(words("transfers.clients", n=one.connections))]
    lines = [code(one.name, 48)] if one.name else []
    more = f" +{len(one.addresses) - 1}" if len(one.addresses) > 1 else ""
    lines.append(code(f"{one.addresses[0]}{more} {', '.join(one.ports[:2])}", 48))
    if one.reach is Reach.ATTEMPT:
        lines.append(plain(words("transfers.attempt")))
    products = dict.fromkeys(endpoint.product for endpoint in one.endpoints)
    if products:
        lines.append(plain(words("transfers.known", products=", ".join(list(products)[:3])), 90))
    return lines


def registered(edition: Edition, one: Destination) -> str:
    """Operator and country; a content network has no place."""
    if one.transfer is TransferClass.OWN:
        return ""
    who = one.operator or ", ".join(one.networks[:1])
    where = one.operator_country or ", ".join(one.countries)
    told = f"{who} ({where})" if who and where else who or where or edition.words("transfers.class_unknown")
    return f"{told}; {edition.words('transfers.undeterminable')}" if one.cdn else told


def _owners(one: Destination) -> str:
    return ", ".join(dict.fromkeys(f"{owner.package or owner.name} {owner.version}".strip() for owner in one.owners))


def _size(edition: Edition, one: Destination, count: int) -> str:
    return edition.words.number(count) if one.bytes_out + one.bytes_in else "–"


def _age(edition: Edition, day: str) -> int:
    """Days between a table's day and the audit's end."""
    return max(0, (dt.date.fromisoformat(edition.audit.ended[:10]) - dt.date.fromisoformat(day)).days)


def _timeline(edition: Edition) -> list[Flowable]:
    """When: one lane for each destination; the load first, because silence without load proves little."""
    shown = _load_first(edition.judgement.destinations)
    flows = edition.audit.facts.traffic.flows
    if not shown:
        return []
    begin = min(_moment(one.first) for one in shown)
    end = max(_moment(one.last) for one in shown)
    seconds = max(1.0, (end - begin).total_seconds())
    lanes = [(_label(edition, one), _bins([flows[place] for place in one.flows], begin, seconds)) for one in shown]
    words = edition.words
    alt = "; ".join(f"{_label(edition, one)}: {words.moment(one.first)} – {words.moment(one.last)}" for one in shown)

    def draw(canvas: Canvas) -> None:
        room = (WIDTH - NAME) / BINS
        for number, ((name, bins), one) in enumerate(zip(lanes, shown, strict=True)):
            y = (len(lanes) - number - 1) * LANE
            _head(canvas, y, name)
            canvas.setFillColor(colour(_INK.get(one.transfer, "accent")))
            canvas.setStrokeColor(colour(_INK.get(one.transfer, "accent")))
            canvas.setLineWidth(0.5)
            for place in bins:
                attempt = one.reach is Reach.ATTEMPT
                canvas.rect(
                    NAME + place * room, y + 3, room - 0.6, LANE - 6, stroke=int(attempt), fill=int(not attempt)
                )

    figure = Figure(WIDTH, len(lanes) * LANE, words("transfers.timeline_alt", lanes=alt), draw)
    title = words("transfers.timeline")
    span = words.span(begin.strftime("%Y-%m-%dT%H:%M:%SZ"), end.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return [*section(title, 20 * mm + figure.height), figure, *note(span)]


def _amounts(edition: Edition) -> list[Flowable]:
    """How much: bytes both ways where packets were counted, else connections."""
    words = edition.words
    shown = [one for one in edition.judgement.destinations if one.reach is not Reach.REPLY][:LANES]
    if not shown:
        return []
    counted = all(one.bytes_out + one.bytes_in for one in shown)
    sums = [one.bytes_out + one.bytes_in if counted else one.connections + one.attempts for one in shown]
    key = "transfers.bytes" if counted else "transfers.connections"
    longest = max(sums)
    alt = "; ".join(f"{_label(edition, one)}: {words.number(n)}" for one, n in zip(shown, sums, strict=True))

    def draw(canvas: Canvas) -> None:
        room = WIDTH - NAME - TOTAL
        for number, (one, amount) in enumerate(zip(shown, sums, strict=True)):
            y = (len(shown) - number - 1) * LANE
            _head(canvas, y, _label(edition, one))
            canvas.setFillColor(colour(_INK.get(one.transfer, "accent")))
            canvas.rect(NAME, y + 3, max(room * amount / longest, 1.0), LANE - 6, stroke=0, fill=1)
            canvas.setFillColor(colour("muted"))
            canvas.setFont(fonts.SANS, 8)
            canvas.drawRightString(WIDTH, y + 4, words.number(amount))

    figure = Figure(WIDTH, len(shown) * LANE, words("transfers.amounts_alt", lanes=alt), draw)
    return [*section(words(key), 20 * mm + figure.height), figure]


def _load_first(found: Sequence[Destination]) -> list[Destination]:
    replies = [one for one in found if one.reach is Reach.REPLY]
    return [*replies, *[one for one in found if one.reach is not Reach.REPLY][: LANES - len(replies)]]


def _label(edition: Edition, one: Destination) -> str:
    if one.reach is Reach.REPLY:
        return edition.words("transfers.clients", n=one.connections)
    return fonts.printable(cut(one.id, 34))


def _bins(flows: Sequence[Flow], begin: dt.datetime, seconds: float) -> list[int]:
    found: set[int] = set()
    for flow in flows:
        first, last = (int((_moment(each) - begin).total_seconds() / seconds * (BINS - 1)) for each in
                       (flow.first, flow.last))  # fmt: skip
        found.update(range(max(0, first), min(BINS - 1, last) + 1))
    return sorted(found)


def _moment(instant: str) -> dt.datetime:
    return dt.datetime.fromisoformat(instant)


def _head(canvas: Canvas, y: float, name: str) -> None:
    canvas.setFillColor(colour("ink"))
    canvas.setFont(fonts.SANS, 8)
    canvas.drawString(0, y + 4, name)
