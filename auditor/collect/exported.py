"""Files that somebody exported as a target: a host that nobody may log into is looked at without a probe on it."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from auditor.errors import UserError
from auditor.facts import audit
from auditor.probe.text import decode
from auditor.probe.walk import read_regular
from auditor.recognise.exported.kinds import HEAD, Kind, kind_of
from auditor.recognise.exported.machine import machine_of
from auditor.recognise.exported.manifest import Manifest, manifest_of

PREFIX = "files:"
COPIED = "files"
"""Folder of the export that repeats the host's own folders."""
_MOST = 1_000
"""Files of an export, beside those that are copies."""
TEXT = 64 * 1024**2
"""Bytes of one output that are read."""
_HOST_FILES = (
    "/etc/os-release", "/usr/lib/os-release", "/proc/sys/kernel/hostname", "/proc/sys/kernel/osrelease", "/proc/stat",
    "/proc/meminfo", "/proc/cpuinfo",
)  # fmt: skip


@dataclass
class Files:
    """A folder of exported files. Raises UserError where there is none."""

    folder: Path
    kinds: dict[str, Kind] = field(default_factory=dict)
    said: Manifest = field(default_factory=Manifest)
    name: str = ""

    @classmethod
    def parse(cls, name: str) -> "Files":
        """The target that ``files:DIR`` names; its files are told apart, and no more than that."""
        folder = Path(name.removeprefix(PREFIX)).expanduser()
        if not name.removeprefix(PREFIX) or not folder.is_dir():
            raise UserError(
                "is no folder",
                "Name the folder that the exported files are in; “auditor export-script” prints what makes one.",
                str(folder),
            )
        found = cls(folder)
        try:
            names = sorted(entry.name for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False))[:_MOST]
        except OSError as error:
            raise UserError(f"cannot be read: {error.strerror}", where=str(folder)) from None
        for each in names:
            try:
                found.kinds[each] = kind_of(each, read_regular(str(folder / each), HEAD))
            except OSError:
                found.kinds[each] = Kind.OTHER
        if not (set(found.kinds.values()) - {Kind.OTHER}) and not (folder / COPIED).is_dir():
            raise UserError(
                "holds no file that is known here",
                "See docs/exported-files.md for what is read, or make an export with “auditor export-script”.",
                str(folder),
            )
        for each in found.of(Kind.MANIFEST):
            found.said = manifest_of(found.text(each))
        host = machine_of(found.machine_files(), found.said, "1970-01-01T00:00:00Z")
        named = next((record.value for record in host if record.name == "hostname"), None)
        found.name = str(named or folder.resolve().name)[:200]
        return found

    def command(self) -> list[str]:
        """No probe is started."""
        raise UserError("no probe is started where exported files are read", where=str(self.folder))

    def facts(self) -> audit.Target:
        """``files`` and the name of the host that they tell, else of the folder."""
        return audit.Target(kind="files", name=self.name)

    def explain(self, code: int | None, said: str) -> UserError:
        """Never asked: there is no probe."""
        return UserError("the exported files could not be read", said, str(self.folder))

    def of(self, *kinds: Kind) -> list[str]:
        """Names of the files of these kinds."""
        return [name for name, kind in self.kinds.items() if kind in kinds]

    def captures(self) -> tuple[Path, ...]:
        """Captures of packets among the files."""
        return tuple(self.folder / name for name in self.of(Kind.CAPTURE))

    def text(self, name: str) -> str:
        """An output as text. Raises OSError."""
        data = read_regular(str(self.folder / name), TEXT)
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return data.decode("utf-16", "replace")
        return decode(data)

    def machine_files(self) -> dict[str, str]:
        """What tells which machine it was, by place on the host or name."""
        found = {}
        for path in _HOST_FILES:
            try:
                found[path] = decode(read_regular(f"{self.folder}/{COPIED}{path}", 1024**2))
            except OSError:
                continue
        names = {"os-release": self.of(Kind.OS_RELEASE), "uname": self.of(Kind.UNAME),
                 "timedatectl.txt": [name for name in self.kinds if name == "timedatectl.txt"]}  # fmt: skip
        for name, files in names.items():
            for file in files[:1]:
                try:
                    found[name] = self.text(file)
                except OSError:
                    continue
        return found
