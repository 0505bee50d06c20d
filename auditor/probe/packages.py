"""Versions of Python distributions that a process really holds: read from the metadata beside its own modules."""

import os
import re
from typing import Dict, Iterable, List, Set

from . import limits

_INFO = re.compile(r"^(.+?)-([^-]+)(?:-py[\d.]+)?\.(?:dist-info|egg-info)$")
_SITE = re.compile(r"(/[^\n]*?/(?:site|dist)-packages)/")
_PREFIXES = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONHOME", "UV_PROJECT_ENVIRONMENT")
_MOST_FOLDERS = 64


def normalise(name: str) -> str:
    """A distribution's name in its one spelling (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def versions(
    pid: int, command: List[str], exe: str, variables: Dict[str, str], wanted: Iterable[str]
) -> Dict[str, str]:
    """Asked-for distributions with their versions; those found nowhere are left out."""
    names = {normalise(str(name)): str(name) for name in wanted}
    found: Dict[str, str] = {}
    if not names:
        return found
    for folder in _folders(pid, command, exe, variables):
        try:
            entries = sorted(os.listdir(folder))[: limits.ENTRIES]
        except OSError:
            continue
        for entry in entries:
            match = _INFO.match(entry)
            name = names.get(normalise(match.group(1))) if match else None
            if match and name and name not in found:
                found[name] = match.group(2)
    return found


def _folders(pid: int, command: List[str], exe: str, variables: Dict[str, str]) -> List[str]:
    """Folders of modules behind the process's own root, nearest first: mapped ones, PYTHONPATH, environment, system."""
    root = f"/proc/{pid}/root"
    folders: List[str] = sorted(_mapped(pid))
    folders += [part for part in variables.get("PYTHONPATH", "").split(":") if part.startswith("/")]
    prefixes = [variables[name] for name in _PREFIXES if variables.get(name, "").startswith("/")]
    programs = [os.path.join(_place(pid), argument) for argument in command[:2] if "/" in argument] + [exe]
    prefixes += [os.path.dirname(os.path.dirname(program)) for program in programs if "/bin/" in program]
    for prefix in (*prefixes, "/usr/local", "/usr"):
        for lib in ("lib", "lib64"):
            folders += _sites(root, os.path.join(prefix, lib))
    seen: Set[str] = set()
    return [root + folder for folder in folders if not (folder in seen or seen.add(folder))][:_MOST_FOLDERS]  # type: ignore[func-returns-value]


def _sites(root: str, lib: str) -> List[str]:
    try:
        versions_ = [
            name for name in sorted(os.listdir(root + lib), reverse=True) if re.match(r"^python3(?:\.\d+)?$", name)
        ]
    except OSError:
        return []
    return [f"{lib}/{version}/{kind}-packages" for version in versions_ for kind in ("site", "dist")]


def _place(pid: int) -> str:
    """The folder in which the process works, where paths that do not begin at the root begin."""
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return ""


def _mapped(pid: int) -> Set[str]:
    try:
        with open(f"/proc/{pid}/maps", "rb") as file:
            return set(_SITE.findall(file.read(limits.PROC_FILE).decode("utf-8", "replace")))
    except OSError:
        return set()
