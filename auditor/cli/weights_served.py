"""``auditor weights served``: from each process that serves models to the bytes that it uses, and what they rest on."""

import argparse
import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

from rich.console import Console

from auditor.audit import look
from auditor.cli.models import plain
from auditor.cli.progress import progress_for
from auditor.cli.registry import Answer, Exit, command
from auditor.collect.local import Local
from auditor.collect.request import Options
from auditor.errors import UserError
from auditor.facts.audit import Audit, Outcome
from auditor.facts.fact import Fact
from auditor.facts.serving import Custody, Held, Served
from auditor.judge.custody import why_contradicted
from auditor.judge.standing import Stand, pins_for, standing_of
from auditor.knowledge.knowledge import Knowledge, load
from auditor.policy.effective import Pin
from auditor.policy.resolve import load_effective
from auditor.recognise.settings import Judged, settings_of

COLLECTORS = ("host", "gpus", "processes", "models", "weights", "custody")
WHY = {
    "differs": "what is in use is not what lies on disk",
    "replaced": "another file has its name by now",
    "gone": "no file of this name is on disk any more",
    "written": "written to after the process had started",
}


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pid", nargs="?", type=int, metavar="PID", help="one process (default: all)")
    parser.add_argument("--policy", metavar="NAME|FILE", help="take the digests that this policy pins")


@command("weights served", "Follow each serving process to the weight files that it uses and to their bytes",
         _arguments, example="auditor weights served 4711")  # fmt: skip
def run(arguments: argparse.Namespace) -> Answer:
    """Hash what is in use: on disk, and through the kernel's links where the disk has another file by now."""
    pid = arguments.pid
    if pid is not None and (pid < 1 or not os.path.isdir(f"/proc/{pid}")):
        raise UserError("there is no such process", hint="See: auditor serving", where=str(pid))
    pins = load_effective(arguments.policy, Local().facts().name, {}).pins if arguments.policy else ()
    knowledge = load()
    wanted = Options(stores=False, held=True, collectors=COLLECTORS, pids=(pid,) if pid is not None else ())
    cancel = threading.Event()
    previous = signal.signal(signal.SIGINT, lambda number, frame: cancel.set())
    try:
        with progress_for(None, quiet=arguments.json) as on_event:
            audit = look(Local(), wanted, knowledge, on_event=on_event, cancel=cancel)
    finally:
        signal.signal(signal.SIGINT, previous)
    data = chain(audit, knowledge, pins, pid)
    return Answer(data, lambda: _show(data), _code(data, audit))


def chain(audit: Audit, knowledge: Knowledge, pins: tuple[Pin, ...], pid: int | None = None) -> dict[str, Any]:
    """The answer as ``--json`` prints it; of one process, or of all."""
    files = [file for file in audit.facts.custody if pid is None or pid in (file.pid, file.server)]
    servers = {file.server for file in files}
    processes = [_process(one, audit, knowledge) for one in audit.facts.serving
                 if pid is None or one.pid == pid or one.pid in servers]  # fmt: skip
    told = {one["pid"] for one in processes}
    processes += [{"pid": server, "stack": None, "version": None, "container": None, "gpus": [], "models": [],
                   "mutable": []} for server in sorted(servers - told)]  # fmt: skip
    return {
        "processes": processes,
        "served": [custody_entry(file) | {"source": _source(file, audit, pins)} for file in files],
        "problems": [problem.model_dump(mode="json") for problem in audit.problems],
    }


def custody_entry(file: Custody) -> dict[str, Any]:
    """One file in use as ``--json`` prints it."""
    return {
        "pid": file.pid,
        "server": file.server,
        "path": file.path,
        "weight": file.weight or None,
        "model": file.model or None,
        "held": file.held.value.value if file.held.value else None,
        "disk_sha256": file.disk_sha256.value,
        "mapped_sha256": file.mapped_sha256.value,
        "how": file.mapped_sha256.method if file.mapped_sha256.seen else None,
        "replaced": file.replaced.value,
        "identity": file.identity.value,
        "namespace": file.namespace.value,
        "layer": file.layer.value.value if file.layer.value else None,
        "mount": file.layer.note or None,
        "modified": file.modified.value,
        "changed": file.changed.value,
        "after_start": file.after_start.value,
        "copied": file.copied.value,
        "contradiction": why_contradicted(file) or None,
        "not_seen": [f"{name}: {fact.note or fact.status.value}" for name, fact in _facts(file) if not fact.seen],
    }


def _facts(file: Custody) -> tuple[tuple[str, Fact[Any]], ...]:
    named = (
        ("disk_sha256", file.disk_sha256),
        ("mapped_sha256", file.mapped_sha256),
        ("after_start", file.after_start),
    )
    return named if file.held.value is not Held.MAPPED else (*named, ("copied", file.copied))


