"""How a judgement looks on a terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from auditor.cli.registry import Exit
from auditor.judge.finding import Answer, Finding, Interval, Judgement, Overall, Verdict

WORDS = {
    Verdict.PASS: ("✓", "Evidenced", "green"),
    Verdict.FAIL: ("✕", "Contradicted", "red"),
    Verdict.UNKNOWN: ("?", "Not seen", "yellow"),
    Verdict.WAIVED: ("◐", "Waived", "magenta"),
    Verdict.NOT_APPLICABLE: ("–", "Not applicable", "bright_black"),
}
ANSWERS = {
    Answer.YES: ("✓ yes", "green"),
    Answer.CONDITIONAL: ("✓ on terms", "green"),
    Answer.NO: ("✕ no", "red"),
    Answer.UNKNOWN: ("? not seen", "yellow"),
}
HEADLINES = {
    Overall.CONFORMS: ("This host meets “{}”.", "green"),
    Overall.DOES_NOT_CONFORM: ("This host does not meet “{}”.", "red"),
    Overall.INCONCLUSIVE: ("It could not be decided whether this host meets “{}”.", "yellow"),
}
SHOWN = 20
"""Findings printed before the rest is counted."""


def exit_of(verdict: Overall) -> Exit:
    """The exit code of a verdict."""
    return {
        Overall.CONFORMS: Exit.CONFORMS,
        Overall.DOES_NOT_CONFORM: Exit.DOES_NOT_CONFORM,
        Overall.INCONCLUSIVE: Exit.INCONCLUSIVE,
    }[verdict]


def show_judgement(judgement: Judgement) -> None:
    """Headline, counts, the five questions, and what is open."""
    console = Console(highlight=False)
    headline, colour = HEADLINES[judgement.verdict]
    console.print()
    console.print(Text(headline.format(judgement.policy.title), style=f"bold {colour}"))
    console.print(_counts(judgement))
    shares = _shares(judgement)
    if shares:
        console.print(Text(shares, style="bright_black"))
    if judgement.openness:
        console.print(_questions(judgement))
    open_findings = judgement.of(Verdict.FAIL) + judgement.of(Verdict.UNKNOWN)
    for finding in open_findings[:SHOWN]:
        console.print(_finding(finding))
    if len(open_findings) > SHOWN:
        console.print(f"  … and {len(open_findings) - SHOWN} more in findings.json", style="bright_black")


def _counts(judgement: Judgement) -> Text:
    line = Text("  ")
    for verdict in (Verdict.FAIL, Verdict.UNKNOWN, Verdict.WAIVED, Verdict.PASS, Verdict.NOT_APPLICABLE):
        mark, word, colour = WORDS[verdict]
        line.append(f"{mark} {judgement.counts.get(verdict, 0)} {word.lower()}   ", style=colour)
    return line


def _shares(judgement: Judgement) -> str:
    """What is evidenced by weight, as intervals; empty where nothing weighs."""
    for score in judgement.scores[:1]:
        if score.before is not None and score.after is not None:
            line = f"  Evidenced by weight: {_span(score.before)}"
            if score.after != score.before:
                line += f"; with waivers {_span(score.after)}"
            return line + ("" if score.before.lower == score.before.upper else " (the span is what was not seen)")
    return ""


def _span(interval: Interval) -> str:
    lower, upper = (f"{value / 10:.1f}" for value in (interval.lower, interval.upper))
    return f"{lower} %" if lower == upper else f"{lower} to {upper} %"


def _questions(judgement: Judgement) -> Table:
    table = Table(
        "Model", "Free to obtain?", "Use in business?", "Stays silent?", "Free to modify?", "Free to pass on?"
    )
    for row in judgement.openness:
        cells = (row.downloadable, row.commercial, row.no_phone_home, row.modifiable, row.redistributable)
        name = Text(row.name or row.model)
        if row.licence:
            name.append(f"\n{row.licence}", style="bright_black")
        table.add_row(name, *(Text(ANSWERS[cell.answer][0], style=ANSWERS[cell.answer][1]) for cell in cells))
    return table


def _finding(finding: Finding) -> Text:
    mark, word, colour = WORDS[finding.verdict]
    text = Text()
    text.append(f"{mark} {word}", style=f"bold {colour}")
    text.append(f"  {finding.title}  ", style="bold")
    text.append(f"{finding.control} · {finding.severity.value} · {finding.subject.id}\n", style="bright_black")
    text.append(f"    {finding.observed}")
    if finding.remedy:
        text.append(f"\n    → {finding.remedy}", style="bright_black")
    return text
