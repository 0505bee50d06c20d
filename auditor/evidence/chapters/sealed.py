"""Sealed runs: how the experiment was made, what the server tried to send, the control, and what it cannot see."""

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from auditor.evidence.blocks import Space, Text
from auditor.evidence.chapters.markup import (
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
from auditor.evidence.edition import Edition
from auditor.evidence.grid import Row, row
from auditor.evidence.styles import BODY, BODY_RIGHT, CAPTION
from auditor.facts.sealed import Attempt, SealedRun, Trial


def sealed(edition: Edition) -> list[Flowable]:
    """The chapter; nothing where no sealed run was handed to the audit."""
    runs = edition.audit.facts.sealed
    if not runs:
        return []
    blocks = chapter(edition, "sealed")
    for key in ("design_box", "design_marks", "design_control"):
        blocks += paragraph(edition.words(f"sealed.{key}"))
    for run in runs:
        blocks += _run(edition, run)
    blocks += section(edition.words("sealed.limits"))
    limits = tuple(dict.fromkeys(limit for run in runs for limit in run.limits))[:12]
    texts = [edition.words.told(each) for each in limits]
    told = [(f"{n}.", value(text, foreign(edition, lang), 300)) for n, (text, lang) in enumerate(texts, 1)]
    return [*blocks, labelled(told, 8 * mm)] if told else blocks


def _run(edition: Edition, run: SealedRun) -> list[Flowable]:
    words = edition.words
    pairs: list[tuple[str, Flowable]] = [
        (words("sealed.command"), Text(code(" ".join(run.command), 160), BODY)),
        (words("sealed.host"), value(run.host, limit=80)),
        (words("sealed.period"), value(words.span(run.started, run.ended))),
    ]
    if run.replay_sha256:
        pairs.append((words("sealed.replay"), Text(digest(run.replay_sha256), BODY)))
    heads = [words(f"sealed.{key}") for key in ("phase", "ended", "answered", "watched", "control", "calls", "marks")]
    widths = (44 * mm, 30 * mm, 22 * mm, 20 * mm, 22 * mm, 16 * mm, 16 * mm)
    rows = [_trial(edition, trial) for trial in run.trials]
    blocks = [labelled(pairs, 44 * mm), Space(3 * mm), table(heads, rows, widths, numbers=(2, 3, 4, 5, 6))]
    return [*blocks, *_attempts(edition, run), *_controls(edition, run)]


def _trial(edition: Edition, trial: Trial) -> Row:
    words = edition.words
    answered = words("sealed.found_of", found=sum(one.ok for one in trial.answered), total=len(trial.answered))
    control = words("sealed.no_control")
    if trial.control:
        found = sum(planted.found for planted in trial.control)
        control = words("sealed.found_of", found=found, total=len(trial.control))
    numbers = (
        answered,
        words.number(trial.observed_seconds) + "\u00a0s",
        control,
        words.number(len(trial.attempts)),
        words.number(len(trial.leaks)),
    )
    return row(
        Text(plain(words(f"sealed.phase.{trial.phase.value}")), tag=""),
        Text(plain(words(f"sealed.ending.{trial.ending.value}")), tag=""),
        *(Text(plain(number), BODY_RIGHT, tag="") for number in numbers),
    )


def _attempts(edition: Edition, run: SealedRun) -> list[Flowable]:
    words, limit = edition.words, edition.budget.sockets
    blocks = section(words("sealed.attempts"))
    every = [(trial, attempt) for trial in run.trials for attempt in trial.attempts]
    if not every:
        return [*blocks, *paragraph(words("sealed.silent"))]
    # What carries a mark stands first, whichever phase it is of.
    every.sort(key=lambda pair: not pair[1].sightings)
    heads = [words("sealed.destination"), words("network.process"), words("sealed.known"), words("sealed.calls"),
             words("sealed.bytes"), words("sealed.marks")]  # fmt: skip
    rows = [
        row(
            Text(f"{code(_target(attempt), 44)}<br/>{_phase(edition, trial)}", CAPTION, tag=""),
            Text(plain(attempt.process or words("network.owner_unseen"), 24), tag=""),
            Text(plain(attempt.product, 30), tag=""),
            Text(plain(words.number(attempt.count)), BODY_RIGHT, tag=""),
            Text(plain(words.number(attempt.bytes)), BODY_RIGHT, tag=""),
            Text(plain(_marks(edition, attempt), 160), CAPTION, tag=""),
        )
        for trial, attempt in every[:limit]
    ]
    blocks.append(table(heads, rows, (48 * mm, 24 * mm, 28 * mm, 15 * mm, 17 * mm, 38 * mm), numbers=(3, 4)))
    return [*blocks, *rest(edition, "more.facts", len(every) - limit)]


def _controls(edition: Edition, run: SealedRun) -> list[Flowable]:
    words = edition.words
    blocks = section(words("sealed.controls"))
    pairs: list[tuple[str, Flowable]] = []
    for trial in run.trials:
        told = []
        for key, found in (("controls_missed", False), ("controls_found", True)):
            names = "; ".join(planted.name for planted in trial.control if planted.found is found)
            if names:
                told.append(words(f"sealed.{key}", names=names))
        shown = " ".join(told) or f"{words('sealed.no_control')}: {trial.observer}"
        pairs.append((words(f"sealed.phase.{trial.phase.value}"), Text(plain(shown, 1500), CAPTION)))
    return [*blocks, labelled(pairs, 44 * mm), Space(1 * mm)]


def _phase(edition: Edition, trial: Trial) -> str:
    return plain(edition.words(f"sealed.phase.{trial.phase.value}"))


def _target(attempt: Attempt) -> str:
    where = attempt.name or attempt.address
    return f"{attempt.proto} {where}" + (f":{attempt.port}" if attempt.port and attempt.proto != "dns" else "")


def _marks(edition: Edition, attempt: Attempt) -> str:
    words = edition.words
    return "; ".join(
        dict.fromkeys(
            words(
                "sealed.sighted",
                place=words(f"sealed.place.{sighting.place.value}"),
                channel=words(f"sealed.channel.{sighting.channel.value}"),
                encoding=", ".join(sighting.encoding),
            )
            for sighting in attempt.sightings
        )
    )
