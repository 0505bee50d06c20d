"""Captures of packets that somebody else made: opened, read as one, and refused with the place where they are none."""

import contextlib
import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

from auditor.errors import UserError
from auditor.recognise.packets.capture import read
from auditor.recognise.packets.reading import Network, Reading


class CaptureFile:
    """A file as a buffer that reads what is asked for.

    Not mapped into memory: a file that gets shorter meanwhile would end the process.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            raise UserError(f"cannot be opened: {error.strerror}", where=str(path)) from None
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            self.close()
            raise UserError("is no regular file", "Save the capture to a file first.", str(path))
        self._path = path
        self._size = status.st_size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice, /) -> bytes:
        start, stop, _ = part.indices(self._size)
        try:
            return os.pread(self._descriptor, max(0, stop - start), start)
        except OSError as error:
            raise UserError(f"cannot be read at byte {start:,}: {error.strerror}", where=str(self._path)) from None

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


def read_captures(
    paths: Sequence[Path],
    local: Sequence[Network] = (),
    progress: Callable[[dict[str, int]], Callable[[str, int], None]] = lambda sizes: lambda where, offset: None,
) -> Reading:
    """All files as one reading, in the order given.

    ``progress`` is told the sizes, and gives what hears the place in a file. Raises UserError for what is no capture.
    """
    with contextlib.ExitStack() as stack:
        files = []
        for path in paths:
            file = CaptureFile(path)
            stack.callback(file.close)
            files.append((str(path), file))
        try:
            return read(files, local, progress({name: len(file) for name, file in files}))
        except ValueError as error:
            where, _, what = str(error).partition(": ")
            raise UserError(
                what, "The file must be a capture as tcpdump, dumpcap or Wireshark write it.", where
            ) from None
