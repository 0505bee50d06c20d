"""The findings, worst first: open ones in full, settled ones in a table."""

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether

from auditor.evidence import fonts
from auditor.evidence.blocks import Indented, Marked, Panel, Rule, Space, Text
from auditor.evidence.chapters.markup import (
    WIDTH,
    chapter,
    code,
    foreign,
    labelled,
    paragraph,
    plain,
    prose,
    rest,
    section,
    table,
    value,
)
from auditor.evidence.chapters.summary import figures
from auditor.evidence.edition import Edition
from auditor.evidence.grid import Row, row
from auditor.evidence.look import tokens
from auditor.evidence.marks import OF_VERDICT, Mark
from auditor.evidence.styles import BODY, CAPTION, HEADING, MUTED, STRONG
from auditor.judge.finding import AppliedWaiver, Finding
from auditor.judge.waivers import OBSTACLES

_INDENT = 8 * mm
_POINTERS = 6
_WHOLE = 110 * mm
"""A finding that is less high than this is not divided between pages."""


def findings(edition: Edition) -> list[Flowable]:
    """The chapter of findings."""
    words, budget = edition.words, edition.budget
    detailed, listed = edition.open[: budget.detailed], edition.open[budget.detailed :]
    blocks = chapter(edition, "findings", fresh=True)
    blocks += paragraph(words("findings.intro", n=len(edition.open)), muted=True)
    for index, finding in detailed:
        told = _finding(edition, index, finding)
        tall = sum(block.wrap(WIDTH, 10_000)[1] for block in told)
        blocks += [KeepTogether(told)] if tall < _WHOLE else [CondPageBreak(_WHOLE / 2), *told]
    if listed:
        blocks += section(words("findings.further"))
        blocks.append(_table(edition, [f for _, f in listed[: budget.listed]]))
        blocks += rest(edition, "more.findings", len(listed) - budget.listed)
    blocks += figures(edition)
    blocks += section(words("findings.settled"))
    if not edition.settled:
        return [*blocks, Text(plain(words("findings.none_settled")), MUTED)]
    blocks.append(_table(edition, edition.settled[: budget.listed]))
    return [*blocks, *rest(edition, "more.findings", len(edition.settled) - budget.listed)]


def _finding(edition: Edition, index: int, finding: Finding) -> list[Flowable]:
    words = edition.words
    mark = OF_VERDICT[finding.verdict]
    title, lang = _title(edition, finding)
    subject = edition.subject(finding.subject)
    told = " · ".join([finding.control, words(f"severity.{finding.severity.value}"), subject])
    ink = tokens().light[mark.colour]
    verdict = f'<font name="{fonts.BOLD}" color="{ink}">{plain(edition.verdict(finding))}</font>'
    head = Text(plain(title, 160), HEADING, tag="H3", lang=foreign(edition, lang), anchor=f"finding-{index}")
    blocks: list[Flowable] = [
        Rule(below=2.5 * mm),
        Marked(mark, head, size=11.5, gap=_INDENT - 11.5, drop=1.5),
        Indented(Text(f"{verdict} · {plain(told, 200)}", CAPTION), _INDENT),
        Space(1 * mm),
        Indented(labelled(_pairs(edition, finding), 30 * mm, WIDTH - _INDENT), _INDENT),
    ]
    if finding.waiver is not None:
        blocks += [Space(1.5 * mm), _waiver(edition, finding.waiver)]
    return [*blocks, Space(5 * mm)]


def _title(edition: Edition, finding: Finding) -> tuple[str, str]:
    control = next((c for c in edition.policy.controls if c.id == finding.control), None)
    if control is not None:
        return edition.words.local(control.title, finding.title)
    return finding.title, "en"


def _said(edition: Edition, finding: Finding, key: str, english: str, index: int = 0) -> Text:
    sentences = finding.sentences.get(key, ())
    sentence = sentences[index] if index < len(sentences) else None
    text, lang = edition.words.sentence(sentence, english)
    return value(text, foreign(edition, lang), edition.budget.characters)


