"""A child process of the app: the same program's command line, speaking one JSON object a line.

All work with files, hosts and keys happens there, so that the window stays responsive and a crash costs one task.
"""

import json
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

import auditor
from auditor.errors import UserError

log = logging.getLogger(__name__)

LONGEST_LINE = 64 * 2**20
"""Bytes; a child that sends more without a line feed is stopped."""
LONGEST_TAIL = 16 * 2**10
"""Bytes of standard error that are kept."""


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
        self._process = QProcess(self)
        program, rest = command_line(arguments)
        self._process.setProgram(program)
        self._process.setArguments(rest)
        self._process.setProcessEnvironment(environment(variables))
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._read_errors)
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
        for line in lines:
            self._parse(line)
        if len(self._buffer) > LONGEST_LINE:
            self._buffer = b""
            self._process.kill()

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
        self._parse(self._buffer)
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
        self._process = QProcess(self)
        program, rest = command_line([*arguments, "--json"])
        self._process.setProgram(program)
        self._process.setArguments(rest)
        self._process.setProcessEnvironment(environment(variables))
        self._process.finished.connect(self._finish)
        self._process.errorOccurred.connect(self._fail)

    def start(self) -> None:
        """Start; returns at once."""
        self._process.start()
        self._process.closeWriteChannel()

    @property
    def running(self) -> bool:
        """Whether it still works."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    def stop(self) -> None:
        """Kill it; it says nothing any more. Blocks shortly."""
        self._stopped = True
        if self.running:
            self._process.kill()
            self._process.waitForFinished(3000)

    def _fail(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self.failed.emit(
                UserError(self.tr("The program's command line cannot be started."), self._process.errorString())
            )

    def _finish(self, code: int, status: QProcess.ExitStatus) -> None:
        if self._stopped:
            return
        errors = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace").strip()
        try:
            data = json.loads(bytes(self._process.readAllStandardOutput().data()))
        except (ValueError, RecursionError):
            head, _, hint = errors.partition("\n")
            message = head or self.tr("The command ended without an answer (code {code}).").format(code=code)
            self.failed.emit(UserError(message, hint[-2000:]))
            return
        self.done.emit(data, code)
