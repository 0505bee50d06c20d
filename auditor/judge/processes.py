"""What the checks of processes share: with which rights was looked, and what is to say where not all was seen."""

from collections.abc import Iterable

from auditor.facts.audit import Audit, Problem
from auditor.facts.audit import Outcome as Ended
from auditor.facts.fact import Status
from auditor.judge.context import Context
from auditor.judge.finding import Outcome, Sentence, Subject, SubjectKind, Verdict, say

_BLIND = (Status.DENIED, Status.ERROR)


def privileged(audit: Audit) -> bool:
    """Whether the probe could look into the processes of other users."""
    names = {capability.lower().removeprefix("cap_") for capability in audit.probe.capabilities}
    return "sys_ptrace" in names or (audit.probe.uid == 0 and not names)


def more_rights(audit: Audit) -> Sentence:
    """How to see more next time."""
    if privileged(audit):
        return say(
            "Look at what is listed as not seen: a security module, a hidden /proc or another kernel keeps it even "
            "from root."
        )
    return say("Run the audit as root, so that it can look into the processes of all users.")


def others(context: Context, any_seen: bool, expected: Sentence) -> Iterable[Outcome]:
    """What is to say where no process, or perhaps not every process, was seen."""
    audit = context.audit
    collector = audit.collector("processes")
    problems = [p for p in audit.problems if p.collector == "processes" and p.status in _BLIND and _wide(p)]
    complete = collector.outcome is Ended.COMPLETE and not problems
    host = Subject(kind=SubjectKind.HOST, id=audit.target.name)
    if complete and (any_seen or privileged(audit)):
        if not any_seen:
            yield Outcome(
                subject=host,
                verdict=Verdict.NOT_APPLICABLE,
                expected=expected,
                observed=say("No process on the host serves models."),
                rests_on=("/collectors", "/facts/serving"),
            )
        return
    yield Outcome(
        subject=host,
        verdict=Verdict.UNKNOWN,
        expected=expected,
        observed=say("Not every process could be looked into."),
        rests_on=("/collectors", "/probe", "/problems"),
        not_seen=(
            say("Processes: the collector ended as {outcome}.", outcome=collector.outcome.value),
            *(say("{where}: {what}", where=problem.where, what=problem.what) for problem in problems[:5]),
        ),
        remedy=more_rights(audit),
    )


def _wide(problem: Problem) -> bool:
    """Whether a problem is about more than one process that is among the facts anyway."""
    return not problem.where.endswith("/environ")
