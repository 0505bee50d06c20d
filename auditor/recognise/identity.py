"""Is a GPU what it says? Compares its name, ids, part number, VBIOS and memory with each other and with the table."""

import re
from collections.abc import Iterable

from auditor.facts.fact import Value
from auditor.facts.gpus import Gpu, GpuDriver
from auditor.knowledge.knowledge import Knowledge
from auditor.recognise.gpus import BUS, DRIVER, known

SOURCES = (DRIVER, "nvml", "procfs", BUS)
"""Each of them tells of every GPU of NVIDIA, if it tells of any."""


class Contradiction(Value):
    """Two things that cannot both be true of one GPU."""

    gpu: int | None
    """``Gpu.index``; None where it is of the driver as a whole."""
    rule: str
    """``seen-twice``, ``name``, ``part-number``, ``vbios``, ``memory``; ``FIELD-told-twice`` where two sources tell
    different things; of the driver ``module-version``, ``nvml-version``, ``library-digest``."""
    expected: str
    found: str


def contradictions_of(
    gpus: Iterable[Gpu], knowledge: Knowledge, driver: GpuDriver | None = None
) -> tuple[Contradiction, ...]:
    """Where name, device id, part number, VBIOS, memory, library, driver and bus do not agree.

    Silence of the table contradicts nothing, and neither does a virtual GPU, whose name is its profile's.
    """
    every = tuple(gpus)
    found: list[Contradiction] = []
    asked = [source for source in SOURCES if any(source in gpu.sources for gpu in every)]
    for gpu in every:
        vendor = gpu.pci.value.vendor if gpu.pci.value else ""
        told = f"only {', '.join(gpu.sources)}"
        if vendor == "10de":
            found += [
                Contradiction(gpu=gpu.index, rule="seen-twice", expected=source, found=told)
                for source in asked
                if source not in gpu.sources
            ]
        for dispute in gpu.disputes:
            one, other = dispute.claims[:2]
            found.append(
                Contradiction(
                    gpu=gpu.index,
                    rule=f"{dispute.field.replace('_', '-')}-told-twice",
                    expected=f"{one.value} ({one.source})",
                    found=f"{other.value} ({other.source})",
                )
            )
        found += _identity(gpu, knowledge)
    return (*found, *(_of_driver(driver) if driver else ()))


def _of_driver(driver: GpuDriver) -> Iterable[Contradiction]:
    """Library against kernel module, its own two versions, and its bytes against its package."""
    told = {name: fact.value for name, fact in driver.details.items() if fact.seen and fact.value}
    version, module, nvml = told.get("driver"), told.get("module"), told.get("nvml")
    if version and module and version != module:
        yield Contradiction(gpu=None, rule="module-version", expected=module, found=version)
    if version and nvml and not nvml.endswith(version):
        yield Contradiction(gpu=None, rule="nvml-version", expected=f"….{version}", found=nvml)
    if told.get("library_as_packaged") == "no":
        package = told.get("library_package", "")
        expected = f"{driver.details['library_as_packaged'].note} ({package})"
        found = f"{told.get('library', '')} SHA-256 {told.get('library_sha256', '')}"
        yield Contradiction(gpu=None, rule="library-digest", expected=expected, found=found)


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
