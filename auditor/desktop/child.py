"""A child process of the app: the same program's command line, speaking one JSON object a line.

All work with files, hosts and keys happens there, so that the window stays responsive and a crash costs one task.
"""

import contextlib
import json
import logging
import os
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

import auditor
from auditor.desktop.work import Work
from auditor.errors import UserError

log = logging.getLogger(__name__)

LONGEST_LINE = 64 * 2**20
"""Bytes; a child that sends more without a line feed is stopped."""
LONGEST_TAIL = 16 * 2**10
"""Bytes of standard error that are kept."""
SLICE = 0.004
"""Seconds that messages of a child may take at a time; the window has its turn then."""
NICE = 5
"""Of children; the probe goes to the lowest priority by itself."""
LARGE = 64 * 2**10
"""Bytes; a larger answer is read beside the window."""


def command_line(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """Program and arguments that run ``auditor ARGUMENTS``, from a checkout as from a frozen app."""
    if getattr(sys, "frozen", False):
        return sys.executable, list(arguments)
    return sys.executable, ["-m", "auditor", *arguments]


def environment(more: dict[str, str]) -> QProcessEnvironment:
    """The child's environment: this one's, with the same package to be found whatever the folder it starts in."""
    variables = QProcessEnvironment.systemEnvironment()
    if not getattr(sys, "frozen", False):
        package = str(Path(auditor.__file__).resolve().parents[1])
        variables.insert("PYTHONPATH", os.pathsep.join(filter(None, (package, variables.value("PYTHONPATH")))))
    variables.insert("PYTHONIOENCODING", "utf-8")
    variables.insert("PYTHONUNBUFFERED", "1")
    for name, value in more.items():
        variables.insert(name, value)
    return variables


def step_back(process: QProcess) -> None:
    """Let the window go before its child where both want the processor; what the child starts inherits it."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, process.processId(), NICE)


@dataclass(frozen=True)
class Ended:
    """How a child ended."""

    code: int
    crashed: bool
    errors: str
    """The end of its standard error."""


class Child(QObject):
    """One run of one command."""

    message = Signal(dict)
    """One JSON object of its output."""
    ended = Signal(object)
    """:class:`Ended`; the last signal."""

    def __init__(self, arguments: Sequence[str], parent: QObject | None = None, **variables: str) -> None:
        super().__init__(parent)
        self._buffer = b""
        self._errors = b""
        self._over = False
        self._lines: deque[bytes] = deque()
        self._turn = QTimer(self)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._take)
        self._process = QProcess(self)
        program, rest = command_line(arguments)
        self._process.setProgram(program)
        self._process.setArguments(rest)
        self._process.setProcessEnvironment(environment(variables))
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._read_errors)
        self._process.started.connect(lambda: step_back(self._process))
        self._process.finished.connect(self._finish)
        self._process.errorOccurred.connect(self._fail)

    def start(self) -> None:
        """Start; returns at once."""
        self._process.start()

    @property
    def pid(self) -> int:
        """Process id, 0 where it does not run."""
        return self._process.processId()

    @property
    def running(self) -> bool:
        """Whether it has been started and has not ended."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    def send(self, message: dict[str, Any]) -> None:
        """One line to its standard input."""
        if self.running:
            self._process.write(json.dumps(message).encode() + b"\n")

    def stop(self, patience_ms: int = 3000) -> None:
        """Close its input, which cancels it; after the patience, kill it. Blocks; for the end of the app."""
        if not self.running:
            return
        self._process.closeWriteChannel()
        if not self._process.waitForFinished(patience_ms):
            self._process.kill()
            self._process.waitForFinished(patience_ms)

    def _read(self) -> None:
        self._buffer += self._process.readAllStandardOutput().data()
        *lines, self._buffer = self._buffer.split(b"\n")
        self._lines.extend(lines)
        if self._lines:
            self._turn.start()
        if len(self._buffer) > LONGEST_LINE:
            self._buffer = b""
            self._process.kill()

    def _take(self) -> None:
        """Some of the lines; the window has its turn between."""
        end = time.monotonic() + SLICE
        while self._lines and time.monotonic() < end:
            self._parse(self._lines.popleft())
        if not self._lines:
            self._turn.stop()

    def _parse(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            log.warning("a line of the child is not JSON: %.200r", line)
            return
        if isinstance(found, dict):
            self.message.emit(found)

    def _read_errors(self) -> None:
        self._errors = (self._errors + self._process.readAllStandardError().data())[-LONGEST_TAIL:]

    def _fail(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._errors += self._process.errorString().encode()
            self._end(Ended(4, True, self._errors.decode("utf-8", "replace")))

    def _finish(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        self._read_errors()
        self._turn.stop()
        for line in (*self._lines, self._buffer):
            self._parse(line)
        crashed = status is QProcess.ExitStatus.CrashExit
        self._end(Ended(code, crashed, self._errors.decode("utf-8", "replace")))

    def _end(self, ended: Ended) -> None:
        if not self._over:
            self._over = True
            self.ended.emit(ended)


class Task(QObject):
    """A short command with ``--json``: gives its whole answer, or a :class:`UserError`."""

    done = Signal(object, int)
    """The JSON document and the exit code."""
    failed = Signal(object)
    """A UserError."""

    def __init__(self, arguments: Sequence[str], parent: QObject | None = None, **variables: str) -> None:
        super().__init__(parent)
        self._stopped = False
        self._reading: Work | None = None
        self._process = QProcess(self)
        program, rest = command_line([*arguments, "--json"])
        self._process.setProgram(program)
        self._process.setArguments(rest)
        self._process.setProcessEnvironment(environment(variables))
        self._process.started.connect(lambda: step_back(self._process))
        self._process.finished.connect(self._finish)
        self._process.errorOccurred.connect(self._fail)

    def start(self) -> None:
        """Start; returns at once."""
        self._process.start()
        self._process.closeWriteChannel()

    @property
    def running(self) -> bool:
        """Whether it still works."""
        reading = self._reading is not None and self._reading.running
        return reading or self._process.state() != QProcess.ProcessState.NotRunning

    def stop(self) -> None:
        """Kill it; it says nothing any more. Blocks shortly."""
        self._stopped = True
        if self._process.state() != QProcess.ProcessState.NotRunning:
            self._process.kill()
            self._process.waitForFinished(3000)
        if self._reading is not None:
            self._reading.stop()

    def _fail(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self.failed.emit(
                UserError(self.tr("The program's command line cannot be started."), self._process.errorString())
            )

    def _finish(self, code: int, status: QProcess.ExitStatus) -> None:
        if self._stopped:
            return
        errors = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace").strip()
        answer = bytes(self._process.readAllStandardOutput().data())
        head, _, hint = errors.partition("\n")
        message = head or self.tr("The command ended without an answer (code {code}).").format(code=code)
        without = UserError(message, hint[-2000:])
        if len(answer) <= LARGE:
            self._give(_document(answer), code, without)
            return
        self._reading = Work(lambda: _document(answer), self)
        self._reading.done.connect(lambda data: self._give(data, code, without))
        self._reading.start()

    def _give(self, data: Any, code: int, without: UserError) -> None:
        if data is _NOTHING:
            self.failed.emit(without)
        else:
            self.done.emit(data, code)


_NOTHING = object()


def _document(answer: bytes) -> Any:
    """The JSON, or a mark where there is none. A call into Python for each object gives the window its turn."""
    try:
        return json.loads(answer, object_pairs_hook=lambda pairs: dict(pairs))
    except (ValueError, RecursionError):
        return _NOTHING
