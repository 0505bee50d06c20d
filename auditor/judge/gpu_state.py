"""Checks of what state accelerators are in, and whether they are what they say: ``gpus.state`` and ``gpus.genuine``."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Literal

from auditor.facts.audit import Audit
from auditor.facts.fact import Fact
from auditor.facts.gpus import Gpu
from auditor.judge.context import Context, check
from auditor.judge.finding import Outcome, Sentence, Subject, SubjectKind, Verdict, say
from auditor.judge.gpus import subject_of, unseen_gpus
from auditor.knowledge.versions import numbers
from auditor.policy.arguments import Genuine, GpuState
from auditor.recognise.gpus import known
from auditor.recognise.identity import contradictions_of

_NVIDIA = "10de"
_Answer = tuple[Literal["fine", "bad", "unseen"], Sentence, str]
"""How one thing that is asked for stands, in words, and the JSON pointer within the GPU."""


@check("gpus.state")
def state(context: Context, arguments: GpuState) -> Iterable[Outcome]:
    """One outcome for each accelerator, and one for the host where perhaps not all were seen."""
    audit = context.audit
    expected = say("Each accelerator is in the state that is asked for: {asked}.", asked=_asked(arguments) or "none")
    for place, gpu in enumerate(audit.facts.gpus):
        answers = list(_answers(audit, gpu, arguments))
        bad = [words for how, words, _ in answers if how == "bad"]
        blind = [words for how, words, _ in answers if how == "unseen"]
        verdict: Literal[Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN] = (
            Verdict.FAIL if bad else Verdict.UNKNOWN if blind else Verdict.PASS
        )
        told = bad or blind or [words for _, words, _ in answers]
        yield Outcome(
            subject=subject_of(gpu),
            verdict=verdict,
            expected=expected,
            observed=say("GPU {index}: {states}", index=gpu.index, states=" ".join(map(str, told)) or "nothing asked."),
            rests_on=tuple(
                pointer if pointer.startswith("/") else f"/facts/gpus/{place}/{pointer}" for _, _, pointer in answers
            ),
            not_seen=tuple(blind),
            remedy=say("Run the audit as root where the driver of the card answers.") if blind and not bad else None,
        )
    yield from unseen_gpus(context, expected)


def _asked(wanted: GpuState) -> str:
    parts = [
        wanted.minimum_driver and f"driver {wanted.minimum_driver} or later",
        wanted.ecc and "ECC on",
        wanted.healthy and "memory without uncorrected errors",
        wanted.mig != "any" and f"MIG {wanted.mig}",
        wanted.mig_layout and f"instances {', '.join(wanted.mig_layout)}",
        wanted.confidential_computing and "confidential computing on",
        wanted.persistence and "persistence on",
        wanted.serials and f"one of {len(wanted.serials)} serial numbers",
        wanted.only_serving and "memory held by serving processes only",
    ]
    return ", ".join(part for part in parts if part)


def _answers(audit: Audit, gpu: Gpu, wanted: GpuState) -> Iterator[_Answer]:
    if wanted.minimum_driver:
        told = gpu.driver.value if gpu.driver.seen else None
        given = numbers(told or "")
        if not given:
            yield "unseen", say("The version of the driver was not told."), "driver"
        else:
            how: Literal["fine", "bad"] = "fine" if given >= numbers(wanted.minimum_driver) else "bad"
            yield how, say("The driver is {version}.", version=told or ""), "driver"
    if wanted.ecc:
        yield _mode(gpu.ecc, "Error correction", "enabled", "ecc")
    if wanted.mig != "any":
        yield _mode(gpu.mig, "MIG", wanted.mig, "mig")
    if wanted.mig_layout:
        yield from _layout(gpu, wanted.mig_layout)
    if wanted.persistence:
        yield _mode(gpu.details.get("persistence"), "Persistence", "enabled", "details/persistence")
    if wanted.healthy:
        yield from _health(gpu)
    if wanted.confidential_computing:
        driver = audit.facts.gpu_driver
        fact = driver.details.get("confidential_computing") if driver else None
        yield _mode(fact, "Confidential computing", "on", "/facts/gpu_driver/details/confidential_computing")
    if wanted.serials:
        serial = gpu.serial.value if gpu.serial.seen else None
        if serial is None:
            yield "unseen", say("The serial number was not told."), "serial"
        else:
            words = say("The serial number is {serial}.", serial=serial)
            yield "fine" if serial in wanted.serials else "bad", words, "serial"
    if wanted.only_serving:
        yield _processes(audit, gpu, wanted.processes)


def _mode(fact: Fact[str] | None, what: str, wanted: str, pointer: str) -> _Answer:
    if fact is None or not fact.seen or not fact.value:
        why = (fact.note or fact.status.value) if fact is not None else "not told"
        return "unseen", say("{what} was not seen: {why}.", what=what, why=why), pointer
    same = fact.value.lower() == wanted
    return "fine" if same else "bad", say("{what} is {state}.", what=what, state=fact.value.lower()), pointer


def _layout(gpu: Gpu, wanted: tuple[str, ...]) -> Iterator[_Answer]:
    fact = gpu.details.get("mig_devices")
    if fact is None or not fact.seen:
        yield "unseen", say("The instances were not told."), "details/mig_devices"
        return
    names = [name for name in (fact.value or "").split(", ") if name]
    other = [name for name in names if not any(fnmatchcase(name.lower(), glob.lower()) for glob in wanted)]
    words = say("Its instances are {names}.", names=", ".join(other or names) or "none")
    yield "bad" if other or not names else "fine", words, "details/mig_devices"


def _health(gpu: Gpu) -> Iterator[_Answer]:
    errors, rows = gpu.details.get("ecc_errors_uncorrected"), gpu.details.get("remapped_rows")
    pages = gpu.details.get("retired_pages_double")
    if not any(fact is not None and fact.seen for fact in (errors, rows, pages)):
        yield "unseen", say("Errors of memory were not told."), "details"
    if errors is not None and errors.value:
        words = say("{count} uncorrected errors of memory were counted.", count=errors.value)
        yield "fine" if errors.value == "0" else "bad", words, "details/ecc_errors_uncorrected"
    if rows is not None and rows.value:
        sound = rows.value.endswith("pending no, failed no")
        yield (
            "fine" if sound else "bad",
            say("Rows of memory replaced: {rows}.", rows=rows.value),
            "details/remapped_rows",
        )
    if pages is not None and pages.value:
        words = say("{count} pages of memory were retired after double errors.", count=pages.value)
        yield "fine" if pages.value == "0" else "bad", words, "details/retired_pages_double"


def _processes(audit: Audit, gpu: Gpu, permitted: tuple[str, ...]) -> _Answer:
    held = gpu.processes.value if gpu.processes.seen else None
    if held is None:
        return "unseen", say("Its processes were not told."), "processes"
    known_ = {served.pid for served in audit.facts.serving if served.stack.seen}
    known_ |= {pid for served in audit.facts.serving if served.stack.seen for pid in served.workers}
    foreign = [
        f"{process.name or '?'} ({process.pid})"
        for process in held
        if process.pid not in known_ and not any(fnmatchcase(process.name, glob) for glob in permitted)
    ]
    if foreign:
        words = say("Its memory is held by {processes}, which serve no model.", processes=", ".join(foreign[:10]))
        return "bad", words, "processes"
    return "fine", say("Its memory is held by {count} serving processes only.", count=len(held)), "processes"


@check("gpus.genuine")
def genuine(context: Context, arguments: Genuine) -> Iterable[Outcome]:
    """One outcome for each accelerator, one for the driver's library where there is one, one for what was not seen."""
    facts = context.audit.facts
    against = contradictions_of(facts.gpus, context.knowledge, facts.gpu_driver)
    expected = say("All sources tell the same of each accelerator, and its ids belong to its name.")
    for place, gpu in enumerate(facts.gpus):
        mine = [found for found in against if found.gpu == gpu.index]
        blind = tuple(_blind(context, gpu))
        if mine:
            observed = say(
                "GPU {index}, {name}: {rule} is {found} where {expected} belongs to it.",
                index=gpu.index,
                name=gpu.name.value or "unnamed",
                rule=mine[0].rule.replace("-", " "),
                found=mine[0].found,
                expected=mine[0].expected,
            )
        elif blind:
            observed = say("GPU {index}: nothing contradicts it, and not enough speaks for it.", index=gpu.index)
        else:
            observed = say(
                "GPU {index} is {name}, as {sources} tell.",
                index=gpu.index,
                name=gpu.name.value or "unnamed",
                sources=", ".join(gpu.sources),
            )
        yield Outcome(
            subject=subject_of(gpu),
            verdict=Verdict.FAIL if mine else Verdict.UNKNOWN if blind else Verdict.PASS,
            expected=expected,
            observed=observed,
            rests_on=(f"/facts/gpus/{place}",),
            not_seen=blind,
            remedy=say("Look at the card itself, or verify its attestation report.") if mine or blind else None,
        )
    yield from _library(context, arguments, [found.rule for found in against if found.gpu is None])
    yield from unseen_gpus(context, expected)


