"""Check ``gpus.plausible``: can the memory that a process holds hold the model that it claims to serve?"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from auditor.facts.models import Model
from auditor.facts.serving import Served
from auditor.judge.context import Context, check
from auditor.judge.finding import Outcome, Sentence, Subject, SubjectKind, Verdict, say
from auditor.judge.processes import others
from auditor.judge.served import serves
from auditor.policy.arguments import Plausible
from auditor.recognise.commandline import flag_present, flag_values, invocation

_WHOLE = frozenset({"vllm", "sglang", "tgi", "tensorrt-llm"})
"""Stacks that keep all weights on GPUs unless told otherwise; others may leave layers in the host's memory."""
_OFFLOAD = ("--cpu-offload-gb", "--cpu-offload", "--offload-group-size", "--cpu_offload_gb")
_NODES = ("--nnodes", "--pipeline-parallel-size", "-pp", "--data-parallel-size", "--pp-size", "--num-shard")
_NAMED = (
    (re.compile(r"(?i)(awq|gptq|int4|w4a|[-_.]q4|fp4|4bit|bnb)"), 0.5),
    (re.compile(r"(?i)(fp8|int8|w8a|[-_.]q8|8bit)"), 1.0),
    (re.compile(r"(?i)(bf16|fp16|f16)"), 2.0),
)
_GB = 1_000_000_000


@dataclass(frozen=True)
class Need:
    """What a model takes, and how that is known."""

    name: str
    bytes: int
    how: str
    per_token: int = 0
    layout: str = ""
    pointer: str = ""


def needs_of(context: Context, served: Served) -> tuple[Need, ...]:
    """Of each model that a process names: by its headers, else by what is known under its name."""
    found: dict[str, Need] = {}
    models = context.audit.facts.models
    for at, model in enumerate(models):
        if serves(served, model):
            need = _by_headers(model, at)
            if need:
                found[model.id] = need
    if found:
        return tuple(found.values())
    for name in served.models.value or ():
        told = context.knowledge.models.named(name)
        billions = told.model.billions if told is not None and told.model is not None else None
        # A name that does not tell how the numbers are kept may stand for four bits.
        width = next((bytes_ for pattern, bytes_ in _NAMED if pattern.search(name)), 0.5)
        if billions:
            found[name] = Need(name, int(billions * width * _GB), "its name")
    return tuple(found.values())


def held_by(context: Context, served: Served) -> tuple[int | None, tuple[int, ...]]:
    """Bytes that a process and its workers hold on GPUs (None: not told) and which GPUs these are."""
    own = {served.pid, *served.workers}
    own |= {held.pid for held in context.audit.facts.custody if held.server == served.pid}
    total, told, indices = 0, True, []
    for gpu in context.audit.facts.gpus:
        for process in gpu.processes.value or ():
            if process.pid in own:
                indices.append(gpu.index)
                told = told and process.used_memory is not None
                total += process.used_memory or 0
    return (total if told and indices else None), tuple(dict.fromkeys(indices))


@check("gpus.plausible")
def plausible(context: Context, arguments: Plausible) -> Iterable[Outcome]:
    """One outcome for each process that serves models, and one for the host where some may not have been seen."""
    expected = say("Each serving process holds at least the memory that its weights take.")
    roles = {stack.id: stack.role for stack in context.knowledge.stacks}
    serving = [
        (at, served)
        for at, served in enumerate(context.audit.facts.serving)
        if roles.get(served.stack.value or "") != "companion"
    ]
    for at, served in serving:
        yield _outcome(context, served, at, expected, arguments)
    yield from others(context, bool(serving), expected)


