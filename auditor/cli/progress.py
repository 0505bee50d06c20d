"""Progress for a person (bars on stderr) or for a program (JSON lines on stdout)."""

import contextlib
import json
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from auditor.audit import OnEvent, Stage
from auditor.collect import stream as events

WORDS = {
    "host": "Host",
    "gpus": "GPUs",
    "processes": "Processes",
    "models": "Models",
    "weights": "Weight digests",
    "traffic": "Watching the network",
    "footprints": "Footprints",
}
STAGES = {"judge": "Judging", "compose": "Composing the dossier", "seal": "Signing"}


class Stream:
    """Writes one JSON object a line, whole, from any thread."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lock = threading.Lock()

    def write(self, message: dict[str, Any]) -> None:
        """One line, flushed at once."""
        with self._lock:
            self._out.write(json.dumps(message, ensure_ascii=False, separators=(",", ":")) + "\n")
            self._out.flush()


class Lines(threading.Thread):
    """Listens for ``{"command": "cancel"}``; the end of the input, a parent that died, means the same."""

    def __init__(self, source: TextIO, cancel: threading.Event) -> None:
        super().__init__(daemon=True, name="commands")
        self._source = source
        self._cancel = cancel

    def run(self) -> None:
        for line in self._source:
            with contextlib.suppress(ValueError):
                if json.loads(line) == {"command": "cancel"}:
                    break
        self._cancel.set()
