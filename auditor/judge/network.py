"""What the checks of the network share: addresses, names of sockets and owners, and what could not be read."""

from auditor.facts.audit import Outcome as Ended
from auditor.facts.fact import Fact, Status
from auditor.facts.traffic import Process
from auditor.judge.context import Context
from auditor.judge.finding import Sentence, Subject, SubjectKind, say
from auditor.judge.processes import privileged

MOST = 200
"""Findings of one check that name a destination or listener each; the rest is counted in one."""


def unread(context: Context) -> tuple[Sentence, ...]:
    """What the collector could not read."""
    audit = context.audit
    collector = audit.collector("traffic")
    found = []
    if collector.outcome is not Ended.COMPLETE:
        found.append(say("Sockets: the collector ended as {outcome}.", outcome=collector.outcome.value))
    # A better means that this host has not got hides nothing: the tier says what was used, and the policy what it asks.
    problems = [
        problem
        for problem in audit.problems
        if problem.collector == "traffic" and problem.status is not Status.UNSUPPORTED
    ]
    found += [say("{where}: {what}", where=problem.where, what=problem.what) for problem in problems[:10]]
    if not problems and audit.target.kind != "files" and not privileged(audit):
        found.append(say("Sockets of other users and of network namespaces that only root can enter."))
    return tuple(found)


def socket(address: str, port: int, proto: str) -> str:
    """Name of an end of a connection, as findings use it."""
    return f"[{address}]:{port}/{proto}" if ":" in address else f"{address}:{port}/{proto}"


def owner(process: Fact[Process]) -> str:
    """Name of a process, as findings use it."""
    if process.value is None:
        return "a process that could not be seen"
    container = f", container {process.value.container}" if process.value.container else ""
    return f"{process.value.name} ({process.value.pid}{container})"


def host(context: Context) -> Subject:
    """The host as subject."""
    return Subject(kind=SubjectKind.HOST, id=context.audit.target.name)
