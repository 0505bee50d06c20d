"""Hears from the kernel how connections began and ended: tier C.

Two sockets of netlink, which only listen: ``sock_diag`` tells of every TCP and UDP socket of this network namespace
that is destroyed, with its sums of bytes and its user (sock_diag(7)); connection tracking, where the host does it,
tells of every conversation as it begins and ends (linux/netfilter/nfnetlink_conntrack.h). No packet is looked at, and
no process is named. Needs CAP_NET_ADMIN (or root).
"""

import contextlib
import errno
import select
import socket
import struct
import threading
import time
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from . import limits
from .egress import PROTOCOLS
from .joining import ENDS
from .merge import Row
from .unavailable import Unavailable

_SOCK_DIAG, _NETFILTER = 4, 12
_DESTROYED = (1, 2, 3, 4)
"""Groups of sock_diag, one more than their bits: TCP and UDP, each of IPv4 and IPv6."""
_CONNTRACK_NEW, _CONNTRACK_DESTROY = 1, 3
_RCVBUFFORCE = 33
_BUFFER = 8 * limits.MIB

_MESSAGE = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_DIAG_BY_FAMILY = 20
_DIAG_SIZE = 72
_INFO, _DIAG_PROTOCOL = 2, 10
_NEW, _DELETE = (1 << 8) | 0, (1 << 8) | 2
_NESTED = 0x7FFF

TRACKED = "conntrack"


class Ending(NamedTuple):
    """What one message tells of a connection. Bytes are None where it does not say."""

    method: str
    proto: str
    local: str
    local_port: int
    remote: str
    remote_port: int
    uid: Optional[int]
    bytes_out: Optional[int]
    bytes_in: Optional[int]
    established: bool


def messages(data: bytes) -> Iterator[Tuple[int, bytes]]:
    """Type and content of each message of a datagram; what is cut is passed over."""
    at = 0
    while at + _MESSAGE.size <= len(data):
        length, kind = _MESSAGE.unpack_from(data, at)[:2]
        if length < _MESSAGE.size or at + length > len(data):
            return
        yield kind, data[at + _MESSAGE.size : at + length]
        at += (length + 3) & ~3


def attributes(data: bytes) -> Dict[int, bytes]:
    """Attributes by their number; the last of several."""
    found, at = {}, 0
    while at + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if length < _ATTRIBUTE.size or at + length > len(data):
            break
        found[kind & _NESTED] = data[at + _ATTRIBUTE.size : at + length]
        at += (length + 3) & ~3
    return found


def destroyed(content: bytes) -> Optional[Ending]:
    """What sock_diag tells of a socket that is gone (struct inet_diag_msg); None where it had no other end."""
    if len(content) < _DIAG_SIZE:
        return None
    family = content[0]
    local_port, remote_port = struct.unpack_from("!HH", content, 4)
    if family not in (socket.AF_INET, socket.AF_INET6) or not remote_port:
        return None
    (uid,) = struct.unpack_from("=I", content, 64)
    more = attributes(content[_DIAG_SIZE:])
    proto = "udp" if more.get(_DIAG_PROTOCOL, b"\6")[:1] == b"\x11" else "tcp"
    info = more.get(_INFO, b"")
    out = received = None
    if proto == "tcp" and len(info) >= 136:
        # struct tcp_info: bytes that the other side acknowledged, and bytes that came.
        out, received = struct.unpack_from("=QQ", info, 120)
    local, remote = _address(family, content[8:24]), _address(family, content[24:40])
    proto += "6" if ":" in remote else ""
    return Ending(ENDS, proto, local, local_port, remote, remote_port, uid, out, received, bool(out or received))


def tracked(content: bytes) -> Optional[Ending]:
    """What connection tracking tells: the direction in which a conversation began (CTA_TUPLE_ORIG)."""
    more = attributes(content[4:])
    original = attributes(more.get(1, b""))
    addresses, ports = attributes(original.get(1, b"")), attributes(original.get(2, b""))
    number = ports.get(1, b"\0")[0] if ports.get(1) else 0
    source, target = addresses.get(1) or addresses.get(3), addresses.get(2) or addresses.get(4)
    if source is None or target is None or len(source) != len(target) or len(source) not in (4, 16):
        return None
    family = socket.AF_INET if len(source) == 4 else socket.AF_INET6
    name = PROTOCOLS.get(number)
    proto = name + ("6" if family == socket.AF_INET6 else "") if name else f"ip-{number}"
    here, there = _port(ports.get(2)), _port(ports.get(3))
    sums = [_bytes(more.get(kind)) for kind in (9, 10)]
    ends = (socket.inet_ntop(family, source), here, socket.inet_ntop(family, target), there)
    return Ending(TRACKED, proto, *ends, None, sums[0], sums[1], bool(sums[1]))


def _port(data: Optional[bytes]) -> int:
    return int.from_bytes(data[:2], "big") if data else 0


def _bytes(counters: Optional[bytes]) -> Optional[int]:
    """Of CTA_COUNTERS; None where the host does not count."""
    found = attributes(counters or b"").get(2)
    return int.from_bytes(found, "big") if found else None


