"""The collector ``endpoints``: what serving processes answer on loopback, and how many requests they served meanwhile.

Only where it is asked for. GET alone, on a closed list of paths, to sockets of processes that look like a stack, in
their own network namespace; a socket that listens on no loopback address is not asked. Counters are read twice, the
second time shortly before the watch of the network ends.
"""

import ctypes
import hashlib
import json
import os
import re
import threading
import time
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Set, Tuple

from . import asking, limits, masks, sockets
from .processes import command_of, identity, pids
from .stream import Stream, now
from .text import decode

NAME = "endpoints"
PATHS = frozenset({
    "/", "/version", "/v1/models", "/server_info", "/model_info", "/info", "/health", "/metrics", "/props",
    "/api/version", "/api/tags", "/api/ps", "/v2", "/readyz", "/api/v0/models", "/health/readiness",
})  # fmt: skip
"""All that is ever asked, whatever a request names; each only reads."""
_METRICS = "/metrics"
_NEWNET = 0x40000000
_FLAGS = re.compile(r"(?:^|\s)--?[A-Za-z]")


class Place(NamedTuple):
    """A socket that is asked."""

    pid: int
    address: str
    port: int
    paths: Tuple[str, ...]
    counters: Tuple[str, ...]

    @property
    def url(self) -> str:
        """Without a path."""
        return f"http://[{self.address}]:{self.port}" if ":" in self.address else f"http://{self.address}:{self.port}"


def collect(stream: Stream, request: Dict[str, Any]) -> None:
    """Ask every place once, then the counters again shortly before ``seconds`` have passed."""
    began = time.monotonic()
    places = found(stream, request)
    counting = [place for place in places if ask(stream, place) and place.counters]
    seconds = max(0.0, min(float(request.get("seconds") or 0), limits.WATCH_SECONDS))
    if not counting or not seconds:
        return
    # Within the watch: what is counted is then never more than what was served while somebody looked.
    stream.cancelled.wait(max(0.0, seconds - limits.COUNTING_SECONDS - (time.monotonic() - began)))
    for place in counting:
        _tell(stream, place, _METRICS, _in_namespace(place, (_METRICS,)).get(_METRICS), "after")


def found(stream: Stream, request: Dict[str, Any]) -> List[Place]:
    """The sockets of processes that look like one of the request's stacks, by pid and port."""
    stacks = [
        (_words(one.get("words", ())), set(map(str, one.get("paths", ()))), list(map(str, one.get("counters", ()))))
        for one in request.get("stacks", ())
    ]
    places: List[Place] = []
    own = {os.getpid(), os.getppid()}
    for pid in pids():
        if stream.cancelled.is_set() or len(places) >= limits.ENDPOINTS:
            break
        try:
            shown = " ".join([identity(pid).name, *command_of(pid)])[: 16 * limits.KIB] if pid not in own else ""
        except OSError:
            continue
        fitting = [stack for stack in stacks if stack[0] is not None and stack[0].search(shown)]
        if not fitting:
            continue
        paths = tuple(sorted(set().union(*(stack[1] for stack in fitting)) & PATHS))
        counters = tuple(sorted({name for stack in fitting for name in stack[2]}))
        listening = _listening(stream, pid)
        places += [Place(pid, *where, paths, counters) for where in sorted(listening)[: limits.ENDPOINTS_PER_PROCESS]]
    unique: Dict[Tuple[int, str, int], Place] = {}
    for place in places:
        # Workers hold the socket of their master; the one who came first is asked.
        unique.setdefault((_namespace(place.pid), place.address, place.port), place)
    return [place for place in unique.values() if place.paths]


def ask(stream: Stream, place: Place) -> bool:
    """Ask one socket everything, and tell what it answered; false where it does not answer at all."""
    replies = _in_namespace(place, place.paths)
    for path in place.paths:
        _tell(stream, place, path, replies.get(path), "before" if path == _METRICS else "")
    return any(reply.status for reply in replies.values())


def told(reply: asking.Reply, path: str, counters: Iterable[str]) -> Any:
    """What is kept of a body: JSON without its secrets, the asked-for counters, or the beginning of a text."""
    if path == _METRICS:
        wanted = tuple(counters)
        lines = decode(reply.body).split("\n")
        kept = [line[: limits.KIB] for line in lines if re.split(r"[{\s]", line, maxsplit=1)[0] in wanted]
        return "\n".join(kept[: limits.COUNTERS])
    try:
        return _masked(json.loads(reply.body.decode("utf-8")), 0)
    except (ValueError, RecursionError):
        return masks.text(decode(reply.body[: 4 * limits.KIB]))[:256]


