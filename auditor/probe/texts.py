"""Reads the small texts beside weights: configuration, cards, licences, manifests. Hashed whole, kept up to 1 MiB."""

import hashlib
import os
from typing import Callable, NamedTuple

from . import limits
from .text import decode
from .walk import open_regular


class Text(NamedTuple):
    """A text file as read."""

    size: int
    sha256: str
    text: str
    cut: bool


def read(path: str, stop: Callable[[], bool], follow: bool = False) -> Text:
    """Read and hash a text file. Raises OSError, also where the file is far too long to be a text."""
    with os.fdopen(open_regular(path, follow), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > limits.TEXT_READ:
            raise OSError(f"{size} bytes are too many for a text file")
        hasher, kept, total = hashlib.sha256(), b"", 0
        while total <= limits.TEXT_READ:
            if stop():
                raise OSError("reading was cancelled")
            block = file.read(limits.MIB)
            if not block:
                break
            hasher.update(block)
            total += len(block)
            kept += block[: limits.TEXT - len(kept)]
        return Text(total, hasher.hexdigest(), decode(kept), total > limits.TEXT)
