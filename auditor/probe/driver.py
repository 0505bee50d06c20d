"""NVIDIA's driver as files: the kernel module and its GPUs in procfs, and where the management library comes from."""

import contextlib
import hashlib
import os
import re
import sqlite3
import struct
from typing import Any, Dict, Iterator, List, Optional, Tuple

from . import limits
from .stream import Stream
from .text import decode
from .text import path as shown
from .walk import explain, open_regular, read_regular

NAME = "gpus"
_PROCFS = "/proc/driver/nvidia"
_DPKG = "/var/lib/dpkg"
_RPM = ("/usr/lib/sysimage/rpm/rpmdb.sqlite", "/var/lib/rpm/rpmdb.sqlite")
_PRELOAD = "/etc/ld.so.preload"
_LIBRARY = 512 * limits.MIB
_LISTS = 256 * limits.MIB
"""Read of all lists of packages together."""
_FIELDS = {
    "Model": "name",
    "GPU UUID": "uuid",
    "Video BIOS": "vbios",
    "GPU Firmware": "gsp_firmware",
    "Device Minor": "minor_number",
}


def report(stream: Stream, mapped: List[str]) -> None:
    """GPUs of the kernel module, its version, and of the mapped library: digest, package, what is loaded before it."""
    _gpus(stream)
    fields = _module()
    if mapped or fields:
        fields.update(_preloaded())
    for name in mapped[:1]:
        fields.update(_library(name))
    if len(mapped) > 1:
        fields["library"] = _field(None, "error", f"mapped from several files: {', '.join(mapped[:4])}", "maps")
    if fields:
        stream.record(NAME, "gpu-driver", mapped[0] if mapped else _PROCFS, "read", fields=fields)


def _field(value: Any, status: str, note: str, source: str) -> Dict[str, Any]:
    return {"value": value, "status": status, "note": note, "source": source}


def _gpus(stream: Stream) -> None:
    top = os.path.join(_PROCFS, "gpus")
    try:
        places = sorted(os.listdir(top))[:128]
    except OSError:
        return
    for bus in places:
        name = os.path.join(top, bus, "information")
        try:
            text = decode(read_regular(name, 16 * limits.KIB))
        except OSError as error:
            stream.problem(NAME, name, *explain(error))
            continue
        fields = {}
        for line in text.splitlines():
            key, _, value = (part.strip() for part in line.partition(":"))
            if key in _FIELDS and value and "?" not in value:
                fields[_FIELDS[key]] = _field(value[:200], "observed", "", key)
        stream.record(NAME, "gpu", name, "procfs", origin="procfs", place=None, bus=bus, fields=fields)


def _module() -> Dict[str, Dict[str, Any]]:
    name = os.path.join(_PROCFS, "version")
    try:
        text = decode(read_regular(name, 4 * limits.KIB))
    except OSError:
        return {}
    match = re.search(r"NVRM version:.*?\s(\d{2,4}\.\d+(?:\.\d+)?)\s", text)
    if not match:
        return {"module": _field(None, "error", "has no version of the module", name)}
    return {"module": _field(match.group(1), "observed", "", name)}


def _preloaded() -> Dict[str, Dict[str, Any]]:
    """Libraries that are loaded before all others, by a file or by this probe's own environment."""
    found = []
    with contextlib.suppress(OSError):
        found += decode(read_regular(_PRELOAD, 16 * limits.KIB)).split()
    found += re.split(r"[\s:]+", os.environ.get("LD_PRELOAD", ""))
    names = [name for name in found if name]
    return {"preload": _field(" ".join(names)[:1000], "observed", "", f"{_PRELOAD}, LD_PRELOAD")}


def _library(name: str) -> Dict[str, Dict[str, Any]]:
    try:
        sha256, md5, size = _digests(name)
    except OSError as error:
        return {"library_sha256": _field(None, "error", error.strerror or str(error), shown(name))}
    fields = {
        "library_sha256": _field(sha256, "observed", "", shown(name)),
        "library_size": _field(size, "observed", "", shown(name)),
    }
    for owner in (_of_dpkg, _of_rpm):
        try:
            found = owner(name)
        except (OSError, ValueError, sqlite3.Error, struct.error) as error:
            fields["library_package"] = _field(None, "error", f"{type(error).__name__}: {error}"[:200], owner.__name__)
            continue
        if found is None:
            continue
        package, source, stated = found
        fields["library_package"] = _field(package, "observed", "", source)
        if stated:
            same = stated in (md5, sha256)
            fields["library_as_packaged"] = _field(
                "yes" if same else "no", "observed", f"its package says {stated}", source
            )
        return fields
    known = os.path.isdir(os.path.join(_DPKG, "info")) or any(os.path.exists(place) for place in _RPM)
    if "library_package" not in fields:
        why = "no installed package has this file" if known else "no database of packages was found"
        fields["library_package"] = _field(None, "absent" if known else "unsupported", why, _DPKG if known else "")
    return fields


