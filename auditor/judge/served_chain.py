"""From the accelerator to the verdict: what each serving process runs on, in, as, with which model, on what terms.

GPU → process → container → stack and version → model → files → digests → licence → verdict. A link that was not seen
is a step that says so; none is left out.
"""

from collections.abc import Iterable
from typing import Literal

from auditor.facts.audit import Audit
from auditor.facts.fact import Value
from auditor.facts.models import Model
from auditor.facts.serving import Custody, Served
from auditor.judge.custody import state_of
from auditor.judge.finding import Finding, Judgement, SubjectKind, Verdict
from auditor.judge.served import serves
from auditor.knowledge.knowledge import Knowledge

Kind = Literal["gpu", "process", "container", "stack", "model", "files", "digests", "licence", "verdict"]
KINDS: tuple[Kind, ...] = (
    "gpu", "process", "container", "stack", "model", "files", "digests", "licence", "verdict"
)  # fmt: skip
State = Literal["pass", "fail", "unknown", "neutral"]
MOST = 200
"""Processes that are followed."""
_WORST = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.WAIVED, Verdict.PASS, Verdict.NOT_APPLICABLE)


class Step(Value):
    """One link of the chain."""

    kind: Kind
    text: str
    """What was seen; empty where nothing was."""
    detail: str = ""
    state: State
    rests_on: str = ""
    """JSON pointer into facts.json."""


class ServedChain(Value):
    """The chain of one process, in the order of :data:`KINDS`."""

    pid: int
    steps: tuple[Step, ...]


def served_chains(audit: Audit, knowledge: Knowledge, judgement: Judgement | None = None) -> tuple[ServedChain, ...]:
    """One for each serving process; companions, which hold no model, are left out."""
    roles = {stack.id: stack.role for stack in knowledge.stacks}
    found = []
    for at, served in enumerate(audit.facts.serving):
        if roles.get(served.stack.value or "") != "companion":
            found.append(ServedChain(pid=served.pid, steps=tuple(_steps(audit, knowledge, judgement, at, served))))
    return tuple(found[:MOST])


def _steps(
    audit: Audit, knowledge: Knowledge, judgement: Judgement | None, at: int, served: Served
) -> Iterable[Step]:  # fmt: skip
    here = f"/facts/serving/{at}"
    models = [(place, model) for place, model in enumerate(audit.facts.models) if serves(served, model)]
    files = [(place, file) for place, file in enumerate(audit.facts.custody) if file.server == served.pid]
    yield _gpus(audit, served)
    exe = (served.exe.value or "").rpartition("/")[2]
    yield Step(kind="process", text=str(served.pid), detail=exe, state="neutral", rests_on=here)
    container = served.container.value
    told = "" if container else served.container.note or served.container.status.value
    yield Step(
        kind="container", text=(container or "")[:64], detail=told, state="neutral", rests_on=f"{here}/container"
    )
    yield _stack(served, knowledge, here)
    yield _model(served, models, here)
    yield _files(audit, models, files)
    yield _digests(audit, models, files)
    yield _licence(audit, knowledge, models)
    yield _verdict(audit, judgement, served, models)


def _gpus(audit: Audit, served: Served) -> Step:
    own = {served.pid, *served.workers}
    mine = [
        (place, gpu)
        for place, gpu in enumerate(audit.facts.gpus)
        if any(process.pid in own for process in gpu.processes.value or ())
    ]
    if not mine:
        known = all(gpu.processes.seen for gpu in audit.facts.gpus)
        return Step(kind="gpu", text="", state="neutral" if known else "unknown", rests_on="/facts/gpus")
    names = dict.fromkeys(gpu.name.value or "?" for _, gpu in mine)
    text = f"{len(mine)} × {', '.join(names)}" if len(mine) > 1 else next(iter(names))
    detail = ", ".join(str(gpu.index) for _, gpu in mine)
    return Step(kind="gpu", text=text, detail=detail, state="neutral", rests_on=f"/facts/gpus/{mine[0][0]}")


def _stack(served: Served, knowledge: Knowledge, here: str) -> Step:
    title = next((stack.title for stack in knowledge.stacks if stack.id == served.stack.value), "")
    version = served.version.value or "" if served.version.seen else ""
    state: State = "neutral" if title and version else "unknown"
    return Step(kind="stack", text=title, detail=version, state=state, rests_on=f"{here}/stack")


