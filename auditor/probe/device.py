"""What a file lies on: a spinning disk, a disk without moving parts, a network, memory; and its holes."""

import os
from typing import Dict, NamedTuple, Optional, Tuple

from . import limits
from .walk import read_regular

_NETWORK = frozenset(
    ("9p", "afs", "beegfs", "ceph", "cifs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "panfs",
     "smb3", "smbfs", "vboxsf", "virtiofs")
)  # fmt: skip
_MEMORY = frozenset(("tmpfs", "ramfs", "devtmpfs"))
_SPANS = 65_536
"""Stretches of data that are looked at in one file."""


class Device(NamedTuple):
    """The device of a file: its kind, and whether its times of change can be relied on."""

    kind: str
    """``spinning``, ``solid``, ``memory``, ``network`` or ``unknown``."""
    keeps_times: bool
    """The host's own kernel writes the time of change (ctime), so that none but its administrator sets it back."""


class Devices:
    """Devices by their number, looked up once."""

    def __init__(self) -> None:
        self._types = _types()
        self._known: Dict[int, Device] = {}

    def of(self, number: int) -> Device:
        """The device with this ``st_dev``."""
        if number not in self._known:
            self._known[number] = self._look(number)
        return self._known[number]

    def _look(self, number: int) -> Device:
        type_ = self._types.get((os.major(number), os.minor(number)), "")
        if type_ in _NETWORK or type_.startswith("fuse"):
            return Device("network", False)
        if type_ in _MEMORY:
            return Device("memory", True)
        turns = _rotational(number)
        kind = "unknown" if turns is None else "spinning" if turns else "solid"
        # Without a type it is not known whose kernel writes the times; a block device with one is this host's own.
        return Device(kind, bool(type_) or turns is not None)


def _types() -> Dict[Tuple[int, int], str]:
    """Types of the mounted file systems by device number (proc(5), mountinfo)."""
    found: Dict[Tuple[int, int], str] = {}
    try:
        lines = read_regular("/proc/self/mountinfo", limits.PROC_FILE, follow=True).splitlines()
    except OSError:
        return found
    for line in lines:
        head, _, tail = line.partition(b" - ")
        fields = head.split()
        major, _, minor = fields[2].partition(b":") if len(fields) > 2 else (b"", b"", b"")
        if major.isdigit() and minor.isdigit() and tail:
            found[int(major), int(minor)] = tail.split()[0].decode("ascii", "replace")
    return found


def _rotational(number: int) -> Optional[bool]:
    """Whether the disk turns; a partition says so at its disk. None where the kernel has no such block device."""
    place = f"/sys/dev/block/{os.major(number)}:{os.minor(number)}"
    for path in (f"{place}/queue/rotational", f"{place}/../queue/rotational"):
        try:
            return read_regular(path, 16, follow=True).strip() == b"1"
        except OSError:
            continue
    return None


def holes(descriptor: int, size: int, most: int) -> int:
    """Bytes of a file that no disk holds, counted up to ``most``; the place of reading is left at the beginning.

    A file system that does not tell holes has none to tell, and gives back every byte from the disk.
    """
    missing, position = 0, 0
    try:
        for _ in range(_SPANS):
            if position >= size or missing > most:
                break
            try:
                data = os.lseek(descriptor, position, os.SEEK_DATA)
            except OSError:
                # ENXIO: no data behind this place.
                missing += size - position
                break
            missing += data - position
            position = os.lseek(descriptor, data, os.SEEK_HOLE)
        os.lseek(descriptor, 0, os.SEEK_SET)
    except OSError:
        return missing
    return min(missing, size)
