"""Which process of a box a packet comes from, by the kernel's tables of sockets."""

import os

from auditor.probe import sockets
from auditor.probe.processes import identity, pids
from auditor.sealed import packet as packets
from auditor.sealed.packet import Packet

MOST = 3000
"""Packets for which the tables are read; each reading takes some milliseconds."""


class Owners:
    """Looks sockets of a network namespace up; ``first`` is a process in it."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._left = MOST

    def of(self, packet: Packet) -> str:
        """Name of the process; empty where it cannot be told."""
        names = {packets.TCP: ("tcp", "tcp6"), packets.UDP: ("udp", "udp6")}.get(packet.proto)
        if names is None or self._left <= 0:
            return ""
        self._left -= 1
        try:
            rows = [row for name in names for row in sockets.table(self._first, name)]
            inodes = {row.inode for row in rows if row.port == packet.source_port and row.inode}
            return self._holder(inodes)
        except OSError:
            return ""

    def _holder(self, inodes: set[int]) -> str:
        own = os.stat(f"/proc/{self._first}/ns/net").st_ino
        wanted = {f"socket:[{inode}]" for inode in inodes}
        for pid in pids():
            try:
                if os.stat(f"/proc/{pid}/ns/net").st_ino != own:
                    continue
                for descriptor in os.scandir(f"/proc/{pid}/fd"):
                    if os.readlink(descriptor.path) in wanted:
                        return identity(pid).name
            except OSError:
                continue
        return ""