def _words(words: Iterable[str]) -> "Optional[re.Pattern[str]]":
    texts = sorted(filter(None, map(str, words)))
    if not texts:
        return None
    return re.compile(r"(?<![a-z0-9])(?:" + "|".join(map(re.escape, texts)) + r")(?![a-z0-9])", re.I)


def _masked(value: Any, depth: int) -> Any:
    """JSON without secrets; a command line within it is masked like one."""
    if depth > limits.ANSWER_DEPTH:
        return masks.MASK
    if isinstance(value, dict):
        return {
            masks.text(str(key)): masks.MASK
            if masks.secret(str(key)) and item not in (None, "", True, False)
            else _masked(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list):
        if all(isinstance(item, str) for item in value):
            return masks.command(value)
        return [_masked(item, depth + 1) for item in value]
    if isinstance(value, str):
        return " ".join(masks.command(value.split())) if _FLAGS.search(value) else masks.text(value)
    return value


def _listening(stream: Stream, pid: int) -> Set[Tuple[str, int]]:
    """Loopback addresses and ports of the TCP sockets that a process listens on."""
    try:
        held = {
            int(target[8:-1])
            for entry in os.scandir(f"/proc/{pid}/fd")
            for target in [_link(entry.path)]
            if target.startswith("socket:[")
        }
        rows = [row for proto in ("tcp", "tcp6") for row in _table(pid, proto) if row.listens and row.inode in held]
    except PermissionError:
        what = f"the sockets of {identity(pid).name} may not be seen by this user, so it was not asked"
        stream.problem(NAME, f"/proc/{pid}/fd", what, "denied", "run the audit as root")
        return set()
    except OSError:
        return set()
    found: Set[Tuple[str, int]] = set()
    for row in rows:
        if row.address.startswith("127.") or row.address == "::1":
            found.add((row.address, row.port))
        elif row.address in sockets.WILDCARDS:
            found.add(("::1" if row.address == "::" and ("0.0.0.0", row.port) in found else "127.0.0.1", row.port))
        else:
            where = f"{row.address}:{row.port}"
            stream.problem(NAME, where, "listens on no loopback address, so it was not asked", "unsupported")
    return found


def _table(pid: int, proto: str) -> List[sockets.Socket]:
    try:
        return sockets.table(pid, proto)
    except FileNotFoundError:
        return []


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""


def _namespace(pid: int) -> int:
    try:
        return os.stat(f"/proc/{pid}/ns/net").st_ino
    except OSError:
        return 0


def _in_namespace(place: Place, paths: Iterable[str]) -> Dict[str, asking.Reply]:
    """Ask from within the network namespace of the process, in a thread that enters it and then ends."""
    replies: Dict[str, asking.Reply] = {}

    def work() -> None:
        try:
            _enter(place.pid)
        except OSError as error:
            fault = f"the network namespace of the process may not be entered: {error.strerror}"
            replies.update({path: asking.Reply(fault=fault) for path in paths})
            return
        for path in paths:
            most = limits.ANSWER_METRICS if path == _METRICS else limits.ANSWER
            replies[path] = reply = asking.get(place.address, place.port, path, most)
            if not reply.status:
                # Who hangs or speaks no HTTP is not waited for again.
                break

    thread = threading.Thread(target=work, name="ask", daemon=True)
    thread.start()
    thread.join(limits.ANSWER_SECONDS * (len(PATHS) + 1))
    return dict(replies)


def _enter(pid: int) -> None:
    """Put this thread into the network namespace of a process, where that is another one. Raises OSError."""
    if _namespace(pid) == os.stat("/proc/thread-self/ns/net").st_ino:
        return
    descriptor = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if library.setns(descriptor, _NEWNET) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
    finally:
        os.close(descriptor)


def _tell(stream: Stream, place: Place, path: str, reply: Optional[asking.Reply], when: str) -> None:
    if reply is None:
        return
    seen = bool(reply.status)
    stream.record(
        NAME, "endpoint", f"GET {place.url}{path}", "http", status="observed" if seen else "error", note=reply.fault,
        pid=place.pid, path=path, when=when, asked=now(), client=reply.client, code=reply.status,
        size=len(reply.body), sha256=hashlib.sha256(reply.body).hexdigest() if seen else None, cut=reply.cut,
        origins=reply.headers.get("access-control-allow-origin", ""),
        body=told(reply, path, place.counters) if 200 <= reply.status < 300 else None,
    )  # fmt: skip
