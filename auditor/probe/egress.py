"""Watches, by programs on the root control group, who connects and sends where: tier A.

The programs look at connect(2), sendmsg(2) of unconnected UDP sockets, the making of raw and other unusual sockets,
and at TCP connections that come to be. They allow everything, change nothing and only report; they hold for all
control groups and network namespaces. Needs CAP_BPF and CAP_NET_ADMIN (or root), control groups v2 and Linux 5.8.
"""

import contextlib
import errno
import os
import re
import socket
import struct
import threading
import time
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from . import bpf, limits, volume
from .processes import Identity, container_of, identity
from .sockets import apart
from .text import decode
from .unavailable import Unavailable

CONNECT4, CONNECT6, SEND4, SEND6, CREATE, ESTABLISHED = 10, 11, 14, 15, 2, 3
"""What an event tells; the numbers are those of the kernel's attach types."""
_SOCK, _SOCK_OPS, _SOCK_ADDR = 9, 13, 18
_KINDS = {CONNECT4: _SOCK_ADDR, CONNECT6: _SOCK_ADDR, SEND4: _SOCK_ADDR, SEND6: _SOCK_ADDR, CREATE: _SOCK,
          ESTABLISHED: _SOCK_OPS}  # fmt: skip
NAMES = {CONNECT4: "connect4", CONNECT6: "connect6", SEND4: "sendmsg4", SEND6: "sendmsg6"}
PROTOCOLS = {6: "tcp", 17: "udp", 262: "mptcp", 1: "icmp", 58: "icmp", 132: "sctp", 136: "udplite"}
_ACTIVE_ESTABLISHED = 4
_TAKE_EVERY = 1.0

# Helpers of the kernel.
_KTIME, _PID, _UID, _COMM, _COOKIE, _CGROUP, _OUTPUT = 5, 14, 15, 16, 46, 80, 130

_EVENT = struct.Struct("=QQQQQ16s16sIIIIII16s")
SIZE = _EVENT.size
_MAPS = 3
"""Descriptors that are no programs: the group, what is lost, the sums of bytes."""
MOUNTS = "/proc/self/mountinfo"
_MAPPED = b"\0" * 10 + b"\xff\xff"


class Event(NamedTuple):
    """One thing that a program reported. ``moment`` is of the monotonic clock, in seconds."""

    kind: int
    pid: int
    uid: int
    moment: float
    cgroup: int
    cookie: int
    """Of the socket, unique while the system runs."""
    proto: str
    address: str
    port: int
    source: str
    source_port: int
    comm: str


class Egress:
    """What one socket did with one destination."""

    __slots__ = ("bytes_in", "bytes_out", "comm", "count", "established", "first", "folded", "kind", "last", "owner",
                 "pid", "source", "source_port", "space", "uid")  # fmt: skip

    def __init__(self, event: Event) -> None:
        self.kind, self.pid, self.uid, self.comm = event.kind, event.pid, event.uid, event.comm
        self.first = self.last = event.moment
        self.count = 0
        self.established = self.folded = False
        self.source, self.source_port = "", 0
        self.owner: Optional[Identity] = None
        self.space: Optional[int] = None
        self.bytes_out: Optional[int] = None
        """Of IP packets; None until they are settled."""
        self.bytes_in: Optional[int] = None


Key = Tuple[str, str, int, int]
"""Protocol, address, port, and the cookie of the socket; below zero: all sockets of the process of that number."""


