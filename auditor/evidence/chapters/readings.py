"""Of the chapter on weights: one digest for each model, and the files that this audit did not read itself."""

from collections.abc import Mapping, Sequence

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from auditor.evidence.blocks import Text
from auditor.evidence.chapters.markup import code, digest, paragraph, plain, rest, section, table
from auditor.evidence.edition import Edition
from auditor.evidence.grid import row
from auditor.evidence.styles import CAPTION
from auditor.facts.weights import Weight
from auditor.judge.standing import root_of


def roots(edition: Edition, names: Sequence[str], by_model: Mapping[str, Sequence[Weight]]) -> list[Flowable]:
    """The root digest of each of these models; the digests that it is made of are in facts.json."""
    words = edition.words
    rows = []
    for name in names:
        model = edition.models.get(name)
        root = root_of(model, by_model[name]) if model is not None else None
        told = Text(digest(root)) if root else Text(plain(words("weights.root_none")), CAPTION, tag="")
        rows.append(row(Text(plain(edition.model_name(name), 60), tag=""), told))
    heads = [words("weights.model"), words("weights.root")]
    return [
        *section(words("weights.roots")),
        *paragraph(words("weights.roots_intro"), muted=True),
        table(heads, rows, (56 * mm, 114 * mm), row_heads=True),
    ]


def earlier(edition: Edition, found: Sequence[Weight]) -> list[Flowable]:
    """The files whose digest is of an earlier reading, when that was, and whether the policy takes it."""
    words, reading = edition.words, edition.policy.reading
    files = [each for each in found if each.earlier]
    if not files:
        return []
    refused = reading.earlier == "never"
    rule = words("weights.earlier_refused") if refused else words("weights.earlier_taken", hours=reading.earlier_hours)
    shown = files[: edition.budget.files]
    rows = [
        row(Text(code(each.path, 76)), Text(plain(words.moment(each.sha256.time)), CAPTION, tag="")) for each in shown
    ]
    return [
        *section(words("weights.earlier")),
        *paragraph(f"{words('weights.earlier_intro', n=len(files))} {rule}"),
        table([words("weights.file"), words("weights.earlier_read")], rows, (120 * mm, 50 * mm)),
        *rest(edition, "more.facts", len(files) - len(shown)),
    ]
