"""One audit run by the app: options in, progress and result out."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QDateTime, QObject, Qt, Signal

from auditor.desktop.child import Child, Ended
from auditor.desktop.progress import Progress
from auditor.errors import UserError


@dataclass(frozen=True)
class Wanted:
    """What the start page asks for; see ``auditor audit --help``."""

    target: str
    policy: str
    out: Path
    models: tuple[Path, ...] = ()
    stores: bool = True
    observe: int = 10
    """Seconds."""
    params: dict[str, str] = field(default_factory=dict)
    organisation: str = ""
    sealed: tuple[Path, ...] = ()
    """Results of sealed runs that the audit takes in."""
    sudo: bool = False
    """On a host reached by SSH: run the probe by ``sudo -n``."""
    language: str = "en"
    low: bool = True
    """Read at the lowest priority."""

    def arguments(self) -> list[str]:
        """The command line."""
        line = ["audit", self.target, "--events", "--no-history", "--policy", self.policy, "--out", str(self.out)]
        line += ["--observe", str(self.observe), "--language", self.language]
        for path in self.models:
            line += ["--models", str(path)]
        for path in self.sealed:
            line += ["--sealed", str(path)]
        if not self.stores:
            line.append("--only-models")
        for name, value in self.params.items():
            line += ["--param", f"{name}={value}"]
        if not self.low:
            line += ["--priority", "normal"]
        if self.sudo:
            line.append("--sudo")
        if self.organisation:
            line += ["--organisation", self.organisation]
        return line


class Run(QObject):
    """A running audit."""

    progressed = Signal()
    finished = Signal(dict)
    """The ``result`` message."""
    failed = Signal(object)
    """A UserError: what happened and what to do."""

    def __init__(self, wanted: Wanted, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.wanted = wanted
        self.progress = Progress()
        self.stopping = False
        self.started = QDateTime.currentDateTimeUtc().toString(Qt.DateFormat.ISODate)
        """By this workstation's clock."""
        self._result: dict[str, Any] | None = None
        self._error: UserError | None = None
        self.child = Child(wanted.arguments(), self)
        self.child.message.connect(self._take)
        self.child.ended.connect(self._end)

    def start(self) -> None:
        """Begin; returns at once."""
        self.child.start()

    def cancel(self) -> None:
        """Stop looking and keep what was seen: the child judges it and marks it partial."""
        self.stopping = True
        self.child.send({"command": "cancel"})
        self.progressed.emit()

    def stop(self) -> None:
        """End the child now; for the end of the app."""
        self.child.stop()

    def _take(self, message: dict[str, Any]) -> None:
        if message.get("kind") == "result":
            self._result = message
        elif message.get("kind") == "error":
            self._error = UserError(*(str(message.get(key) or "") for key in ("message", "hint", "where")))
        else:
            self.progress.feed(message)
            self.progressed.emit()

    def _end(self, ended: Ended) -> None:
        if self._result is not None:
            self.finished.emit(self._result)
        else:
            self.failed.emit(self._error or self._explain(ended))

    def _explain(self, ended: Ended) -> UserError:
        if ended.crashed:
            return UserError(
                self.tr("The audit's process was ended from outside, or crashed. Nothing was judged."),
                self.tr("Start the audit again. If it happens again, look whether the host runs out of memory."),
                ended.errors.strip()[-500:],
            )
        lines = ended.errors.strip().splitlines() or [
            self.tr("The audit ended without a result (code {code}).").format(code=ended.code)
        ]
        return UserError(lines[0], "\n".join(lines[1:])[-2000:])
