"""Digests of an earlier reading that may stand in for a new one: only of the very same file, wholly unchanged.

The auditor keeps what each finished file gave, and sends it back with the request where the policy lets it.
"""

import datetime
import os
import time
from typing import Any, Dict, NamedTuple, Optional, Tuple

_RACE = 2_000_000_000
"""Nanoseconds that a file must have rested: within one tick of the clock a change leaves no mark."""


class Earlier(NamedTuple):
    """What an earlier audit read of a file, and when."""

    sha256: str
    blake3: Optional[str]
    read: str


class Memory:
    """The readings of earlier audits of this machine that are not too old."""

    def __init__(self, given: Any, machine: str) -> None:
        self._known: Dict[Tuple[str, ...], Earlier] = {}
        if not machine or not isinstance(given, dict):
            return
        oldest = time.time() - float(given.get("hours") or 0) * 3600
        for device, inode, size, modified, changed, sha256, blake3, read in given.get("machines", {}).get(machine, ()):
            if oldest <= _seconds(read) <= time.time():
                self._known[device, inode, size, modified, changed] = Earlier(sha256, blake3, read)

    def of(self, status: os.stat_result) -> Optional[Earlier]:
        """The reading of this very file, if nothing of it has changed since."""
        return self._known.get(_key(status))

    def __bool__(self) -> bool:
        return bool(self._known)


def _key(status: os.stat_result) -> Tuple[str, ...]:
    return tuple(
        str(each) for each in (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    )


def identity(
    machine: str, before: os.stat_result, after: os.stat_result, keeps_times: bool
) -> Optional[Dict[str, Any]]:
    """By what the file will be known again; None where it was touched while it was read."""
    if not machine or _key(before) != _key(after):
        return None
    device, inode, _, modified, changed = _key(after)
    rested = time.time_ns() - after.st_ctime_ns > _RACE
    return {
        "machine": machine, "device": device, "inode": inode, "modified": modified, "changed": changed,
        "lasting": keeps_times and rested,
    }  # fmt: skip


def _seconds(moment: str) -> float:
    """An instant as the probe writes it; the beginning of time where it is none."""
    try:
        return (
            datetime.datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%fZ")
            .replace(tzinfo=datetime.timezone.utc)
            .timestamp()
        )
    except (ValueError, TypeError):
        return 0.0
