"""Contents, scope and method: what was looked at, by what, with which rights."""

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from auditor.evidence.blocks import Space, Text
from auditor.evidence.chapters.blind import collector_name
from auditor.evidence.chapters.markup import (
    WIDTH,
    chapter,
    code,
    digest,
    foreign,
    labelled,
    paragraph,
    plain,
    rest,
    section,
    table,
    value,
)
from auditor.evidence.chapters.summary import chart
from auditor.evidence.edition import Edition
from auditor.evidence.grid import Grid, Ruling, row
from auditor.evidence.styles import BODY, BODY_RIGHT

CHAPTERS = (
    "scope",
    "method",
    "findings",
    "models",
    "weights",
    "network",
    "sealed",
    "machine",
    "waivers",
    "limits",
    "verify",
    "signoff",
)
"""Anchors of the chapters after page one, in their order."""


def scope(edition: Edition) -> list[Flowable]:
    """Contents, and what was audited under which policy."""
    words, audit, judgement = edition.words, edition.audit, edition.judgement
    lines = [
        row(
            Text(plain(words(f"{key}.title")), BODY, link=key),
            Text(plain(words.number(edition.page(key))), BODY_RIGHT, tag="Span"),
        )
        for key in CHAPTERS
        if key != "sealed" or audit.facts.sealed
    ]
    contents = Grid(lines, (WIDTH - 20 * mm, 20 * mm), "toc", Ruling(between=True, top=1.5, bottom=2, right=0))
    host = audit.facts.host
    system = host.os.value
    title, lang = words.local(edition.policy.title, edition.policy.id)
    pairs: list[tuple[str, Flowable]] = [
        (words("scope.evidence"), Text(code(judgement.audit.id))),
        (words("scope.target"), value(f"{audit.target.name} ({words(f'target.{audit.target.kind}')})", limit=120)),
        (words("scope.machine"), Text(digest(host.machine_id.value)) if host.machine_id.value else _unknown(edition)),
        (words("scope.system"), value(f"{system.name} {system.version}", limit=100) if system else _unknown(edition)),
        (words("scope.kernel"), value(host.kernel.value, limit=100) if host.kernel.value else _unknown(edition)),
        (words("scope.processor"), value(host.cpu.value, limit=100) if host.cpu.value else _unknown(edition)),
        (words("scope.policy"), value(f"{title} {edition.policy.version}", foreign(edition, lang), 120)),
        (words("scope.policy_digest"), Text(digest(judgement.policy.sha256))),
        (words("scope.validity"), value(f"{words.date(edition.policy.valid_from)} – "
                                        f"{words.date(edition.policy.valid_until)}")),
        (words("scope.facts_digest"), Text(digest(judgement.audit.digest))),
        (words("scope.judged"), value(words.moment(judgement.judged))),
        (words("scope.composed"), value(words.moment(edition.cover.when))),
    ]  # fmt: skip
    return [
        *chapter(edition, "scope", fresh=True),
        contents,
        *section(words("scope.subject")),
        labelled(pairs),
        *chart(edition),
    ]


def _unknown(edition: Edition) -> Text:
    return Text(plain(edition.words("value.unknown")))


def method(edition: Edition) -> list[Flowable]:
    """Tool, rights, collectors, the way the network was watched."""
    words, audit = edition.words, edition.audit
    probe = audit.probe
    capabilities = ", ".join(probe.capabilities) or words("method.no_capabilities")
    pairs: list[tuple[str, Flowable]] = [
        (words("method.tool"), value(f"{audit.tool.name} {audit.tool.version}", limit=80)),
        (words("method.probe"), value(words("method.probe_value", version=probe.version, python=probe.python))),
        (words("method.rights"), value(words("method.rights_value", uid=str(probe.uid), capabilities=capabilities),
                                       limit=300)),
        (words("method.time"), value(words.span(audit.started, audit.ended))),
        (words("method.clock"), value(_clock(edition))),
        (words("method.network"), value(_watch(edition))),
    ]  # fmt: skip
    shown = audit.collectors[: edition.budget.notes]
    rows = [
        row(
            Text(plain(collector_name(edition, each.name), 40), tag=""),
            Text(plain(words(f"outcome.{each.outcome.value}")), tag=""),
            Text(plain(words.number(each.records)), BODY_RIGHT, tag=""),
            Text(plain(note, 160), tag="", lang=foreign(edition, lang)),
        )
        for each, (note, lang) in zip(shown, (words.told(each.note) for each in shown), strict=True)
    ]
    heads = [words(f"method.{key}") for key in ("collector", "outcome", "records", "note")]
    return [
        *chapter(edition, "method"),
        *paragraph(words("method.intro")),
        labelled(pairs),
        *section(words("method.collectors")),
        table(heads, rows, (44 * mm, 30 * mm, 22 * mm, 74 * mm), numbers=(2,))
        if rows
        else Text(plain(words("method.none"))),
        *rest(edition, "more.facts", len(audit.collectors) - len(rows)),
        Space(3 * mm),
        *paragraph(words("method.decision")),
    ]


def _clock(edition: Edition) -> str:
    clock = edition.audit.facts.host.clock.value
    if clock is None:
        return edition.words("value.unknown")
    state = "method.clock_synchronised" if clock.synchronised else "method.clock_free"
    return edition.words(state, error=edition.words.number(clock.max_error_us / 1000, 1))


def _watch(edition: Edition) -> str:
    capture = edition.audit.facts.traffic.capture
    if not capture.seen or capture.value is None:
        return edition.words("method.unwatched")
    return edition.words("method.watched", tier=edition.words(f"tier.{capture.value.tier.value}"),
                         n=capture.value.seconds)  # fmt: skip
