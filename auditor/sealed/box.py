"""Starts and ends a box: namespaces of its own for a server, a sink for all that leaves it, and nothing left behind.

Three processes: the caller; the *keeper*, which holds the sink's end of the only network device; and the *first
process* of the box, which starts the server and sends the prompts. Each is killed when the one before it ends, however
that ends, and the kernel then takes away all processes, namespaces, mounts and files of the box: the files are in
memory, in mounts that nobody else sees.
"""

import contextlib
import datetime as dt
import errno
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from auditor.errors import UserError
from auditor.sealed import inside, kernel, link
from auditor.sealed.authority import Authority
from auditor.sealed.messages import Event, hear, tell, tell_record
from auditor.sealed.owners import Owners
from auditor.sealed.plan import Plan
from auditor.sealed.sink import Sink

_ALL = kernel.NEW_NS | kernel.NEW_UTS | kernel.NEW_IPC | kernel.NEW_NET | kernel.NEW_PID
DRAIN = 0.4
"""Seconds for which the sink goes on when the box is gone: what is on its way still arrives."""
GRACE = 12.0
"""Seconds in which a box that was told to stop has to."""


class Box:
    """A running box; iterate over it for what it tells, until it has ended."""

    def __init__(self, plan: Plan) -> None:
        """Start. Raises UserError where the kernel does not allow it, saying what is missing."""
        self._heard, heard_in = os.pipe()
        self._recorded, recorded_in = os.pipe()
        control_out, self._control = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            # An end that stays open here would never be seen to close there.
            for descriptor in (self._heard, self._recorded, self._control):
                os.close(descriptor)
            _become(lambda: _keep(plan, heard_in, recorded_in, control_out), heard_in)
        for descriptor in (heard_in, recorded_in, control_out):
            os.close(descriptor)
        self._ended = False
        self._network = 0
        self._first: Event | None = None
        try:
            self._map()
        except BaseException:
            self.kill()
            raise

    @property
    def network(self) -> int:
        """Number of the network namespace; 0 until the box is ready."""
        return self._network

    def _map(self) -> None:
        """The users of the box are those of the host; only who is outside may say so."""
        event = hear(self._heard)
        if event.kind == "failed":
            raise refused(event.told)
        if event.told.get("user"):
            try:
                _write_maps(self._pid)
            except OSError as error:
                raise refused({"call": "uid_map", "errno": error.errno, "what": str(error)}) from error
        os.write(self._control, b"m")

    def __iter__(self) -> Iterator[Event]:
        """What the first process and the sink tell. Raises UserError where the box could not be made."""
        open_ = {self._heard: True, self._recorded: True}
        while open_:
            ready, _, _ = select.select(list(open_), [], [], 0.25)
            for descriptor in ready:
                try:
                    event = hear(descriptor)
                except EOFError:
                    del open_[descriptor]
                    continue
                if event.kind == "failed":
                    raise refused(event.told)
                if event.kind == "walls":
                    self._network = int(event.told["network"])
                yield event
            if not ready:
                yield Event("tick", {})

    def go(self) -> None:
        """Let the box begin; before that nothing runs in it."""
        os.write(self._control, b"g")

    def stop(self) -> None:
        """Tell the box to end; what was seen still comes."""
        if self._control >= 0:
            os.close(self._control)
            self._control = -1

    def kill(self) -> None:
        """End it now, with everything in it; does nothing where it has ended."""
        self.stop()
        if not self._ended:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._pid, 0)
            self._ended = True
            os.close(self._heard)
            os.close(self._recorded)

    def __enter__(self) -> "Box":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def _become(work: Callable[[], None], told: int) -> None:
    """Run a child's part; never comes back, whatever happens."""
    code = 1
    try:
        work()
        code = 0
    except OSError as error:
        with contextlib.suppress(OSError):
            tell(told, "failed", what=str(error), errno=error.errno, call=str(error).split(":")[0])
    except BaseException as error:
        with contextlib.suppress(OSError):
            tell(told, "failed", what=f"{type(error).__name__}: {error}", errno=0, call="")
    finally:
        os._exit(code)


