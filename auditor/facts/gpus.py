"""Accelerators."""

from auditor.facts.fact import Fact, Value


class Pci(Value):
    """Address and ids on the PCI bus, four hex digits each, lower case."""

    bus: str
    vendor: str
    device: str
    subsystem: str = ""
    """``vvvv:dddd``, subsystem vendor and device."""


class GpuProcess(Value):
    """A process that holds memory of a GPU."""

    pid: int
    name: str
    used_memory: int | None
    """Bytes; None where the driver does not tell."""


class Gpu(Value):
    """One accelerator; fields that no source gave are absent facts."""

    index: int
    name: Fact[str]
    uuid: Fact[str]
    serial: Fact[str]
    pci: Fact[Pci]
    part_number: Fact[str]
    vbios: Fact[str]
    memory_total: Fact[int]
    """Bytes."""
    ecc: Fact[str]
    mig: Fact[str]
    driver: Fact[str]
    cuda: Fact[str]
    processes: Fact[tuple[GpuProcess, ...]]
    sources: tuple[str, ...]
