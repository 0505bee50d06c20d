"""What the kernel's own drivers say of AMD's and Intel's GPUs: memory, ids, firmware, and memory by process."""

import os
import re
from typing import Any, Dict, List

from . import limits
from .stream import Stream
from .text import decode
from .walk import read_regular

NAME = "gpus"
_KFD = "/sys/class/kfd/kfd"
_AMD, _INTEL = "1002", "8086"
_TEXTS = {
    "product_name": "name",
    "product_number": "part_number",
    "serial_number": "serial",
    "unique_id": "uuid",
    "vbios_version": "vbios",
    "manufacturer": "manufacturer",
    "fru_id": "fru_id",
}
_SIZES = {"mem_info_vram_total": "memory_total", "mem_info_vram_used": "memory_used"}
_INTEL_SIZES = ("lmem_total_bytes", "tile0/physical_vram_size_bytes", "device/tile0/physical_vram_size_bytes")
_MOST = 64
_PROCESSES = 4096


def report(stream: Stream, folder: str, bus: str, vendor: str) -> None:
    """One record with all that the folder of a device on the PCI bus tells; nothing for other makers."""
    fields: Dict[str, Dict[str, Any]] = {}
    if vendor == _AMD:
        for file, name in _TEXTS.items():
            _add(fields, name, os.path.join(folder, file), number=False)
        for file, name in _SIZES.items():
            _add(fields, name, os.path.join(folder, file), number=True)
        held = _held(bus)
        if held is not None:
            fields["processes"] = {"value": held, "status": "observed", "note": "", "source": f"{_KFD}/proc"}
    elif vendor == _INTEL:
        for card in _cards(folder):
            for file in _INTEL_SIZES:
                if "memory_total" not in fields:
                    _add(fields, "memory_total", os.path.join(card, file), number=True)
    if fields:
        stream.record(NAME, "gpu", folder, "sysfs", origin="sysfs", place=None, bus=bus, fields=fields)


def _add(fields: Dict[str, Dict[str, Any]], name: str, path: str, number: bool) -> None:
    try:
        text = decode(read_regular(path, 4 * limits.KIB, follow=True)).strip()
    except OSError:
        return
    value: Any = int(text) if number and re.match(r"^\d{1,15}$", text) else text[:200]
    if text and (not number or isinstance(value, int)):
        fields[name] = {"value": value, "status": "observed", "note": "", "source": path}


def _cards(folder: str) -> List[str]:
    try:
        names = sorted(os.listdir(os.path.join(folder, "drm")))
    except OSError:
        return []
    return [os.path.join(folder, "drm", name) for name in names if re.match(r"^card\d+$", name)]


def _held(bus: str) -> Any:
    """Processes with the memory that they hold of the GPU at this address, as kfd counts it; None where it does not."""
    number = _number(bus)
    if not number:
        return None
    found = []
    try:
        processes = os.listdir(os.path.join(_KFD, "proc"))
    except OSError:
        return None
    for pid in sorted(processes)[:_PROCESSES]:
        if not pid.isdigit():
            continue
        try:
            text = decode(read_regular(os.path.join(_KFD, "proc", pid, f"vram_{number}"), 64)).strip()
        except OSError:
            continue
        if re.match(r"^\d{1,15}$", text) and int(text):
            found.append({"pid": int(pid), "used": int(text)})
    return found


def _number(bus: str) -> str:
    """The number by which kfd calls the GPU at an address."""
    match = re.match(r"^([0-9a-f]{4,8}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$", bus)
    if not match:
        return ""
    domain, location = int(match.group(1), 16), int(match.group(2), 16) << 8 | int(match.group(3), 16) << 3
    location |= int(match.group(4))
    nodes = os.path.join(_KFD, "topology", "nodes")
    try:
        names = sorted(os.listdir(nodes))[:_MOST]
    except OSError:
        return ""
    for name in names:
        try:
            text = decode(read_regular(os.path.join(nodes, name, "properties"), 64 * limits.KIB))
            told = dict(re.findall(r"^(\w+) (\d{1,20})$", text, re.MULTILINE))
            if int(told.get("location_id", -1)) == location and int(told.get("domain", 0)) == domain:
                return decode(read_regular(os.path.join(nodes, name, "gpu_id"), 64)).strip()
        except (OSError, ValueError):
            continue
    return ""