def _outcome(context: Context, served: Served, at: int, expected: Sentence, arguments: Plausible) -> Outcome:
    subject = Subject(kind=SubjectKind.PROCESS, id=str(served.pid))
    needs = needs_of(context, served)
    held, indices = held_by(context, served)
    rests = (f"/facts/serving/{at}", "/facts/gpus", *(need.pointer for need in needs if need.pointer))

    def unknown(observed: Sentence, *blind: Sentence) -> Outcome:
        return Outcome(
            subject=subject,
            verdict=Verdict.UNKNOWN,
            expected=expected,
            observed=observed,
            rests_on=rests,
            not_seen=blind,
            remedy=say("Run the audit as root where the driver tells of processes, with the files of the model."),
        )

    if held is None:
        return unknown(
            say("What process {pid} holds on GPUs was not told.", pid=served.pid),
            say("Memory of process {pid}: no GPU names it with an amount.", pid=served.pid),
        )
    if not needs:
        return unknown(
            say("Process {pid} holds {held}; the size of its model is not known.", pid=served.pid, held=_size(held)),
            say("The size of the weights of process {pid}.", pid=served.pid),
        )
    least = max(needs, key=lambda need: need.bytes)
    bound = int(least.bytes * _shrunk(served) * (100 - arguments.tolerance_percent) / 100)
    gpus = ", ".join(map(str, indices))
    if held < bound:
        partial = _elsewhere(served)
        observed = say(
            "Process {pid} claims {model}, whose weights take {need} by {how}, and holds {held} on GPU {gpus}.",
            pid=served.pid,
            model=least.name,
            need=_size(least.bytes),
            how=least.how,
            held=_size(held),
            gpus=gpus,
        )
        if partial:
            return unknown(observed, say("Where the rest is: {why}.", why=partial))
        return Outcome(
            subject=subject,
            verdict=Verdict.FAIL,
            expected=expected,
            observed=observed,
            rests_on=rests,
            remedy=say("Find out which model process {pid} really serves.", pid=served.pid),
        )
    room = max(0, held - least.bytes) // least.per_token if least.per_token else 0
    observed = (
        say(
            "Process {pid} holds {held} on GPU {gpus}; {model} takes {need} and {token} bytes of cache for each token "
            "({layout}), so that at most {tokens} tokens fit.",
            pid=served.pid,
            held=_size(held),
            gpus=gpus,
            model=least.name,
            need=_size(least.bytes),
            token=least.per_token,
            layout=least.layout,
            tokens=room,
        )
        if least.per_token
        else say(
            "Process {pid} holds {held} on GPU {gpus}; {model} takes {need}.",
            pid=served.pid,
            held=_size(held),
            gpus=gpus,
            model=least.name,
            need=_size(least.bytes),
        )
    )
    return Outcome(subject=subject, verdict=Verdict.PASS, expected=expected, observed=observed, rests_on=rests)


def _by_headers(model: Model, at: int) -> Need | None:
    memory = model.memory.value if model.memory is not None and model.memory.seen else None
    if memory is None or memory.weights <= 0:
        return None
    name = model.name.value or model.id
    return Need(name, memory.weights, "its headers", memory.per_token, memory.layout, f"/facts/models/{at}/memory")


def _shrunk(served: Served) -> float:
    """The least share of the weights that is left where the loader quantises them itself."""
    arguments = invocation(served.command.value or ()).arguments
    return 0.25 if [v for v in flag_values(arguments, ("--quantization", "--quantize", "-q")) if v] else 1.0


def _elsewhere(served: Served) -> str:
    """Why weights may lie where this audit does not count; empty where nothing speaks for it."""
    if served.stack.value not in _WHOLE:
        return "this stack can leave layers in the host's memory"
    if not served.command.seen:
        return "the command line was not seen"
    arguments = invocation(served.command.value or ()).arguments
    if any(flag_present(arguments, (flag,)) or flag_values(arguments, (flag,)) for flag in _OFFLOAD):
        return "the command line leaves layers in the host's memory"
    if any(value not in (None, "1") for value in flag_values(arguments, _NODES)):
        return "the command line spreads the model over several nodes or copies"
    return ""


def _size(amount: int) -> str:
    return f"{amount / _GB:.1f} GB"
