"""Engines of TensorRT-LLM: how each was built, and whether anything records what from."""

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from auditor.evidence.blocks import Marked, Text
from auditor.evidence.chapters.markup import bold, foreign, paragraph, plain, rest, section, table
from auditor.evidence.edition import Edition
from auditor.evidence.grid import Row, row
from auditor.evidence.marks import Mark
from auditor.evidence.styles import CAPTION
from auditor.facts.models import Model


def engines(edition: Edition) -> list[Flowable]:
    """A table of the engines; nothing where there is none."""
    words, limit = edition.words, edition.budget.devices
    found = [model for model in edition.audit.facts.models if model.engine is not None]
    if not found:
        return []
    heads = [words(f"engines.{key}") for key in ("engine", "build", "checkpoint", "records")]
    rows = [_engine(edition, model) for model in found[:limit]]
    return [
        *section(words("engines.title")),
        *paragraph(words("engines.intro"), muted=True),
        table(heads, rows, (40 * mm, 56 * mm, 38 * mm, 36 * mm), row_heads=True),
        *rest(edition, "more.facts", len(found) - limit),
    ]


def _engine(edition: Edition, model: Model) -> Row:
    words = edition.words
    name = Text(bold(edition.model_name(model.id), 40), tag="")
    engine = model.engine.value if model.engine is not None else None
    if engine is None:
        why = model.engine.note if model.engine is not None else ""
        unseen = Marked(Mark.UNKNOWN, Text(plain(words("engines.unrecorded")), CAPTION, tag=""), size=8)
        told = Text(plain(why, 100), CAPTION, tag="", lang=foreign(edition, "en"))
        return row(name, told, Text(plain(words("value.unknown")), CAPTION, tag=""), unseen)
    built = ", ".join(f"{key} {value}" for key, value in engine.built.items())
    checkpoint = engine.checkpoint or engine.producer
    recorded = (
        Text(plain(", ".join(engine.records), 80), CAPTION, tag="")
        if engine.records
        else Marked(Mark.UNKNOWN, Text(plain(words("engines.unrecorded")), CAPTION, tag=""), size=8)
    )
    return row(
        name,
        Text(plain(" ".join(filter(None, ("TensorRT-LLM", f"{engine.version};", built))), 200), CAPTION, tag=""),
        Text(plain(checkpoint or words("engines.unnamed"), 80), CAPTION, tag=""),
        recorded,
    )
