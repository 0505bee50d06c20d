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
    details: dict[str, Fact[str]] = {}
    """Everything else that a source tells, by its name there: ``persistence``, ``remapped_rows``, ``nvlink`` ..."""
    disputes: tuple["Dispute", ...] = ()
    """Where two sources tell different things."""


class Dispute(Value):
    """One field of which two sources tell different things."""

    field: str
    claims: tuple[Fact[str], ...]
    """What each source says."""


class GpuDriver(Value):
    """NVIDIA's driver: what it says of itself, and where the library that says so comes from."""

    details: dict[str, Fact[str]]
    """``driver``, ``nvml``, ``cuda``, ``count``, ``confidential_computing``, ``module`` (version of the kernel module),
    ``library``, ``library_sha256``, ``library_package``, ``library_as_packaged``, ``preload``."""


Gpu.model_rebuild()
