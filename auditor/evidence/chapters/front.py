"""Page one: the answer, what it rests on, what was not seen, and what the reader is asked to decide."""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import product

from reportlab.graphics.barcode.qrencoder import QR8bitByte, QRCode, QRErrorCorrectLevel
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable

from auditor.evidence import fonts
from auditor.evidence.blocks import CheckBox, Figure, InputField, Marked, Panel, Space, Text
from auditor.evidence.chapters.blind import Blind, blind_spots
from auditor.evidence.chapters.markup import WIDTH, bold, cut, fitted, foreign, middle, nothing, plain, shortened
from auditor.evidence.decision import BOXES, DPO_FIELD, Choice
from auditor.evidence.edition import Edition
from auditor.evidence.grid import Grid, Row, Ruling, row
from auditor.evidence.level import Level
from auditor.evidence.marks import OF_ANSWER, OF_OVERALL, OF_VERDICT, WORST_FIRST, Mark
from auditor.evidence.styles import (
    BODY,
    CAPTION,
    CAPTION_INK,
    CAPTION_RIGHT,
    CAPTION_STRONG,
    HEADING,
    MUTED,
    STRONG,
    TITLE,
    colour,
    style,
)
from auditor.evidence.tags import Canvas
from auditor.facts.traffic import Capture
from auditor.judge.finding import Answer, Finding, OpenAnswer, Openness, Verdict

HEIGHT = 258 * mm
"""Room on the page."""

QUESTIONS = ("downloadable", "commercial", "no_phone_home", "modifiable", "redistributable")
_HEADLINE = style("headline", "h2", fonts.BOLD)
_QR = 28 * mm
_NAME = 47 * mm
_ANSWER = 24 * mm - 20
"""Room for a word in the matrix, beside its mark."""
_WORTH = {0: 0, 2: 9, 4: 11, 6: 12}
"""What it is worth to name so many blind spots on page one, in rows of the matrix."""
_SIZES = sorted(product(range(9), _WORTH), key=lambda size: -2 * min(size[0], 5) - size[0] - _WORTH[size[1]])
"""Numbers of models and of blind spots on page one, the fullest page first."""


def front(edition: Edition) -> list[Flowable]:
    """Page one, filled but never overfull: as many models and blind spots as there is room for."""
    models, spots = ranked(edition), blind_spots(edition)
    top = [*_head(edition), Space(4 * mm), _verdict(edition), Space(5 * mm)]
    most = [Space(4.5 * mm), *_most(edition), Space(4.5 * mm)]
    lower = [Space(4.5 * mm), *_lower(edition)]
    questions = cache(lambda rows: _questions(edition, models[:rows], max(0, len(models) - rows)))
    unseen = cache(lambda items: [_unseen(edition, spots, items)])
    tall = cache(lambda part, count: _height(part(count)))
    room = HEIGHT - _height([*top, *most, *lower])
    fitting = (size for size in _SIZES if tall(questions, size[0]) + tall(unseen, size[1]) <= room)
    rows, items = next(fitting, (0, 0))
    free = max(0.0, room - tall(questions, rows) - tall(unseen, items))
    return [*top, *questions(rows), *most, *unseen(items), Space(free), *lower]


def _height(blocks: Sequence[Flowable]) -> float:
    return float(sum(block.wrap(WIDTH, 10_000)[1] for block in blocks))


def _head(edition: Edition) -> list[Flowable]:
    words = edition.words
    title = words("front.title", host=cut(edition.audit.target.name, 60))
    size = TITLE if len(title) < 36 else style("title-long", "h2", fonts.BOLD)
    about = [
        (words("front.organisation"), plain(edition.cover.organisation or words("front.not_stated"), 80)),
        (words("front.host"), plain(_host(edition), 110)),
        (words("front.audited"), plain(words.span(edition.audit.started, edition.audit.ended))),
        (words("front.policy"), plain(_policy(edition), 110)),
    ]
    rows = [row(Text(plain(name), MUTED, tag=""), Text(text)) for name, text in about]
    left = [
        Text(plain(words("front.reader")), MUTED),
        Text(plain(title), size, tag="H1", anchor="front", outline=title),
        Space(2 * mm),
        Grid(rows, (24 * mm, 110 * mm), "list", Ruling(right=4, top=1, bottom=1)),
    ]
    right = [
        Space(1 * mm),
        Figure(
            _QR,
            _QR,
            words("front.qr_alt", id=edition.judgement.audit.id, digest=edition.judgement.audit.digest),
            _qr(edition),
        ),
        Space(1 * mm),
        Text(plain(words("front.qr")), CAPTION),
    ]
    return [Grid([row(left, right)], (WIDTH - _QR, _QR), "layout", Ruling(right=0))]


