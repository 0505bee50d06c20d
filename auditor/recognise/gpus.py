"""Records of nvidia-smi, NVML, procfs, sysfs and the PCI bus → accelerators, each fact with its source."""

import re
from collections.abc import Iterable
from typing import TypeVar

from auditor.facts.fact import Fact, Instant, Status
from auditor.facts.gpus import Dispute, Gpu, GpuProcess, Pci
from auditor.facts.records import AnyRecord, GpuRecord, PciRecord, Record, SmiRecord
from auditor.knowledge.gpus import Device
from auditor.knowledge.knowledge import Knowledge
from auditor.recognise.gpu_fields import add_processes, gpu_of
from auditor.recognise.gpu_merge import disputed_ids, joined
from auditor.recognise.gpu_words import bus_id, hex4
from auditor.recognise.provenance import seen, unseen
from auditor.recognise.smi import Element, denied, processes_of, size, supported, tree
from auditor.recognise.smi_details import details_of

T = TypeVar("T")

DRIVER = "nvidia-smi"
"""In ``Gpu.sources``: the driver told of it."""
BUS = "pci"
"""In ``Gpu.sources``: the bus told of it."""

_MAKERS = {"10de": "NVIDIA", "1002": "AMD"}
_INTEGRATED_INTEL = "0000:00:02.0"


def gpus_of(records: Iterable[AnyRecord], knowledge: Knowledge) -> tuple[Gpu, ...]:
    """All accelerators, those of the driver in its order, then those that only one of the other sources shows."""
    every = tuple(records)
    told = [record for record in every if isinstance(record, GpuRecord)]
    on_bus = {bus_id(record.bus): record for record in every if isinstance(record, PciRecord) and is_gpu(record)}
    found: list[Gpu] = []
    for record in every:
        if not isinstance(record, SmiRecord) or not record.text.strip():
            continue
        try:
            root = tree(record.text)
        except ValueError as error:
            if not on_bus:
                found.append(_nameless(len(found), record, f"the output of nvidia-smi {error}"))
            continue
        for element in root.each("gpu"):
            found.append(_of_driver(len(found), element, root, record))
    for gpu in (gpu_of(record) for record in told if record.origin != "sysfs"):
        at = _same(found, gpu)
        found = [*found, gpu.model_copy(update={"index": len(found)})] if at is None else [
            *found[:at], joined(found[at], gpu), *found[at + 1 :]
        ]  # fmt: skip
    for at, gpu in enumerate(found):
        device = on_bus.pop(gpu.pci.value.bus, None) if gpu.pci.value else None
        if device:
            found[at] = _merged(gpu, device)
    for bus, device in sorted(on_bus.items()):
        found.append(_of_bus(len(found), bus, device, knowledge))
    for record in told:
        if record.origin == "sysfs":
            gpu = gpu_of(record)
            at = _same(found, gpu)
            if at is not None:
                found[at] = joined(found[at], gpu)
    return tuple(add_processes(gpu, every) for gpu in found)


def _same(found: list[Gpu], gpu: Gpu) -> int | None:
    """Where the GPU stands already: by its address on the bus, or where there is none by its UUID."""
    bus = gpu.pci.value.bus if gpu.pci.value else ""
    for at, one in enumerate(found):
        here = one.pci.value.bus if one.pci.value else ""
        if (bus and bus == here) or (not (bus and here) and gpu.uuid.value and gpu.uuid.value == one.uuid.value):
            return at
    return None


def gpus_of_smi(text: str, source: str, time: Instant) -> tuple[Gpu, ...]:
    """The GPUs of a saved ``nvidia-smi -q -x``. Raises ValueError where it cannot be read."""
    tree(text)
    return gpus_of((SmiRecord(source=source, method="read", time=time, text=text),), Knowledge())


def is_gpu(record: PciRecord) -> bool:
    """Whether a device computes: 3D controllers and accelerators of anyone, display controllers of GPU makers.

    The graphics of a server's management controller and those inside an Intel processor do not count.
    """
    code = record.class_.lower().removeprefix("0x")
    if code.startswith(("0302", "12")):
        return True
    vendor = hex4(record.vendor)
    if code.startswith(("0300", "0380")):
        return vendor in _MAKERS or (vendor == "8086" and bus_id(record.bus) != _INTEGRATED_INTEL)
    return False