def _model(served: Served, models: list[tuple[int, Model]], here: str) -> Step:
    if models:
        place, first = models[0]
        more = ", ".join(model.id for _, model in models[1:6])
        return Step(kind="model", text=first.name.value or first.id, detail=more, state="neutral",
                    rests_on=f"/facts/models/{place}")  # fmt: skip
    named = ", ".join((served.models.value or ())[:3]) if served.models.seen else ""
    return Step(kind="model", text=named, state="unknown", rests_on=f"{here}/models")


def _files(audit: Audit, models: list[tuple[int, Model]], files: list[tuple[int, Custody]]) -> Step:
    if files:
        names = dict.fromkeys(file.path.rpartition("/")[2] for _, file in files)
        state: State = "unknown" if all(file.held.value is None for _, file in files) else "neutral"
        return Step(kind="files", text=str(len(names)), detail=next(iter(names)), state=state,
                    rests_on=f"/facts/custody/{files[0][0]}")  # fmt: skip
    ids = {model.id for _, model in models}
    own = [(place, weight) for place, weight in enumerate(audit.facts.weights) if weight.model in ids]
    if own:
        return Step(kind="files", text=str(len(own)), detail=own[0][1].path.rpartition("/")[2], state="neutral",
                    rests_on=f"/facts/weights/{own[0][0]}")  # fmt: skip
    return Step(kind="files", text="", state="unknown", rests_on="/facts/custody")


def _digests(audit: Audit, models: list[tuple[int, Model]], files: list[tuple[int, Custody]]) -> Step:
    if files:
        states = {state_of(file) for _, file in files}
        bad = [(place, file) for place, file in files if state_of(file) not in ("same", "unseen")]
        state: State = "fail" if bad else "unknown" if "unseen" in states else "pass"
        place, file = (bad or files)[0]
        digest = file.mapped_sha256.value or file.disk_sha256.value or ""
        return Step(kind="digests", text=digest, detail=", ".join(sorted(states)), state=state,
                    rests_on=f"/facts/custody/{place}")  # fmt: skip
    ids = {model.id for _, model in models}
    own = [(place, weight) for place, weight in enumerate(audit.facts.weights) if weight.model in ids]
    if own:
        # Read from the disk; that these are the bytes in use was not seen.
        return Step(kind="digests", text=own[0][1].sha256.value or "", state="unknown",
                    rests_on=f"/facts/weights/{own[0][0]}")  # fmt: skip
    return Step(kind="digests", text="", state="unknown", rests_on="/facts/custody")


def _licence(audit: Audit, knowledge: Knowledge, models: list[tuple[int, Model]]) -> Step:
    ids = {model.id for _, model in models}
    texts = [(place, one) for place, one in enumerate(audit.facts.licences) if one.model in ids and one.id.value]
    if texts:
        titles = dict.fromkeys(
            knowledge.licences[one.id.value].title if one.id.value in knowledge.licences else one.id.value or ""
            for _, one in texts
        )
        match = ", ".join(dict.fromkeys(one.match.value for _, one in texts))
        return Step(kind="licence", text=", ".join(titles), detail=match, state="neutral",
                    rests_on=f"/facts/licences/{texts[0][0]}")  # fmt: skip
    for place, model in models:
        stated = [fact.value.value for fact in model.stated if fact.value is not None]
        if stated:
            return Step(kind="licence", text=stated[0], state="unknown", rests_on=f"/facts/models/{place}/stated")
    return Step(kind="licence", text="", state="unknown", rests_on="/facts/licences")


def _verdict(audit: Audit, judgement: Judgement | None, served: Served, models: list[tuple[int, Model]]) -> Step:
    if judgement is None:
        return Step(kind="verdict", text="", state="unknown")
    own = {served.pid, *served.workers}
    cards = {
        name
        for gpu in audit.facts.gpus
        if any(process.pid in own for process in gpu.processes.value or ())
        for name in (str(gpu.index), gpu.uuid.value, gpu.pci.value.bus if gpu.pci.value else None)
        if name
    }
    about = {
        SubjectKind.PROCESS: {str(pid) for pid in own},
        SubjectKind.MODEL: {model.id for _, model in models},
        SubjectKind.GPU: cards,
    }
    findings: list[Finding] = [f for f in judgement.findings if f.subject.id in about.get(f.subject.kind, ())]
    if not findings:
        return Step(kind="verdict", text="", state="unknown")
    worst = min(findings, key=lambda finding: _WORST.index(finding.verdict))
    named = dict.fromkeys(finding.control for finding in findings if finding.verdict is worst.verdict)
    state: State = (
        "fail" if worst.verdict is Verdict.FAIL else "unknown" if worst.verdict is Verdict.UNKNOWN else "pass"
    )
    return Step(kind="verdict", text=worst.verdict.value, detail=", ".join(list(named)[:8]), state=state)
