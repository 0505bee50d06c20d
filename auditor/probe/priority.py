"""Steps back behind what the host is there for: lowest CPU and I/O priority, as far as the system lets."""

import contextlib
import ctypes
import os
import platform

_IOPRIO_SET = {"x86_64": 251, "aarch64": 30, "ppc64le": 273, "s390x": 282, "riscv64": 30}
_WHO_PROCESS = 1
_IDLE = 3 << 13


def lower() -> None:
    """Lower both; what is not possible stays as it is."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(19)
    number = _IOPRIO_SET.get(platform.machine())
    if number is not None:
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).syscall(number, _WHO_PROCESS, 0, _IDLE)
