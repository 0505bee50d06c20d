"""Models and licences, and the weights: what lies on the host."""

from dataclasses import dataclass

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from auditor.evidence.blocks import Marked, Space, Text
from auditor.evidence.chapters.custody import custody
from auditor.evidence.chapters.engines import engines
from auditor.evidence.chapters.front import QUESTIONS, question_table, ranked
from auditor.evidence.chapters.loading import loading
from auditor.evidence.chapters.markup import (
    bold,
    chapter,
    code,
    digest,
    fitted,
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
from auditor.evidence.chapters.readings import earlier, roots
from auditor.evidence.chapters.terms import terms
from auditor.evidence.edition import Edition
from auditor.evidence.grid import Row, row
from auditor.evidence.marks import OF_ANSWER, Mark
from auditor.evidence.styles import BODY, BODY_RIGHT, CAPTION, MUTED
from auditor.facts.models import Change, Licence, Match, Model
from auditor.facts.weights import Weight
from auditor.judge.finding import Answer

_CHANGES = 6
"""Changed runs of words shown of one licence."""


def models(edition: Edition) -> list[Flowable]:
    """Models with their licences, the five questions with reasons, and changed licence texts."""
    words, budget = edition.words, edition.budget
    blocks = chapter(edition, "models")
    found = edition.audit.facts.models
    if not found:
        return [*blocks, *nothing(edition, "models", "models.none")]
    order = {openness.model: number for number, openness in enumerate(ranked(edition))}
    shown = sorted(found, key=lambda model: (order.get(model.id, len(order)), model.id))[: budget.models]
    heads = [words(f"models.{key}") for key in ("model", "licence", "build", "parameters")]
    blocks += paragraph(words("models.intro"), muted=True)
    blocks.append(
        table(
            heads,
            [_model(edition, each) for each in shown],
            (74 * mm, 42 * mm, 34 * mm, 20 * mm),
            row_heads=True,
            numbers=(3,),
        )
    )
    blocks += rest(edition, "more.facts", len(found) - len(shown))
    return [*blocks, *_questions(edition), *terms(edition, shown), *_texts(edition)]


def _model(edition: Edition, model: Model) -> Row:
    words = edition.words
    licences = [each for each in edition.audit.facts.licences if each.model == model.id]
    stated = [s.value.value for s in model.stated if s.value is not None]
    base = ", ".join(model.base.value or ())
    build = " ".join(part for part in (model.format.value, model.quantisation.value) if part)
    name = [Text(bold(model.name.value or model.id, 60), tag=""), Text(code(model.path, 41), CAPTION, tag="")]
    if base:
        name.append(Text(plain(words("models.base", names=base), 90), CAPTION, tag=""))
    held = [Text(plain(_licence(edition, each), 60), BODY, tag="") for each in licences[:3]]
    held = held or [Text(plain(words("models.no_text")), MUTED, tag="")]
    if stated:
        held.append(Text(plain(words("models.stated", values=", ".join(dict.fromkeys(stated))), 80), CAPTION, tag=""))
    return row(
        name,
        held,
        [
            Text(plain(build or words("value.unknown"), 30), tag=""),
            Text(plain(words(f"store.{model.store.value}")), CAPTION, tag=""),
        ],
        Text(_count(edition, model.parameters.value), BODY_RIGHT, tag=""),
    )


def _count(edition: Edition, count: int | None) -> str:
    if count is None:
        return plain(edition.words("value.unknown"))
    for unit, size in (("T", 10**12), ("B", 10**9), ("M", 10**6)):
        if count >= size:
            return plain(edition.words.number(count / size, 1) + "\u00a0" + unit)
    return plain(edition.words.number(count))


def _licence(edition: Edition, licence: Licence) -> str:
    title = next((part.title for part in licence.parts), licence.id.value or "")
    match = edition.words(f"match.{licence.match.value}")
    return f"{title}, {match}" if title else match


def _questions(edition: Edition) -> list[Flowable]:
    words, budget = edition.words, edition.budget
    ranks = ranked(edition)
    if not ranks:
        return []
    blocks = section(words("models.questions"))
    blocks.append(question_table(edition, ranks[: budget.models], pad=2.2))
    blocks += rest(edition, "more.findings", len(ranks) - budget.models)
    reasons = []
    for openness in ranks:
        for question in QUESTIONS:
            answer, name = getattr(openness, question), edition.model_name(openness.model).rpartition("/")[2]
            if answer.answer is Answer.YES:
                continue
            text, lang = words.sentence(answer.sentence, answer.why)
            reasons.append(
                row(
                    Text(plain(fitted(name, 37 * mm, CAPTION)), CAPTION, tag=""),
                    Marked(
                        OF_ANSWER[answer.answer],
                        Text(plain(words(f"question.{question}")), CAPTION, tag=""),
                        size=8,
                    ),
                    Text(plain(text, 200), CAPTION, lang=foreign(edition, lang)),
                    Text(plain(words(f"confidence.{answer.confidence.value}")), CAPTION, tag=""),
                )
            )
    if reasons:
        heads = [words(f"models.{key}") for key in ("model", "question", "reason", "confidence")]
        blocks += section(words("models.reasons"))
        blocks.append(table(heads, reasons[: budget.listed], (40 * mm, 34 * mm, 74 * mm, 22 * mm)))
        blocks += rest(edition, "more.findings", len(reasons) - budget.listed)
    return blocks


def _texts(edition: Edition) -> list[Flowable]:
    """Licence texts that are not word for word the published ones."""
    words = edition.words
    changed = [each for each in edition.audit.facts.licences if each.match in (Match.MODIFIED, Match.TRUNCATED)]
    if not changed:
        return []
    blocks = section(words("models.changed"))
    for licence in changed[: max(2, edition.budget.devices // 2)]:
        changes = [change for part in licence.parts for change in part.changes]
        blocks += [
            Space(1 * mm),
            Marked(Mark.FAIL, Text(bold(_licence(edition, licence), 90))),
            Text(code(licence.file, 90), CAPTION),
            Space(1 * mm),
        ]
        if changes:
            heads = [words(f"models.{key}") for key in ("line", "clause", "change", "found", "before")]
            rows = [_change(edition, each) for each in changes[:_CHANGES]]
            blocks.append(table(heads, rows, (14 * mm, 26 * mm, 26 * mm, 52 * mm, 52 * mm)))
        blocks += rest(edition, "more.facts", len(changes) - _CHANGES)
    return [*blocks, *rest(edition, "more.facts", len(changed) - max(2, edition.budget.devices // 2))]


def _change(edition: Edition, change: Change) -> Row:
    kind = edition.words(f"change.{change.kind.value}")
    rights = f" ({', '.join(change.rights)})" if change.rights else ""
    return row(
        Text(plain(str(change.line)), CAPTION, tag=""),
        Text(plain(change.clause, 40), CAPTION, tag=""),
        Text(plain(kind + rights, 80), CAPTION, tag=""),
        Text(plain(change.found, 220), CAPTION, tag="", lang=foreign(edition, "en")),
        Text(plain(change.before, 220), CAPTION, tag="", lang=foreign(edition, "en")),
    )


@dataclass(frozen=True)
class Sum:
    """The weight files of one model, counted."""

    files: int
    size: int
    read: int
    agreeing: int
    differing: int
    unnamed: int
    """Read, and nothing states a digest for them."""


def differs(weight: Weight) -> bool:
    """Whether a stated SHA-256 is not the one that was read."""
    return weight.sha256.seen and any(
        each.value is not None and each.value.algorithm == "sha256" and each.value.digest != weight.sha256.value
        for each in weight.expected
    )


def agrees(weight: Weight) -> bool:
    """Whether a SHA-256 is stated and all stated ones are the one that was read."""
    stated = [each for each in weight.expected if each.value is not None and each.value.algorithm == "sha256"]
    return bool(stated) and weight.sha256.seen and not differs(weight)


def summed(weights: "list[Weight]") -> Sum:
    """Counts over the files of one model."""
    read = [each for each in weights if each.sha256.seen]
    agreeing, differing = sum(map(agrees, read)), sum(map(differs, read))
    return Sum(
        files=len(weights),
        size=sum(each.size.value or 0 for each in weights),
        read=len(read),
        agreeing=agreeing,
        differing=differing,
        unnamed=len(read) - agreeing - differing,
    )


def weights(edition: Edition) -> list[Flowable]:
    """Counts a model, and every file that is an exception."""
    words, budget = edition.words, edition.budget
    found = edition.audit.facts.weights
    blocks = chapter(edition, "weights")
    if not found:
        return [*blocks, *nothing(edition, "weights", "weights.none"), *engines(edition), *custody(edition)]
    by_model: dict[str, list[Weight]] = {}
    for each in found:
        by_model.setdefault(each.model, []).append(each)
    sums = sorted(((name, summed(files)) for name, files in by_model.items()),
                  key=lambda pair: (-pair[1].differing, pair[1].read - pair[1].files, pair[0]))  # fmt: skip
    heads = [words(f"weights.{key}") for key in ("model", "files", "size", "read", "agree", "differ", "unnamed")]
    rows = [
        row(
            Text(plain(edition.model_name(name), 60), tag=""),
            *(Text(plain(text), BODY_RIGHT, tag="") for text in (
                words.number(each.files), words.size(each.size), words.number(each.read), words.number(each.agreeing),
                words.number(each.differing), words.number(each.unnamed))),
        )
        for name, each in sums[: budget.models]
    ]  # fmt: skip
    blocks += paragraph(words("weights.intro"), muted=True)
    blocks.append(
        table(
            heads,
            rows,
            (56 * mm, 16 * mm, 24 * mm, 16 * mm, 18 * mm, 18 * mm, 22 * mm),
            row_heads=True,
            numbers=range(1, 7),
        )
    )
    blocks += rest(edition, "more.facts", len(sums) - budget.models)
    doubtful = [each for each in found if differs(each) or not each.sha256.seen]
    names = [name for name, _ in sums[: budget.models]]
    blocks += [*_exceptions(edition, doubtful), *earlier(edition, found), *roots(edition, names, by_model)]
    return [*blocks, *loading(edition), *engines(edition), *custody(edition)]


def _exceptions(edition: Edition, files: list[Weight]) -> list[Flowable]:
    words = edition.words
    if not files:
        return paragraph(words("weights.no_exceptions"))
    blocks = section(words("weights.exceptions"))
    files = sorted(files, key=lambda each: (not differs(each), each.path))
    for each in files[: edition.budget.files]:
        pairs: list[tuple[str, Flowable]] = [(words("weights.file"), Text(code(each.path, 76)))]
        if each.sha256.seen and each.sha256.value:
            pairs.append((words("weights.seen"), Text(digest(each.sha256.value))))
        else:
            reason = each.sha256.note or words(f"status.{each.sha256.status.value}")
            pairs.append((words("weights.unread"), value(reason, foreign(edition, "en"), 200)))
        for stated in each.expected[:3]:
            if stated.value is not None:
                text = f"{digest(stated.value.digest)} <br/>{plain(stated.source, 100)}"
                pairs.append((words("weights.stated"), Text(text)))
        blocks += [labelled(pairs), Space(2.5 * mm)]
    return [*blocks, *rest(edition, "more.facts", len(files) - edition.budget.files)]
