"""Is a GPU what it says? Compares its name, ids, part number, VBIOS and memory with each other and with the table."""

import re
from collections.abc import Iterable

from auditor.facts.fact import Value
from auditor.facts.gpus import Gpu
from auditor.knowledge.knowledge import Knowledge
from auditor.recognise.gpus import BUS, DRIVER, known


class Contradiction(Value):
    """Two things that cannot both be true of one GPU."""

    gpu: int
    """``Gpu.index``."""
    rule: str
    """``seen-twice``, ``name``, ``part-number``, ``vbios``, ``memory``."""
    expected: str
    found: str


def contradictions_of(gpus: Iterable[Gpu], knowledge: Knowledge) -> tuple[Contradiction, ...]:
    """Where name, device id, part number, VBIOS, memory, driver and bus do not agree.

    Silence of the table contradicts nothing, and neither does a virtual GPU, whose name is its profile's.
    """
    every = tuple(gpus)
    found: list[Contradiction] = []
    asked_driver = any(DRIVER in gpu.sources for gpu in every)
    asked_bus = any(BUS in gpu.sources for gpu in every)
    for gpu in every:
        vendor = gpu.pci.value.vendor if gpu.pci.value else ""
        if asked_bus and asked_driver and vendor == "10de" and len(gpu.sources) == 1:
            there, missing = (DRIVER, BUS) if DRIVER in gpu.sources else (BUS, DRIVER)
            found.append(Contradiction(gpu=gpu.index, rule="seen-twice", expected=missing, found=f"only {there}"))
        found += _identity(gpu, knowledge)
    return tuple(found)


def _identity(gpu: Gpu, knowledge: Knowledge) -> Iterable[Contradiction]:
    if gpu.pci.value is None:
        return
    pci, part, name, vbios = gpu.pci.value, gpu.part_number.value, gpu.name.value, gpu.vbios.value
    if pci.vendor == "10de" and part and re.match(r"[0-9A-Fa-f]{4}-", part) and part[:4].lower() != pci.device:
        yield Contradiction(gpu=gpu.index, rule="part-number", expected=f"{pci.device.upper()}-…", found=part)
    row = known(pci, knowledge)
    if row is None or (name and re.search(r"-\d{1,3}[ABCQ]$", name)):
        return
    named = name and name != "Graphics Device"
    if named and not any(re.search(rf"(?i)\b{re.escape(part_)}\b", name or "") for part_ in row.names):
        yield Contradiction(gpu=gpu.index, rule="name", expected=row.name, found=name or "")
    families = next((chip.vbios for chip in knowledge.chips if chip.id == row.chip), ())
    if families and vbios and not vbios.startswith(tuple(f"{family}." for family in families)):
        yield Contradiction(gpu=gpu.index, rule="vbios", expected=f"{row.chip} {', '.join(families)}", found=vbios)
    memory = gpu.memory_total.value
    sizes = [mib << 20 for mib in row.memory_mib]
    if memory and sizes and not any(0.9 * nominal <= memory <= 1.02 * nominal for nominal in sizes):
        wanted = " or ".join(f"{mib:,} MiB" for mib in row.memory_mib)
        yield Contradiction(gpu=gpu.index, rule="memory", expected=wanted, found=f"{memory >> 20:,} MiB")