def _pairs(edition: Edition, finding: Finding) -> list[tuple[str, Flowable]]:
    words = edition.words
    pairs: list[tuple[str, Flowable]] = [
        (words("finding.rule"), _said(edition, finding, "decision_rule", finding.decision_rule)),
        (words("finding.required"), _said(edition, finding, "expected", finding.expected)),
        (words("finding.seen"), _said(edition, finding, "observed", finding.observed)),
    ]
    for number, missing in enumerate(finding.not_seen[:3]):
        pairs.append((words("finding.not_seen") if not number else "",
                      _said(edition, finding, "not_seen", missing, number)))  # fmt: skip
    control = next((c for c in edition.policy.controls if c.id == finding.control), None)
    why, lang = words.local(control.rationale if control else {}, finding.rationale)
    if why:
        pairs.append((words("finding.why"), value(why, foreign(edition, lang), edition.budget.characters)))
    if finding.remedy:
        remedy, lang = edition.remedy(finding)
        pairs.append((words("finding.remedy"), value(remedy, foreign(edition, lang), edition.budget.characters)))
    if finding.references:
        cited = "; ".join(f"{_standard(edition, key)}: {', '.join(ids)}" for key, ids in finding.references.items())
        pairs.append((words("finding.references"), value(cited, foreign(edition, "en"), 300)))
    pairs.append((words("finding.rests_on"), _rests_on(edition, finding)))
    return pairs


def _standard(edition: Edition, key: str) -> str:
    return edition.policy.standards.get(key, {}).get("title", key)


def _rests_on(edition: Edition, finding: Finding) -> Text:
    if not finding.rests_on:
        return Text(plain(edition.words("finding.rests_on_nothing")))
    shown = [code(f"facts.json#{pointer}", 72) for pointer in finding.rests_on[:_POINTERS]]
    more = len(finding.rests_on) - len(shown)
    if more > 0:
        shown.append(plain(edition.words("more.pointers", n=more)))
    return Text(" · ".join(shown), BODY)


def _waiver(edition: Edition, waiver: AppliedWaiver) -> Panel:
    words = edition.words
    title = words("waiver.title" if waiver.applies else "waiver.title_not", id=waiver.id)
    approved = f"{waiver.approved_by}, {waiver.role}, {edition.day(waiver.on)}"
    pairs = [
        (words("waiver.reason"), value(waiver.reason, limit=400)),
        (words("waiver.approved"), value(approved, limit=160)),
        (words("waiver.until"), value(words("waiver.until_value", day=edition.day(waiver.until)))),
    ]
    if waiver.compensating:
        pairs.append((words("waiver.compensating"), value("; ".join(waiver.compensating), limit=300)))
    signed = f"{waiver.signed_by}, SHA-256 {waiver.fingerprint}" if waiver.signed_by else words("value.no")
    pairs.append((words("waiver.signed"), value(signed, limit=200)))
    if waiver.why:
        known = waiver.why in OBSTACLES
        why = words(f"waiver.why_{waiver.why}") if known else waiver.why
        pairs.append((words("waiver.why"), value(why, "" if known else foreign(edition, "en"), 300)))
    inner = WIDTH - _INDENT - 10 * mm
    mark = Mark.WAIVED if waiver.applies else Mark.FAIL
    return Panel([Text(plain(title, 80), STRONG), labelled(pairs, 34 * mm, inner)], mark, indent=_INDENT)


def _table(edition: Edition, found: "tuple[Finding, ...] | list[Finding]") -> Flowable:
    words = edition.words
    heads = [words(f"findings.{key}") for key in ("verdict", "control", "subject", "seen")]
    rows: list[Row] = []
    for finding in found:
        title, lang = _title(edition, finding)
        sentence = next(iter(finding.sentences.get("observed", ())), None)
        text, said = words.sentence(sentence, finding.observed)
        rows.append(
            row(
                Marked(OF_VERDICT[finding.verdict], Text(plain(edition.verdict(finding)), CAPTION, tag=""), size=8),
                [
                    Text(code(finding.control, 24), CAPTION, tag=""),
                    Text(plain(title, 60), CAPTION, lang=foreign(edition, lang)),
                ],
                Text(plain(edition.subject(finding.subject), 60), CAPTION, tag=""),
                Text(prose(text, 150), CAPTION, lang=foreign(edition, said)),
            )
        )
    return table(heads, rows, (29 * mm, 52 * mm, 38 * mm, 51 * mm))
