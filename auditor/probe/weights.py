"""The collector ``weights``: the digests of every weight file, each inode once, by as many readers as serve it."""

import os
from typing import Any, Dict, List, Optional, Tuple

from . import host
from .digests import BLAKE3, SHA256, Blake3, find_blake3
from .earlier import Earlier, Memory
from .found import Weight
from .names import format_of
from .pace import NAME, Pace
from .readers import MOST, Crew, processors
from .reading import Fields, Means, Turn, fields_of, read
from .stream import Stream
from .text import instant
from .text import path as shown
from .walk import explain, read_regular

_LOOK = 0.05
"""Seconds between two looks at the readers."""
_REST = "audit again while nothing writes to it"

Group = List[Weight]
"""The names of one inode."""


def collect(stream: Stream, request: Dict[str, Any], weights: List[Weight]) -> None:
    """Read and report all weight files, largest first; on cancel, those not wholly read are reported without digest.

    Files whose earlier reading may stand in for a new one (``earlier`` of the request) are reported and not read.
    """
    groups: Dict[Tuple[int, int], Group] = {}
    for weight in weights:
        groups.setdefault((weight.file.device, weight.file.inode), []).append(weight)
    queue = sorted(groups.values(), key=lambda group: (-group[0].file.size, group[0].file.path))
    asked = request.get("digests") or (SHA256,)
    machine = host.machine()
    blake3 = find_blake3(str(request.get("blake3") or "")) if BLAKE3 in asked else None
    means = Means(machine, SHA256 in asked, blake3, spread=len(queue) < processors())
    memory = Memory(request.get("earlier"), machine)
    if memory:
        queue = [group for group in queue if not _recall(stream, group, memory, blake3)]
    pace = Pace(stream, sum(group[0].file.size for group in queue), int(request.get("bytes_per_second") or 0))
    _read_all(stream, queue, means, pace, request)
    pace.finish()


def _read_all(stream: Stream, queue: List[Group], means: Means, pace: Pace, request: Dict[str, Any]) -> None:
    """Every group by a crew of its device; a number of readers that was asked for is one crew for all."""
    fixed = max(0, min(int(request.get("readers") or 0), MOST))
    devices: Dict[int, List[Group]] = {}
    for group in queue:
        devices.setdefault(0 if fixed else group[0].file.device, []).append(group)

    def do(crew: Crew, group: Group, buffer: bytearray) -> None:
        name = shown(group[0].file.path)

        def count(got: int, computed: float) -> None:
            crew.count(got, computed)
            pace.add(got, name)

        _report(stream, group, means, Turn(pace.piece, pace.book, count), buffer)

    crews = [
        Crew(means.devices.of(device).kind, part, do, fixed, max(1, MOST // len(devices)))
        for device, part in devices.items()
    ]
    for crew in crews:
        crew.start()
    while any(crew.busy for crew in crews):
        for crew in crews:
            # Readers that wait for their turn say nothing of the device.
            if not pace.limited:
                crew.tend()
        for crew in crews:
            crew.wait(_LOOK / len(crews))
    for crew in crews:
        crew.join()


def _recall(stream: Stream, group: Group, memory: Memory, blake3: Optional[Blake3]) -> bool:
    """Report a file by its earlier reading, where that may be; True where it was."""
    file = group[0].file
    try:
        status = os.stat(file.real)
        earlier = memory.of(status)
        if earlier is None or (blake3 is not None and blake3.make is not None and earlier.blake3 is None):
            return False
        fields = fields_of(status)
        fields["format"] = format_of(file.name, read_regular(file.real, 16, follow=True))
    except OSError:
        return False
    fields.update(sha256=earlier.sha256, blake3=earlier.blake3, read=earlier.read)
    _records(stream, group, fields, "observed", _words(earlier), blake3)
    return True


def _words(earlier: Earlier) -> str:
    return f"not read anew: read {earlier.read} by an earlier audit, and size, place and times of change are the same"


def _report(stream: Stream, group: Group, means: Means, turn: Turn, buffer: bytearray) -> None:
    file = group[0].file
    try:
        fields, status, note = read(file, means, turn, buffer)
    except Exception as error:
        # One unreadable file must not take the thread, and with it the files behind it, away.
        failed = error if isinstance(error, OSError) else OSError(f"{type(error).__name__}: {error}")
        note, status, remedy = explain(failed)
        fields = {"size": file.size, "modified": _modified(file.real), "sha256": None, "format": "unknown"}
        stream.problem(NAME, shown(file.path), note, status, remedy, lost=True)
    else:
        if status != "observed" and not note.startswith("cancelled"):
            remedy = "fetch the file again" if note.startswith("was not read") else _REST
            stream.problem(NAME, shown(file.path), note, status, remedy, lost=True)
    _records(stream, group, fields, status, note, means.blake3)


def _records(stream: Stream, group: Group, fields: Fields, status: str, note: str, blake3: Optional[Blake3]) -> None:
    why = "" if blake3 is None or fields.get("blake3") else blake3.why
    for weight in group:
        stream.record(
            NAME, "weight", shown(weight.file.real), "sha256", status, note, model=shown(weight.model),
            path=shown(weight.file.path), expected=weight.expected, blake3_note=why, **fields,
        )  # fmt: skip


def _modified(path: str) -> str:
    try:
        return instant(os.stat(path).st_mtime)
    except OSError:
        return instant(0)
