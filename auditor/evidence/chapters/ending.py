"""The end of the dossier: waivers and tailoring, limits, how to verify, sign-off."""

from collections.abc import Sequence

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether

from auditor.evidence.attachments import Attachment
from auditor.evidence.blocks import InputField, Space, Text
from auditor.evidence.chapters.blind import blind_spots
from auditor.evidence.chapters.front import signature_words
from auditor.evidence.chapters.markup import (
    WIDTH,
    bold,
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
from auditor.evidence.decision import REMARKS
from auditor.evidence.edition import Edition
from auditor.evidence.grid import Row, row
from auditor.evidence.styles import CAPTION, SECTION
from auditor.policy.effective import Waiver

AUDITOR_FIELD = "Auditor"
GENERAL = ("host", "kernel", "window", "payload", "past", "law")
"""Limits that every audit has, by key of the catalogue."""


def waivers(edition: Edition) -> list[Flowable]:
    """Waivers of the policy, and what was tailored to this host."""
    words, limit = edition.words, edition.budget.notes
    applied = {f.waiver.id for f in edition.judgement.findings if f.waiver is not None and f.waiver.applies}
    blocks = chapter(edition, "waivers")
    if not edition.policy.waivers:
        blocks += paragraph(words("waivers.none"))
    else:
        heads = [words(f"waivers.{key}") for key in ("waiver", "reason", "approved", "until", "applied")]
        rows = [_waiver(edition, each, each.id in applied) for each in edition.policy.waivers[:limit]]
        blocks.append(table(heads, rows, (34 * mm, 54 * mm, 36 * mm, 26 * mm, 20 * mm)))
        blocks += rest(edition, "more.policy", len(edition.policy.waivers) - limit)
    blocks += section(words("waivers.tailoring"))
    if not edition.policy.tailoring:
        return [*blocks, *paragraph(words("waivers.no_tailoring"))]
    for each in edition.policy.tailoring[:limit]:
        pairs: list[tuple[str, Flowable]] = [
            (words("waivers.hosts"), value(", ".join(each.hosts), limit=160)),
            (words("waivers.why"), value(each.reason, limit=300)),
        ]
        if each.set:
            changed = ", ".join(f"{name} = {setting}" for name, setting in sorted(each.set.items()))
            pairs.append((words("waivers.set"), value(changed, limit=300)))
        if each.disabled:
            pairs.append((words("waivers.disabled"), value(", ".join(each.disabled), limit=300)))
        blocks += [labelled(pairs), Space(2 * mm)]
    return [*blocks, *rest(edition, "more.policy", len(edition.policy.tailoring) - limit)]


def _waiver(edition: Edition, waiver: Waiver, applied: bool) -> Row:
    words, by = edition.words, waiver.approved_by
    name = [Text(bold(waiver.id, 40), CAPTION, tag=""), Text(plain(waiver.control, 40), CAPTION, tag="")]
    return row(
        name,
        Text(plain(waiver.reason, 240), CAPTION, tag=""),
        Text(plain(f"{by.name}, {by.role}, {words.date(by.on)}", 120), CAPTION, tag=""),
        Text(plain(words.date(waiver.until)), CAPTION, tag=""),
        Text(plain(words("value.yes" if applied else "value.no")), CAPTION, tag=""),
    )


def limits(edition: Edition) -> list[Flowable]:
    """What no audit of this kind can see, and what this one did not."""
    words, limit = edition.words, edition.budget.notes
    general: list[tuple[str, Flowable]] = [
        (words(f"limits.{key}"), Text(plain(words(f"limits.{key}_text")))) for key in GENERAL
    ]
    spots = blind_spots(edition)
    blocks = [
        *chapter(edition, "limits"),
        *paragraph(words("limits.intro")),
        labelled(general, 40 * mm),
        *section(words("limits.this")),
    ]
    if not spots:
        return [*blocks, *paragraph(words("limits.none"))]
    heads = [words(f"limits.{key}") for key in ("what", "why", "next")]
    rows = [
        row(
            Text(bold(each.what, 120), CAPTION, tag=""),
            Text(plain(each.why, 220), CAPTION, lang=foreign(edition, each.lang)),
            Text(plain(each.remedy, 180), CAPTION, lang=foreign(edition, each.remedy_lang)),
        )
        for each in spots[:limit]
    ]
    blocks.append(table(heads, rows, (56 * mm, 64 * mm, 50 * mm)))
    return [*blocks, *rest(edition, "more.facts", len(spots) - limit)]


def verify(edition: Edition) -> list[Flowable]:
    """How anyone can check this file, with this tool or without."""
    words = edition.words
    steps = ["command", "adobe", "poppler", "files", "judge"]
    told = [(f"{n}.", Text(plain(words(f"verify.{key}")))) for n, key in enumerate(steps, 1)]
    pairs: list[tuple[str, Flowable]] = [(words("verify.pages"), value(words.number(edition.total)))]
    pairs.append((words("scope.evidence"), Text(code(edition.judgement.audit.id))))
    if edition.cover.fingerprint:
        pairs.append((words("verify.signer"), value(edition.cover.signer, limit=100)))
        pairs.append((words("verify.fingerprint"), Text(digest(edition.cover.fingerprint))))
    if edition.root:
        pairs.append((words("verify.root"), Text(digest(edition.root))))
    return [
        *chapter(edition, "verify"),
        *paragraph(words("verify.intro")),
        labelled(told, 8 * mm),
        *section(words("verify.compare")),
        labelled(pairs),
        *section(words("verify.attached")),
        _attached(edition, edition.attachments),
        Space(2 * mm),
        *paragraph(words("verify.countersigned")),
    ]


def _attached(edition: Edition, attachments: Sequence[Attachment]) -> Flowable:
    words = edition.words
    rows = [
        row(
            [Text(code(each.name), tag=""), Text(plain(words(f"file.{each.name}")), CAPTION, tag="")],
            Text(digest(each.sha256), tag=""),
        )
        for each in attachments
    ]
    return table([words("verify.file"), "SHA-256"], rows, (46 * mm, 124 * mm))


def signoff(edition: Edition) -> list[Flowable]:
    """Statements, the auditor's signature, the conditions of the reader."""
    words = edition.words
    field = InputField(
        AUDITOR_FIELD, words("signoff.label"), 82 * mm, 24 * mm, Text(plain(words("signoff.sign")), CAPTION)
    )
    label, caption = words("signoff.remarks"), Text(plain(words("signoff.remarks_here")), CAPTION)
    start, *heading = chapter(edition, "signoff")
    return [
        start,
        KeepTogether(
            [
                *heading,
                *paragraph(words("signoff.only")),
                *paragraph(words("signoff.whole")),
                *(block for each in signature_words(edition) for block in paragraph(each)),
                Space(2 * mm),
                field,
                Space(6 * mm),
                Text(plain(words("signoff.conditions")), SECTION, tag="H3"),
                Space(2 * mm),
                *paragraph(words("signoff.decision")),
                InputField(REMARKS, label, WIDTH, 40 * mm, caption, "text"),
                Space(4 * mm),
                Text(plain(words("signoff.end", id=edition.judgement.audit.id)), CAPTION),
            ]
        ),
    ]
