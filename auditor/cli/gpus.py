"""``auditor gpus``: the accelerators of this machine, or those in a saved output of nvidia-smi."""

import argparse
import datetime as dt
from pathlib import Path
from typing import Any

from rich.console import Console

from auditor.audit import look, target_of
from auditor.cli.grid import add, grid
from auditor.cli.registry import Answer, Exit, command
from auditor.collect.request import Options
from auditor.errors import UserError
from auditor.facts.audit import Outcome
from auditor.facts.gpus import Gpu
from auditor.judge.finding import dump
from auditor.knowledge.knowledge import load
from auditor.recognise.gpus import contradictions_of, gpus_of_smi

_LARGEST = 32 * 1024 * 1024


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from", dest="source", type=Path, metavar="FILE", help="read a saved `nvidia-smi -q -x` instead"
    )


@command("gpus", "List the GPUs and where what they say contradicts itself", _arguments, "auditor gpus --from smi.xml")
def run(arguments: argparse.Namespace) -> Answer:
    """List GPUs."""
    knowledge = load()
    complete = True
    if arguments.source:
        gpus = from_file(arguments.source, dt.datetime.now(dt.UTC))
    else:
        audit = look(target_of("local"), Options(collectors=("host", "gpus")), knowledge)
        gpus, complete = audit.facts.gpus, audit.collector("gpus").outcome is Outcome.COMPLETE
    contradictions = contradictions_of(gpus, knowledge)
    data = {
        "gpus": [entry(gpu) for gpu in gpus],
        "contradictions": [dump(found) for found in contradictions],
        "complete": complete,
    }
    code = Exit.DOES_NOT_CONFORM if contradictions else Exit.CONFORMS if complete else Exit.INCONCLUSIVE
    return Answer(data, lambda: _show(data), code)


def from_file(path: Path, now: dt.datetime) -> tuple[Gpu, ...]:
    """The GPUs of a saved output. Raises UserError."""
    hint = "Make the file with: nvidia-smi -q -x > smi.xml"
    try:
        if path.stat().st_size > _LARGEST:
            raise UserError("the file is larger than 32 MiB", hint, str(path))
        text = path.read_text(encoding="utf-8", errors="replace")
        return gpus_of_smi(text, str(path), now.strftime("%Y-%m-%dT%H:%M:%SZ"))
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except ValueError as error:
        raise UserError(str(error), hint, str(path)) from error


def entry(gpu: Gpu) -> dict[str, Any]:
    """One GPU as ``--json`` prints it; null where a value was not seen."""
    return {
        "index": gpu.index,
        "name": gpu.name.value,
        "uuid": gpu.uuid.value,
        "serial": gpu.serial.value,
        "pci": dump(gpu.pci.value) if gpu.pci.value else None,
        "part_number": gpu.part_number.value,
        "vbios": gpu.vbios.value,
        "memory_total": gpu.memory_total.value,
        "ecc": gpu.ecc.value,
        "mig": [gpu.mig.value] if gpu.mig.value else [],
        "driver": gpu.driver.value,
        "cuda": gpu.cuda.value,
        "processes": None if gpu.processes.value is None else [dump(process) for process in gpu.processes.value],
        "sources": list(gpu.sources),
    }


def _show(data: dict[str, Any]) -> None:
    console = Console(highlight=False)
    table = grid("#", "Name", "Memory", "PCI", "VBIOS", "Driver")
    for gpu in data["gpus"]:
        memory = f"{gpu['memory_total'] / (1 << 30):.1f} GiB" if gpu["memory_total"] else None
        bus = gpu["pci"]["bus"] if gpu["pci"] else None
        add(table, str(gpu["index"]), gpu["name"], memory, bus, gpu["vbios"], gpu["driver"])
    if data["gpus"]:
        console.print(table)
    else:
        console.print("No GPU was seen.")
    for found in data["contradictions"]:
        console.print(
            f"GPU {found['gpu']} contradicts itself: {found['rule']} is {found['found']}, expected {found['expected']}",
            markup=False,
        )
    if not data["complete"]:
        console.print("Not every place was looked at: run it as root, where nvidia-smi works.")
