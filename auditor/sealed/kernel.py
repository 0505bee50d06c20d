"""The kernel's calls that a box is made of: namespaces, mounts, rights, and a filter of calls. Linux 5.12 for all.

Raises OSError with the name of the call.
"""

import ctypes
import os
import platform
import signal
import struct

NEW_NS, NEW_UTS, NEW_IPC, NEW_USER, NEW_PID, NEW_NET = (
    0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
RDONLY, NOSUID, NODEV, BIND, REC, PRIVATE = 1, 2, 4, 4096, 16384, 1 << 18
_PDEATHSIG, _SECCOMP, _CAPBSET_DROP, _NO_NEW_PRIVS = 1, 22, 24, 38
_MOUNT_SETATTR, _RECURSIVE, _HERE, _ATTR_RDONLY = 442, 0x8000, -100, 1
_SOCKET = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""Machine → number of the architecture in a filter, number of socket(2)."""
_IO_URING_SETUP = 425
FAMILIES = (1, 2, 10, 16, 17, 38)
"""Local, IPv4, IPv6, netlink, packet, cryptography: sockets that a network namespace holds or that go nowhere."""
KEPT_RIGHTS = frozenset({0, 1, 2, 3, 4, 5, 6, 7, 10, 13, 14, 18, 23, 24})
"""Of a server that runs as root: what it may need over files, users, ports and priorities; nothing over its walls."""

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, call: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Leave these namespaces for new ones."""
    _check(_libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """Mount."""
    _check(
        _libc.mount(os.fsencode(source), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), data.encode()),
        f"mount {target}",
    )


def bind(source: str, target: str, *, below: bool = False) -> None:
    """Let a file or folder be seen at another place, too."""
    mount(source, target, flags=BIND | (REC if below else 0))


def freeze(path: str) -> None:
    """Make everything under a path read-only."""
    attributes = struct.pack("=QQQQ", _ATTR_RDONLY, 0, 0, 0)
    result = _libc.syscall(_MOUNT_SETATTR, _HERE, os.fsencode(path), _RECURSIVE, attributes, ctypes.c_size_t(32))
    _check(result, "mount_setattr")


def die_with_parent(parent: int) -> None:
    """Be killed when the parent ends, however it ends; at once where it has already."""
    _check(_libc.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def drop_rights() -> None:
    """Give up what would let a process change its own walls; what it starts cannot get it back."""
    for right in range(64):
        if right not in KEPT_RIGHTS and _libc.prctl(_CAPBSET_DROP, right, 0, 0, 0) < 0:
            break
    _check(_libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")


def filter_sockets() -> bool:
    """Forbid sockets that no network namespace holds (to a hypervisor, Bluetooth, ...), and io_uring, which could make
    them unseen. False where this machine's numbers are not known."""
    known = _SOCKET.get(platform.machine())
    if known is None:
        return False
    architecture, call = known
    allowed = len(FAMILIES)
    # Classic BPF (seccomp(2)): code, jump if true, jump if false, value.
    code = [
        (0x20, 0, 0, 4), (0x15, 1, 0, architecture), (0x06, 0, 0, 0x00050000 | 1),
        (0x20, 0, 0, 0),
        (0x35, 0, 1, 0x40000000), (0x06, 0, 0, 0x00050000 | 38),
        (0x15, 0, 1, _IO_URING_SETUP), (0x06, 0, 0, 0x00050000 | 1),
        (0x15, 0, allowed + 2, call), (0x20, 0, 0, 16),
        *((0x15, allowed - place, 0, family) for place, family in enumerate(FAMILIES)),
        (0x06, 0, 0, 0x00050000 | 97), (0x06, 0, 0, 0x7FFF0000),
    ]  # fmt: skip
    packed = b"".join(struct.pack("=HBBI", *step) for step in code)
    buffer = ctypes.create_string_buffer(packed)
    program = struct.pack("@HP", len(code), ctypes.addressof(buffer))
    _check(_libc.prctl(_SECCOMP, 2, program, 0, 0), "seccomp")
    return True


def detach(path: str) -> None:
    """Take a mount away, at the latest when nobody uses it any more."""
    _check(_libc.umount2(os.fsencode(path), 2), f"umount {path}")
