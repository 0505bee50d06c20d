"""The collector ``processes``: those that serve models, hold accelerators or weight files, or were asked for."""

import os
import re
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from . import limits, masks, packages
from .host import boot_time
from .stream import Stream
from .text import decode, instant
from .text import path as shown
from .walk import read_regular

NAME = "processes"
_DEVICES = re.compile(r"^/dev/(?:nvidia\d*|nvidia-uvm|nvidiactl|kfd|accel/|davinci|habanalabs)")
_WEIGHT = re.compile(
    r"\.(?:safetensors|gguf|ggml|engine|plan|pth|pt|ckpt|onnx|onnx_data|llamafile|bin)(?: \(deleted\))?$"
    r"|/blobs/(?:sha256-)?[0-9a-f]{64}(?: \(deleted\))?$",
    re.IGNORECASE,
)
_BIN = re.compile(r"\.(?:bin|pt)(?: \(deleted\))?$", re.IGNORECASE)
_BIN_WEIGHT = re.compile(r"(?:pytorch_model|adapter_model|consolidated|ggml|model)[^/]*\.(?:bin|pt)", re.IGNORECASE)
_CONTAINER = re.compile(
    r"(?:docker|libpod|crio|cri-containerd|containerd|lxc|kubepods)[^\n]*?([0-9a-f]{64})|/lxc/([\w.-]+)"
)
STORES = {
    "HF_HOME": "/hub",
    "HF_HUB_CACHE": "",
    "HUGGINGFACE_HUB_CACHE": "",
    "TRANSFORMERS_CACHE": "",
    "OLLAMA_MODELS": "",
}
"""Variables that say where a process keeps its models, and what comes below."""


class Identity(NamedTuple):
    """Who a process is, for those who only name it."""

    name: str
    exe: str
    uid: Optional[int]
    container: str


def pids() -> Iterator[int]:
    """All processes that can be seen."""
    return (int(name) for name in sorted(os.listdir("/proc"), key=len) if name.isdigit())


def read(pid: int, name: str, limit: int = limits.PROC_FILE) -> bytes:
    """A file of a process. Raises OSError."""
    return read_regular(f"/proc/{pid}/{name}", limit, follow=True)


def identity(pid: int) -> Identity:
    """Name, program, user and container; what may not be seen stays empty."""
    try:
        name = decode(read(pid, "comm", limits.KIB)).rstrip("\n")
        uid: Optional[int] = os.stat(f"/proc/{pid}").st_uid
    except OSError:
        name, uid = "", None
    return Identity(name, _link(pid, "exe"), uid, container(pid))


def container(pid: int) -> str:
    """Id of the container by the control group, first twelve digits; empty on the plain host."""
    try:
        return container_of(decode(read(pid, "cgroup", 64 * limits.KIB)))
    except OSError:
        return ""


def container_of(groups: str) -> str:
    """The same, by the paths of control groups."""
    found = _CONTAINER.search(groups)
    return (found.group(1) or "")[:12] or (found.group(2) or "") if found else ""


def _link(pid: int, name: str) -> str:
    try:
        return shown(os.readlink(f"/proc/{pid}/{name}"))
    except OSError:
        return ""


class Places(NamedTuple):
    """What the reported processes point to, as seen from here."""

    models: Set[str]
    homes: Set[str]
    configs: Set[str]
    """What stands in for ``~/.config`` (XDG_CONFIG_HOME)."""


def collect(stream: Stream, request: Dict[str, Any]) -> Places:
    """Report the candidates; gives the places where they keep models, and their homes."""
    words = sorted(str(word) for word in request.get("patterns", ()) if word)
    pattern = (
        re.compile(r"(?<![a-z0-9])(?:" + "|".join(map(re.escape, words)) + r")(?![a-z0-9])", re.I) if words else None
    )
    boot = _boot(stream)
    places = Places(set(), set(), set())
    hidden = found = 0
    # The auditor itself speaks of the words that are looked for.
    own = {os.getpid(), os.getppid()}
    for pid in pids():
        if stream.cancelled.is_set() or found >= limits.CANDIDATES:
            break
        if pid in own:
            continue
        try:
            files, devices = _open_files(pid)
            hidden += files is None and not is_kernel(pid)
            command = command_of(pid)
            words_of = " ".join([identity(pid).name, *command])[: 16 * limits.KIB]
            if not (files or devices or (pattern and pattern.search(words_of))):
                continue
            _report(stream, request, pid, command, files, boot, places)
            found += 1
        except (FileNotFoundError, ProcessLookupError):
            continue
        except OSError as error:
            stream.problem(NAME, f"/proc/{pid}", f"cannot be read: {error.strerror}", "error")
    if hidden:
        what = f"open files of {hidden:,} processes may not be seen by this user"
        stream.problem(NAME, "/proc", what, "denied", "run the audit as root")
    if found >= limits.CANDIDATES:
        stream.problem(NAME, "/proc", f"only the first {found:,} processes were looked at", "error")
    return places


def _boot(stream: Stream) -> Optional[int]:
    try:
        return boot_time()
    except (OSError, ValueError):
        stream.problem(
            NAME, "/proc/stat", "has no time of boot, starts of processes are not known", "error", lost=False
        )
        return None


