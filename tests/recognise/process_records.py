"""Records of processes, sockets and GPUs, and the XML of nvidia-smi, made for tests."""

import shlex
from typing import Any
from xml.sax.saxutils import escape

from auditor.facts.records import (
    CaptureRecord,
    EndpointRecord,
    FlowRecord,
    FootprintRecord,
    ListenerRecord,
    PciRecord,
    ProcessRecord,
    SmiRecord,
)

TIME = "2026-11-02T10:00:00Z"
FROM = {"source": "test", "method": "read", "time": TIME}


def process(command: str = "", pid: int = 100, **changes: Any) -> ProcessRecord:
    """A process that could be looked into; the name is that of its program."""
    parts = tuple(shlex.split(command))
    values: dict[str, Any] = {
        **FROM,
        "pid": pid,
        "parent": 1,
        "name": (parts[0].rpartition("/")[2] if parts else "")[:15],
        "exe": parts[0] if parts else "",
        "command": parts,
        "environment": {"HOME": "/home/user"},
        "uid": 1000,
        "started": TIME,
        "files": (),
    }
    return ProcessRecord(**(values | changes))


def answer(path: str, body: Any = None, code: int = 200, when: Any = "", **changes: Any) -> EndpointRecord:
    """What the process answered to a GET of this path."""
    values: dict[str, Any] = {
        **FROM,
        "source": f"GET http://127.0.0.1:8000{path}",
        "method": "http",
        "pid": 100,
        "path": path,
        "when": when,
        "asked": TIME,
        "client": "127.0.0.1:50000",
        "code": code,
        "size": 10,
        "sha256": "0" * 64,
        "body": body,
    }
    return EndpointRecord(**(values | changes))


def file(entry: str, path: str, text: str = "", **changes: Any) -> FootprintRecord:
    """A small file that was asked for and found."""
    values = {**FROM, "entry": entry, "path": path, "modified": TIME, "size": len(text), "text": text}
    return FootprintRecord(**(values | changes))


def listener(address: str = "127.0.0.1", port: int = 8000, **changes: Any) -> ListenerRecord:
    """A socket of vLLM that listens."""
    values = {**FROM, "proto": "tcp", "address": address, "port": port, "pid": 100, "name": "vllm"}
    return ListenerRecord(**(values | changes))


def flow(address: str = "203.0.113.5", port: int = 443, **changes: Any) -> FlowRecord:
    """A connection of vLLM to somewhere."""
    values: dict[str, Any] = {**FROM, "proto": "tcp", "direction": "out", "source_address": "192.0.2.10"}
    values |= {"source_port": 40000, "address": address, "port": port, "attempt": False, "first": TIME, "last": TIME}
    return FlowRecord(**(values | {"pid": 100, "name": "vllm"} | changes))


def capture(**changes: Any) -> CaptureRecord:
    """Ten minutes of looking every 50 ms."""
    values: dict[str, Any] = {**FROM, "tier": "D", "first": TIME, "last": "2026-11-02T10:10:00Z", "seconds": 600}
    values |= {"samples": 12000, "longest_gap_ms": 60, "namespaces": 1, "not_seen": ("short connections",)}
    return CaptureRecord(**(values | changes))


def pci(device: str = "2330", bus: str = "0000:53:00.0", **changes: Any) -> PciRecord:
    """An NVIDIA card on the bus."""
    values: dict[str, Any] = {**FROM, "bus": bus, "vendor": "10de", "device": device, "subsystem": "10de:16c1"}
    return PciRecord(**(values | {"class": "030200", "driver": "nvidia"} | changes))


def smi(text: str) -> SmiRecord:
    """An answer of nvidia-smi."""
    return SmiRecord(**FROM, text=text)


def gpu_xml(bus: str = "00000000:53:00.0", **values: str) -> str:
    """One GPU as a current driver prints it; a value of ``None`` leaves the element out."""
    told = {
        "product_name": "NVIDIA H100 80GB HBM3",
        "serial": "1650000000001",
        "uuid": "GPU-6f1c1a8e-0000-4000-8000-000000000001",
        "vbios_version": "96.00.99.00.01",
        "gpu_part_number": "2330-885-A1",
        "mig_mode/current_mig": "Disabled",
        "pci/pci_device_id": "233010DE",
        "pci/pci_bus_id": bus,
        "pci/pci_sub_system_id": "16C110DE",
        "fb_memory_usage/total": "81559 MiB",
        "ecc_mode/current_ecc": "Enabled",
    } | values
    groups: dict[str, list[str]] = {}
    for path, value in told.items():
        group, _, name = path.rpartition("/")
        groups.setdefault(group, []).append(f"<{name}>{escape(value)}</{name}>")
    parts = [f"<{group}>{''.join(inner)}</{group}>" if group else "".join(inner) for group, inner in groups.items()]
    body = "".join(parts)
    processes = "" if "processes" in "".join(told) else "<processes></processes>"
    return f'<gpu id="{bus}">{body}{processes}</gpu>'


def smi_xml(*gpus: str, dtd: str = "nvsmi_device_v13.dtd", driver: str = "580.105.08", cuda: str = "13.0") -> str:
    """A whole output."""
    head = f'<?xml version="1.0" ?>\n<!DOCTYPE nvidia_smi_log SYSTEM "{dtd}">\n'
    about = f"<driver_version>{driver}</driver_version><cuda_version>{cuda}</cuda_version>"
    return f"{head}<nvidia_smi_log>{about}<attached_gpus>{len(gpus)}</attached_gpus>{''.join(gpus)}</nvidia_smi_log>\n"
