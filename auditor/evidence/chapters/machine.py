"""The machine and what serves on it: accelerators, serving processes, their telemetry switches, traces of contact."""

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from auditor.evidence.blocks import Marked, Text
from auditor.evidence.chapters.markup import (
    bold,
    chapter,
    code,
    foreign,
    nothing,
    plain,
    rest,
    section,
    table,
)
from auditor.evidence.chapters.safeguards import safeguards
from auditor.evidence.chapters.served import served
from auditor.evidence.edition import Edition
from auditor.evidence.grid import row
from auditor.evidence.marks import Mark
from auditor.evidence.styles import BODY, BODY_RIGHT, CAPTION, MUTED
from auditor.facts.fact import Fact
from auditor.facts.serving import SwitchState

_STATES = {
    SwitchState.OFF: Mark.PASS,
    SwitchState.ON: Mark.FAIL,
    SwitchState.INEFFECTIVE: Mark.FAIL,
    SwitchState.UNKNOWN: Mark.UNKNOWN,
}


def machine(edition: Edition) -> list[Flowable]:
    """The chapter of GPUs, serving and switches."""
    return [
        *chapter(edition, "machine"),
        *_gpus(edition),
        *_serving(edition),
        *served(edition),
        *_switches(edition),
        *_answers(edition),
        *_footprints(edition),
        *safeguards(edition),
    ]


def _shown(edition: Edition, fact: Fact[str], limit: int = 60) -> str:
    """A fact's value, or why there is none."""
    return plain(fact.value, limit) if fact.value else plain(edition.words(f"status.{fact.status.value}"))


def _gpus(edition: Edition) -> list[Flowable]:
    words, limit = edition.words, edition.budget.devices
    found = edition.audit.facts.gpus
    blocks = section(words("machine.gpus"))
    if not found:
        return [*blocks, *nothing(edition, "gpus", "machine.no_gpus")]
    rows = [
        row(
            Text(plain(str(gpu.index)), BODY_RIGHT, tag=""),
            [
                Text(_shown(edition, gpu.name), tag=""),
                Text(code(gpu.uuid.value, 44) if gpu.uuid.value else _shown(edition, gpu.uuid), CAPTION, tag=""),
            ],
            Text(plain(words.size(gpu.memory_total.value)) if gpu.memory_total.value else
                 plain(words(f"status.{gpu.memory_total.status.value}")), BODY_RIGHT, tag=""),
            Text(_shown(edition, gpu.driver, 24), tag=""),
            Text(plain(words.number(len(gpu.processes.value))) if gpu.processes.value is not None else
                 plain(words(f"status.{gpu.processes.status.value}")), BODY_RIGHT, tag=""),
            Text(plain(", ".join(gpu.sources), 40), CAPTION, tag=""),
        )
        for gpu in found[:limit]
    ]  # fmt: skip
    heads = [words(f"machine.{key}") for key in ("index", "name", "memory", "driver", "processes", "sources")]
    blocks.append(table(heads, rows, (9 * mm, 76 * mm, 22 * mm, 23 * mm, 18 * mm, 22 * mm), numbers=(0, 2, 4)))
    return [*blocks, *rest(edition, "more.facts", len(found) - limit)]


def _serving(edition: Edition) -> list[Flowable]:
    words, limit = edition.words, edition.budget.devices
    found = edition.audit.facts.serving
    blocks = section(words("machine.serving"))
    if not found:
        return [*blocks, *nothing(edition, "processes", "machine.no_serving")]
    rows = []
    for each in found[:limit]:
        served = [edition.model_name(name) for name in each.models.value or ()]
        names = ", ".join(served) or words(f"status.{each.models.status.value}")
        rows.append(
            row(
                Text(plain(str(each.pid)), BODY_RIGHT, tag=""),
                Text(f"{_shown(edition, each.stack, 30)} {plain(each.version.value or '', 30)}", tag=""),
                Text(code(each.exe.value, 40) if each.exe.value else _shown(edition, each.exe), CAPTION, tag=""),
                Text(plain(names, 120), tag=""),
            )
        )
    heads = [words(f"machine.{key}") for key in ("pid", "stack", "program", "serves")]
    blocks.append(table(heads, rows, (18 * mm, 38 * mm, 54 * mm, 60 * mm), numbers=(0,)))
    return [*blocks, *rest(edition, "more.facts", len(found) - limit)]


