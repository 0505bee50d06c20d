"""Processes → serving stacks: which product, which version, which model.

Workers are folded into the process that started them, so that one server is one fact.
"""

import re
from collections.abc import Iterable

from auditor.facts.fact import Fact, Status
from auditor.facts.records import AnyRecord, EndpointRecord, GpuRecord, ProcessRecord, SmiRecord
from auditor.facts.serving import Served
from auditor.knowledge.knowledge import Knowledge
from auditor.knowledge.stacks import Program, Stack
from auditor.recognise.answers import answers_of
from auditor.recognise.commandline import Invocation, flag_values, invocation, positional
from auditor.recognise.gpu_fields import pids_of
from auditor.recognise.provenance import seen, unseen
from auditor.recognise.smi import compute_pids

_HIDDEN = "***"


def serving_of(records: Iterable[AnyRecord], knowledge: Knowledge) -> tuple[Served, ...]:
    """Every process that is a known stack, holds weights or holds a GPU, by pid.

    A process of the last two kinds that is no known stack and no worker of one has an absent ``stack``.
    """
    every = tuple(records)
    processes = {record.pid: record for record in every if isinstance(record, ProcessRecord)}
    on_gpu = {pid for record in every if isinstance(record, SmiRecord) for pid in compute_pids(record.text)}
    on_gpu |= {pid for record in every if isinstance(record, GpuRecord) for pid in pids_of(record)}
    stacks = {pid: stack_of(record, knowledge) for pid, record in processes.items()}
    workers: dict[int, list[ProcessRecord]] = {}
    for pid in sorted(processes):
        workers.setdefault(_root(pid, processes, stacks), []).append(processes[pid])
    answered = [record for record in every if isinstance(record, EndpointRecord)]
    found = []
    for pid, group in sorted(workers.items()):
        if stacks[pid] or any(record.files or record.pid in on_gpu for record in group):
            served = _served(processes[pid], stacks[pid], [record for record in group if record.pid != pid])
            members = {record.pid for record in group}
            answers = answers_of([record for record in answered if record.pid in members], stacks[pid])
            if answers is not None and answers.version.seen and stacks[pid] and not served.version.seen:
                served = served.model_copy(update={"version": answers.version})
            found.append(served.model_copy(update={"answers": answers}))
    return tuple(found)


def servers_of(records: Iterable[AnyRecord], knowledge: Knowledge) -> dict[int, int]:
    """The pid of the server that each process belongs to: of a worker that of its master, else its own."""
    processes = {record.pid: record for record in records if isinstance(record, ProcessRecord)}
    stacks = {pid: stack_of(record, knowledge) for pid, record in processes.items()}
    return {pid: _root(pid, processes, stacks) for pid in processes}


def stack_of(record: ProcessRecord, knowledge: Knowledge) -> Stack | None:
    """The stack that a process looks like, or None."""
    called = invocation(record.command)
    titles = (record.command[0] if record.command else "", record.name)
    for stack in knowledge.stacks:
        if any(_fits(way, called, titles) for way in stack.started_as):
            return stack
    return None


def version_of(record: ProcessRecord, stack: Stack) -> Fact[str]:
    """Version by the distribution in the process's environment, a variable of its image, or its path."""
    for package in stack.packages:
        for name, version in record.packages.items():
            if _same(name, package):
                return seen(record, version, Status.DECLARED, "dist-info", f"distribution {name}")
    for variable in stack.version_variables:
        value = (record.environment or {}).get(variable, "")
        if re.fullmatch(r"v?\d+(\.\d+)+\S*", value, re.ASCII):
            return seen(record, value, Status.DECLARED, "environment", variable)
    for path in (record.exe, record.command[0] if record.command else ""):
        match = re.search(rf"(?i)\b{re.escape(stack.id)}[-_@/]v?(\d+(?:\.\d+)+)", path[:4096], re.ASCII)
        if match:
            return seen(record, match[1], Status.DECLARED, "path", path)
    return unseen(record, Status.ABSENT, "no installed distribution, variable or path tells the version")


