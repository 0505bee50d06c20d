"""Files of a host that say which machine it is, as an export holds them → the records that the probe would report."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from auditor.facts.fact import Instant, Status
from auditor.facts.host import Host
from auditor.facts.records import HostRecord
from auditor.probe.host import os_of
from auditor.probe.text import instant
from auditor.recognise.exported.manifest import Manifest

Answer = tuple[Any, str, str]
"""Value, source, method."""
_SYSTEMD_LIMIT = 16_000_000
"""Microseconds of error under which systemd says that a clock is synchronised."""


def machine_of(files: Mapping[str, str], said: Manifest, time: Instant) -> Iterator[HostRecord]:
    """One record for each property; ``files`` by their place on the host, or by their name in the export."""
    for name in Host.model_fields:
        answer = _QUESTIONS[name](files, said) if name in _QUESTIONS else None
        if answer is None:
            yield HostRecord(
                source="export", method="read", time=time, status=Status.ABSENT, name=name, value=None,
                note="nothing of it was exported",
            )  # fmt: skip
            continue
        value, source, method = answer
        yield HostRecord(source=source, method=method, time=time, name=name, value=value)


def boot_of(files: Mapping[str, str]) -> int | None:
    """When the host started, seconds since 1970."""
    found = re.search(r"^btime (\d{1,12})$", files.get("/proc/stat", ""), re.MULTILINE | re.ASCII)
    return int(found[1]) if found else None


def _uname(files: Mapping[str, str]) -> re.Match[str] | None:
    return re.match(r"Linux (\S{1,255}) (\S{1,255}) .*?(\S{1,64}) ?(?:GNU/Linux)?\s*$", files.get("uname", "")[:2000])


def _hostname(files: Mapping[str, str], said: Manifest) -> Answer | None:
    name = files.get("/proc/sys/kernel/hostname", "").strip()
    if name:
        return name[:255], "/proc/sys/kernel/hostname", "read"
    found = _uname(files)
    return (found[1], "uname", "uname") if found else None


def _machine_id(files: Mapping[str, str], said: Manifest) -> Answer | None:
    return (said.machine, "/etc/machine-id", "sha256") if said.machine else None


def _os(files: Mapping[str, str], said: Manifest) -> Answer | None:
    for path in ("/etc/os-release", "/usr/lib/os-release", "os-release"):
        if files.get(path):
            return os_of(files[path]), path, "read"
    return None


def _kernel(files: Mapping[str, str], said: Manifest) -> Answer | None:
    release = files.get("/proc/sys/kernel/osrelease", "").strip()
    if release:
        return release[:255], "/proc/sys/kernel/osrelease", "read"
    found = _uname(files)
    return (found[2], "uname", "uname") if found else None


def _architecture(files: Mapping[str, str], said: Manifest) -> Answer | None:
    found = _uname(files)
    return (found[3], "uname", "uname") if found else None


def _clock(files: Mapping[str, str], said: Manifest) -> Answer | None:
    found = re.search(r"^NTPSynchronized=(yes|no)$", files.get("timedatectl.txt", ""), re.MULTILINE)
    if not found:
        return None
    synchronised = found[1] == "yes"
    return {"synchronised": synchronised, "max_error_us": _SYSTEMD_LIMIT}, "timedatectl show", "command"


def _booted(files: Mapping[str, str], said: Manifest) -> Answer | None:
    boot = boot_of(files)
    return None if boot is None else (instant(boot), "/proc/stat", "read")


def _memory(files: Mapping[str, str], said: Manifest) -> Answer | None:
    found = re.search(r"^MemTotal:\s*(\d{1,12}) kB", files.get("/proc/meminfo", ""), re.MULTILINE | re.ASCII)
    return (int(found[1]) * 1024, "/proc/meminfo", "read") if found else None


def _cpu(files: Mapping[str, str], said: Manifest) -> Answer | None:
    text = files.get("/proc/cpuinfo", "")
    found = re.search(r"^(?:model name|Model|cpu model|Hardware)\s*:\s*(.+)$", text, re.MULTILINE)
    if not found:
        return None
    threads = len(re.findall(r"^processor\s*:", text, re.MULTILINE))
    return f"{found[1].strip()[:200]} ({threads} threads)", "/proc/cpuinfo", "read"


def _container(files: Mapping[str, str], said: Manifest) -> Answer | None:
    return (said.container, "manifest", "read") if said.container else None


_QUESTIONS: dict[str, Callable[[Mapping[str, str], Manifest], Answer | None]] = {
    "hostname": _hostname,
    "machine_id": _machine_id,
    "os": _os,
    "kernel": _kernel,
    "architecture": _architecture,
    "clock": _clock,
    "booted": _booted,
    "memory_total": _memory,
    "cpu": _cpu,
    "container": _container,
}
