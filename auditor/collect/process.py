"""A probe as a child process: its output in pieces, its error output bounded, its end in time."""

import contextlib
import queue
import subprocess
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Self

_PIECE = 256 * 1024
_SAID = 64 * 1024
_GRACE = 20.0
"""Seconds between cancel and the end by force."""
_GRACE_UNHEARD = 2.0


class Child:
    """One running child. Use it as a context: when that ends, the child has ended too."""

    def __init__(self, command: list[str], given: bytes) -> None:
        """Start it and write ``given`` to its input. Raises OSError where it cannot be started."""
        pipe = subprocess.PIPE
        # A session of its own: Ctrl-C at the terminal reaches the auditor, which then cancels in order.
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True)
        self._pieces: queue.Queue[bytes] = queue.Queue(maxsize=64)
        self._said = bytearray()
        self._input = threading.Lock()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._write, args=(given,), daemon=True),
            threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._listen, args=(self._process.stderr,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        if self._process.poll() is None and kind is not None:
            self._process.kill()
        self.wait()

    @property
    def pid(self) -> int:
        """Process id on this machine."""
        return self._process.pid

    @property
    def said(self) -> str:
        """The beginning of its error output."""
        return bytes(self._said).decode("utf-8", "replace")

    def _write(self, data: bytes) -> None:
        with self._input, contextlib.suppress(OSError, ValueError):
            if self._process.stdin:
                self._process.stdin.write(data)
                self._process.stdin.flush()

    def _read(self, source: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while piece := source.read1(_PIECE):  # type: ignore[attr-defined]
                self._put(piece)
        self._put(b"")

    def _put(self, piece: bytes) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(queue.Full):
                self._pieces.put(piece, timeout=0.5)
                return

    def _listen(self, source: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while piece := source.read1(_PIECE):  # type: ignore[attr-defined]
                self._said += piece[: _SAID - len(self._said)]

    def pieces(self, cancel: threading.Event) -> Iterator[bytes]:
        """Its output as it comes. ``cancel`` is passed on to it; if it then does not end in time, it is ended.

        One that has said nothing yet, such as an ssh that still connects, is ended sooner.
        """
        deadline: float | None = None
        heard = False
        while True:
            if cancel.is_set() and deadline is None:
                deadline = time.monotonic() + (_GRACE if heard else min(_GRACE, _GRACE_UNHEARD))
                threading.Thread(target=self._write, args=(b'{"command": "cancel"}\n',), daemon=True).start()
            if deadline is not None and time.monotonic() > deadline:
                self._process.kill()
            with contextlib.suppress(queue.Empty):
                piece = self._pieces.get(timeout=0.1)
                if not piece:
                    return
                heard = True
                yield piece

    def stop(self) -> None:
        """End it by force."""
        self._process.kill()

    def wait(self) -> int | None:
        """Close its input and give its exit code; it is killed if closed pipes do not end it."""
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdin:
                self._process.stdin.close()
        try:
            code = self._process.wait(timeout=_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        for thread in self._threads:
            thread.join(timeout=1)
        for end in (self._process.stdout, self._process.stderr):
            if end:
                with contextlib.suppress(OSError, ValueError):
                    end.close()
        return code
