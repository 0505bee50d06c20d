"""The probe's side of the protocol: one JSON object a line, written by any thread, cancelled by the other side."""

import json
import threading
import time
from typing import Any, BinaryIO, Dict, Optional

from . import VERSION, limits
from .text import clean, instant

PROTOCOL = 1
_SPACING = 0.25


def now() -> str:
    """The host's clock, UTC."""
    return instant(time.time())


class Stream:
    """Writes the lines of protocol 1. A reader that is gone counts as cancel."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._records: Dict[str, int] = {}
        self._problems: Dict[str, int] = {}
        self._lost: Dict[str, int] = {}
        self._shown: Dict[str, float] = {}
        self.cancelled = threading.Event()

    def listen(self, commands: BinaryIO) -> None:
        """Follow the other side in a thread of its own: ``cancel``, or the end of the input, cancels."""
        threading.Thread(target=self._follow, args=(commands,), name="commands", daemon=True).start()

    def _follow(self, commands: BinaryIO) -> None:
        while True:
            try:
                line = commands.readline(limits.KIB)
                if not line or json.loads(line).get("command") == "cancel":
                    break
            except (OSError, ValueError, AttributeError):
                continue
        self.cancelled.set()

    def _write(self, line: Dict[str, Any]) -> None:
        data = json.dumps(clean(line), ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n"
        with self._lock:
            try:
                self._out.write(data)
                self._out.flush()
            except (OSError, ValueError):
                self.cancelled.set()

    def hello(self, python: str, pid: int, uid: int, capabilities: "list[str]") -> None:
        """The first line."""
        fields = {"protocol": PROTOCOL, "probe": VERSION, "python": python, "pid": pid, "uid": uid}
        self._write({"kind": "hello", **fields, "capabilities": capabilities, "time": now()})

    def begin(self, collector: str) -> None:
        """A collector starts."""
        self._write({"kind": "begin", "collector": collector, "time": now()})

    def record(
        self,
        collector: str,
        type_: str,
        source: str,
        method: str,
        status: str = "observed",
        note: str = "",
        **fields: Any,
    ) -> None:
        """Something was seen, or looked for in vain; ``fields`` as in ``auditor/facts/records.py``."""
        head = {"type": type_, "source": source, "method": method, "time": now(), "status": status, "note": note}
        self._records[collector] = self._records.get(collector, 0) + 1
        self._write({"kind": "record", "collector": collector, "record": {**head, **fields}})

    def progress(
        self,
        collector: str,
        done: int,
        total: Optional[int],
        unit: str,
        rate: Optional[int] = None,
        left: Optional[int] = None,
        what: str = "",
        last: bool = False,
    ) -> None:
        """How far a collector is; lines closer than a quarter of a second are dropped, except the last."""
        moment = time.monotonic()
        if not last and moment - self._shown.get(collector, -1.0) < _SPACING:
            return
        self._shown[collector] = moment
        self._write(
            {
                "kind": "progress",
                "collector": collector,
                "done": done,
                "total": total,
                "unit": unit,
                "rate": rate,
                "left": left,
                "what": what,
            }
        )

    def live(self, collector: str, flows: "list[dict[str, Any]]", **sums: Any) -> None:
        """What is known by now of what is still being watched; the records at the end are what counts."""
        self._write({"kind": "live", "collector": collector, **sums, "flows": flows})

    def problem(
        self, collector: str, where: str, what: str, status: str, remedy: str = "", lost: Optional[bool] = None
    ) -> None:
        """Something could not be seen. ``lost`` (unless given: denied or error) makes the collector partial."""
        count = self._problems[collector] = self._problems.get(collector, 0) + 1
        if lost if lost is not None else status in ("denied", "error"):
            self._lost[collector] = self._lost.get(collector, 0) + 1
        if count <= limits.PROBLEMS:
            self._problem(collector, where, what, status, remedy)

    def _problem(self, collector: str, where: str, what: str, status: str, remedy: str) -> None:
        self._write(
            {
                "kind": "problem",
                "collector": collector,
                "where": where,
                "what": what,
                "status": status,
                "remedy": remedy,
            }
        )

    def end(self, collector: str, failure: str = "") -> None:
        """A collector ends: failed, cancelled, partial (something could not be seen) or complete."""
        beyond = self._problems.get(collector, 0) - limits.PROBLEMS
        if beyond > 0:
            self._problem(collector, "", f"{beyond:,} more problems of this kind are not listed", "unsupported", "")
        lost = self._lost.get(collector, 0)
        if failure:
            outcome, note = "failed", failure
        elif self.cancelled.is_set():
            outcome, note = "cancelled", "cancelled; what was collected until then is kept"
        elif lost:
            outcome, note = (
                "partial",
                "1 thing could not be seen" if lost == 1 else f"{lost:,} things could not be seen",
            )
        else:
            outcome, note = "complete", ""
        records = self._records.get(collector, 0)
        line = {
            "kind": "end",
            "collector": collector,
            "outcome": outcome,
            "time": now(),
            "records": records,
            "note": note,
        }
        self._write(line)

    def bye(self) -> None:
        """The last line."""
        self._write({"kind": "bye", "time": now(), "cancelled": self.cancelled.is_set()})
