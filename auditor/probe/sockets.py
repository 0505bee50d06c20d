"""The kernel's tables of TCP and UDP sockets, for every network namespace that can be reached, and their owners."""

import os
import socket
import struct
import sys
from typing import Dict, Iterator, List, NamedTuple, Set, Tuple

from . import limits
from .processes import is_kernel, pids

PROTOCOLS = ("tcp", "tcp6", "udp", "udp6")
SYN_SENT, SYN_RECV, TIME_WAIT, LISTEN, NEW_SYN_RECV = "02", "03", "06", "0A", "0C"
WILDCARDS = ("0.0.0.0", "::")
_FIRST = {"pid": 0xEFFFFFFC, "cgroup": 0xEFFFFFFB}
"""Inodes of the first namespaces of a system (linux/nsfs.h)."""
_MAPPED = b"\0" * 10 + b"\xff\xff"


class Socket(NamedTuple):
    """One row of a table. ``proto`` is that of the addresses: IPv4 inside an IPv6 socket is ``tcp``."""

    proto: str
    address: str
    port: int
    remote: str
    remote_port: int
    state: str
    uid: int
    inode: int

    @property
    def listens(self) -> bool:
        """Accepts from anybody: TCP in LISTEN, UDP without a remote side."""
        return self.state == LISTEN if self.proto.startswith("tcp") else self.remote_port == 0


_addresses: Dict[str, Tuple[str, bool]] = {}


def address(text: str) -> Tuple[str, bool]:
    """The address of a table's hexadecimal form, and whether it is IPv4 (mapped or plain). Raises ValueError."""
    known = _addresses.get(text)
    if known:
        return known
    words = bytes.fromhex(text)
    if len(words) not in (4, 16):
        raise ValueError("not an address")
    # The kernel prints 32-bit words in the byte order of the machine.
    order = "<" if sys.byteorder == "little" else ">"
    data = b"".join(struct.pack(">I", word) for word in struct.unpack(f"{order}{len(words) // 4}I", words))
    if len(data) == 16 and data.startswith(_MAPPED):
        data = data[12:]
    family = socket.AF_INET if len(data) == 4 else socket.AF_INET6
    if len(_addresses) > 100_000:
        _addresses.clear()
    found = _addresses[text] = (socket.inet_ntop(family, data), len(data) == 4)
    return found


def parse(proto: str, table: str) -> Iterator[Socket]:
    """The rows of ``/proc/net/<proto>``; rows of another form are passed over."""
    for line in table.split("\n")[1:]:
        fields = line.split()
        try:
            local, _, port = fields[1].partition(":")
            remote, _, remote_port = fields[2].partition(":")
            here, four = address(local)
            there = address(remote)[0]
            name = proto[:3] if four and here not in WILDCARDS else proto
            yield Socket(
                name, here, int(port, 16), there, int(remote_port, 16), fields[3], int(fields[7]), int(fields[9])
            )
        except (IndexError, ValueError):
            continue


def table(pid: int, proto: str) -> List[Socket]:
    """The sockets of the namespace of this process. Raises OSError."""
    parts, size = [], 0
    descriptor = os.open(f"/proc/{pid}/net/{proto}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        while size < limits.SOCKET_TABLE:
            part = os.read(descriptor, limits.MIB)
            if not part:
                break
            parts.append(part)
            size += len(part)
    finally:
        os.close(descriptor)
    return list(parse(proto, b"".join(parts).decode("ascii", "replace")))


def apart(name: str) -> bool:
    """Whether this process is in another namespace than the host's own, ``pid`` or ``cgroup``. Raises OSError."""
    return os.stat(f"/proc/self/ns/{name}").st_ino != _FIRST[name]


def namespaces() -> Tuple[Dict[int, List[int]], int]:
    """Processes by network namespace, and how many processes' namespace may not be seen."""
    own = os.stat("/proc/self/ns/net").st_ino
    found: Dict[int, List[int]] = {own: [os.getpid()]}
    hidden = 0
    for pid in pids():
        try:
            found.setdefault(os.stat(f"/proc/{pid}/ns/net").st_ino, []).append(pid)
        except PermissionError:
            hidden += not is_kernel(pid)
        except OSError:
            continue
    return found, hidden


def owners(wanted: Set[int]) -> Dict[int, int]:
    """Processes by inode of the socket that they hold; of several, the one with the lowest number."""
    found: Dict[int, int] = {}
    for pid in pids():
        try:
            for descriptor in os.scandir(f"/proc/{pid}/fd"):
                try:
                    target = os.readlink(descriptor.path)
                except OSError:
                    continue
                if target.startswith("socket:["):
                    inode = int(target[8:-1])
                    if inode in wanted:
                        found.setdefault(inode, pid)
        except OSError:
            continue
        if len(found) == len(wanted):
            break
    return found
