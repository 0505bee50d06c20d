"""Asks NVIDIA's management library (NVML), each question by itself, in a process of its own: a call can hang or crash.

This text runs alone: its source is sent to a child, which reads one line of JSON (``{"skip": [function, ...]}``) and
writes lines of JSON: ``{"asking": function}`` before each call, then ``{"at", "field", "value", "status", "note",
"call"}``. ``at`` is the index of a GPU, or ``system``. Nothing is ever set. Needs nothing but the standard library.
"""

import ctypes
import json
import os
import re
import sys
from typing import Any, Callable, Dict, List, Optional, Union

LIBRARY = "libnvidia-ml.so.1"
MOST_GPUS = 128
MOST_PROCESSES = 1024
MOST_LINKS = 18
_NOT_TOLD = 2**64 - 1
"""How NVML writes an amount of memory that it does not know."""
_STATUS = {3: "unsupported", 4: "denied", 6: "absent", 13: "unsupported", 25: "unsupported"}
"""Codes of nvmlReturn_t; all others are errors."""

_TEXTS = (
    ("name", "nvmlDeviceGetName", 96),
    ("uuid", "nvmlDeviceGetUUID", 96),
    ("serial", "nvmlDeviceGetSerial", 64),
    ("board_part_number", "nvmlDeviceGetBoardPartNumber", 80),
    ("vbios", "nvmlDeviceGetVbiosVersion", 64),
    ("inforom_image", "nvmlDeviceGetInforomImageVersion", 64),
)
_NUMBERS = (
    ("minor_number", "nvmlDeviceGetMinorNumber"),
    ("architecture", "nvmlDeviceGetArchitecture"),
    ("brand", "nvmlDeviceGetBrand"),
    ("virtualisation", "nvmlDeviceGetVirtualizationMode"),
    ("power_limit_mw", "nvmlDeviceGetPowerManagementLimit"),
    ("power_limit_enforced_mw", "nvmlDeviceGetEnforcedPowerLimit"),
    ("power_limit_default_mw", "nvmlDeviceGetPowerManagementDefaultLimit"),
    ("link_generation", "nvmlDeviceGetCurrPcieLinkGeneration"),
    ("link_generation_most", "nvmlDeviceGetMaxPcieLinkGeneration"),
    ("link_width", "nvmlDeviceGetCurrPcieLinkWidth"),
    ("link_width_most", "nvmlDeviceGetMaxPcieLinkWidth"),
    ("retired_pages_pending", "nvmlDeviceGetRetiredPagesPendingStatus"),
)


