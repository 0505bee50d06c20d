"""Work beside the window: a function in a thread of its own, its answer as a signal in the window's thread.

For what must end in this process's memory, such as an audit that is opened; everything else is a child process. A
thread in Python stops the window only while one call into C holds the interpreter, so such work is cut into small
calls, and the collector of garbage, which stops every thread, rests meanwhile.
"""

import gc
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from auditor.errors import UserError

log = logging.getLogger(__name__)

TURN = 0.0005
"""Seconds after which a thread hands the interpreter to another that waits; Python's own 5 ms are felt."""


class Work(QObject):
    """One run of one function."""

    done = Signal(object)
    """What it returned."""
    failed = Signal(object)
    """A UserError: its own, or one that stands for a defect."""
    _answered = Signal(object, object)

    def __init__(self, function: Callable[[], Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._function = function
        self._stopped = False
        self._thread = threading.Thread(target=self._run, daemon=True, name="work")
        self._answered.connect(self._answer, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Start; returns at once."""
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it still works."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Say nothing any more, and wait for the thread; the function itself is not cut short."""
        self._stopped = True
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        found, error = None, None
        try:
            with calm():
                found = self._function()
        except UserError as said:
            error = said
        except Exception as defect:
            log.exception("work failed")
            error = UserError(f"{type(defect).__name__}: {defect}"[:500])
        self._answered.emit(found, error)

    def _answer(self, found: object, error: UserError | None) -> None:
        self._function = lambda: None
        if self._stopped:
            return
        if error is not None:
            self.failed.emit(error)
        else:
            self.done.emit(found)


_calm = threading.Lock()
_calming = 0


@contextmanager
def calm() -> Iterator[None]:
    """No garbage is collected meanwhile, and what was made is not looked through again afterwards."""
    global _calming
    with _calm:
        _calming += 1
        gc.disable()
    try:
        yield
    finally:
        with _calm:
            _calming -= 1
            if not _calming:
                gc.freeze()
                gc.enable()


def take_turns() -> None:
    """Let threads change places often enough for a window."""
    sys.setswitchinterval(TURN)
