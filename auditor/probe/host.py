"""The collector ``host``: which machine this is, and what its clock is worth."""

import ctypes
import hashlib
import os
import platform
import re
from typing import Any, Callable, Dict, List, Tuple

from . import limits, settings
from .stream import Stream
from .text import decode, instant
from .walk import explain, read_regular

NAME = "host"

CAPABILITIES = {
    1: "CAP_DAC_OVERRIDE", 2: "CAP_DAC_READ_SEARCH", 12: "CAP_NET_ADMIN", 13: "CAP_NET_RAW", 19: "CAP_SYS_PTRACE",
    21: "CAP_SYS_ADMIN", 38: "CAP_PERFMON", 39: "CAP_BPF",
}  # fmt: skip
"""Those that decide what an audit can see (linux/capability.h)."""

Answer = Tuple[Any, str, str]
"""Value, source, method."""


class _Absent(Exception):
    """Looked for and not there; the text says where."""


def collect(stream: Stream, request: Dict[str, Any]) -> None:
    """Report the host's properties, one record each."""
    for name, ask in _QUESTIONS.items():
        value, source, method, status, note = None, "", "read", "observed", ""
        try:
            value, source, method = ask()
        except _Absent as error:
            status, source = "absent", str(error)
        except FileNotFoundError as error:
            status, source = "absent", str(error.filename or "")
        except PermissionError as error:
            status, source, note = "denied", str(error.filename or ""), "may not be read by this user"
        except NotImplementedError as error:
            status, source = "unsupported", str(error)
        except OSError as error:
            status, source, note = "error", str(error.filename or ""), explain(error)[0]
        except (ValueError, IndexError, KeyError) as error:
            status, note = "error", f"{name} could not be read: {error}"
        stream.record(NAME, "host", source, method, status, note, name=name, value=value)
        if status in ("denied", "error"):
            stream.problem(NAME, source, f"{name}: {note}", status)
    settings.collect(stream)


def capabilities() -> List[str]:
    """Effective capabilities of this process that matter."""
    try:
        found = re.search(r"^CapEff:\s*([0-9a-f]+)", _file("/proc/self/status"), re.MULTILINE)
    except OSError:
        return []
    mask = int(found.group(1), 16) if found else 0
    return [name for bit, name in CAPABILITIES.items() if mask >> bit & 1]


def _file(path: str) -> str:
    return decode(read_regular(path, limits.MIB, follow=True))


def _hostname() -> Answer:
    return platform.node(), "uname", "uname"


def _machine_id() -> Answer:
    identity = _file("/etc/machine-id").strip()
    if not re.match(r"^[0-9a-f]{32}$", identity):
        raise _Absent("/etc/machine-id")
    return hashlib.sha256(identity.encode("ascii")).hexdigest(), "/etc/machine-id", "sha256"


def machine() -> str:
    """By what this machine is told from others: its own id, else (containers have none) the kernel's present start.

    Empty where it has neither.
    """
    try:
        return str(_machine_id()[0])
    except (OSError, _Absent):
        pass
    try:
        started = _file("/proc/sys/kernel/random/boot_id").strip()
    except OSError:
        return ""
    return hashlib.sha256(b"boot " + started.encode("ascii", "replace")).hexdigest()


def _os() -> Answer:
    path = next((p for p in ("/etc/os-release", "/usr/lib/os-release") if os.path.exists(p)), "/etc/os-release")
    return os_of(_file(path)), path, "read"


def os_of(text: str) -> Dict[str, str]:
    """Distribution by the text of os-release."""
    found = dict(re.findall(r"^([A-Z_]+)=[\"']?(.*?)[\"']?\s*$", text, re.MULTILINE))
    return {"id": found.get("ID", ""), "name": found.get("NAME", ""), "version": found.get("VERSION_ID", "")}


def _resolvers() -> Answer:
    path = "/etc/resolv.conf"
    found = resolvers_of(_file(path))
    # A stub on the host asks others, which systemd lists beside it.
    behind = "/run/systemd/resolve/resolv.conf"
    try:
        found += [each for each in resolvers_of(_file(behind)) if each not in found]
    except OSError:
        behind = ""
    if not found:
        raise _Absent(path)
    return ", ".join(found), f"{path}, {behind}" if behind else path, "read"


def resolvers_of(text: str) -> List[str]:
    """Addresses that resolv.conf(5) names, at most 16; a zone of a link-local address is left out."""
    lines = re.findall(r"^[ \t]*nameserver[ \t]+([0-9A-Fa-f.:]{2,45})(?:%[^\s]*)?[ \t]*$", text, re.MULTILINE)
    return list(dict.fromkeys(lines))[:16]


def _kernel() -> Answer:
    return platform.release(), "uname", "uname"


def _architecture() -> Answer:
    return platform.machine(), "uname", "uname"


class _Timex(ctypes.Structure):
    """``struct timex`` (linux/timex.h); a margin behind it, for what other systems may add."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 512),
    )


_STA_UNSYNC = 0x0040


def _clock() -> Answer:
    adjtimex = getattr(ctypes.CDLL(None, use_errno=True), "adjtimex", None)
    if adjtimex is None:
        raise NotImplementedError("adjtimex")
    timex = _Timex()
    # modes is 0: the clock is asked, not set.
    state = adjtimex(ctypes.byref(timex))
    if state < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), "adjtimex")
    synchronised = not timex.status & _STA_UNSYNC and state != 5
    return {"synchronised": synchronised, "max_error_us": int(timex.maxerror)}, "adjtimex", "adjtimex"


def boot_time() -> int:
    """When the host started, seconds since 1970. Raises OSError, ValueError."""
    found = re.search(r"^btime (\d+)", _file("/proc/stat"), re.MULTILINE)
    if not found:
        raise ValueError("no btime in /proc/stat")
    return int(found.group(1))


def _booted() -> Answer:
    return instant(boot_time()), "/proc/stat", "read"


def _memory() -> Answer:
    found = re.search(r"^MemTotal:\s*(\d+) kB", _file("/proc/meminfo"), re.MULTILINE)
    if not found:
        raise ValueError("no MemTotal")
    return int(found.group(1)) * 1024, "/proc/meminfo", "read"


def _cpu() -> Answer:
    found = re.search(r"^(?:model name|Model|cpu model|Hardware)\s*:\s*(.+)$", _file("/proc/cpuinfo"), re.MULTILINE)
    if not found:
        raise _Absent("/proc/cpuinfo")
    return f"{found.group(1).strip()} ({os.cpu_count()} threads)", "/proc/cpuinfo", "read"


def _container() -> Answer:
    for path, kind in (("/.dockerenv", "docker"), ("/run/.containerenv", "podman")):
        if os.path.exists(path):
            return kind, path, "stat"
    if os.path.exists("/var/run/secrets/kubernetes.io"):
        return "kubernetes", "/var/run/secrets/kubernetes.io", "stat"
    try:
        return _file("/run/systemd/container").strip(), "/run/systemd/container", "read"
    except OSError:
        pass
    try:
        found = re.search(r"(?:^|\0)container=([\w.-]+)", _file("/proc/1/environ"))
        if found:
            return found.group(1), "/proc/1/environ", "read"
    except OSError:
        pass
    raise _Absent("/.dockerenv, /run/.containerenv, /run/systemd/container, /proc/1/environ")


_QUESTIONS: Dict[str, Callable[[], Answer]] = {
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
    "resolvers": _resolvers,
}
