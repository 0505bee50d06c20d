"""The only way out of a box: one end of a pair of network devices; the sink holds the other end as raw packets.

Speaks rtnetlink (RFC 3549) itself, so that no other program is needed.
"""

import os
import socket
import struct

INSIDE, OUTSIDE = "eth0", "sink0"
MAC_INSIDE, MAC_OUTSIDE = bytes.fromhex("02005e000001"), bytes.fromhex("02005e000002")
FOUR, SIX = "198.51.100.2", "2001:db8::2"
"""Of the documentation blocks (RFC 5737, 3849): no real peer has them."""
_NEW_LINK, _SET_LINK, _NEW_ADDRESS, _NEW_ROUTE = 16, 19, 20, 24
_REQUEST, _ACK, _CREATE, _EXCLUSIVE = 1, 4, 0x400, 0x200
_UP, _NO_ARP = 1, 0x80
_ETH_ALL, _ETH_IP, _ETH_IP6 = 3, 0x0800, 0x86DD
_BUFFER, _BUFFER_FORCE, _PACKET, _STATISTICS = 8, 33, 263, 6
_OUTGOING = 4
_WANTED = 64 * 2**20


class Netlink:
    """Changes links, addresses and routes of the namespace it was made in."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        self._socket.bind((0, 0))
        self._number = 0

    def _ask(self, kind: int, flags: int, body: bytes, what: str) -> None:
        self._number += 1
        head = struct.pack("=IHHII", 16 + len(body), kind, flags | _REQUEST | _ACK, self._number, 0)
        self._socket.send(head + body)
        answer = self._socket.recv(1 << 16)
        code = struct.unpack_from("=i", answer, 16)[0] if len(answer) >= 20 else 0
        if code:
            raise OSError(-code, f"{what}: {os.strerror(-code)}")

    def pair(self) -> None:
        """Make the two devices."""
        peer = struct.pack("=BBHiII", 0, 0, 0, 0, 0, 0) + _text(3, OUTSIDE) + _attribute(1, MAC_OUTSIDE)
        info = _text(1, "veth") + _attribute(2, _attribute(1, peer))
        body = struct.pack("=BBHiII", 0, 0, 0, 0, 0, 0) + _text(3, INSIDE) + _attribute(1, MAC_INSIDE)
        self._ask(_NEW_LINK, _CREATE | _EXCLUSIVE, body + _attribute(18, info), "a pair of devices (veth)")

    def up(self, name: str, *, flags: int = 0) -> None:
        """Switch a device on."""
        wanted = _UP | flags
        body = struct.pack("=BBHiII", 0, 0, 0, socket.if_nametoindex(name), wanted, wanted)
        self._ask(_SET_LINK, 0, body, f"device {name}")

    def move(self, name: str, pid: int) -> None:
        """Give a device to the network namespace of a process."""
        body = struct.pack("=BBHiII", 0, 0, 0, socket.if_nametoindex(name), 0, 0) + _attribute(
            19, struct.pack("=I", pid)
        )
        self._ask(_SET_LINK, 0, body, f"device {name}")

    def address(self, name: str, address: str) -> None:
        """Give a device an address, at once (without looking for another that has it)."""
        family, data = _packed(address)
        bits = 8 * len(data)
        body = struct.pack("=BBBBI", family, bits, 0x02, 0, socket.if_nametoindex(name))
        body += _attribute(2, data) + _attribute(1, data)
        self._ask(_NEW_ADDRESS, _CREATE | _EXCLUSIVE, body, f"address {address}")

    def default(self, name: str, source: str) -> None:
        """Send everything by a device."""
        family, data = _packed(source)
        body = struct.pack("=BBBBBBBBI", family, 0, 0, 0, 254, 4, 253 if family == socket.AF_INET else 0, 1, 0)
        body += _attribute(4, struct.pack("=I", socket.if_nametoindex(name))) + _attribute(7, data)
        self._ask(_NEW_ROUTE, _CREATE | _EXCLUSIVE, body, "the route")

    def close(self) -> None:
        """Let go."""
        self._socket.close()


def wire() -> "Tap":
    """The outside's end, switched on, in the namespace of the caller; the inside's end still has to be moved."""
    netlink = Netlink()
    netlink.pair()
    tap = Tap()
    netlink.up(OUTSIDE, flags=_NO_ARP)
    netlink.close()
    return tap


def connect(*, route: bool) -> str:
    """Inside: the loop, and the way to the sink if there is to be one; gives what is missing of it."""
    netlink = Netlink()
    netlink.up("lo")
    missing = ""
    if route:
        netlink.up(INSIDE, flags=_NO_ARP)
        netlink.address(INSIDE, FOUR)
        netlink.default(INSIDE, FOUR)
        try:
            netlink.address(INSIDE, SIX)
            netlink.default(INSIDE, SIX)
        except OSError:
            # A host that has IPv6 switched off gives none to its namespaces either: nothing can leave by it.
            missing = "IPv6"
    netlink.close()
    return missing


class Tap:
    """Raw packets of the outside's device."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.htons(_ETH_ALL))
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, _BUFFER_FORCE, _WANTED)
        except OSError:
            self.socket.setsockopt(socket.SOL_SOCKET, _BUFFER, _WANTED)
        self.socket.bind((OUTSIDE, _ETH_ALL))
        self.socket.setblocking(False)

    def read(self) -> bytes | None:
        """The next IP packet out of the box; empty bytes for another frame, None where none waits."""
        try:
            frame, told = self.socket.recvfrom(1 << 18)
        except (BlockingIOError, OSError):
            return None
        if told[2] == _OUTGOING or len(frame) < 14 or int.from_bytes(frame[12:14], "big") not in (_ETH_IP, _ETH_IP6):
            return b""
        return frame[14:]

    def write(self, packet: bytes) -> None:
        """Send an IP packet into the box; what finds no room is sent again later by whoever sent it."""
        kind = _ETH_IP6 if packet[0] >> 4 == 6 else _ETH_IP
        try:
            self.socket.send(MAC_INSIDE + MAC_OUTSIDE + struct.pack("!H", kind) + packet)
        except OSError:
            return

    def lost(self) -> int:
        """Packets that found no room since this was asked last."""
        told = self.socket.getsockopt(_PACKET, _STATISTICS, 8)
        return int(struct.unpack("=II", told)[1])


def _packed(address: str) -> tuple[int, bytes]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.inet_pton(family, address)


def _attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(data), kind) + data + b"\0" * (-len(data) % 4)


def _text(kind: int, text: str) -> bytes:
    return _attribute(kind, text.encode() + b"\0")