def _digests(name: str) -> Tuple[str, str, int]:
    one, two, size = hashlib.sha256(), None, 0
    with contextlib.suppress(ValueError):
        two = hashlib.new("md5")
    with os.fdopen(open_regular(os.path.realpath(name)), "rb") as file:
        while size < _LIBRARY:
            piece = file.read(limits.MIB)
            if not piece:
                break
            one.update(piece)
            if two is not None:
                two.update(piece)
            size += len(piece)
    return one.hexdigest(), two.hexdigest() if two is not None else "", size


def _aliases(name: str) -> List[str]:
    """The names under which a package may list a file: /usr/lib and /lib are one folder on most hosts."""
    real = os.path.realpath(name)
    found = []
    for path in (name, real):
        found.append(path)
        found.append(path[4:] if path.startswith("/usr/lib") else "/usr" + path if path.startswith("/lib") else path)
    return sorted(set(found))


def _lists(folder: str) -> Iterator[str]:
    names = [name for name in os.listdir(folder) if name.endswith(".list")]
    for name in sorted(names, key=lambda name: ("nvidia" not in name and "cuda" not in name, name)):
        yield name


def _of_dpkg(name: str) -> Optional[Tuple[str, str, str]]:
    """Package with version, the list that says so, and the digest that the package states."""
    folder = os.path.join(_DPKG, "info")
    if not os.path.isdir(folder):
        return None
    wanted, taken = {alias.encode() for alias in _aliases(name)}, 0
    for entry in _lists(folder):
        try:
            data = read_regular(os.path.join(folder, entry), 16 * limits.MIB)
        except OSError:
            continue
        taken += len(data)
        hit = wanted.intersection(data.split(b"\n"))
        if hit:
            stem = entry[: -len(".list")]
            return f"{stem} {_version(stem)}".strip(), os.path.join(folder, entry), _stated(folder, stem, hit)
        if taken > _LISTS:
            raise ValueError("the lists of packages are too long")
    return None


def _stated(folder: str, stem: str, names: "set[bytes]") -> str:
    try:
        data = read_regular(os.path.join(folder, stem + ".md5sums"), 16 * limits.MIB)
    except OSError:
        return ""
    for line in data.splitlines():
        digest, _, name = line.partition(b"  ")
        if b"/" + name in names:
            return decode(digest)[:64]
    return ""


def _version(stem: str) -> str:
    package, _, architecture = stem.partition(":")
    try:
        text = decode(read_regular(os.path.join(_DPKG, "status"), 64 * limits.MIB))
    except OSError:
        return ""
    for stanza in text.split("\n\n"):
        if stanza.startswith(f"Package: {package}\n"):
            match = re.search(r"^Version: (\S+)", stanza, re.MULTILINE)
            if match and (not architecture or f"\nArchitecture: {architecture}\n" in stanza + "\n"):
                return match.group(1)
    return ""


def _of_rpm(name: str) -> Optional[Tuple[str, str, str]]:
    for place in _RPM:
        if not os.path.exists(place):
            continue
        # Immutable: nothing is written beside the database, not even a lock.
        base = sqlite3.connect(f"file:{place}?mode=ro&immutable=1", uri=True)
        try:
            for alias in _aliases(name):
                rows = base.execute(
                    "SELECT p.blob FROM Basenames b JOIN Packages p ON p.hnum = b.hnum WHERE b.key = ? LIMIT 50",
                    (os.path.basename(alias),),
                ).fetchall()
                for (blob,) in rows:
                    found = owner_of(bytes(blob), alias)
                    if found:
                        return found[0], place, found[1]
        finally:
            base.close()
    return None


def owner_of(blob: bytes, name: str) -> Optional[Tuple[str, str]]:
    """Package and stated digest of a file in the header of an installed RPM; None where it has no such file."""
    count, size = struct.unpack_from(">II", blob)
    if count > 100_000 or size > len(blob):
        raise ValueError("no header of a package")
    data = blob[8 + 16 * count :]
    tags: Dict[int, Tuple[int, int, int]] = {}
    for at in range(count):
        tag, kind, offset, number = struct.unpack_from(">IIII", blob, 8 + 16 * at)
        tags[tag] = (kind, offset, number)

    def texts(tag: int) -> List[str]:
        _, offset, number = tags.get(tag, (0, 0, 0))
        return [decode(part) for part in data[offset:].split(b"\0", min(number, 200_000))[:number]] if number else []

    def numbers(tag: int) -> Tuple[int, ...]:
        _, offset, number = tags.get(tag, (0, 0, 0))
        return struct.unpack_from(f">{min(number, 200_000)}I", data, offset)

    bases, folders, places, stated = texts(1117), texts(1118), numbers(1116), texts(1035)
    for at, base in enumerate(bases):
        if at < len(places) and places[at] < len(folders) and folders[places[at]] + base == name:
            title = "-".join("".join(texts(tag)[:1]) for tag in (1000, 1001, 1002))
            return title, stated[at] if at < len(stated) else ""
    return None