def _host(edition: Edition) -> str:
    words, facts = edition.words, edition.audit.facts
    gpus = Counter(gpu.name.value or words("front.gpu") for gpu in facts.gpus)
    named = [f"{n} × {name}" for name, n in sorted(gpus.items())[:2]]
    parts = [*named, _found(edition, "models", len(facts.models)), _found(edition, "serving", len(facts.serving))]
    hostname = facts.host.hostname.value or edition.audit.target.name
    return f"{cut(hostname, 40)}: {', '.join(parts)}"


def _found(edition: Edition, what: str, n: int) -> str:
    """How many there are; nothing is counted as none only where somebody looked to the end."""
    looked = edition.complete({"models": "models", "serving": "processes"}[what])
    return edition.words(f"front.{what}", n=n) if n or looked else edition.words(f"front.{what}_unseen")


def _policy(edition: Edition) -> str:
    title, _ = edition.words.local(edition.policy.title, edition.policy.id)
    return edition.words("front.policy_value", title=cut(title, 70), version=edition.policy.version)


def _qr(edition: Edition) -> "_Code":
    return _Code(f"{edition.judgement.audit.id} sha256:{edition.judgement.audit.digest}")


class _Code:
    """A QR code (ISO/IEC 18004) drawn as bars, dark modules of a row joined."""

    def __init__(self, text: str) -> None:
        code = QRCode(None, QRErrorCorrectLevel.M)
        code.addData(QR8bitByte(text))
        code.make()
        self._rows = [list(line) for line in code.modules]

    def __call__(self, canvas: Canvas) -> None:
        step = _QR / len(self._rows)
        canvas.setFillColor(colour("ink"))
        for y, line in enumerate(self._rows):
            x = 0
            while x < len(line):
                start = x
                while x < len(line) and line[x]:
                    x += 1
                if x > start:
                    canvas.rect(start * step, _QR - (y + 1) * step, (x - start) * step, step, stroke=0, fill=1)
                x += 1


def _verdict(edition: Edition) -> Flowable:
    words, judgement = edition.words, edition.judgement
    title, _ = words.local(edition.policy.title, edition.policy.id)
    sentence = words(f"overall.{judgement.verdict.value}", policy=cut(title, 64))
    mark = OF_OVERALL[judgement.verdict]
    counts = [
        Marked(
            OF_VERDICT[verdict],
            Text(
                f"{bold(words.number(judgement.counts.get(verdict, 0)))}&nbsp; "
                f"{plain(words(f'count.{verdict.value}', n=judgement.counts.get(verdict, 0)))}"
            ),
        )
        for verdict in WORST_FIRST
    ]
    widths = [35 * mm, 30 * mm, 29 * mm, 32 * mm, 34 * mm]
    return Panel(
        [
            Marked(mark, Text(plain(sentence), _HEADLINE), size=20, gap=4 * mm, drop=0),
            Space(2 * mm),
            Grid([row(*counts)], widths, "layout", Ruling(right=2)),
        ],
        mark,
    )


def ranked(edition: Edition) -> list[Openness]:
    """Models, worst answers first."""

    def weight(openness: Openness) -> tuple[int, int, int, str]:
        answers = [getattr(openness, question).answer for question in QUESTIONS]
        return (
            -answers.count(Answer.NO),
            -answers.count(Answer.UNKNOWN),
            -answers.count(Answer.CONDITIONAL),
            openness.name or openness.model,
        )

    return sorted(edition.judgement.openness, key=weight)


def waived_answers(edition: Edition) -> frozenset[tuple[str, str]]:
    """(model, question) of answers whose contradiction is waived."""
    questions = {
        control.id: str(control.arguments.get("question", ""))
        for control in edition.policy.controls
        if control.check == "openness.answer"
    }
    return frozenset(
        (finding.subject.id, questions[finding.control])
        for finding in edition.judgement.of(Verdict.WAIVED)
        if finding.control in questions
    )


