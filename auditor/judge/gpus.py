"""Checks of accelerators: ``gpus.permitted``."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from auditor.facts.audit import Outcome as Ended
from auditor.facts.fact import Status
from auditor.facts.gpus import Gpu
from auditor.judge.context import Context, check
from auditor.judge.finding import Outcome, Sentence, Subject, SubjectKind, Verdict, say
from auditor.policy.arguments import PermittedGpus
from auditor.recognise.gpus import known
from auditor.recognise.identity import Contradiction, contradictions_of

_GIB = 1 << 30


@check("gpus.permitted")
def permitted(context: Context, arguments: PermittedGpus) -> Iterable[Outcome]:
    """One outcome for each accelerator, and one for the host where too few or perhaps not all were seen."""
    gpus = context.audit.facts.gpus
    contradictions = contradictions_of(gpus, context.knowledge, context.audit.facts.gpu_driver)
    for place, gpu in enumerate(gpus):
        against = [found for found in contradictions if found.gpu == gpu.index]
        yield _judged(gpu, place, arguments, against, _form(gpu, context))
    yield from _count(context, arguments)


def _judged(gpu: Gpu, place: int, arguments: PermittedGpus, against: list[Contradiction], form: str) -> Outcome:
    subject = subject_of(gpu)
    rests = (f"/facts/gpus/{place}/name", f"/facts/gpus/{place}/memory_total", f"/facts/gpus/{place}/pci")
    expected = _expected(arguments)

    def outcome(verdict: Verdict, observed: Sentence, remedy: Sentence | None = None, *blind: Sentence) -> Outcome:
        return Outcome(
            subject=subject,
            verdict=verdict,
            expected=expected,
            observed=observed,
            rests_on=rests,
            not_seen=blind,
            remedy=remedy,
        )

    if not gpu.name.seen or not gpu.name.value:
        return outcome(
            Verdict.UNKNOWN,
            say("GPU {index} has no name that could be read.", index=gpu.index),
            say("Run the audit where nvidia-smi works, or import its output with “auditor gpus --from”."),
            say("The name of GPU {index}: {why}", index=gpu.index, why=gpu.name.note or gpu.name.status.value),
        )
    name, memory = gpu.name.value, gpu.memory_total.value if gpu.memory_total.seen else None
    if not any(fnmatchcase(name.lower(), glob.lower()) for glob in arguments.names):
        return outcome(Verdict.FAIL, say("GPU {index} is {name}; that is not on the list.", index=gpu.index, name=name))
    if arguments.forms and form and form not in arguments.forms:
        return outcome(
            Verdict.FAIL,
            say("GPU {index}, {name}, is built in as {form}; {forms} may be.", index=gpu.index, name=name, form=form,
                forms=", ".join(arguments.forms)),
        )  # fmt: skip
    if memory is not None and memory < arguments.minimum_memory_gib * _GIB:
        return outcome(
            Verdict.FAIL,
            say("GPU {index}, {name}, has {memory} GiB of memory.", index=gpu.index, name=name, memory=memory // _GIB),
        )
    if arguments.forms and not form:
        return outcome(
            Verdict.UNKNOWN,
            say("GPU {index} is {name}; how it is built in is not known.", index=gpu.index, name=name),
            None,
            say("The form of GPU {index}: the table does not tell it for its device id.", index=gpu.index),
        )
    doubts = [found for found in against if found.rule != "seen-twice"]
    if doubts:
        return outcome(
            Verdict.UNKNOWN,
            say(
                "GPU {index} says that it is {name}, but its {rule} is {found} where {expected} belongs to it.",
                index=gpu.index,
                name=name,
                rule=doubts[0].rule.replace("-", " "),
                found=doubts[0].found,
                expected=doubts[0].expected,
            ),
            say("Look at the card itself, or verify its attestation report."),
            say("What the card really is."),
        )
    if memory is None and arguments.minimum_memory_gib:
        return outcome(
            Verdict.UNKNOWN,
            say("GPU {index} is {name}; its memory could not be read.", index=gpu.index, name=name),
            say("Run the audit where the driver of the card answers."),
            say("The memory of GPU {index}: {why}", index=gpu.index, why=gpu.memory_total.note or "not told"),
        )
    if memory is None:
        return outcome(Verdict.PASS, say("GPU {index} is {name}.", index=gpu.index, name=name))
    return outcome(
        Verdict.PASS,
        say("GPU {index} is {name} with {memory} GiB.", index=gpu.index, name=name, memory=memory // _GIB),
    )


def _form(gpu: Gpu, context: Context) -> str:
    device = known(gpu.pci.value, context.knowledge) if gpu.pci.value else None
    return device.form if device else ""


def subject_of(gpu: Gpu) -> Subject:
    """An accelerator as findings call it."""
    return Subject(kind=SubjectKind.GPU, id=gpu.uuid.value or (gpu.pci.value.bus if gpu.pci.value else str(gpu.index)))


def unseen_gpus(context: Context, expected: Sentence) -> Iterable[Outcome]:
    """What is to say of the host where no accelerator, or perhaps not every one, was seen."""
    audit = context.audit
    collector = audit.collector("gpus")
    host = Subject(kind=SubjectKind.HOST, id=audit.target.name)
    count = len(audit.facts.gpus)
    if collector.outcome is not Ended.COMPLETE:
        yield Outcome(
            subject=host,
            verdict=Verdict.UNKNOWN,
            expected=expected,
            observed=say("{count} accelerators were seen; not every place was looked at.", count=count),
            rests_on=("/collectors", "/facts/gpus", "/problems"),
            not_seen=(say("Accelerators: the collector ended as {outcome}.", outcome=collector.outcome.value),),
            remedy=say("Run the audit again with the collector gpus, with the rights to read the PCI bus."),
        )
    elif count == 0:
        yield Outcome(
            subject=host,
            verdict=Verdict.NOT_APPLICABLE,
            expected=expected,
            observed=say("No accelerator is on the bus, and no driver tells of one."),
            rests_on=("/collectors", "/facts/gpus"),
        )


def _count(context: Context, arguments: PermittedGpus) -> Iterable[Outcome]:
    """What is to say of the host as a whole."""
    audit = context.audit
    host = Subject(kind=SubjectKind.HOST, id=audit.target.name)
    collector = audit.collector("gpus")
    blind = [p for p in audit.problems if p.collector == "gpus" and p.status in (Status.DENIED, Status.ERROR)]
    count = len(audit.facts.gpus)
    if collector.outcome is not Ended.COMPLETE or (blind and count == 0):
        yield Outcome(
            subject=host,
            verdict=Verdict.UNKNOWN,
            expected=_expected(arguments),
            observed=say("{count} accelerators were seen; not every place was looked at.", count=count),
            rests_on=("/collectors", "/facts/gpus", "/problems"),
            not_seen=(
                say("Accelerators: the collector ended as {outcome}.", outcome=collector.outcome.value),
                *(say("{where}: {what}", where=problem.where, what=problem.what) for problem in blind[:5]),
            ),
            remedy=say("Run the audit again with the collector gpus, with the rights to read the PCI bus."),
        )
    elif count < arguments.at_least:
        yield Outcome(
            subject=host,
            verdict=Verdict.FAIL,
            expected=say("At least {least} accelerators are there.", least=arguments.at_least),
            observed=say("{count} accelerators were seen.", count=count),
            rests_on=("/facts/gpus",),
        )
    elif count == 0:
        yield Outcome(
            subject=host,
            verdict=Verdict.NOT_APPLICABLE,
            expected=_expected(arguments),
            observed=say("No accelerator is on the bus, and no driver tells of one."),
            rests_on=("/collectors", "/facts/gpus"),
        )


def _expected(arguments: PermittedGpus) -> Sentence:
    names = ", ".join(arguments.names)
    if arguments.minimum_memory_gib:
        return say(
            "Each accelerator is one of {names} and has at least {least} GiB.",
            names=names,
            least=arguments.minimum_memory_gib,
        )
    return say("Each accelerator is one of {names}.", names=names)
