"""How a comparison of two judgements is told: in words for people, as data under ``--json``."""

from typing import Any

from rich.console import Console
from rich.text import Text

from auditor.cli.registry import Exit
from auditor.cli.verdict import WORDS
from auditor.judge.compare import Change, Comparison, Direction
from auditor.judge.finding import Finding, Judgement, Verdict, dump

_HEADS = {
    Direction.WORSE: ("Worse", "red"),
    Direction.NEW: ("New", "yellow"),
    Direction.BETTER: ("Better", "green"),
    Direction.GONE: ("Gone", "bright_black"),
    Direction.CHANGED: ("Otherwise changed", "bright_black"),
}


def exit_of_changes(found: Comparison) -> Exit:
    """1 where something became worse, or a new finding is open."""
    open_ = any(c.finding.verdict in (Verdict.FAIL, Verdict.UNKNOWN) for c in found.of(Direction.NEW))
    return Exit.DOES_NOT_CONFORM if open_ or found.of(Direction.WORSE) else Exit.CONFORMS


def sentence(change: Change) -> str:
    """One change in words."""
    finding, before, after = change.finding, change.before, change.after
    about = f"{finding.control} for {finding.subject.kind.value} {finding.subject.id} ({finding.title})"
    if before is None:
        return f"{about} is {_word(finding)}: {finding.observed}"
    if after is None:
        return f"{about} was {_word(finding)} and is not asked or not found any more."
    return f"{about} was {_word(before)} and is {_word(after)}: {after.observed}"


def remarks(before: Judgement, after: Judgement) -> list[str]:
    """What a reader has to know before taking a difference for a change of the host."""
    told = []
    if before.audit.target.name != after.audit.target.name:
        told.append(f"They speak of two hosts: {before.audit.target.name} and {after.audit.target.name}.")
    if before.policy.id != after.policy.id:
        told.append(f"They were judged under two policies: {before.policy.id} and {after.policy.id}.")
    elif before.policy.sha256 != after.policy.sha256:
        versions = f"{before.policy.version} and {after.policy.version}"
        told.append(f"The policy {after.policy.id} was changed in between (versions {versions}).")
    if before.knowledge != after.knowledge:
        told.append("They were judged with different tables of licences, models and programs.")
    if before.audit.digest == after.audit.digest:
        told.append("Both judge the same facts.")
    elif before.audit.started > after.audit.started:
        told.append("The first one is the later audit.")
    told += [f"{each.audit.id} is partial: the audit was stopped early." for each in (before, after)
             if each.audit.partial]  # fmt: skip
    return told


def changes(found: Comparison) -> dict[str, Any]:
    """The comparison as data."""
    return {
        "counts": {verdict.value: count for verdict, count in found.counts.items()},
        "changes": [
            {
                "direction": change.direction.value,
                "control": change.finding.control,
                "subject": dump(change.finding.subject),
                "title": change.finding.title,
                "before": change.before.verdict.value if change.before else None,
                "after": change.after.verdict.value if change.after else None,
                "words": sentence(change),
            }
            for change in found.changes
            if change.direction is not Direction.SAME
        ],
        "same": len(found.of(Direction.SAME)),
    }


def show_changes(found: Comparison) -> None:
    """The same for people, worst first."""
    console = Console(highlight=False, soft_wrap=True)
    for direction, (head, style) in _HEADS.items():
        group = found.of(direction)
        if group:
            console.print(Text(f"{head} ({len(group)})", style=f"bold {style}"))
        for change in group:
            console.print(Text(f"  {sentence(change)}"))
    same = len(found.of(Direction.SAME))
    console.print(f"{same} finding{'' if same == 1 else 's'} did not change.")


def _word(finding: Finding) -> str:
    return WORDS[finding.verdict][1].lower()