def _write_maps(pid: int) -> None:
    """Every user of this process's own view stays who he is; without rights, this user alone."""
    with open(f"/proc/{pid}/setgroups", "w") if os.geteuid() else contextlib.nullcontext() as file:
        if file is not None:
            file.write("deny")
    for name, number in (("uid_map", os.geteuid()), ("gid_map", os.getegid())):
        lines = f"{number} {number} 1\n"
        if os.geteuid() == 0:
            with open(f"/proc/self/{name}") as own:
                ranges = [line.split() for line in own]
            lines = "".join(f"{first} {first} {count}\n" for first, _, count in ranges)
        descriptor = os.open(f"/proc/{pid}/{name}", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(descriptor, lines.encode())
        finally:
            os.close(descriptor)


# ---- the keeper


def _keep(plan: Plan, told: int, recorded: int, control: int) -> None:
    parent = os.getppid()
    # Ctrl-C on a terminal is for the caller, who ends the box in order.
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    user = _separate()
    kernel.die_with_parent(parent)
    tell(told, "separated", user=user)
    if os.read(control, 1) != b"m":
        return
    kernel.mount("none", "/", flags=kernel.REC | kernel.PRIVATE)
    tap = link.wire() if plan.route else None
    authority = Authority(dt.datetime.now(dt.UTC))
    away, here = os.pipe()
    up_out, up_in = os.pipe()
    first = os.fork()
    if first == 0:
        os.close(here)
        os.close(up_out)
        os.close(recorded)
        os.close(control)
        if tap is not None:
            tap.socket.close()
        _become(lambda: inside.run(plan, told, away, up_in, authority.pem), told)
    os.close(away)
    os.close(up_in)
    os.close(told)
    if os.read(up_out, 1) == b"n" and tap is not None:
        netlink = link.Netlink()
        netlink.move(link.INSIDE, first)
        netlink.close()
    os.write(here, b"w")
    owners = Owners(first)
    sink = Sink(authority, owners.of)
    _serve(plan, tap, sink, first, recorded, control, here)


def _separate() -> bool:
    """Leave all namespaces; whether for those of a user namespace, too. Root does without where there is none."""
    try:
        kernel.unshare(_ALL | kernel.NEW_USER)
        return True
    except OSError:
        if os.geteuid():
            raise
    kernel.unshare(_ALL)
    return False


def _serve(plan: Plan, tap: "link.Tap | None", sink: Sink, first: int, recorded: int, control: int, here: int) -> None:
    """The sink's loop: until the box has ended and what was on its way has arrived."""
    watched = [control] + ([tap.socket.fileno()] if tap is not None else [])
    until, stopping, lost = 0.0, 0.0, 0
    begun = False
    while True:
        now = time.monotonic()
        ready, _, _ = select.select(watched, [], [], 0.1)
        if control in ready:
            word = os.read(control, 1)
            if word == b"g" and not begun:
                begun = True
                os.write(here, b"g")
            elif not word:
                watched.remove(control)
                os.close(here)
                stopping = now + GRACE
        if tap is not None:
            _pump(tap, sink)
            lost += tap.lost()
            for record in sink.ended(now):
                tell_record(recorded, record)
        if stopping and now > stopping:
            with contextlib.suppress(ProcessLookupError):
                os.kill(first, signal.SIGKILL)
        if not until:
            ended, _ = os.waitpid(first, os.WNOHANG)
            until = now + (DRAIN if tap is not None else 0.0) if ended else 0.0
        if until and now >= until:
            break
    for record in sink.finish():
        tell_record(recorded, record)
    tell(recorded, "end", lost=lost + sink.over)


def _pump(tap: "link.Tap", sink: Sink) -> None:
    now, clock = time.monotonic(), time.time()
    for _ in range(2000):
        packet = tap.read()
        if packet is None:
            break
        if packet:
            for answer in sink.feed(packet, now, clock):
                tap.write(answer)
    for answer in sink.tick(now):
        tap.write(answer)


# ---- what to say where the kernel refuses

_SWITCHES = (
    ("/proc/sys/user/max_user_namespaces", "0", "sysctl user.max_user_namespaces=0 forbids user namespaces"),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "sysctl kernel.unprivileged_userns_clone=0 forbids user "
     "namespaces without root"),
    ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "sysctl "
     "kernel.apparmor_restrict_unprivileged_userns=1 takes all rights from user namespaces of programs without an "
     "AppArmor profile"),
)  # fmt: skip


def refused(told: dict[str, Any]) -> UserError:
    """What is missing, precisely, where a box could not be made."""
    what, number = str(told.get("what", "")), told.get("errno")
    if "veth" in what and number in (errno.EOPNOTSUPP, errno.ENODEV, errno.EINVAL):
        return UserError("this kernel has no veth devices", "Load the module: modprobe veth.", what)
    if number in (errno.EPERM, errno.EACCES, errno.ENOSPC, errno.EUSERS, errno.EINVAL):
        for path, value, reason in _SWITCHES:
            with contextlib.suppress(OSError), open(path) as file:
                if file.read().strip() == value:
                    return UserError(f"no box can be made: {reason}", "Allow it for this user, or run as root.", what)
        hint = (
            "A container or a security module forbids new namespaces: run on the host itself."
            if os.geteuid() == 0
            else "New namespaces are forbidden to this user: run as root, or allow user namespaces."
        )
        return UserError("no box can be made", hint, what)
    return UserError(f"the box failed: {what}", "", sys.executable)