def _blind(context: Context, gpu: Gpu) -> Iterator[Sentence]:
    pci = gpu.pci.value
    if len(gpu.sources) < 2:
        yield say("Another source for GPU {index}: only {source} tells of it.", index=gpu.index, source=gpu.sources[0]
                  if gpu.sources else "nothing")  # fmt: skip
    if not gpu.name.seen:
        yield say("The name of GPU {index}: {why}", index=gpu.index, why=gpu.name.note or gpu.name.status.value)
    if pci is None or known(pci, context.knowledge) is None:
        device = f"{pci.vendor}:{pci.device}" if pci else "not told"
        yield say("What belongs to the device id of GPU {index} ({device}): the table does not have it.",
                  index=gpu.index, device=device)  # fmt: skip


def _library(context: Context, arguments: Genuine, rules: list[str]) -> Iterator[Outcome]:
    """What told of the GPUs: its own contradictions, what is loaded before it, and its package."""
    driver = context.audit.facts.gpu_driver
    nvidia = any(gpu.pci.value and gpu.pci.value.vendor == _NVIDIA for gpu in context.audit.facts.gpus)
    if driver is None and not (arguments.packaged_library and nvidia):
        return
    details = driver.details if driver is not None else {}
    told = {name: fact.value for name, fact in details.items() if fact.seen and fact.value}
    expected = say("The library that tells of the accelerators is the driver's own.")
    blind = []
    if "preload" in told:
        blind.append(say("What {files} change: they are loaded before every library.", files=told["preload"]))
    if arguments.packaged_library and told.get("library_as_packaged") != "yes":
        fact = details.get("library_package")
        why = told.get("library_package") or (fact.note if fact is not None else "") or "not looked up"
        blind.append(say("Whether the library has the bytes of a package: {why}.", why=why))
    library = told.get("library", "no library")
    if rules:
        observed = say(
            "{library}: {rules} contradict each other.",
            library=library,
            rules=", ".join(r.replace("-", " ") for r in rules),
        )
    elif blind:
        observed = say("{library} was asked; where it comes from is not settled.", library=library)
    else:
        package = told.get("library_package", "no package")
        observed = say("{library} was asked, of {package}, driver {version}.", library=library, package=package,
                       version=told.get("driver", "not told"))  # fmt: skip
    yield Outcome(
        subject=Subject(kind=SubjectKind.HOST, id=context.audit.target.name),
        verdict=Verdict.FAIL if rules else Verdict.UNKNOWN if blind else Verdict.PASS,
        expected=expected,
        observed=observed,
        rests_on=("/facts/gpu_driver",),
        not_seen=tuple(blind),
        remedy=say("Install the driver from its packages, and remove what is preloaded.") if rules or blind else None,
    )