def question_rows(edition: Edition, models: Sequence[Openness]) -> list[Row]:
    """One row a model: its name and licence, and the five answers."""
    waived = waived_answers(edition)
    rows = []
    for each in models:
        name = [
            Text(bold(fitted((each.name or each.model).rpartition("/")[2], _NAME, STRONG)), tag=""),
            Text(plain(fitted(each.licence or edition.words("front.no_licence"), _NAME, CAPTION)), CAPTION, tag=""),
        ]
        cells = [_answer(edition, getattr(each, question), (each.model, question) in waived) for question in QUESTIONS]
        rows.append(row(name, *cells))
    return rows


def _answer(edition: Edition, answer: OpenAnswer, waived: bool) -> Flowable:
    if waived:
        return Marked(Mark.WAIVED, _word(edition.words("answer.waived")))
    mark = OF_ANSWER[answer.answer]
    return Marked(mark, _word(edition.words(f"answer.{answer.answer.value}")))


def _word(word: str) -> Text:
    """A word beside its mark; in small type where the language's word is too long for the column."""
    wide = stringWidth(word, BODY.fontName, BODY.fontSize) > _ANSWER
    return Text(plain(word), CAPTION_INK if wide else BODY, tag="")


def question_table(edition: Edition, models: Sequence[Openness], pad: float = 1.6) -> Grid:
    """The matrix of the five questions."""
    heads = [edition.words("front.model"), *(edition.words(f"question.{question}") for question in QUESTIONS)]
    head = row(*(Text(plain(each), CAPTION_STRONG, tag="") for each in heads), head=True)
    ruling = Ruling(above=True, between=True, top=pad, bottom=pad, right=4, middle=True)
    rows = [head, *question_rows(edition, models)]
    return Grid(rows, (_NAME + 3 * mm, *[24 * mm] * 5), "table", ruling, row_heads=True)


def _questions(edition: Edition, models: Sequence[Openness], more: int) -> list[Flowable]:
    words = edition.words
    head: list[Flowable] = [Text(plain(words("front.questions")), HEADING, tag="H2"), Space(1 * mm)]
    if not models and not more:
        return [*head, *nothing(edition, "models", "front.no_models")]
    below = [words("front.more_models", n=more, page=edition.page("models"))] if more else []
    below += [_silence(edition), words("front.terms", page=edition.page("models"))]
    body = [question_table(edition, models)] if models else []
    return [*head, *body, Space(1.5 * mm), Text(plain(" ".join(below)), CAPTION)]


def _silence(edition: Edition) -> str:
    """How “stays silent” was found out, in a sentence."""
    words, fact = edition.words, edition.audit.facts.traffic.capture
    capture: Capture | None = fact.value if fact.seen else None
    if capture is None:
        return words("front.silence_unwatched")
    tier = words(f"tier.{capture.tier.value}")
    if capture.packets:
        return words(
            "front.silence_packets", n=capture.seconds, tier=tier, dropped=capture.dropped, packets=capture.packets
        )
    return words("front.silence", n=capture.seconds, tier=tier)


def most_important(edition: Edition, count: int = 3) -> list[tuple[int, Finding]]:
    """The gravest open findings, contradictions first, each telling something new.

    Another subject in another group of controls comes before a second finding of either, so that one bad model does
    not fill the list.
    """
    chosen: list[tuple[int, Finding]] = []
    for verdict in (Verdict.FAIL, Verdict.UNKNOWN):
        told = [(index, finding) for index, finding in edition.open if finding.verdict is verdict]
        for news in (_new_matter, _new_control, lambda finding, chosen: True):
            for index, finding in told:
                if len(chosen) == count:
                    return chosen
                if all(index != other for other, _ in chosen) and news(finding, [f for _, f in chosen]):
                    chosen.append((index, finding))
    return chosen


def _new_matter(finding: Finding, chosen: Sequence[Finding]) -> bool:
    return all(finding.subject != other.subject and finding.group != other.group for other in chosen)


def _new_control(finding: Finding, chosen: Sequence[Finding]) -> bool:
    return all(finding.control != other.control for other in chosen)


