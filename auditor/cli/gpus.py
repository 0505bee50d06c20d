"""``auditor gpus``: the accelerators of this machine, or those in a saved output of nvidia-smi."""

import argparse
import datetime as dt
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from auditor.audit import look, target_of
from auditor.cli.grid import add, grid
from auditor.cli.registry import Answer, Exit, command
from auditor.collect.request import Options
from auditor.errors import UserError
from auditor.facts.audit import Outcome
from auditor.facts.fact import Fact
from auditor.facts.gpus import Gpu
from auditor.judge.finding import dump
from auditor.knowledge.knowledge import Knowledge, load
from auditor.recognise.attestation import MOST_BYTES, Attestation, evidence_of, verify
from auditor.recognise.gpus import gpus_of_smi
from auditor.recognise.identity import contradictions_of

_LARGEST = 32 * 1024 * 1024


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from", dest="source", type=Path, metavar="FILE", help="read a saved `nvidia-smi -q -x` instead"
    )
    parser.add_argument(
        "--attestation", type=Path, metavar="FILE", help="verify saved attestation reports, without a network"
    )
    parser.add_argument("--nonce", type=_nonce, metavar="HEX", help="the 32 bytes that the reports must answer")


def _nonce(text: str) -> bytes:
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if len(value) != 32:
        raise argparse.ArgumentTypeError("a nonce is 64 hex digits")
    return value


@command("gpus", "List the GPUs and where what they say contradicts itself", _arguments, "auditor gpus --from smi.xml")
def run(arguments: argparse.Namespace) -> Answer:
    """List GPUs."""
    knowledge, now = load(), dt.datetime.now(dt.UTC)
    gpus: tuple[Gpu, ...] = ()
    complete, driver = True, None
    if arguments.source:
        gpus = from_file(arguments.source, now)
    elif not arguments.attestation:
        audit = look(target_of("local"), Options(collectors=("host", "gpus")), knowledge)
        gpus, driver = audit.facts.gpus, audit.facts.gpu_driver
        complete = audit.collector("gpus").outcome is Outcome.COMPLETE
    attested = attestations(arguments.attestation, arguments.nonce, knowledge, now) if arguments.attestation else ()
    contradictions = contradictions_of(gpus, knowledge, driver)
    data = {
        "gpus": [entry(gpu) for gpu in gpus],
        "driver": _facts(driver.details) if driver else None,
        "contradictions": [dump(found) for found in contradictions],
        "attestation": [dump(found) for found in attested],
        "complete": complete,
    }
    failed = bool(contradictions) or not all(found.valid for found in attested)
    code = Exit.DOES_NOT_CONFORM if failed else Exit.CONFORMS if complete else Exit.INCONCLUSIVE
    return Answer(data, lambda: _show(data), code)


def attestations(path: Path, nonce: bytes | None, knowledge: Knowledge, now: dt.datetime) -> tuple[Attestation, ...]:
    """What the verification of a file of reports says. Raises UserError."""
    roots = frozenset(root.sha256 for root in knowledge.device_roots)
    try:
        reports = evidence_of(_bytes(path))
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except ValueError as error:
        raise UserError(str(error), "Give the evidence as NVIDIA's attestation tools save it.", str(path)) from error
    return tuple(verify(place, report, roots, nonce, now) for place, report in enumerate(reports))


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


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
        "details": _facts(gpu.details),
    }


def _facts(facts: dict[str, Fact[str]]) -> dict[str, Any]:
    return {
        name: {"value": fact.value, "status": fact.status.value, "source": fact.source, "note": fact.note}
        for name, fact in facts.items()
    }


def _show_driver(console: Console, driver: dict[str, Any]) -> None:
    """Where the library comes from that told of the GPUs."""
    told = {name: fact["value"] for name, fact in driver.items() if fact["value"]}
    if "library" in told:
        package = (
            told.get("library_package") or driver.get("library_package", {}).get("note") or "package not looked up"
        )
        console.print(Text(f"Asked {told['library']}, SHA-256 {told.get('library_sha256', 'not read')}, {package}"))
    if "preload" in told:
        console.print(Text(f"Loaded before every library: {told['preload']}"))
    for name in ("module", "confidential_computing"):
        if name in told:
            console.print(Text(f"{name.replace('_', ' ').capitalize()}: {told[name]}"))


def _show(data: dict[str, Any]) -> None:
    console = Console(highlight=False)
    table = grid("#", "Name", "Memory", "PCI", "VBIOS", "Driver")
    for gpu in data["gpus"]:
        memory = f"{gpu['memory_total'] / (1 << 30):.1f} GiB" if gpu["memory_total"] else None
        bus = gpu["pci"]["bus"] if gpu["pci"] else None
        add(table, str(gpu["index"]), gpu["name"], memory, bus, gpu["vbios"], gpu["driver"])
    if data["gpus"]:
        console.print(table)
    elif not data["attestation"]:
        console.print("No GPU was seen.")
    for found in data["contradictions"]:
        what = "The driver" if found["gpu"] is None else f"GPU {found['gpu']}"
        console.print(
            f"{what} contradicts itself: {found['rule']} is {found['found']}, expected {found['expected']}",
            markup=False,
        )
    _show_driver(console, data.get("driver") or {})
    for found in data["attestation"]:
        if not found["valid"]:
            console.print(Text(f"Report {found['gpu']} is not valid: {found['reason']}"))
            continue
        told = f"card {found['device']}, {found['board']}, driver {found['driver']}, VBIOS {found['vbios']}"
        console.print(Text(f"Report {found['gpu']} is valid, signed under its maker's root by {told}"))
        for limit in found["not_covered"]:
            console.print(Text(f"  not covered: {limit}"))
    if not data["complete"]:
        console.print("Not every place was looked at: run it as root, where nvidia-smi works.")