def program(kind: int, ring: int, lost: int) -> bytes:
    """The program for this kind of event, which writes to ``ring`` and counts in ``lost`` what found no room."""
    base = -SIZE
    code: bpf.Code = [bpf.move(bpf.R6, bpf.R1)]
    if kind == CREATE:
        code.append(bpf.load_word(bpf.R1, bpf.R6, 12))
        code += [bpf.jump_if(bpf.R1, number, "out") for number in (6, 17, 262)]
    if kind == ESTABLISHED:
        code += [bpf.load_word(bpf.R1, bpf.R6, 0), bpf.jump_unless(bpf.R1, _ACTIVE_ESTABLISHED, "out")]
    code += [bpf.clear_double(bpf.FRAME, base + offset) for offset in range(0, SIZE, 8)]
    code += [bpf.call(_KTIME), bpf.store_double(bpf.FRAME, base + 16, bpf.R0)]
    if kind != ESTABLISHED:
        # Connections come to be in whatever context the packet arrived; only the others are in the caller's.
        for helper, offset in ((_PID, 0), (_UID, 8), (_CGROUP, 24)):
            code += [bpf.call(helper), bpf.store_double(bpf.FRAME, base + offset, bpf.R0)]
        code += [bpf.move(bpf.R1, bpf.FRAME), bpf.add(bpf.R1, base + 96), bpf.put(bpf.R2, 16), bpf.call(_COMM)]
    code += [bpf.move(bpf.R1, bpf.R6), bpf.call(_COOKIE), bpf.store_double(bpf.FRAME, base + 32, bpf.R0)]
    for there, here in _FIELDS[kind]:
        code += [bpf.load_word(bpf.R1, bpf.R6, there), bpf.store_word(bpf.FRAME, base + here, bpf.R1)]
    code += [bpf.put(bpf.R1, kind), bpf.store_word(bpf.FRAME, base + 80, bpf.R1)]
    code += [
        *bpf.address_of_map(bpf.R1, ring), bpf.move(bpf.R2, bpf.FRAME), bpf.add(bpf.R2, base),
        bpf.put(bpf.R3, SIZE), bpf.put(bpf.R4, 0), bpf.call(_OUTPUT), bpf.jump_if(bpf.R0, 0, "out"),
        *bpf.count_up(lost), "out", bpf.put(bpf.R0, 1), bpf.leave(),
    ]  # fmt: skip
    return bpf.assemble(code)


def _address(first: int, count: int, here: int) -> List[Tuple[int, int]]:
    return [(first + 4 * word, here + 4 * word) for word in range(count)]


_FIELDS: Dict[int, List[Tuple[int, int]]] = {
    # Of struct bpf_sock_addr: address, port, family, protocol.
    CONNECT4: [*_address(4, 1, 40), (24, 72), (28, 84), (36, 88)],
    CONNECT6: [*_address(8, 4, 40), (24, 72), (28, 84), (36, 88)],
    SEND4: [*_address(4, 1, 40), (24, 72), (28, 84), (36, 88)],
    SEND6: [*_address(8, 4, 40), (24, 72), (28, 84), (36, 88)],
    # Of struct bpf_sock: family, protocol.
    CREATE: [(4, 84), (12, 88)],
    # Of struct bpf_sock_ops: local addresses, local port, family. The remote side is known from connect.
    ESTABLISHED: [(28, 40), *_address(48, 4, 56), (68, 76), (20, 84)],
}
"""Words of the kernel's structures, and where they go in the event."""


def parse(data: bytes) -> Optional[Event]:
    """The event of a report; None where it has another form."""
    if len(data) != SIZE:
        return None
    fields = _EVENT.unpack(data)
    task, user, moment, cgroup, cookie, first, second, port, local, kind, family, number, _, comm = fields
    if kind not in _KINDS:
        return None
    wide = kind in (CONNECT6, SEND6)
    address, source, proto = "", "", PROTOCOLS.get(number, f"ip-{number}")
    if kind == ESTABLISHED:
        source = _text(second, True) if family == socket.AF_INET6 else _text(first, False)
        proto = "tcp"
    elif kind != CREATE:
        address = _text(first, wide)
        proto += "6" if ":" in address and number in PROTOCOLS else ""
    return Event(
        kind=kind, pid=task >> 32, uid=user & 0xFFFFFFFF, moment=moment / 1e9, cgroup=cgroup, cookie=cookie,
        proto=proto, address=address, port=socket.ntohs(port & 0xFFFF), source=source, source_port=local & 0xFFFF,
        comm=decode(comm.split(b"\0")[0]),
    )  # fmt: skip


def _text(data: bytes, wide: bool) -> str:
    if wide and not data.startswith(_MAPPED):
        return socket.inet_ntop(socket.AF_INET6, data)
    return socket.inet_ntop(socket.AF_INET, data[12:] if wide else data[:4])