def _most(edition: Edition) -> list[Flowable]:
    words = edition.words
    head = Text(plain(words("front.most")), HEADING, tag="H2")
    rows = []
    for index, finding in most_important(edition):
        sentence = next(iter(finding.sentences.get("observed", ())), None)
        text, lang = words.sentence(sentence, finding.observed)
        line = _one_line(cut(edition.subject(finding.subject).rpartition("/")[2], 36), shortened(text))
        anchor = f"finding-{index}"
        page = edition.page(anchor if anchor in edition.places else "findings")
        rows.append(
            row(
                Marked(OF_VERDICT[finding.verdict], Text(line, lang=foreign(edition, lang))),
                Text(plain(words("front.page", page=page)), CAPTION_RIGHT, link="findings"),
            )
        )
    if not rows:
        key = "front.nothing_open" if edition.judgement.findings else "front.nothing_judged"
        return [head, Space(1 * mm), Text(plain(words(key)), MUTED)]
    ruling = Ruling(above=True, between=True, top=2.2, bottom=2.2, right=3)
    return [head, Space(1.2 * mm), Grid(rows, (WIDTH - 18 * mm, 18 * mm), "layout", ruling)]


def _one_line(subject: str, text: str) -> str:
    """Subject and sentence, cut to one line of the list."""
    used = stringWidth(fonts.printable(subject), STRONG.fontName, STRONG.fontSize)
    return f"{bold(subject)}&nbsp; {plain(fitted(text, WIDTH - 30 * mm - used, BODY))}"


def _unseen(edition: Edition, spots: Sequence[Blind], items: int) -> Flowable:
    words = edition.words
    head = Marked(Mark.UNKNOWN, Text(plain(words("front.unseen")), HEADING, tag="H2"), size=13, gap=2.5 * mm, drop=1)
    if not spots:
        return Panel([head, Space(1 * mm), Text(plain(words("front.unseen_none", page=edition.page("limits"))))],
                     Mark.UNKNOWN)  # fmt: skip
    shown = spots[:items]
    told = [(f"{bold(middle(each.what, 72))} {plain(each.why, 90)}", each.lang) for each in shown]
    cells = [Text(text, lang=foreign(edition, lang)) for text, lang in told]
    if len(cells) % 2:
        cells.append(Text(""))
    half = (WIDTH - 12 * mm) / 2
    blocks: list[Flowable] = [head, Space(1 * mm)]
    if cells:
        pairs = [row(cells[i], cells[i + 1]) for i in range(0, len(cells), 2)]
        blocks.append(Grid(pairs, (half, half), "layout", Ruling(right=10, top=1, bottom=2)))
    more = len(spots) - len(shown)
    if more:
        blocks.append(Text(plain(words("front.unseen_more", n=more, page=edition.page("limits")))))
    return Panel(blocks, Mark.UNKNOWN)


def signature_words(edition: Edition) -> list[str]:
    """What the signature is and what it means."""
    words, cover = edition.words, edition.cover
    if cover.level is Level.UNSIGNED:
        return [words("signature.unsigned")]
    key = f"signature.{cover.level.value.lower().replace('-', '_')}"
    meaning = "signature.self_issued" if cover.self_issued else "signature.issued"
    return [
        words(key, signer=cut(cover.signer, 60), day=words.date(cover.when.date()), level=cover.level.value),
        words(meaning, page=edition.page("verify")),
    ]


def _lower(edition: Edition) -> list[Flowable]:
    words, judgement = edition.words, edition.judgement
    left = [
        Text(plain(words("front.signature")), HEADING, tag="H2"),
        Space(1 * mm),
        *(Text(plain(each)) for each in signature_words(edition)),
    ]
    open_count = judgement.counts.get(Verdict.FAIL, 0) + judgement.counts.get(Verdict.UNKNOWN, 0)
    refuse = words("front.refuse", n=open_count) if open_count else words("front.refuse_plain")
    choices = {
        Choice.ACCEPT: words("front.accept"),
        Choice.CONDITIONS: words("front.conditions", page=edition.page("signoff")),
        Choice.REJECT: refuse,
    }
    right = [
        Text(plain(words("front.decide")), HEADING, tag="H2"),
        Space(1 * mm),
        *(CheckBox(Text(plain(each)), BOXES[choice], each) for choice, each in choices.items()),
        Space(1 * mm),
        InputField(
            DPO_FIELD, words("front.dpo_label"), 82 * mm, 17.5 * mm, Text(plain(words("front.dpo_sign")), CAPTION)
        ),
    ]
    return [Grid([row(left, right)], (WIDTH - 82 * mm, 82 * mm), "layout", Ruling(right=6))]
