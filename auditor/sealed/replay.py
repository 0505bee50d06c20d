"""The file that holds everything a sealed run saw leave: one line of JSON for each flow, contents in base64.

It is for the engineer who looks into a finding, and holds secrets as they were sent: only its owner may read it.
"""

import base64
import hashlib
import json
import os
from pathlib import Path
from types import TracebackType
from typing import IO

from auditor.errors import UserError
from auditor.facts.sealed import Phase
from auditor.sealed.sink import Record


class Replay:
    """Writes records as they come; without a path it writes nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self._digest = hashlib.sha256()
        self.sha256 = ""

    def __enter__(self) -> "Replay":
        if self._path is not None:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
                os.fchmod(descriptor, 0o600)
            except OSError as error:
                raise UserError(
                    f"cannot be written: {error.strerror}", "Choose another path.", str(self._path)
                ) from None
            self._file = os.fdopen(descriptor, "wb")
        return self

    def add(self, phase: Phase, record: Record) -> None:
        """Keep one flow."""
        if self._file is None:
            return
        fields = record._asdict()
        fields["pieces"] = [
            {"channel": piece.channel.value, "data": base64.b64encode(piece.data).decode("ascii")}
            for piece in record.pieces
        ]
        line = json.dumps({"phase": phase.value, **fields}, ensure_ascii=True).encode() + b"\n"
        self._digest.update(line)
        try:
            self._file.write(line)
        except OSError as error:
            raise UserError(f"cannot be written: {error.strerror}", "Make room.", str(self._path)) from None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
            self.sha256 = self._digest.hexdigest()
            if error is not None and self._path is not None and not self._path.stat().st_size:
                # Nothing was started: nothing is left.
                self._path.unlink()