class _Memory(ctypes.Structure):
    _fields_ = [("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong)]


class _Pci(ctypes.Structure):
    _fields_ = [
        ("legacy", ctypes.c_char * 16),
        ("domain", ctypes.c_uint),
        ("bus", ctypes.c_uint),
        ("device", ctypes.c_uint),
        ("id", ctypes.c_uint),
        ("subsystem", ctypes.c_uint),
        ("name", ctypes.c_char * 32),
    ]


class _Process(ctypes.Structure):
    _fields_ = [
        ("pid", ctypes.c_uint),
        ("used", ctypes.c_ulonglong),
        ("instance", ctypes.c_uint),
        ("compute", ctypes.c_uint),
    ]


class _Confidential(ctypes.Structure):
    _fields_ = [("environment", ctypes.c_uint), ("feature", ctypes.c_uint), ("tools", ctypes.c_uint)]


class _Refused(Exception):
    """The library gave no value: the status of the fact, and why."""

    def __init__(self, status: str, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class _Teller:
    """Calls functions and writes what they say."""

    def __init__(self, library: Any, out: Any, skip: "List[str]") -> None:
        self._library = library
        self._out = out
        self._skip = frozenset(skip)

    def write(self, **line: Any) -> None:
        self._out.write((json.dumps(line) + "\n").encode("ascii"))
        self._out.flush()

    def call(self, function: str, *arguments: Any) -> None:
        """Raises _Refused unless it succeeds."""
        if function in self._skip:
            raise _Refused("error", f"{function} did not come back")
        try:
            entry = getattr(self._library, function)
        except AttributeError:
            raise _Refused("unsupported", f"the library has no {function}") from None
        self.write(asking=function)
        entry.restype = ctypes.c_int
        code = entry(*arguments)
        if code:
            raise _Refused(_STATUS.get(code, "error"), f"{function} answered {code}{self._words(code)}")

    def _words(self, code: int) -> str:
        try:
            entry = self._library.nvmlErrorString
            entry.restype = ctypes.c_char_p
            text = entry(code) or b""
        except AttributeError:
            return ""
        return f" ({text[:80].decode('ascii', 'replace')})"

    def field(self, at: Union[int, str], name: str, function: str, read: Callable[[], Any]) -> Any:
        """Tell one field; gives its value, None without one."""
        try:
            value = read()
        except _Refused as error:
            self.write(at=at, field=name, value=None, status=error.status, note=error.why, call=function)
            return None
        self.write(at=at, field=name, value=value, status="observed", note="", call=function)
        return value

    def text(self, function: str, length: int, *before: Any) -> str:
        buffer = ctypes.create_string_buffer(length)
        self.call(function, *before, buffer, ctypes.c_uint(length))
        return buffer.value.decode("utf-8", "replace")

    def number(self, function: str, *before: Any, kind: Any = ctypes.c_uint) -> int:
        value = kind()
        self.call(function, *before, ctypes.byref(value))
        return int(value.value)


def _system(tell: _Teller) -> None:
    for name, function in (("driver", "nvmlSystemGetDriverVersion"), ("nvml", "nvmlSystemGetNVMLVersion")):
        tell.field("system", name, function, lambda function=function: tell.text(function, 96))  # type: ignore[misc]

    def cuda() -> str:
        number = tell.number("nvmlSystemGetCudaDriverVersion_v2", kind=ctypes.c_int)
        return f"{number // 1000}.{number % 1000 // 10}"

    tell.field("system", "cuda", "nvmlSystemGetCudaDriverVersion_v2", cuda)

    def confidential() -> str:
        state = _Confidential()
        tell.call("nvmlSystemGetConfComputeState", ctypes.byref(state))
        mode = "on" if state.feature else "off"
        return mode + (" (development tools permitted)" if state.feature and state.tools else "")

    tell.field("system", "confidential_computing", "nvmlSystemGetConfComputeState", confidential)


def _device(tell: _Teller, at: int, handle: ctypes.c_void_p) -> None:
    def ask(name: str, function: str, read: Callable[[], Any]) -> Any:
        return tell.field(at, name, function, read)

    def pci() -> Dict[str, Any]:
        found = _Pci()
        tell.call("nvmlDeviceGetPciInfo_v3", handle, ctypes.byref(found))
        return {"bus": found.name.decode("ascii", "replace"), "id": found.id, "subsystem": found.subsystem}

    ask("pci", "nvmlDeviceGetPciInfo_v3", pci)
    for name, function, length in _TEXTS:
        ask(name, function, lambda f=function, n=length: tell.text(f, n, handle))  # type: ignore[misc]

    def firmware() -> str:
        buffer = ctypes.create_string_buffer(96)
        tell.call("nvmlDeviceGetGspFirmwareVersion", handle, buffer)
        return buffer.value.decode("utf-8", "replace")

    ask("gsp_firmware", "nvmlDeviceGetGspFirmwareVersion", firmware)
    memory = _Memory()

    def total() -> int:
        tell.call("nvmlDeviceGetMemoryInfo", handle, ctypes.byref(memory))
        return int(memory.total)

    if ask("memory_total", "nvmlDeviceGetMemoryInfo", total) is not None:
        ask("memory_used", "nvmlDeviceGetMemoryInfo", lambda: int(memory.used))
    _modes(tell, at, handle)
    for name, function in _NUMBERS:
        ask(name, function, lambda f=function: tell.number(f, handle))  # type: ignore[misc]

    def limits() -> str:
        least, most = ctypes.c_uint(), ctypes.c_uint()
        name = "nvmlDeviceGetPowerManagementLimitConstraints"
        tell.call(name, handle, ctypes.byref(least), ctypes.byref(most))
        return f"{least.value}-{most.value}"

    ask("power_limits_mw", "nvmlDeviceGetPowerManagementLimitConstraints", limits)
    _health(tell, at, handle)
    _links(tell, at, handle)
    ask("processes", "nvmlDeviceGetComputeRunningProcesses_v3", lambda: _processes(tell, handle))


def _modes(tell: _Teller, at: int, handle: ctypes.c_void_p) -> None:
    for now, later, function in (
        ("ecc", "ecc_pending", "nvmlDeviceGetEccMode"),
        ("mig", "mig_pending", "nvmlDeviceGetMigMode"),
    ):
        current, pending = ctypes.c_uint(), ctypes.c_uint()

        def mode(f: str = function, a: ctypes.c_uint = current, b: ctypes.c_uint = pending) -> str:
            tell.call(f, handle, ctypes.byref(a), ctypes.byref(b))
            return _state(a.value)

        if tell.field(at, now, function, mode) is not None:
            tell.field(at, later, function, lambda b=pending: _state(b.value))  # type: ignore[misc]
    function = "nvmlDeviceGetPersistenceMode"
    tell.field(at, "persistence", function, lambda: _state(tell.number(function, handle)))
    tell.field(at, "mig_devices", "nvmlDeviceGetMigDeviceHandleByIndex", lambda: _instances(tell, handle))


def _instances(tell: _Teller, handle: ctypes.c_void_p) -> "List[str]":
    found = []
    for place in range(min(tell.number("nvmlDeviceGetMaxMigDeviceCount", handle), 64)):
        instance = ctypes.c_void_p()
        try:
            tell.call("nvmlDeviceGetMigDeviceHandleByIndex", handle, ctypes.c_uint(place), ctypes.byref(instance))
            found.append(tell.text("nvmlDeviceGetName", 96, instance))
        except _Refused as error:
            if error.status not in ("absent", "error"):
                raise
    return found


def _health(tell: _Teller, at: int, handle: ctypes.c_void_p) -> None:
    function = "nvmlDeviceGetTotalEccErrors"
    for name, kind in (("ecc_errors_corrected", 0), ("ecc_errors_uncorrected", 1)):

        def errors(kind: int = kind) -> int:
            before = (handle, ctypes.c_uint(kind), ctypes.c_uint(1))
            return tell.number(function, *before, kind=ctypes.c_ulonglong)

        tell.field(at, name, function, errors)

    def remapped() -> Dict[str, int]:
        values = [ctypes.c_uint() for _ in range(4)]
        tell.call("nvmlDeviceGetRemappedRows", handle, *(ctypes.byref(value) for value in values))
        names = ("corrected", "uncorrected", "pending", "failed")
        return {name: int(value.value) for name, value in zip(names, values)}

    tell.field(at, "remapped_rows", "nvmlDeviceGetRemappedRows", remapped)
    for name, cause in (("retired_pages_single", 0), ("retired_pages_double", 1)):

        def pages(cause: int = cause) -> int:
            count = ctypes.c_uint(4096)
            addresses = (ctypes.c_ulonglong * 4096)()
            tell.call("nvmlDeviceGetRetiredPages", handle, ctypes.c_uint(cause), ctypes.byref(count), addresses)
            return int(count.value)

        tell.field(at, name, "nvmlDeviceGetRetiredPages", pages)


def _links(tell: _Teller, at: int, handle: ctypes.c_void_p) -> None:
    def links() -> str:
        states = []
        for link in range(MOST_LINKS):
            try:
                states.append(tell.number("nvmlDeviceGetNvLinkState", handle, ctypes.c_uint(link)))
            except _Refused:
                if not link:
                    raise
                break
        return f"{sum(map(bool, states))} of {len(states)} active"

    tell.field(at, "nvlink", "nvmlDeviceGetNvLinkState", links)


def _processes(tell: _Teller, handle: ctypes.c_void_p) -> "List[Dict[str, Optional[int]]]":
    count, rows = ctypes.c_uint(MOST_PROCESSES), (_Process * MOST_PROCESSES)()
    tell.call("nvmlDeviceGetComputeRunningProcesses_v3", handle, ctypes.byref(count), rows)
    return [
        {"pid": row.pid, "used": None if row.used in (_NOT_TOLD, 0) else row.used}
        for row in rows[: min(count.value, MOST_PROCESSES)]
    ]


def _state(value: int) -> str:
    return {0: "Disabled", 1: "Enabled"}.get(value, str(value))


def mapped(text: str) -> "List[str]":
    """Files of a process's list of mappings that are the library by name, each once."""
    names = re.findall(r"^\S+ \S+ \S+ \S+ \S+ +(/[^\n]*libnvidia-ml[^\n]*)$", text, re.MULTILINE)
    return sorted(set(names))


def main() -> None:
    """Ask all that there is to ask."""
    request = json.loads(sys.stdin.buffer.readline())
    out = os.fdopen(os.dup(1), "wb")
    # What the library itself prints is no answer.
    os.dup2(2, 1)
    library, why = None, ""
    for name in (LIBRARY, *request.get("places", ())):
        try:
            library = ctypes.CDLL(name)
            break
        except OSError as error:
            why = why or str(error)
    tell = _Teller(library, out, request.get("skip", []))
    if library is None:
        tell.write(at="system", field="library", value=None, status="absent", note=why[:300], call="dlopen")
        return
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as file:
        tell.write(at="system", field="library", value=mapped(file.read()), status="observed", note="", call="dlopen")

    def start() -> int:
        tell.call("nvmlInit_v2")
        return tell.number("nvmlDeviceGetCount_v2")

    count = tell.field("system", "count", "nvmlDeviceGetCount_v2", start)
    _system(tell)
    for at in range(min(count or 0, MOST_GPUS)):
        handle = ctypes.c_void_p()
        place = ctypes.c_uint(at)

        def grasp(place: ctypes.c_uint = place, handle: ctypes.c_void_p = handle) -> bool:
            tell.call("nvmlDeviceGetHandleByIndex_v2", place, ctypes.byref(handle))
            return True

        if tell.field(at, "handle", "nvmlDeviceGetHandleByIndex_v2", grasp):
            _device(tell, at, handle)
    tell.write(at="system", field="end", value=True, status="observed", note="", call="")


if __name__ == "__probe__":
    main()
