"""Check ``serving.no_known_vulnerabilities``: versions that run against the table of known vulnerabilities."""

import datetime as dt
from collections.abc import Iterable

from auditor.facts.serving import Served
from auditor.judge.context import Context, check
from auditor.judge.finding import Outcome, Sentence, Subject, SubjectKind, Verdict, say
from auditor.judge.processes import others
from auditor.knowledge.knowledge import Knowledge
from auditor.knowledge.vulnerabilities import SEVERITIES, Vulnerability, affects
from auditor.policy.arguments import Vulnerable


def vulnerabilities_of(served: Served, knowledge: Knowledge) -> tuple[Vulnerability, ...]:
    """Entries that affect the version of a process; none where stack or version is not known."""
    version = served.version.value if served.version.seen else None
    entries = knowledge.vulnerabilities.of(served.stack.value or "")
    return tuple(entry for entry in entries if version and affects(entry, version))


@check("serving.no_known_vulnerabilities")
def no_known_vulnerabilities(context: Context, arguments: Vulnerable) -> Iterable[Outcome]:
    """One outcome for each serving process and companion, and one for the host where some may not have been seen."""
    expected = say("No vulnerability that the table knows affects the version that runs.")
    for at, served in enumerate(context.audit.facts.serving):
        yield _outcome(context, served, at, expected, arguments)
    yield from others(context, bool(context.audit.facts.serving), expected)


def _outcome(context: Context, served: Served, at: int, expected: Sentence, arguments: Vulnerable) -> Outcome:
    table, stack = context.knowledge.vulnerabilities, served.stack.value if served.stack.seen else None
    version = served.version.value if served.version.seen else None
    title = next((one.title for one in context.knowledge.stacks if one.id == stack), stack or "?")
    date = table.date_of(stack or "")
    age = (context.now.date() - dt.date.fromisoformat(date)).days
    entries = [e for e in table.of(stack or "") if not {e.id, *e.also} & set(arguments.accepted)]
    counted = [e for e in entries if _counts(e, arguments)]
    hits = [e for e in counted if version and affects(e, version)]
    blind: list[Sentence] = []
    if stack is None:
        blind.append(say("Which product process {pid} is.", pid=served.pid))
    elif not version:
        blind.append(say("The version of {stack} in process {pid}.", stack=title, pid=served.pid))
    elif not table.of(stack):
        blind.append(say("Vulnerabilities of {stack}: the table has nothing on it.", stack=title))
    elif any(affects(e, version) is None for e in counted):
        blind.append(
            say("Whether version {version} of {stack} is affected: it compares with no number of the table.",
                version=version, stack=title)
        )  # fmt: skip
    if stack is not None and age > arguments.days:
        blind.append(
            say("What became known since {date}: the table is {age} days old, at most {days} are allowed.",
                date=date, age=age, days=arguments.days)
        )  # fmt: skip
    if hits:
        observed = say(
            "{stack} {version}, process {pid}: {ids}.",
            stack=title,
            version=version or "",
            pid=served.pid,
            ids="; ".join(f"{e.id} ({e.severity}): {e.summary}" for e in sorted(hits, key=_rank)[:10]),
        )
    else:
        observed = say(
            "{stack} {version}, process {pid}: none of {count} entries of the table of {date} affects it.",
            stack=title,
            version=version or "of unknown version",
            pid=served.pid,
            count=len(counted),
            date=date,
        )
    fixed = ", ".join(dict.fromkeys(e.fixed_in or "no fixed version known" for e in hits))
    return Outcome(
        subject=Subject(kind=SubjectKind.PROCESS, id=str(served.pid)),
        verdict=Verdict.FAIL if hits else Verdict.UNKNOWN if blind else Verdict.PASS,
        expected=expected,
        observed=observed,
        rests_on=(f"/facts/serving/{at}/stack", f"/facts/serving/{at}/version"),
        not_seen=tuple(blind),
        remedy=say("Update to a version that has it mended: {versions}.", versions=fixed)
        if hits
        else say("Import newer records with “auditor knowledge import-osv”, and have the version told.")
        if blind
        else None,
    )


def _counts(entry: Vulnerability, arguments: Vulnerable) -> bool:
    """One whose severity nobody stated may be of any."""
    least = SEVERITIES.index(arguments.from_severity)
    return entry.severity == "unstated" or SEVERITIES.index(entry.severity) >= least


def _rank(entry: Vulnerability) -> tuple[int, str]:
    order = ("critical", "high", "medium", "unstated", "low")
    return order.index(entry.severity), entry.id
