"""The collector ``gpus``: what the driver says of its accelerators, and what stands on the PCI bus."""

import os
import re
import select
import shutil
import subprocess
import time
from typing import Any, Dict, Optional, Tuple

from . import driver, drm, limits, nvml
from .stream import Stream
from .text import decode
from .text import path as shown
from .walk import explain, read_regular

NAME = "gpus"
_PCI = "/sys/bus/pci/devices"
_PATH = (
    "/usr/bin",
    "/bin",
    "/usr/local/bin",
    "/usr/local/nvidia/bin",
    "/opt/bin",
    "/usr/lib/wsl/lib",
    "/run/nvidia/driver/usr/bin",
)
_CLASSES = ("03", "12")
"""Display controllers and processing accelerators."""
_NVIDIA = "10de"


def collect(stream: Stream, request: Dict[str, Any]) -> None:
    """Report PCI devices, the output of ``nvidia-smi -q -x``, what NVML says, and the driver as files."""
    nvidia, seconds = _pci(stream), float(request.get("seconds") or 20)
    _smi(stream, str(request.get("nvidia_smi") or "nvidia-smi"), seconds, nvidia)
    driver.report(stream, nvml.report(stream, seconds, nvidia))


def _pci(stream: Stream) -> bool:
    nvidia = False
    try:
        devices = sorted(os.listdir(_PCI))
    except OSError as error:
        stream.problem(NAME, _PCI, *explain(error))
        return False
    for bus in devices:
        folder = os.path.join(_PCI, bus)
        try:
            kind = _hex(folder, "class")[-6:].rjust(6, "0")
            if kind[:2] not in _CLASSES:
                continue
            vendor, device = _hex(folder, "vendor"), _hex(folder, "device")
            subsystem = f"{_hex(folder, 'subsystem_vendor')}:{_hex(folder, 'subsystem_device')}"
            link = os.path.join(folder, "driver")
            driver = os.path.basename(os.readlink(link)) if os.path.islink(link) else ""
        except OSError as error:
            stream.problem(NAME, folder, *explain(error))
            continue
        nvidia = nvidia or vendor == _NVIDIA
        fields = {
            "bus": bus,
            "vendor": vendor,
            "device": device,
            "subsystem": subsystem,
            "class": kind,
            "driver": driver,
        }
        stream.record(NAME, "pci", folder, "sysfs", **fields)
        drm.report(stream, folder, bus, vendor)
    return nvidia


def _hex(folder: str, name: str) -> str:
    text = read_regular(os.path.join(folder, name), 64).decode("ascii", "replace").strip()
    return text[2:].lower() if re.match(r"^0x[0-9a-fA-F]+$", text) else ""


def _smi(stream: Stream, name: str, seconds: float, nvidia: bool) -> None:
    program = find(name)
    if program is None:
        what = "is not installed; an NVIDIA device is on the PCI bus" if nvidia else "is not installed"
        stream.problem(NAME, name, what, "absent", "install the driver's tools if there are NVIDIA GPUs", lost=nvidia)
        return
    try:
        code, output, said = run([program, "-q", "-x"], seconds, stream)
    except OSError as error:
        stream.problem(NAME, shown(program), *explain(error), lost=True)
        return
    if code is None:
        stream.problem(
            NAME, shown(program), f"did not answer in {seconds:g} seconds", "error", "is the driver stuck? see dmesg"
        )
    elif code:
        words = " ".join((output + b" " + said)[:400].decode("utf-8", "replace").split())
        stream.problem(NAME, shown(program), f"ended with {code}: {words}", "error", lost=True)
    else:
        stream.record(NAME, "nvidia-smi", f"{shown(program)} -q -x", "command", text=decode(output))


def find(name: str) -> Optional[str]:
    """Where a program of the host is; None where it is not installed."""
    if os.path.isabs(name):
        return name if os.path.exists(name) else None
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *_PATH]))


def run(command: "list[str]", seconds: float, stream: Stream) -> Tuple[Optional[int], bytes, bytes]:
    """Exit code (None: it took too long or was cancelled) and bounded output. Raises OSError."""
    environment = {"PATH": os.pathsep.join(_PATH), "LC_ALL": "C"}
    if command[0].startswith("/usr/local/nvidia/"):
        # Where the driver is mounted into a container, its libraries are not in the loader's cache.
        environment["LD_LIBRARY_PATH"] = "/usr/local/nvidia/lib64"
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, env=environment, cwd="/"
    ) as child:
        if child.stdout is None or child.stderr is None:
            raise OSError("no pipes to the program")
        ends, got = time.monotonic() + seconds, {child.stdout.fileno(): b"", child.stderr.fileno(): b""}
        waiting = list(got)
        while waiting:
            if time.monotonic() > ends or stream.cancelled.is_set():
                child.kill()
                return None, b"", b""
            for descriptor in select.select(waiting, [], [], 0.1)[0]:
                data = os.read(descriptor, 64 * limits.KIB)
                if not data:
                    waiting.remove(descriptor)
                elif len(got[descriptor]) < limits.COMMAND_OUTPUT:
                    got[descriptor] += data
        output, said = got.values()
        try:
            return child.wait(max(0.1, ends - time.monotonic())), output, said
        except subprocess.TimeoutExpired:
            child.kill()
            return None, output, said