def _of_driver(index: int, gpu: Element, root: Element, record: SmiRecord) -> Gpu:
    def told(*paths: str, of: Element = gpu) -> Fact[str]:
        return _told(record, of.find(*paths))

    bus = bus_id(gpu.find("pci/pci_bus_id") or gpu.id)
    device, subsystem = gpu.find("pci/pci_device_id"), gpu.find("pci/pci_sub_system_id")
    pci: Fact[Pci] = unseen(record, Status.ABSENT)
    if re.fullmatch(r"(0x)?[0-9A-Fa-f]{8}", device):
        bare, sub = device[-8:].lower(), subsystem[-8:].lower() if len(subsystem) >= 8 else ""
        pci = seen(
            record,
            Pci(bus=bus, device=bare[:4], vendor=bare[4:], subsystem=f"{sub[4:]}:{sub[:4]}" if sub else ""),
            source=f"{record.source} gpu {gpu.id}",
        )
    total = gpu.find("fb_memory_usage/total", "memory_usage/total")
    memory = size(total)
    mig = told("mig_mode/current_mig")
    devices = [device for holder in gpu.each("mig_devices") for device in holder.each("mig_device")]
    if devices and mig.seen:
        mig = mig.model_copy(update={"note": f"{len(devices)} MIG devices"})
    return Gpu(
        index=index,
        name=told("product_name"),
        uuid=told("uuid"),
        serial=told("serial"),
        pci=pci,
        part_number=told("gpu_part_number"),
        vbios=told("vbios_version"),
        memory_total=seen(record, memory) if memory is not None else _lacking(record, total),
        ecc=told("ecc_mode/current_ecc"),
        mig=mig,
        driver=told("driver_version", of=root),
        cuda=told("cuda_version", of=root),
        processes=_processes(gpu, record),
        sources=(DRIVER,),
        details=details_of(gpu, record),
    )


def _told(record: SmiRecord, value: str) -> Fact[str]:
    return seen(record, value[:500]) if supported(value) else _lacking(record, value)


def _lacking(record: SmiRecord, value: str) -> Fact[T]:
    if denied(value):
        return unseen(record, Status.DENIED, value[:200])
    return unseen(record, Status.UNSUPPORTED if value else Status.ABSENT, value[:200])


def _processes(gpu: Element, record: SmiRecord) -> Fact[tuple[GpuProcess, ...]]:
    holders = [*gpu.each("processes"), *gpu.each("compute_processes")]
    if not holders or any(denied(holder.text) or "deprecated" in holder.text for holder in holders):
        return _lacking(record, holders[0].text if holders else "")
    found = [
        GpuProcess(
            pid=int(entry.find("pid")),
            name=entry.find("process_name")[:500],
            used_memory=size(entry.find("used_memory")),
        )
        for entry in processes_of(gpu)
        if re.fullmatch(r"\d{1,10}", entry.find("pid"), re.ASCII)
    ]
    return seen(record, tuple(sorted(found, key=lambda process: (process.pid, process.name))))


def _merged(gpu: Gpu, device: PciRecord) -> Gpu:
    """The driver's word, with the ids as the bus shows them; a driver that tells other ids is in dispute with it."""
    on_bus: Fact[Pci] = seen(device, _pci(device))
    claims = disputed_ids(gpu.pci, on_bus)
    disputes = (*gpu.disputes, *((Dispute(field="pci", claims=claims),) if claims else ()))
    return gpu.model_copy(update={"pci": on_bus, "sources": (*gpu.sources, BUS), "disputes": disputes})


def _of_bus(index: int, bus: str, device: PciRecord, knowledge: Knowledge) -> Gpu:
    pci = _pci(device)
    device_known = known(pci, knowledge)
    name: Fact[str] = (
        seen(device, device_known.name, Status.INFERRED, "device id")
        if device_known
        else unseen(device, Status.UNSUPPORTED, f"no driver told a name, and {pci.vendor}:{pci.device} is not known")
    )
    return _empty(index, device, name, "only the PCI bus shows this device").model_copy(
        update={
            "pci": seen(device, pci),
            "driver": seen(device, device.driver) if device.driver else unseen(device, Status.ABSENT, "no driver"),
            "sources": (BUS,),
        }
    )


def _nameless(index: int, record: SmiRecord, why: str) -> Gpu:
    return _empty(index, record, unseen(record, Status.ERROR, why), why)


def _empty(index: int, record: Record, name: Fact[str], why: str) -> Gpu:
    nothing: Fact[str] = unseen(record, Status.ABSENT, why)
    return Gpu(
        index=index,
        name=name,
        uuid=nothing,
        serial=nothing,
        pci=unseen(record, Status.ABSENT, why),
        part_number=nothing,
        vbios=nothing,
        memory_total=unseen(record, Status.ABSENT, why),
        ecc=nothing,
        mig=nothing,
        driver=nothing,
        cuda=nothing,
        processes=unseen(record, Status.ABSENT, why),
        sources=(DRIVER,) if isinstance(record, SmiRecord) else (),
    )


def _pci(device: PciRecord) -> Pci:
    vendor, _, sub = device.subsystem.lower().partition(":")
    return Pci(
        bus=bus_id(device.bus),
        vendor=hex4(device.vendor),
        device=hex4(device.device),
        subsystem=f"{hex4(vendor)}:{hex4(sub)}" if sub else "",
    )


def known(pci: Pci, knowledge: Knowledge) -> Device | None:
    """The row of the table for a device."""
    return next((device for device in knowledge.devices if device.id == f"{pci.vendor}:{pci.device}"), None)