def root() -> str:
    """Where the root of control groups v2 is mounted. Raises Unavailable."""
    with open(MOUNTS, encoding="utf-8", errors="surrogateescape") as table:
        for line in table:
            left, _, right = line.partition(" - ")
            if right.startswith("cgroup2 ") and left.split()[3] == "/":
                return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), left.split()[4])
    raise Unavailable("control groups v2 are not mounted here", "unsupported", "mount cgroup2, or use polling")


def whole() -> None:
    """Make sure that the first namespaces are seen: in a container only a part is. Raises Unavailable."""
    for name in ("pid", "cgroup"):
        if apart(name):
            what = f"the audit runs in a {name} namespace of its own, not in that of the host"
            raise Unavailable(what, "unsupported", "run the audit on the host itself, not in a container")


class Watcher:
    """The programs at work, and what they reported; ``close`` detaches them, as does the end of the process."""

    def __init__(self, cgroup: str = "", size: int = limits.EVENT_RING) -> None:
        self.flows: Dict[Key, Egress] = {}
        self.unusual: Dict[Tuple[str, str, int], int] = {}
        """Protocol, name and process of raw and other sockets, and how many they made."""
        self.over = self.unread = 0
        self.makers: Dict[int, Egress] = {}
        """Of raw and other unusual sockets, by their cookie."""
        self.folded: Dict[int, Key] = {}
        """Sockets that are told together with others, by their cookie."""
        self._open: Dict[int, Egress] = {}
        self._known: Dict[Tuple[int, str], Tuple[Identity, Optional[int]]] = {}
        self._groups: Dict[int, str] = {}
        self._descriptors: List[int] = []
        self._done = threading.Event()
        self._total = 0
        self.cgroup = cgroup or root()
        if not cgroup:
            whole()
        self._attach(size)
        self._thread = threading.Thread(target=self._run, name="egress", daemon=True)
        self._thread.start()

    def _attach(self, size: int) -> None:
        bpf.allow_locked_memory()
        step = "a ring buffer"
        try:
            group = os.open(self.cgroup, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            self._descriptors.append(group)
            self._lost = bpf.Counter()
            self._descriptors.append(self._lost.descriptor)
            self._ring = bpf.Ring(size)
            step = "the sums of bytes"
            self.volumes = volume.Volumes()
            self._descriptors.append(self.volumes.descriptor)
            for attach in (volume.INGRESS, volume.EGRESS):
                code = volume.program(attach, self.volumes.descriptor, self._lost.descriptor)
                self._install(code, volume.KIND, attach, group)
            # Establishment first: a connection must not come to be unseen between two attachments.
            for kind in (ESTABLISHED, CREATE, SEND6, SEND4, CONNECT6, CONNECT4):
                step = f"the program {NAMES.get(kind, str(kind))}"
                code = program(kind, self._ring.descriptor, self._lost.descriptor)
                self._install(code, _KINDS[kind], kind, group)
        except OSError as error:
            self._release()
            raise unavailable(error, step) from error

    def _install(self, code: bytes, kind: int, attach: int, group: int) -> None:
        loaded = bpf.load(code, kind, attach, "auditor_watch")
        self._descriptors.append(loaded)
        self._descriptors.append(bpf.link(loaded, group, attach))

    def _run(self) -> None:
        taken = time.monotonic()
        while not self._done.is_set():
            self._ring.wait(0.1)
            self._drain()
            if time.monotonic() - taken >= _TAKE_EVERY:
                taken = time.monotonic()
                self._take()

    def _take(self) -> None:
        try:
            self.volumes.take()
        except OSError:
            self.unread += 1

    def _drain(self) -> None:
        for data in self._ring.read():
            try:
                event = parse(data)
                if event is not None:
                    self.note(event)
            except Exception:
                # One report that could not be taken in is a lost one; it must not end the watch unnoticed.
                event = None
            if event is None:
                self.unread += 1

    def note(self, event: Event) -> None:
        """Take one event in."""
        if event.kind == ESTABLISHED:
            opened = self._open.pop(event.cookie, None)
            if opened is not None:
                opened.established, opened.last = True, max(opened.last, event.moment)
                if not opened.folded:
                    opened.source, opened.source_port = event.source, event.source_port
            return
        if event.kind == CREATE:
            self._make(event)
            unusual = (event.proto, event.comm, event.pid)
            if unusual in self.unusual or len(self.unusual) < limits.UNUSUAL_SOCKETS:
                self.unusual[unusual] = self.unusual.get(unusual, 0) + 1
            else:
                self.over += 1
            return
        key = (event.proto, event.address, event.port, event.cookie)
        seen = self.flows.get(key)
        if seen is None and len(self.flows) >= limits.FLOWS // 2:
            # A long watch of a busy host: no destination must be lost among the many connections to another.
            key = (*key[:3], -event.pid)
            seen = self.flows.get(key)
        if seen is None:
            if len(self.flows) >= limits.FLOWS:
                self.over += 1
                return
            seen = self.flows[key] = Egress(event)
            seen.owner, seen.space = self._who(event)
            seen.folded = key[3] < 0
        if seen.folded and len(self.folded) < 4 * limits.FLOWS:
            self.folded[event.cookie] = key
        if event.proto in ("tcp", "tcp6"):
            if len(self._open) >= limits.FLOWS:
                del self._open[next(iter(self._open))]
            self._open[event.cookie] = seen
        seen.last = event.moment
        seen.count += 1

    def _make(self, event: Event) -> None:
        if event.cookie and len(self.makers) < limits.FLOWS:
            made = self.makers[event.cookie] = Egress(event)
            made.owner, made.space = self._who(event)

    def _who(self, event: Event) -> Tuple[Identity, Optional[int]]:
        """Who it was, read while it may still run; else by what the kernel told."""
        known = self._known.get((event.pid, event.comm))
        if known is not None:
            return known
        found, space = identity(event.pid), None
        with contextlib.suppress(OSError):
            space = os.stat(f"/proc/{event.pid}/ns/net").st_ino
        # The folder of a process that may not be traced belongs to root, whoever runs it.
        found = found._replace(uid=event.uid)
        if not found.name:
            found = Identity(event.comm, "", event.uid, container_of(self._group(event.cgroup)))
        if len(self._known) >= limits.FLOWS:
            self._known.clear()
        self._known[(event.pid, event.comm)] = found, space
        return found, space

    def _group(self, number: int) -> str:
        """Path of the control group with this number; empty where it is gone."""
        if number not in self._groups and len(self._groups) < limits.FLOWS:
            self._groups.update(_groups(self.cgroup))
            self._groups.setdefault(number, "")
        return self._groups.get(number, "")

    def dropped(self) -> int:
        """Events that found no room in the ring buffer, or could not be read."""
        try:
            return self._lost.read() + self.unread
        except OSError:
            return self.unread + 1

    def close(self) -> int:
        """Detach; gives how many events were lost. What was reported is kept. A second time does nothing."""
        if not self._descriptors:
            return self._total
        self._done.set()
        self._thread.join()
        # Programs first, so that the ring holds all that they ever reported.
        for descriptor in self._descriptors[_MAPS:]:
            os.close(descriptor)
        del self._descriptors[_MAPS:]
        self._drain()
        self._take()
        self._total = self.dropped()
        self._release()
        return self._total

    def _release(self) -> None:
        for descriptor in reversed(self._descriptors):
            os.close(descriptor)
        self._descriptors.clear()
        if hasattr(self, "_ring"):
            self._ring.close()


def _groups(top: str) -> Iterator[Tuple[int, str]]:
    for count, (folder, _, _) in enumerate(os.walk(top)):
        if count >= limits.FLOWS:
            return
        try:
            yield os.stat(folder).st_ino, folder
        except OSError:
            continue


def unavailable(error: OSError, step: str) -> Unavailable:
    """What it means that the kernel refused."""
    reason = error.strerror or str(error)
    if error.errno in (errno.EPERM, errno.EACCES) and "verifier" not in reason and ":" not in reason:
        what = f"eBPF programs may not be used by this user ({reason}, at {step})"
        return Unavailable(what, "denied", "run the audit as root, or with CAP_BPF and CAP_NET_ADMIN")
    what = f"this kernel does not take the eBPF programs ({reason}, at {step})"
    return Unavailable(what, "unsupported", "use Linux 5.8 or later with CONFIG_CGROUP_BPF, or accept polling")


def wall(moment: float) -> float:
    """Seconds since 1970 of a moment of the monotonic clock."""
    return moment + time.time() - time.monotonic()
