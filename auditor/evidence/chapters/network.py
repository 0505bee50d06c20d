"""The network: how it was watched, who listens, where connections went, what this way of watching cannot see."""

from collections.abc import Iterable
from dataclasses import dataclass

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from auditor.evidence.blocks import Space, Text
from auditor.evidence.chapters.markup import (
    chapter,
    code,
    foreign,
    labelled,
    nothing,
    paragraph,
    plain,
    rest,
    section,
    table,
    value,
)
from auditor.evidence.chapters.transfers import transfers
from auditor.evidence.edition import Edition
from auditor.evidence.grid import row
from auditor.evidence.styles import BODY_RIGHT, CAPTION, MUTED
from auditor.facts.fact import Fact
from auditor.facts.traffic import Flow, Process, Tier

_LOOKING = (Tier.POLLING, Tier.SLOW_POLLING)
"""Tiers that miss what happens between two looks."""


@dataclass(frozen=True)
class Destination:
    """Connections of one process to one remote socket."""

    proto: str
    address: str
    port: int
    process: str
    connections: int
    attempts: int
    first: str
    last: str


def owner(process: Fact[Process]) -> str:
    """The name of a socket's owner; empty where it was not seen."""
    return process.value.name if process.seen and process.value is not None else ""


def destinations(flows: Iterable[Flow]) -> list[Destination]:
    """Outgoing connections, summed up by remote socket and process, most first."""
    grouped: dict[tuple[str, str, int, str], list[Flow]] = {}
    for flow in flows:
        if flow.direction == "out":
            grouped.setdefault((flow.proto, flow.address, flow.port, owner(flow.process)), []).append(flow)
    found = [
        Destination(
            *key,
            connections=sum(not flow.attempt for flow in each),
            attempts=sum(flow.attempt for flow in each),
            first=min(flow.first for flow in each),
            last=max(flow.last for flow in each),
        )
        for key, each in grouped.items()
    ]
    return sorted(
        found, key=lambda d: (_own(d.address), -d.connections - d.attempts, d.address, d.port, d.proto, d.process)
    )


def _own(address: str) -> bool:
    """Whether an address is the host's own loop, which leads nowhere."""
    return address.startswith("127.") or address == "::1"


def network(edition: Edition) -> list[Flowable]:
    """The chapter of the network."""
    words, traffic = edition.words, edition.audit.facts.traffic
    blocks = chapter(edition, "network")
    capture = traffic.capture.value if traffic.capture.seen else None
    if capture is None:
        reason = words.told(traffic.capture.note)[0] or words(f"status.{traffic.capture.status.value}")
        blocks += paragraph(words("network.unwatched", reason=reason))
    else:
        pairs: list[tuple[str, Flowable]] = [
            (words("network.means"), value(words(f"tier.{capture.tier.value}"))),
            (words("network.period"), value(words.span(capture.first, capture.last))),
            (words("network.watch"), value(words("network.watch_value", n=capture.seconds, samples=capture.samples))),
        ]
        if capture.tier in _LOOKING:
            pairs.append((words("network.gap"), value(words("network.gap_value", gap=capture.longest_gap_ms))))
        if capture.packets:
            counted = words("network.packets_value", packets=capture.packets, dropped=capture.dropped)
            pairs.append((words("network.packets"), value(counted)))
        blocks.append(labelled(pairs))
        blocks += section(words("network.cannot"))
        texts = [words.told(each) for each in capture.not_seen[:12]]
        told = [(f"{n}.", value(text, foreign(edition, lang), 240)) for n, (text, lang) in enumerate(texts, 1)]
        blocks.append(labelled(told, 8 * mm) if told else Text(plain(words("network.cannot_none")), MUTED))
        blocks += rest(edition, "more.facts", len(capture.not_seen) - 12)
    return [*blocks, *transfers(edition), *_destinations(edition), *_listeners(edition)]


def _destinations(edition: Edition) -> list[Flowable]:
    words, limit = edition.words, edition.budget.sockets
    found = destinations(edition.audit.facts.traffic.flows)
    blocks = section(words("network.destinations"))
    if not found:
        seen = edition.audit.facts.traffic.capture.seen
        return [*blocks, *paragraph(words("network.no_destinations" if seen else "value.not_looked"))]
    heads = [words(f"network.{key}") for key in ("remote", "process", "connections", "attempts", "last")]
    rows = [
        row(
            Text(code(f"{each.proto} {_socket(each.address, each.port)}", 48), tag=""),
            Text(plain(each.process or words("network.owner_unseen"), 40), tag=""),
            Text(plain(words.number(each.connections)), BODY_RIGHT, tag=""),
            Text(plain(words.number(each.attempts)), BODY_RIGHT, tag=""),
            Text(plain(words.moment(each.last)), CAPTION, tag=""),
        )
        for each in found[:limit]
    ]
    blocks.append(table(heads, rows, (56 * mm, 34 * mm, 22 * mm, 20 * mm, 38 * mm), numbers=(2, 3)))
    return [*blocks, *rest(edition, "more.facts", len(found) - limit), Space(1 * mm)]


def _listeners(edition: Edition) -> list[Flowable]:
    words, limit = edition.words, edition.budget.sockets
    found = edition.audit.facts.traffic.listeners
    blocks = section(words("network.listeners"))
    if not found:
        return [*blocks, *nothing(edition, "traffic", "network.no_listeners")]
    heads = [words(f"network.{key}") for key in ("socket", "process", "program", "container")]
    rows = []
    for each in sorted(found, key=lambda each: (_own(each.address), each.port))[:limit]:
        process = each.process.value if each.process.seen else None
        rows.append(
            row(
                Text(code(f"{each.proto} {_socket(each.address, each.port)}", 44), tag=""),
                Text(plain(owner(each.process) or words("network.owner_unseen"), 40), tag=""),
                Text(code(process.exe, 34), CAPTION, tag="") if process and process.exe else Text("", tag=""),
                Text(plain(process.container if process else "", 24), CAPTION, tag=""),
            )
        )
    blocks.append(table(heads, rows, (54 * mm, 34 * mm, 56 * mm, 26 * mm)))
    return [*blocks, *rest(edition, "more.facts", len(found) - limit)]


def _socket(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