def _address(family: int, data: bytes) -> str:
    if family == socket.AF_INET6 and data.startswith(b"\0" * 10 + b"\xff\xff"):
        return socket.inet_ntop(socket.AF_INET, data[12:])
    return socket.inet_ntop(family, data[: 16 if family == socket.AF_INET6 else 4])


class _Known:
    """A connection, from the first message about it to the last."""

    __slots__ = ("ending", "first", "last")

    def __init__(self, ending: Ending, moment: float) -> None:
        self.ending, self.first, self.last = ending, moment, moment


class Endings:
    """The sockets at work, and what they told; ``close`` ends it, as does the end of the process."""

    def __init__(self) -> None:
        self.known: Dict[Tuple[str, str, str, int, str, int], _Known] = {}
        self.over = self.lost = 0
        self.tracks = True
        """Whether conversations are tracked here, so far as it can be told."""
        self._lock = threading.Lock()
        self._closed = False
        self._done = threading.Event()
        try:
            self._diag = _listen(_SOCK_DIAG, _DESTROYED)
        except OSError as error:
            raise unavailable(error) from error
        self._netfilter: Optional[socket.socket] = None
        try:
            self._netfilter = _listen(_NETFILTER, (_CONNTRACK_NEW, _CONNTRACK_DESTROY))
        except OSError:
            self.tracks = False
        self._thread = threading.Thread(target=self._run, name="endings", daemon=True)
        self._thread.start()

    def _sockets(self) -> List[socket.socket]:
        return [self._diag, *([self._netfilter] if self._netfilter else [])]

    def _run(self) -> None:
        poll = select.poll()
        for each in self._sockets():
            poll.register(each.fileno(), select.POLLIN)
        while not self._done.is_set():
            poll.poll(100)
            self._drain()

    def _drain(self) -> None:
        for each in self._sockets():
            while True:
                try:
                    data = each.recv(limits.MIB, socket.MSG_DONTWAIT)
                except OSError as error:
                    # ENOBUFS: messages found no room, and the kernel says so once.
                    if error.errno == errno.ENOBUFS:
                        self.lost += 1
                        continue
                    break
                for kind, content in messages(data):
                    found = self._parse(each is self._diag, kind, content)
                    if found is not None:
                        self.note(found, time.time())

    @staticmethod
    def _parse(diag: bool, kind: int, content: bytes) -> Optional[Ending]:
        try:
            if diag:
                return destroyed(content) if kind == _DIAG_BY_FAMILY else None
            return tracked(content) if kind in (_NEW, _DELETE) else None
        except (ValueError, struct.error, IndexError, OSError):
            return None

    def note(self, ending: Ending, moment: float) -> None:
        """Take one message in."""
        key = ending[:6]
        with self._lock:
            known = self.known.get(key)
            if known is None:
                if len(self.known) >= limits.FLOWS:
                    self.over += 1
                    return
                self.known[key] = _Known(ending, moment)
                return
            known.last = moment
            if ending.bytes_out is not None or known.ending.bytes_out is None:
                known.ending = ending

    def rows(self) -> List[Row]:
        """Everything that was told so far."""
        with self._lock:
            return [_row(known) for known in self.known.values()]

    def close(self) -> None:
        """End; what was told is kept. A second time does nothing."""
        if not self._closed:
            self._closed = True
            self._done.set()
            self._thread.join()
            self._drain()
            for each in self._sockets():
                each.close()


def _listen(family: int, groups: Tuple[int, ...]) -> socket.socket:
    listening = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, family)
    try:
        with contextlib.suppress(OSError):
            listening.setsockopt(socket.SOL_SOCKET, _RCVBUFFORCE, _BUFFER)
        # A number of its own, since the kernel tells nothing to those without one.
        listening.bind((0, sum(1 << group - 1 for group in groups)))
    except BaseException:
        listening.close()
        raise
    return listening


def _row(known: _Known) -> Row:
    told = known.ending
    where = "sock_diag, destroyed sockets" if told.method == ENDS else "connection tracking"
    return Row(
        where=where, method=told.method, proto=told.proto, direction="out", source_address=told.local,
        source_port=told.local_port, address=told.remote, port=told.remote_port,
        attempt=told.proto.startswith("tcp") and not told.established and told.bytes_out is not None,
        first=known.first, last=known.last, pid=None, uid=told.uid, owner=None,
        note="the kernel's events do not say which process it was", bytes_out=told.bytes_out, bytes_in=told.bytes_in,
    )  # fmt: skip


def unavailable(error: OSError) -> Unavailable:
    """What it means that the kernel refused."""
    reason = error.strerror or str(error)
    if error.errno in (errno.EPERM, errno.EACCES):
        what = f"events of sockets may not be heard by this user ({reason})"
        return Unavailable(what, "denied", "run the audit as root, or with CAP_NET_ADMIN")
    what = f"this kernel does not tell of sockets ({reason})"
    return Unavailable(what, "unsupported", "use Linux with CONFIG_INET_DIAG, or accept polling")
