"""The first process of a box: puts up its walls, plants the control's leaks, starts the server, sends the prompts.

When it ends, the kernel ends everything else in the box.
"""

import collections
import contextlib
import os
import signal
import subprocess
import threading
import time
from typing import Any

from auditor.facts.sealed import Place
from auditor.sealed import client, control, files, kernel, link
from auditor.sealed.messages import tell
from auditor.sealed.plan import Plan

TAIL = 60
"""Last lines of what the server said that are told where it fails."""
AGAIN = 20.0
"""Seconds between prompts while it is watched: what sends in batches needs something to send."""
TERM = 5.0
LINGER = 1.0
"""Seconds that the control stays after its attempt: whose network it was in is read from the process itself."""


def run(plan: Plan, told: int, commands: int, up: int, authority: bytes) -> None:
    """The whole life of the box. ``commands`` gives a byte for each step; its end means the box has to."""
    kernel.die_with_parent(0)
    kernel.unshare(kernel.NEW_NET | kernel.NEW_NS)
    os.write(up, b"n")
    os.close(up)
    if os.read(commands, 1) != b"w":
        return
    missing = [*files.arrange(plan, authority)]
    without = link.connect(route=plan.route)
    network = os.stat("/proc/self/ns/net").st_ino
    tell(told, "walls", network=network, missing=missing, without=without)
    if os.read(commands, 1) != b"g":
        return
    if plan.control:
        tell(told, "stage", stage="control")
        _plant(plan)
    Server(plan, told, commands).live()


def _plant(plan: Plan) -> None:
    """Plant the leaks, in a process of their own; how it ends is seen by what is found."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            signal.alarm(60)
            if plan.route:
                control.plant(plan.marks.tokens[Place.CONTROL], files.BUNDLE)
            else:
                control.try_to_leave()
                time.sleep(LINGER)
        os._exit(0)
    os.waitpid(child, 0)


class Server:
    """The server under test, from its start to its end."""

    def __init__(self, plan: Plan, told: int, commands: int) -> None:
        self._plan, self._commands = plan, commands
        self._told = told
        self._said: collections.deque[str] = collections.deque(maxlen=TAIL)
        self._stop = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def _tell(self, kind: str, **what: Any) -> None:
        tell(self._told, kind, **what)

    def live(self) -> None:
        """Start, wait for the interface, send the prompts, watch, stop."""
        threading.Thread(target=self._listen, daemon=True).start()
        begun = time.monotonic()
        self._tell("stage", stage="starting")
        try:
            # Between fork and exec only calls of the kernel are made.
            self._process = subprocess.Popen(
                self._plan.command, cwd=self._plan.folder, env=dict(self._plan.environment),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                start_new_session=True, preexec_fn=_confine,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            self._tell("over", why=f"the command cannot be started: {error}", said=[])
            return
        threading.Thread(target=self._read, daemon=True).start()
        api = self._wait(begun + self._plan.patience)
        ready = time.monotonic()
        if api is not None:
            self._tell("ready", api=api.kind, model=api.model, seconds=round(ready - begun))
            self._prompt(api)
            why = self._watch(api, ready + self._plan.seconds)
        else:
            why = "" if self._stop.is_set() else self._absent()
            if self._process.poll() is not None:
                # What was still on its way when it ended may come from processes that it left.
                self._stop.wait(1.0)
        self._tell("over", why=why, said=list(self._said) if why else [], watched=round(time.monotonic() - ready))
        self._end()

    def _listen(self) -> None:
        """The end of the commands means stop."""
        while os.read(self._commands, 1):
            pass
        self._stop.set()
        # A request that hangs must not keep the box alive.
        time.sleep(TERM + 2)
        os._exit(0)

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.append(line[:500].decode("utf-8", "replace").rstrip())

    def _wait(self, until: float) -> client.Api | None:
        """The interface once it answers."""
        assert self._process is not None
        key = self._plan.marks.tokens[Place.API_KEY]
        while time.monotonic() < until and not self._stop.is_set() and self._process.poll() is None:
            for host, port in client.listening():
                if self._plan.prompt_command:
                    return client.Api("command", host, port, "")
                found = client.detect(host, port, key)
                if found is not None:
                    return found
            _reap(self._process.pid)
            self._stop.wait(0.2)
        return None

    def _absent(self) -> str:
        assert self._process is not None
        code = self._process.poll()
        if code is not None:
            return f"the command ended with {code} before an interface answered"
        ports = ", ".join(str(port) for _, port in client.listening())
        where = f"ports {ports} accept connections" if ports else "no port accepts connections"
        return f"no known interface answered within {self._plan.patience:.0f} s; {where}"

    def _prompt(self, api: client.Api) -> None:
        self._tell("stage", stage="prompts")
        if api.kind == "command":
            self._command(api)
            return
        key = self._plan.marks.tokens[Place.API_KEY]
        for asked in client.requests(api, self._plan.marks, self._plan.prompts):
            if self._stop.is_set():
                return
            status, _ = client.ask(api.host, api.port, "POST", asked.path, asked.body, key=key)
            self._tell(
                "answer", place=asked.place.value, api=f"POST {asked.path}", status=status, ok=200 <= status < 300
            )

    def _command(self, api: client.Api) -> None:
        token = self._plan.marks.tokens[Place.PROMPT]
        host = f"[{api.host}]" if ":" in api.host else api.host
        more = {
            "AUDITOR_MARK": token,
            "AUDITOR_PROMPT": client.prompt(token),
            "AUDITOR_URL": f"http://{host}:{api.port}",
        }
        try:
            code = subprocess.run(
                self._plan.prompt_command, cwd=self._plan.folder, env={**self._plan.environment, **more},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                timeout=client.ANSWER, preexec_fn=_confine, check=False,
            ).returncode  # fmt: skip
        except (OSError, subprocess.SubprocessError):
            code = 127
        self._tell("answer", place=Place.PROMPT.value, api="command", status=code, ok=code == 0)

    def _watch(self, api: client.Api, until: float) -> str:
        """Wait for what comes later; a prompt now and then. Gives why it ended early."""
        assert self._process is not None
        self._tell("stage", stage="watching")
        key = self._plan.marks.tokens[Place.API_KEY]
        again = time.monotonic() + AGAIN
        while time.monotonic() < until and not self._stop.is_set():
            if self._process.poll() is not None:
                return f"the server ended with {self._process.poll()} while it was watched"
            if time.monotonic() > again:
                again = time.monotonic() + AGAIN
                if api.kind == "command":
                    self._command(api)
                else:
                    asked = next(iter(client.requests(api, self._plan.marks, ())))
                    client.ask(api.host, api.port, "POST", asked.path, asked.body, key=key)
            _reap(self._process.pid)
            self._stop.wait(0.2)
        return ""

    def _end(self) -> None:
        """Ask the server to end, as its own stop would: what it sends then belongs to it."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(TERM)


def _confine() -> None:
    """In the new process, before the program: less rights, and no sockets that lead elsewhere."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    kernel.drop_rights()
    kernel.filter_sockets()


def _reap(server: int) -> None:
    """Take orphans that have ended off the table; the server is left to its own handle."""
    while True:
        try:
            ended: Any = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid == server:
            return
        with contextlib.suppress(ChildProcessError):
            os.waitpid(ended.si_pid, os.WNOHANG)
