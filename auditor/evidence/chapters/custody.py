"""Weights in use: from each serving process to the file that it holds, and whether these are the bytes on disk."""

from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from auditor.evidence.blocks import Marked, Space, Text
from auditor.evidence.chapters.markup import (
    bold,
    code,
    digest,
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
from auditor.evidence.edition import Edition
from auditor.evidence.grid import Row, row
from auditor.evidence.marks import Mark
from auditor.evidence.styles import CAPTION
from auditor.facts.fact import Fact
from auditor.facts.serving import Custody
from auditor.judge.custody import state_of

_MARKS = {"same": Mark.PASS, "unseen": Mark.UNKNOWN}
_RANK = ("differs", "gone", "replaced", "written", "unseen", "same")


def custody(edition: Edition) -> list[Flowable]:
    """The chain of each file in use, worst first, and those whose bytes are not, or perhaps not, those on disk."""
    words, limit = edition.words, edition.budget.files
    facts = edition.audit.facts
    blocks = section(words("custody.title"))
    if not facts.custody:
        if facts.serving and edition.complete("custody"):
            return [*blocks, *paragraph(words("custody.untraced"), muted=True)]
        return [*blocks, *nothing(edition, "custody", "custody.none")]
    files = sorted(facts.custody, key=lambda file: (_RANK.index(state_of(file)), file.server, file.pid, file.path))
    heads = [words(f"custody.{key}") for key in ("process", "file", "held", "layer", "state")]
    blocks += paragraph(words("custody.intro"), muted=True)
    blocks.append(
        table(
            heads,
            [_file(edition, file) for file in files[:limit]],
            (22 * mm, 66 * mm, 24 * mm, 26 * mm, 32 * mm),
        )
    )
    blocks += rest(edition, "more.facts", len(files) - limit)
    doubtful = [file for file in files if state_of(file) != "same"]
    if not doubtful:
        return [*blocks, *paragraph(words("custody.no_exceptions"))]
    blocks += section(words("custody.exceptions"))
    for file in doubtful[:limit]:
        blocks += [_exception(edition, file), Space(2.5 * mm)]
    return [*blocks, *rest(edition, "more.facts", len(doubtful) - limit)]


def _file(edition: Edition, file: Custody) -> Row:
    words, state = edition.words, state_of(file)
    stack = next((one.stack.value for one in edition.audit.facts.serving if one.pid == file.server), None)
    name = (file.weight or file.path).rpartition("/")[2]
    layer = words(f"layer.{file.layer.value.value}") if file.layer.value else words(f"status.{file.layer.status.value}")
    return row(
        [Text(plain(str(file.pid)), tag=""), Text(plain(stack or "", 16), CAPTION, tag="")],
        [Text(bold(name, 44), CAPTION, tag=""), Text(code(file.path, 42), CAPTION, tag="")],
        Text(plain(words(f"held.{file.held.value.value}") if file.held.value else ""), CAPTION, tag=""),
        Text(plain(layer, 40), CAPTION, tag=""),
        Marked(_MARKS.get(state, Mark.FAIL), Text(plain(words(f"custody.{state}")), CAPTION, tag=""), size=8),
    )


def _exception(edition: Edition, file: Custody) -> Flowable:
    words = edition.words
    pairs: list[tuple[str, Flowable]] = [(words("weights.file"), Text(code(file.path, 76)))]
    for key, fact in (("custody.in_use", file.mapped_sha256), ("custody.on_disk", file.disk_sha256)):
        if fact.value:
            pairs.append((words(key), Text(digest(fact.value))))
        else:
            pairs.append((words(key), value(_why(edition, fact), foreign(edition, "en") if fact.note else "", 200)))
    if file.after_start.value:
        pairs.append((words("custody.changed"), Text(plain(file.modified.value or ""))))
    if file.copied.value:
        pairs.append((words("custody.copied"), Text(plain(words.size(file.copied.value)))))
    return labelled(pairs)


def _why(edition: Edition, fact: Fact[Any]) -> str:
    return fact.note or edition.words(f"status.{fact.status.value}")
