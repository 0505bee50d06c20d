"""What NVIDIA's management library says of each GPU, asked in a child that may hang, crash or lack functions."""

import importlib.util
import json
import os
import select
import subprocess
import sys
import time
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

from . import limits
from .stream import Stream

NAME = "gpus"
PLACES = (
    "/usr/lib/wsl/lib/libnvidia-ml.so.1",
    "/usr/local/nvidia/lib64/libnvidia-ml.so.1",
    "/run/nvidia/driver/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1",
    "/run/nvidia/driver/usr/lib64/libnvidia-ml.so.1",
)
"""Where the library lies when the loader does not know of it."""
MOST_HUNG = 3
"""Calls that may hang or crash before no more is asked."""
PATIENCE = 5.0
"""Seconds that one call may take."""
_STARTER = (
    'import sys;b=sys.stdin.buffer;exec(compile(b.read(int(b.readline())),"nvml","exec"),{"__name__":"__probe__"})'
)
_LARGEST = 4 * limits.MIB

At = Union[int, str]


class Answers(NamedTuple):
    """All that was told, by place (``system`` or the index of a GPU) and field."""

    fields: Dict[At, Dict[str, Dict[str, Any]]]
    hung: List[str]
    """Functions that did not come back."""
    whole: bool
    """Whether the last question was asked."""


def ask(stream: Stream, seconds: float, patience: float = PATIENCE) -> Answers:
    """Ask the library; a call that hangs or crashes is left out and the rest is asked anew. Raises OSError."""
    fields: Dict[At, Dict[str, Dict[str, Any]]] = {}
    hung: List[str] = []
    ends = time.monotonic() + seconds
    while True:
        whole, asking = _round(stream, fields, hung, ends, patience)
        if whole or not asking or len(hung) >= MOST_HUNG or time.monotonic() > ends or stream.cancelled.is_set():
            return Answers(fields, [*hung, asking] if asking and not whole else hung, whole)
        hung.append(asking)


def _round(
    stream: Stream, fields: "Dict[At, Dict[str, Dict[str, Any]]]", skip: "List[str]", ends: float, patience: float
) -> Tuple[bool, str]:
    """One child's answers into ``fields``; whether it came to its end, and which function it was in."""
    program = source()
    given = b"%d\n" % len(program) + program + json.dumps({"skip": skip, "places": PLACES}).encode("ascii") + b"\n"
    pipe = subprocess.PIPE
    asking, waiting = "", b""
    with subprocess.Popen(
        command(), stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environment(), cwd="/"
    ) as child:
        if child.stdin is None or child.stdout is None:
            raise OSError("no pipes to the child")
        try:
            child.stdin.write(given)
            child.stdin.flush()
        except BrokenPipeError:
            return False, asking
        taken, heard = 0, time.monotonic()
        while True:
            now = time.monotonic()
            if now > ends or now - heard > patience or stream.cancelled.is_set() or taken > _LARGEST:
                child.kill()
                return False, asking
            if not select.select([child.stdout.fileno()], [], [], 0.1)[0]:
                continue
            data = os.read(child.stdout.fileno(), 64 * limits.KIB)
            if not data:
                break
            heard, taken = time.monotonic(), taken + len(data)
            *lines, waiting = (waiting + data).split(b"\n")
            for line in lines:
                asking = _take(line, fields, asking)
        child.kill()
    system = fields.get("system", {})
    return "end" in system or system.get("library", {}).get("status") == "absent", asking


def _take(line: bytes, fields: "Dict[At, Dict[str, Dict[str, Any]]]", asking: str) -> str:
    """Keep an answer; gives the function that is being asked from then on."""
    try:
        told = json.loads(line.decode("utf-8", "replace"))
        if "asking" in told:
            return str(told["asking"])[:80]
        if isinstance(told["at"], (int, str)):
            fields.setdefault(told["at"], {})[str(told["field"])] = told
    except (ValueError, KeyError, TypeError):
        pass
    return asking


def command() -> "List[str]":
    """What runs the child: this Python, or the frozen app that the probe itself runs in."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--probe"]
    return [sys.executable, "-I", "-S", "-B", "-c", _STARTER]


def environment() -> "Dict[str, str]":
    """Nothing of the probe's own but where libraries are looked for."""
    kept = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
    places: Optional[str] = os.environ.get("LD_LIBRARY_PATH")
    return {**kept, "LD_LIBRARY_PATH": places} if places else kept


def source() -> bytes:
    """The text of the child. Raises OSError where this probe lacks it."""
    name = f"{__package__}.nvml_calls"
    spec = importlib.util.find_spec(name)
    text = spec.loader.get_source(name) if spec and spec.loader else None  # type: ignore[attr-defined]
    if not text:
        raise OSError("the probe lacks the part that asks the library")
    return str(text).encode("utf-8")


def report(stream: Stream, seconds: float, nvidia: bool) -> "List[str]":
    """Write what was told as records, and what failed as problems; gives the files that the library was mapped from."""
    try:
        answers = ask(stream, seconds)
    except OSError as error:
        stream.problem(NAME, "NVML", f"cannot be asked: {error.strerror or error}", "error", lost=nvidia)
        return []
    system = answers.fields.get("system", {})
    library = system.get("library", {})
    if library.get("status") != "observed":
        if nvidia:
            what = f"cannot be loaded: {library.get('note') or 'no answer'}"
            stream.problem(NAME, "libnvidia-ml.so.1", what, "absent", "install the driver's libraries", lost=False)
        return []
    files = [str(path) for path in library.get("value") or []]
    for function in answers.hung:
        remedy = "is the driver stuck, or the library not NVIDIA's? see dmesg"
        stream.problem(
            NAME, function, f"did not come back, or ended the process, in {PATIENCE:g} seconds", "error", remedy
        )
    if not answers.whole and not answers.hung:
        stream.problem(NAME, "NVML", "ended before all was asked", "error", lost=True)
    where = files[0] if files else "libnvidia-ml.so.1"
    missing = sorted({
        told["call"] for fields in answers.fields.values() for told in fields.values()
        if str(told.get("note", "")).startswith("the library has no ")
    })  # fmt: skip
    if missing:
        what = f"lacks {len(missing)} functions: {', '.join(missing[:40])}"
        stream.problem(NAME, where, what, "unsupported", "compare its version with the driver's", lost=False)
    failed = system.get("count", {})
    if failed.get("value") is None:
        stream.problem(
            NAME, where, str(failed.get("note") or "did not tell how many GPUs there are"), "error", lost=nvidia
        )
    for at in sorted(key for key in answers.fields if isinstance(key, int)):
        stream.record(NAME, "gpu", where, "nvml", origin="nvml", place=at, bus="", fields=_told(answers.fields[at]))
    stream.record(NAME, "gpu-driver", where, "nvml", fields=_told(system))
    return files


def _told(fields: "Dict[str, Dict[str, Any]]") -> "Dict[str, Dict[str, Any]]":
    return {
        name[:64]: {
            "value": told.get("value"),
            "status": str(told.get("status") or "error"),
            "note": str(told.get("note") or "")[:300],
            "source": str(told.get("call") or "")[:80],
        }
        for name, told in fields.items()
        if name not in ("end", "handle")
    }
