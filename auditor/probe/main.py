"""Runs the collectors that a request names, in a fixed order; none takes another one down."""

import importlib
import json
import os
import platform
import threading
from typing import TYPE_CHECKING, Any, BinaryIO, Callable, Dict, List

from . import host, limits, priority
from .stream import PROTOCOL, Stream

if TYPE_CHECKING:
    from . import processes
    from .found import Weight

COLLECTORS = ("host", "gpus", "processes", "models", "weights", "custody", "footprints", "endpoints", "traffic")
"""In the order of running; ``endpoints`` and ``traffic`` run beside all others."""
BESIDE = ("traffic", "endpoints")


def run(commands: BinaryIO, out: BinaryIO) -> int:
    """Serve one request: its line is read from ``commands``, the answer goes to ``out``. Gives the exit code."""
    stream = Stream(out)
    line = commands.readline(limits.REQUEST)
    stream.hello(platform.python_version(), os.getpid(), os.geteuid(), host.capabilities())
    try:
        request = json.loads(line)
        collectors = request["collectors"]
        if request["protocol"] != PROTOCOL or not isinstance(collectors, dict):
            raise ValueError(f"protocol {PROTOCOL} is spoken here")
    except (ValueError, KeyError, TypeError) as error:
        stream.problem("", "request", f"cannot be understood: {error}", "error", "use the same version on both sides")
        stream.bye()
        return 2
    stream.listen(commands)
    if request.get("nice", True):
        priority.lower()
    for name in sorted(set(collectors) - set(COLLECTORS)):
        stream.problem(name, "request", "this probe has no such collector", "unsupported")
    _serve(stream, {name: collectors[name] for name in COLLECTORS if isinstance(collectors.get(name), dict)})
    stream.bye()
    return 0


def _serve(stream: Stream, asked: Dict[str, Dict[str, Any]]) -> None:
    places: "List[processes.Places]" = []
    files: "List[Weight]" = []

    def do(name: str, *more: Any) -> Any:
        # Only what is asked for is loaded: compiling all of the probe takes longer than hashing a small model.
        return importlib.import_module(f".{name}", __package__).collect(stream, asked[name], *more)

    work: Dict[str, Callable[[], None]] = {
        "host": lambda: do("host"),
        "gpus": lambda: do("gpus"),
        "processes": lambda: places.append(do("processes")),
        "models": lambda: files.extend(do("models", _known(places, "models"))),
        "weights": lambda: do("weights", files),
        "custody": lambda: do("custody", files),
        "footprints": lambda: do("footprints", _known(places, "homes"), _known(places, "configs")),
    }
    beside = [threading.Thread(target=_watch, args=(stream, name, do), name=name) for name in BESIDE if name in asked]
    for thread in beside:
        thread.start()
    for name, collector in work.items():
        if name in asked:
            _guard(stream, name, collector)
    for thread in beside:
        thread.join()


def _watch(stream: Stream, name: str, do: Callable[[str], None]) -> None:
    _guard(stream, name, lambda: do(name))


def _known(places: "List[processes.Places]", what: str) -> List[str]:
    """What the processes pointed to, if they were looked at."""
    return sorted(place for found in places for place in getattr(found, what))


def _guard(stream: Stream, name: str, collector: Callable[[], None]) -> None:
    """Run one collector; what it did not expect becomes its problem and its end."""
    stream.begin(name)
    failure = ""
    try:
        collector()
    except Exception as error:
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        at = f" ({os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno})" if place is not None else ""
        failure = f"{type(error).__name__}: {error}{at}"
        stream.problem(name, "probe", failure, "error", "report this as a fault of the probe")
    stream.end(name, failure)
