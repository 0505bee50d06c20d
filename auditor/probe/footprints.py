"""The collector ``footprints``: files that products leave where they have called home."""

import glob
import os
import re
from typing import Any, Dict, Iterable, Iterator, List, Tuple

from . import limits, masks
from .paths import resolve
from .stores import homes
from .stream import Stream
from .text import decode, exact, instant
from .text import path as shown
from .walk import explain, open_regular

NAME = "footprints"
_FOREIGN = re.compile(r"/proc/\d+/root(?=/)")
"""Another tree of files than the host's own, as that of a container."""
_MOST = 64
"""Files of one entry in one home."""


def collect(
    stream: Stream,
    request: Dict[str, Any],
    more_homes: Iterable[str] = (),
    configs: Iterable[str] = (),
    among: bool = False,
) -> None:
    """Report each asked-for file that is there, in all homes and in ``more_homes``.

    ``configs`` stand in for ``~/.config``; ``among`` says that ``more_homes`` are all there are, as in a copy.
    That a file is not there needs no record: the collector is complete.
    """
    everywhere = sorted({*(() if among else homes()), *more_homes})
    for entry in request.get("entries", ()):
        for home, path in _places(str(entry.get("path", "")), everywhere, configs):
            if stream.cancelled.is_set():
                return
            for found in _expand(path):
                _report(stream, str(entry.get("entry", "")), home, found)


def _places(path: str, homes_: List[str], configs: Iterable[str]) -> Iterator[Tuple[str, str]]:
    if path.startswith("~/"):
        for home in homes_:
            yield home, os.path.join(home, path[2:])
        for config in configs if path.startswith("~/.config/") else ():
            yield config, os.path.join(config, path[len("~/.config/") :])
    elif path.startswith("/"):
        for root in sorted({"/", *(found.group() for found in map(_FOREIGN.match, homes_) if found)}):
            yield root, root.rstrip("/") + path


def _expand(path: str) -> List[str]:
    if not glob.has_magic(path):
        return [path]
    return [found for found, _ in zip(sorted(glob.iglob(path)), range(_MOST))]


def _report(stream: Stream, entry: str, home: str, path: str) -> None:
    try:
        if not resolve(path).startswith(resolve(home).rstrip("/") + "/"):
            # A user must not choose, by a link, which file a probe run as root prints.
            stream.problem(NAME, shown(path), "is a link out of the home and was not read", "unsupported", lost=True)
            return
        with os.fdopen(open_regular(path), "rb") as file:
            status, data = os.fstat(file.fileno()), file.read(limits.FOOTPRINT)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        stream.problem(NAME, shown(path), *explain(error))
        return
    stream.record(
        NAME, "footprint", shown(path), "read", entry=entry, path=shown(path), modified=instant(status.st_mtime),
        size=exact(status.st_size), text=masks.text(decode(data)),
    )  # fmt: skip
