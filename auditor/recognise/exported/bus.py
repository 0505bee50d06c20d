"""Output of ``lspci -nn`` (with or without ``-v`` and ``-D``), or of sysfs, → devices on the PCI bus."""

import re
from collections.abc import Iterator

from auditor.facts.fact import Instant
from auditor.facts.records import PciRecord
from auditor.recognise.gpu_words import bus_id

MOST = 10_000
_DEVICE = re.compile(
    r"^(?P<bus>(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) "
    r"[^\n]{0,200}?\[(?P<class>[0-9a-f]{4})\]: [^\n]{0,500}\[(?P<vendor>[0-9a-f]{4}):(?P<device>[0-9a-f]{4})\]"
    r"[^\n]{0,200}$"
)
_SUBSYSTEM = re.compile(r"^\s+Subsystem: [^\n]{0,500}\[([0-9a-f]{4}:[0-9a-f]{4})\]\s*$")
_DRIVER = re.compile(r"^\s+Kernel driver in use: ([\w.-]{1,64})\s*$")
_SYSFS = re.compile(
    r"pci (?P<bus>[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) 0x(?P<class>[0-9a-f]{6}) 0x(?P<vendor>[0-9a-f]{4}) "
    r"0x(?P<device>[0-9a-f]{4}) 0x(?P<maker>[0-9a-f]{4}) 0x(?P<card>[0-9a-f]{4}) (?P<driver>[\w.-]{1,64})"
)
_CLASSES = ("03", "12")
"""Display controllers and processing accelerators, as the probe looks at."""


def devices_of(text: str, source: str, time: Instant) -> Iterator[PciRecord]:
    """The displays and accelerators of a list; what ``-v`` did not tell stays empty."""
    found: dict[str, str] = {}
    count = 0
    for line in (*text.split("\n"), ""):
        head = _DEVICE.match(line[:2000])
        if head or not line.strip():
            if found and found["class"][:2] in _CLASSES:
                yield _record(found, source, time)
            found = head.groupdict() if head else {}
            count += 1
            if count > MOST:
                return
        elif found:
            for key, pattern in (("subsystem", _SUBSYSTEM), ("driver", _DRIVER)):
                match = pattern.match(line[:2000])
                if match:
                    found[key] = match[1]


def sysfs_of(text: str, source: str, time: Instant) -> Iterator[PciRecord]:
    """The displays and accelerators of the list that the script makes from ``/sys/bus/pci``."""
    for line in text.split("\n")[:MOST]:
        match = _SYSFS.fullmatch(line[:2000])
        if match and match["class"].startswith(_CLASSES):
            yield PciRecord(
                source=f"/sys/bus/pci/devices/{match['bus']}",
                method="sysfs",
                time=time,
                bus=match["bus"],
                vendor=match["vendor"],
                device=match["device"],
                subsystem=f"{match['maker']}:{match['card']}",
                class_=match["class"],
                driver="" if match["driver"] == "-" else match["driver"],
            )


def _record(found: dict[str, str], source: str, time: Instant) -> PciRecord:
    return PciRecord(
        source=source,
        method="lspci",
        time=time,
        bus=bus_id(found["bus"]),
        vendor=found["vendor"],
        device=found["device"],
        subsystem=found.get("subsystem", ""),
        class_=found["class"] + "00",
        driver=found.get("driver", ""),
    )
