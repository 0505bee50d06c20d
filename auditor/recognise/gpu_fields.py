"""What NVML, procfs and sysfs tell of one GPU → an accelerator as that source alone shows it; and of the driver."""

import re
from collections.abc import Iterable
from typing import TypeVar

from auditor.facts.fact import SEEN, Fact, Status
from auditor.facts.gpus import Gpu, GpuDriver, GpuProcess, Pci
from auditor.facts.records import AnyRecord, GpuDriverRecord, GpuRecord, ProcessRecord, Record, Told
from auditor.recognise.gpu_words import bus_id, ids, rows
from auditor.recognise.provenance import unseen

T = TypeVar("T")

_VIRTUALISATION = {"0": "None", "1": "Pass-Through", "2": "VGPU", "3": "Host VGPU", "4": "Host VSGA"}
_TYPED = frozenset({"name", "uuid", "serial", "pci", "part_number", "vbios", "memory_total", "ecc", "mig", "processes"})


def gpu_of(record: GpuRecord) -> Gpu:
    """The GPU of one record."""

    def text(name: str) -> Fact[str]:
        return _text(record, record.fields.get(name), name)

    return Gpu(
        index=record.place or 0,
        name=text("name"),
        uuid=text("uuid"),
        serial=text("serial"),
        pci=_pci(record),
        part_number=text("part_number"),
        vbios=text("vbios"),
        memory_total=_memory(record),
        ecc=text("ecc"),
        mig=text("mig"),
        driver=text("driver"),
        cuda=text("cuda"),
        processes=_processes(record),
        sources=(record.origin,),
        details={name: text(name) for name in sorted(record.fields) if name not in _TYPED},
    )


def pids_of(record: GpuRecord) -> tuple[int, ...]:
    """Processes that hold memory of the GPU."""
    return tuple(process.pid for process in gpu_of(record).processes.value or ())


def driver_of(records: Iterable[AnyRecord]) -> GpuDriver | None:
    """The driver as its library, its module and its files tell; a value is not lost to a later excuse."""
    details: dict[str, Fact[str]] = {}
    for record in records:
        if not isinstance(record, GpuDriverRecord):
            continue
        for name, told in sorted(record.fields.items()):
            fact = _text(record, told, name)
            if name not in details or not details[name].seen or not fact.seen:
                details[name] = fact if fact.seen or name not in details or name == "library" else details[name]
    return GpuDriver(details=details) if details else None


def add_processes(gpu: Gpu, records: Iterable[AnyRecord]) -> Gpu:
    """The GPU with names of processes that only their numbers were told of."""
    held = gpu.processes.value
    if held is None or all(process.name for process in held):
        return gpu
    names = {record.pid: record.name for record in records if isinstance(record, ProcessRecord)}
    named = tuple(
        process if process.name else process.model_copy(update={"name": names.get(process.pid, "")}) for process in held
    )
    return gpu.model_copy(update={"processes": gpu.processes.model_copy(update={"value": named})})


def _fact(record: Record, told: Told, value: T | None) -> Fact[T]:
    status = told.status if (told.status in SEEN) == (value is not None) else Status.ERROR
    return Fact[T](
        value=value if status in SEEN else None,
        source=" ".join(filter(None, (record.source, told.source if told.source != record.source else ""))),
        method=record.method,
        time=record.time,
        status=status,
        note=told.note,
    )


def _text(record: Record, told: Told | None, name: str) -> Fact[str]:
    if told is None:
        return unseen(record, Status.ABSENT, "not told by this source")
    return _fact(record, told, None if told.value is None else _written(name, told.value))


def _written(name: str, value: object) -> str:
    if name == "remapped_rows" and isinstance(value, dict):
        get = value.get
        return rows(get("corrected", "?"), get("uncorrected", "?"), bool(get("pending")), bool(get("failed")))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))[:2000]
    if name == "virtualisation":
        return _VIRTUALISATION.get(str(value), str(value))
    return " ".join(str(value).split())[:2000]


def _pci(record: GpuRecord) -> Fact[Pci]:
    told = record.fields.get("pci")
    if told is None and record.bus:
        return Fact[Pci](
            value=Pci(bus=bus_id(record.bus), vendor="", device=""),
            source=record.source,
            method=record.method,
            time=record.time,
            status=Status.OBSERVED,
        )
    if told is None:
        return unseen(record, Status.ABSENT, "not told by this source")
    value = told.value if isinstance(told.value, dict) else {}
    device, sub, bus = value.get("id"), value.get("subsystem"), value.get("bus")
    if not isinstance(device, int) or not isinstance(bus, str):
        return _fact(record, told, None)
    vendor, number, subsystem = ids(device, sub if isinstance(sub, int) else 0)
    return _fact(record, told, Pci(bus=bus_id(bus), vendor=vendor, device=number, subsystem=subsystem))


def _memory(record: GpuRecord) -> Fact[int]:
    told = record.fields.get("memory_total")
    if told is None:
        return unseen(record, Status.ABSENT, "not told by this source")
    return _fact(record, told, told.value if isinstance(told.value, int) and told.value > 0 else None)


def _processes(record: GpuRecord) -> Fact[tuple[GpuProcess, ...]]:
    told = record.fields.get("processes")
    if told is None:
        return unseen(record, Status.ABSENT, "not told by this source")
    if not isinstance(told.value, list):
        return _fact(record, told, None)
    found = []
    for entry in told.value:
        pid = entry.get("pid") if isinstance(entry, dict) else None
        used = entry.get("used") if isinstance(entry, dict) else None
        if isinstance(pid, int) and re.fullmatch(r"\d{1,10}", str(pid)):
            found.append(GpuProcess(pid=pid, name="", used_memory=used))
    return _fact(record, told, tuple(sorted(found, key=lambda process: process.pid)))