def _process(served: Served, audit: Audit, knowledge: Knowledge) -> dict[str, Any]:
    gpus = [gpu.index for gpu in audit.facts.gpus if any(held.pid == served.pid for held in gpu.processes.value or ())]
    mutable = [f"{found.name}: {found.why}" for found in settings_of(served, knowledge)
               if found.risk == "mutation" and found.judged is Judged.CONCERN]  # fmt: skip
    return {
        "pid": served.pid,
        "stack": served.stack.value,
        "version": served.version.value,
        "container": served.container.value,
        "gpus": gpus,
        "models": list(served.models.value or ()),
        "mutable": mutable,
    }


def _source(file: Custody, audit: Audit, pins: tuple[Pin, ...]) -> dict[str, Any]:
    """What the digest on disk rests on."""
    weight = next((weight for weight in audit.facts.weights if weight.path == file.weight), None)
    if weight is None:
        return {"standing": Stand.UNPINNED.value, "expected": []}
    model = next((model for model in audit.facts.models if model.id == weight.model), None)
    pinned = pins_for(weight, model, pins)
    expected = [{"digest": pin.sha256, "source": f"policy: {pin.source}"} for pin in pinned]
    expected += [{"digest": fact.value.digest, "source": fact.source} for fact in weight.expected
                 if fact.value is not None and fact.value.algorithm == "sha256"]  # fmt: skip
    return {"standing": standing_of(weight, pinned).value, "expected": expected}


def _code(data: dict[str, Any], audit: Audit) -> Exit:
    mismatch = any(file["source"]["standing"] == Stand.MISMATCH for file in data["served"])
    if mismatch or any(file["contradiction"] for file in data["served"]):
        return Exit.DOES_NOT_CONFORM
    traced = {file["server"] for file in data["served"] if file["held"] != Held.NAMED}
    seen = all(not file["not_seen"] and not file["copied"] for file in data["served"])
    whole = all(audit.collector(name).outcome is Outcome.COMPLETE for name in ("processes", "weights", "custody"))
    # Another user's process that may not be looked into could use anything.
    proven = data["processes"] and all(one["pid"] in traced for one in data["processes"])
    return Exit.CONFORMS if proven and seen and whole else Exit.INCONCLUSIVE


def _show(data: dict[str, Any]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if not data["processes"]:
        console.print("No process that uses weights was seen.")
    for one in data["processes"]:
        for depth, text, colour in _lines(one, [file for file in data["served"] if file["server"] == one["pid"]]):
            console.print(plain("  " * depth + text, colour))
    for problem in data["problems"][:20]:
        console.print(plain(f"? {problem['where']}: {problem['what']}", "yellow"))


def _lines(one: dict[str, Any], files: list[dict[str, Any]]) -> Iterator[tuple[int, str, str]]:
    """Depth, text and colour of each line of the chain of one process."""
    name = " ".join(filter(None, (one["stack"] or "unknown product", one["version"])))
    where = [f"GPU {', '.join(map(str, one['gpus']))}"] if one["gpus"] else []
    where += [f"container {one['container']}"] if one["container"] else []
    yield 0, " · ".join([f"PID {one['pid']}  {name}", *where]), "bold"
    for file in files:
        bad = WHY.get(file["contradiction"] or "", "")
        good = not bad and not file["not_seen"] and not file["copied"]
        mark, colour = ("✕", "red") if bad else ("✓", "green") if good else ("?", "yellow")
        by = f" by {file['pid']}" if file["pid"] != file["server"] else ""
        yield 1, f"{mark} {file['path']}  {file['held']}{by}" + (f", {bad}" if bad else ""), colour
        yield 2, f"in use   {file['mapped_sha256'] or 'not seen'}", "red" if bad else ""
        yield 2, f"on disk  {file['disk_sha256'] or 'not seen'}", ""
        for stated in file["source"]["expected"]:
            same = stated["digest"] == file["disk_sha256"]
            yield 2, f"{'✓' if same else '✕'} {stated['digest']}  says {stated['source']}", "" if same else "red"
        if not file["source"]["expected"]:
            yield 2, "? nothing states what it should be", "yellow"
        if file["mount"]:
            yield 2, f"from     {file['layer'] or 'unknown'}: {file['mount']}", ""
        if file["copied"]:
            yield 2, f"? {file['copied']} bytes were changed in the memory of the process", "yellow"
        for why in file["not_seen"]:
            yield 2, f"? {why}", "yellow"
    if not files:
        yield 1, "? holds no weight file, and names none that was found", "yellow"
    for why in one["mutable"]:
        yield 1, f"! {why}", "yellow"