def command_of(pid: int) -> List[str]:
    """The command line, as it is: to be masked before it is told. Raises OSError."""
    data = read(pid, "cmdline", limits.MIB).rstrip(b"\0")
    return [decode(part[: limits.ARGUMENT]) for part in data.split(b"\0")[: limits.ARGUMENTS]] if data else []


def _open_files(pid: int) -> Tuple[Optional[Set[str]], bool]:
    """Weight files that are open or mapped (None: may not be seen), and whether an accelerator is held."""
    files: Set[str] = set()
    devices = False
    try:
        for descriptor in os.listdir(f"/proc/{pid}/fd"):
            try:
                target = os.readlink(f"/proc/{pid}/fd/{descriptor}")
            except FileNotFoundError:
                continue
            devices = devices or bool(_DEVICES.match(target))
            if is_weight(target):
                files.add(shown(target))
        for line in read(pid, "maps").split(b"\n"):
            start = line.find(b"/")
            if start > 0:
                target = os.fsdecode(line[start:])
                devices = devices or bool(_DEVICES.match(target))
                if is_weight(target):
                    files.add(shown(target))
    except PermissionError:
        return None, devices
    return files, devices


def is_weight(path: str) -> bool:
    """Whether an open file looks like weights; ``.bin`` alone does not tell."""
    if not path.startswith("/") or not _WEIGHT.search(path):
        return False
    return not _BIN.search(path) or bool(_BIN_WEIGHT.search(path))


def _report(
    stream: Stream,
    request: Dict[str, Any],
    pid: int,
    command: List[str],
    files: Optional[Set[str]],
    boot: Optional[int],
    places: Places,
) -> None:
    who = identity(pid)
    parent, ticks = _stat(pid)
    variables = _environment(pid)
    wanted = [str(name) for name in request.get("variables", ())]
    started = instant(boot + ticks / os.sysconf("SC_CLK_TCK")) if boot is not None else None
    stream.record(
        NAME, "process", f"/proc/{pid}", "procfs", pid=pid, parent=parent, name=who.name, exe=who.exe,
        command=masks.command(command),
        environment=None if variables is None else masks.environment(variables, wanted),
        uid=who.uid if who.uid is not None else -1, started=started, container=who.container,
        files=None if files is None else sorted(files)[: limits.OPEN_FILES], core=_core(pid),
        packages=packages.versions(pid, command, who.exe, variables or {}, request.get("packages", ())),
    )  # fmt: skip
    if variables is None:
        what = f"environment of {who.name} may not be read by this user"
        stream.problem(
            NAME, f"/proc/{pid}/environ", what, "denied", "run the audit as root or as the user of the process"
        )
    _place(pid, variables or {}, files or set(), places)


def _core(pid: int) -> str:
    """Largest core file that the process may leave, as the kernel says it; empty where it may not be seen."""
    try:
        found = re.search(rb"^Max core file size\s+(\w+)", read(pid, "limits", 4 * limits.KIB), re.MULTILINE)
    except OSError:
        return ""
    return decode(found.group(1)) if found else ""


def _stat(pid: int) -> Tuple[int, int]:
    """Parent and start in clock ticks since boot; the name may hold anything, so the fields follow the last bracket."""
    fields = read(pid, "stat", limits.KIB).rpartition(b")")[2].split()
    return int(fields[1]), int(fields[19])


def started_at(pid: int, boot: Optional[int]) -> Optional[float]:
    """When a process started, in seconds since 1970; to be held exact to about two seconds."""
    try:
        return None if boot is None else boot + _stat(pid)[1] / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None


def is_kernel(pid: int) -> bool:
    """Whether this is a thread of the kernel (PF_KTHREAD), which holds no files."""
    try:
        return bool(int(read(pid, "stat", limits.KIB).rpartition(b")")[2].split()[6]) & 0x00200000)
    except (OSError, ValueError, IndexError):
        return False


def _environment(pid: int) -> Optional[Dict[str, str]]:
    try:
        data = read(pid, "environ", limits.ENVIRONMENT)
    except PermissionError:
        return None
    return dict(decode(part).split("=", 1) for part in data.split(b"\0") if b"=" in part)


def _place(pid: int, variables: Dict[str, str], files: Set[str], places: Places) -> None:
    """Add where this process keeps models and its home: through its root where that is another one."""
    root = _link(pid, "root")
    try:
        foreign = os.stat(f"/proc/{pid}/ns/mnt").st_ino != os.stat("/proc/self/ns/mnt").st_ino or root not in ("/", "")
    except OSError:
        return
    prefix = f"/proc/{pid}/root" if foreign else ""
    named = {variables[name] + below for name, below in STORES.items() if variables.get(name, "").startswith("/")}
    held = {os.path.dirname(path) for path in files if not path.endswith(" (deleted)")}
    places.models.update(prefix + place for place in named | {_store_of(folder) for folder in held} if place != "/")
    if variables.get("HOME", "").startswith("/"):
        places.homes.add(prefix + variables["HOME"])
    if variables.get("XDG_CONFIG_HOME", "").startswith("/"):
        places.configs.add(prefix + variables["XDG_CONFIG_HOME"])


def _store_of(folder: str) -> str:
    """The folder of a model or store, from the folder of one of its files."""
    for mark in ("/blobs", "/snapshots/"):
        at = folder.find(mark)
        if at > 0:
            return folder[:at]
    return folder