def models_of(record: ProcessRecord, stack: Stack | None) -> tuple[str, ...]:
    """Models that command line and environment name."""
    if stack is None:
        return ()
    called = invocation(record.command)
    arguments = called.arguments
    named = [value for value in flag_values(arguments, stack.model.flags) if value] if stack.model.flags else []
    if not named and stack.model.positional:
        free = positional(arguments[1:] if called.verb in _verbs(stack) else arguments)
        named = [free] if free else []
    if not named:
        environment = record.environment or {}
        named = [environment[name] for name in stack.model.variables if environment.get(name)][:1]
    return tuple(name for name in named if name != _HIDDEN)


def _served(record: ProcessRecord, stack: Stack | None, workers: list[ProcessRecord]) -> Served:
    group = [record, *workers]
    models = dict.fromkeys(name for one in group for name in models_of(one, stack))
    models.update(dict.fromkeys(path for one in group for path in sorted(one.files or ())))
    if models:
        held: Fact[tuple[str, ...]] = seen(record, tuple(models))
    elif all(one.files is None for one in group):
        held = unseen(record, Status.DENIED, "open files may not be read, and the command line names no model")
    else:
        held = unseen(record, Status.ABSENT, "no model is named and no weight file is open")
    return Served(
        pid=record.pid,
        stack=seen(record, stack.id, Status.INFERRED, "command line")
        if stack
        else unseen(record, Status.ABSENT, "no known stack is started like this"),
        version=version_of(record, stack) if stack else unseen(record, Status.ABSENT, "the stack is not known"),
        exe=seen(record, record.exe) if record.exe else unseen(record, Status.DENIED, "the link may not be read"),
        command=seen(record, record.command) if record.command else unseen(record, Status.ABSENT),
        environment=seen(record, _safe(record.environment))
        if record.environment is not None
        else unseen(record, Status.DENIED, "the environment may not be read"),
        started=seen(record, record.started) if record.started else unseen(record, Status.ABSENT),
        container=seen(record, record.container) if record.container else unseen(record, Status.ABSENT),
        models=held,
        workers=tuple(sorted(worker.pid for worker in workers)),
    )


def _safe(environment: dict[str, str]) -> dict[str, str]:
    """The variables in order. Of licence keys, whose names do not speak of a secret, only the presence is kept."""
    return {name: _HIDDEN if "LICEN" in name and value else value for name, value in sorted(environment.items())}


def _fits(way: Program, called: Invocation, titles: tuple[str, ...]) -> bool:
    given = (
        (way.program, called.program in way.program),
        (way.script, any(called.script.endswith(end) for end in way.script)),
        (way.module, called.module in way.module),
        (way.application, called.application.partition(":")[0] in way.application),
        (way.title, any(title.startswith(start) for title in titles for start in way.title)),
        (way.verb, called.verb in way.verb),
    )
    return all(holds for wanted, holds in given if wanted)


def _verbs(stack: Stack) -> frozenset[str]:
    return frozenset(verb for way in stack.started_as for verb in way.verb) | {"serve"}


def normal(name: str) -> str:
    """A distribution's name in its one spelling (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _same(one: str, other: str) -> bool:
    return normal(one) == normal(other)


def _master(pid: int, processes: dict[int, ProcessRecord], stacks: dict[int, Stack | None]) -> int | None:
    """The nearest ancestor that serves, if this process is no server of another stack."""
    passed = {pid}
    parent = processes[pid].parent
    while parent in processes and parent not in passed:
        if stacks[parent] is not None:
            return parent if stacks[pid] in (None, stacks[parent]) else None
        passed.add(parent)
        parent = processes[parent].parent
    return None


def _root(pid: int, processes: dict[int, ProcessRecord], stacks: dict[int, Stack | None]) -> int:
    passed = {pid}
    while (master := _master(pid, processes, stacks)) is not None and master not in passed:
        passed.add(master)
        pid = master
    return pid
