"""What loading the weights would do: signs of harm in files and templates, and files that were not looked through."""

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from auditor.evidence.blocks import Space, Text
from auditor.evidence.chapters.markup import code, foreign, labelled, paragraph, rest, section, value
from auditor.evidence.edition import Edition
from auditor.facts.contents import Content, Harm
from auditor.facts.fact import Status

_SIGNS = 4
"""Signs shown of one file."""


def loading(edition: Edition) -> list[Flowable]:
    """The section; nothing where no file was looked through, which the findings say."""
    words = edition.words
    found = edition.audit.facts.contents
    if not found:
        return []
    bad = [each for each in found if any(hazard.harm is not Harm.LOW for hazard in each.hazards.value or ())]
    open_ = [each for each in found if _unseen(each)]
    told = sorted({each.path: each for each in (*bad, *open_)}.values(), key=lambda each: (each not in bad, each.path))
    blocks = section(words("loading.title"))
    blocks += paragraph(
        words(
            "loading.counts",
            seen=words.number(len(found)),
            bad=words.number(len(bad)),
            unseen=words.number(len(open_)),
        )
    )
    for each in told[: edition.budget.files]:
        blocks += [labelled(_pairs(edition, each)), Space(2.5 * mm)]
    return [*blocks, *rest(edition, "more.facts", len(told) - edition.budget.files)]


def _unseen(content: Content) -> bool:
    fact = content.hazards
    return not fact.seen or (bool(fact.note) and fact.status is not Status.INFERRED)


def _pairs(edition: Edition, content: Content) -> list[tuple[str, Flowable]]:
    words, english = edition.words, foreign(edition, "en")
    pairs: list[tuple[str, Flowable]] = [(words("weights.file"), Text(code(content.path, 76)))]
    hazards = content.hazards.value or ()
    for number, hazard in enumerate(hazards[:_SIGNS]):
        place = f"{hazard.where}: " if hazard.where else ""
        pairs.append((words("loading.sign") if not number else "", value(f"{place}{hazard.detail}", english, 200)))
    if len(hazards) > _SIGNS:
        pairs.append(("", value(f"+ {words.number(len(hazards) - _SIGNS)}")))
    if _unseen(content):
        pairs.append((words("loading.unseen"), value(content.hazards.note, english, 200)))
    return pairs
