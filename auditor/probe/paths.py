"""Where a path really leads, also behind the root of a container's process."""

import errno
import os
import re
from typing import List

_ROOT = re.compile(r"^/proc/\d+/root(?=/|$)")
_LINKS = 40
"""As many as the kernel follows."""


def resolve(path: str) -> str:
    """The path without links. Raises OSError where links go round.

    Below ``/proc/PID/root`` links mean what they mean to that process: an absolute one starts at its root again.
    """
    found = _ROOT.match(path)
    if not found:
        return os.path.realpath(path)
    root, waiting = found.group(0), _parts(path[found.end() :])
    done: List[str] = []
    followed = 0
    while waiting:
        part = waiting.pop(0)
        if part == "..":
            done = done[:-1]
            continue
        here = "/".join([root, *done, part])
        if not os.path.islink(here):
            done.append(part)
            continue
        followed += 1
        if followed > _LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        target = os.readlink(here)
        if target.startswith("/"):
            done = []
        waiting = _parts(target) + waiting
    return "/".join([root, *done])


def _parts(path: str) -> List[str]:
    return [part for part in path.split("/") if part not in ("", ".")]
