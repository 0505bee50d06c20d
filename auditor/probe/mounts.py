"""Files as a process sees them: its root, its mount namespace, and the layer of an overlay that a file lies in."""

import os
import re
from typing import Dict, List, NamedTuple, Optional

from . import limits
from .text import path as shown
from .walk import read_regular

_OCTAL = re.compile(r"\\([0-7]{3})")
_MOST_LAYERS = 500
"""As many as the kernel stacks."""


class Mount(NamedTuple):
    """One line of mountinfo, as far as it matters."""

    root: str
    """Folder of the file system that is mounted."""
    point: str
    kind: str
    options: Dict[str, str]
    """Of the file system."""


class View:
    """The file system of one process."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._through = f"/proc/{pid}/root"
        self.namespace = _link(f"/proc/{pid}/ns/mnt")
        self.foreign = bool(self.namespace) and self.namespace != _link("/proc/self/ns/mnt")
        """Whether it has a mount namespace of its own."""
        root = _link(self._through)
        self._root = root if root not in ("/", "") else ""
        self._mounts: Optional[List[Mount]] = None

    def inside(self, path: str) -> str:
        """A path as the kernel tells it, as the process itself would say it."""
        return path[len(self._root) :] if self._root and path.startswith(self._root + "/") else path

    def places(self, path: str) -> List[str]:
        """Where such a path can be found from here, the likeliest first."""
        if self.foreign:
            # A file of the auditor's own tree that only bears the same name must not stand in.
            return list(dict.fromkeys([self._through + self.inside(path), self._through + path]))
        return [path]

    def layer_of(self, path: str) -> Dict[str, str]:
        """``layer``: image or writable (of an overlay), volume, host, or empty where it cannot be told; and why."""
        mount = self._mount_of(self.inside(path))
        if mount is None:
            return {"layer": "", "mount": "", "layer_note": "the mounts of the process may not be seen"}
        told = f"{shown(mount.point)} ({mount.kind})"
        if mount.kind != "overlay":
            return {"layer": "volume" if self.foreign or self._root else "host", "mount": told, "layer_note": ""}
        below = mount.root.rstrip("/") + "/" + os.path.relpath(self.inside(path), mount.point)
        upper = mount.options.get("upperdir", "")
        lower = layers(mount.options.get("lowerdir", ""))
        for prefix in ("", self._through):
            if upper and os.path.lexists(prefix + upper + below):
                return {"layer": "writable", "mount": told, "layer_note": f"in {shown(upper)}"}
            for folder in lower:
                if os.path.lexists(prefix + folder + below):
                    return {"layer": "image", "mount": told, "layer_note": f"in {shown(folder)}"}
        return {"layer": "", "mount": told, "layer_note": "the layers of the overlay cannot be reached from here"}

    def _mount_of(self, path: str) -> Optional[Mount]:
        if self._mounts is None:
            try:
                data = read_regular(f"/proc/{self._pid}/mountinfo", limits.PROC_FILE, follow=True)
            except OSError:
                data = b""
            self._mounts = mounts_of(os.fsdecode(data))
        found: Optional[Mount] = None
        for mount in self._mounts:
            point = mount.point.rstrip("/")
            # Of several at one point the last covers the others.
            if (path == point or path.startswith(point + "/")) and (
                found is None or len(point) >= len(found.point.rstrip("/"))
            ):
                found = mount
        return found


def mounts_of(text: str) -> List[Mount]:
    """The mounts of ``/proc/PID/mountinfo``; lines of another form are passed over."""
    found = []
    for line in text.split("\n"):
        first, dash, last = line.partition(" - ")
        fields, rest = first.split(" "), last.split(" ")
        if not dash or len(fields) < 6 or len(rest) < 3:
            continue
        options: Dict[str, str] = {}
        for option in _plain_split(rest[2], ","):
            name, _, value = option.partition("=")
            # Kernels that are given layers one by one tell them one by one.
            if name in ("lowerdir+", "datadir+"):
                name, value = "lowerdir", f"{options['lowerdir']}:{value}" if "lowerdir" in options else value
            options[name] = _decoded(value)
        found.append(Mount(_decoded(fields[3]), _decoded(fields[4]), rest[0], options))
    return found


def layers(value: str) -> List[str]:
    """The folders of ``lowerdir``: colons part them, those of names are escaped."""
    return [folder.replace("\\:", ":") for folder in _plain_split(value, ":") if folder][:_MOST_LAYERS]


def _plain_split(text: str, mark: str) -> List[str]:
    return re.split(r"(?<!\\)" + re.escape(mark), text)


def _decoded(text: str) -> str:
    return _OCTAL.sub(lambda match: chr(int(match.group(1), 8)), text)


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""