def _switches(edition: Edition) -> list[Flowable]:
    words, limit = edition.words, edition.budget.devices
    found = edition.audit.facts.switches
    blocks = section(words("machine.switches"))
    if not found:
        text = "machine.no_switches" if edition.audit.facts.serving else "machine.no_serving_switches"
        return [*blocks, *nothing(edition, "processes", text)]
    rank = [SwitchState.ON, SwitchState.INEFFECTIVE, SwitchState.UNKNOWN, SwitchState.OFF]
    states = [(each, each.state.value if each.state.seen and each.state.value else SwitchState.UNKNOWN)
              for each in found]  # fmt: skip
    states.sort(key=lambda pair: (rank.index(pair[1]), pair[0].product, pair[0].entry, pair[0].pid))
    rows = [
        row(
            Marked(_STATES[state], Text(plain(words(f"switch.{state.value}")), CAPTION, tag=""), size=8),
            [
                Text(bold(f"{each.product} ({each.pid})", 44), CAPTION, tag=""),
                Text(plain(", ".join(each.hosts), 80), CAPTION, tag=""),
            ],
            Text(code(", ".join(each.found), 70), CAPTION, tag="") if each.found
            else Text(plain(words("machine.not_set")), CAPTION, tag=""),
            Text(plain(each.rule, 200), CAPTION, tag="", lang=foreign(edition, "en")),
        )
        for each, state in states[:limit]
    ]  # fmt: skip
    heads = [words(f"machine.{key}") for key in ("state", "product", "set", "rule")]
    blocks.append(table(heads, rows, (32 * mm, 46 * mm, 42 * mm, 50 * mm)))
    return [*blocks, *rest(edition, "more.facts", len(found) - limit)]


def _answers(edition: Edition) -> list[Flowable]:
    """What was asked on loopback; nothing where the audit did not ask."""
    words, limit, facts = edition.words, edition.budget.devices, edition.audit.facts
    asked = [(served.pid, one) for served in facts.serving if served.answers for one in served.answers.asked]
    if not asked:
        return []
    blocks = [*section(words("machine.answers")), Text(plain(words("machine.answers_text")), BODY)]
    served = facts.traffic.requests_served
    if served is not None and served.value is not None:
        number = words.number(served.value)
        blocks.append(Text(plain(words("machine.requests_served", number=number)), BODY))
    rows = [
        row(
            Text(plain(str(pid)), BODY_RIGHT, tag=""),
            Text(code(one.code.source, 90), CAPTION, tag=""),
            Text(plain(str(one.code.value or one.code.note), 60), CAPTION, tag=""),
            Text(plain(words.size(one.size)), BODY_RIGHT, tag=""),
        )
        for pid, one in asked[:limit]
    ]
    heads = [words(f"machine.{key}") for key in ("pid", "request", "answer")]
    heads.append(words("weights.size"))
    blocks.append(table(heads, rows, (18 * mm, 82 * mm, 46 * mm, 24 * mm), numbers=(0, 3)))
    return [*blocks, *rest(edition, "more.facts", len(asked) - limit)]


def _footprints(edition: Edition) -> list[Flowable]:
    words, limit = edition.words, edition.budget.devices
    found = edition.audit.facts.footprints
    blocks = section(words("machine.footprints"))
    if not found:
        return [*blocks, *nothing(edition, "footprints", "machine.no_footprints")]
    rows = [
        row(
            Text(bold(each.product, 40), CAPTION, tag=""),
            Text(code(each.path, 60), CAPTION, tag=""),
            Text(_shown(edition, each.modified, 30), CAPTION, tag=""),
            Text(_shown(edition, each.summary, 140), CAPTION, tag="", lang=foreign(edition, "en")),
        )
        for each in found[:limit]
    ]
    heads = [words(f"machine.{key}") for key in ("program_of", "file", "modified", "summary")]
    blocks.append(table(heads, rows, (30 * mm, 60 * mm, 34 * mm, 46 * mm)))
    more = rest(edition, "more.facts", len(found) - limit)
    return [*blocks, *more, Text(plain(words("machine.footprint_note")), MUTED)]
