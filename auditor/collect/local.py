"""This machine as target: the probe is started with the Python that runs the auditor.

A frozen app has no Python to start. There the child is the app's own executable with the hidden argument
``--probe``: its entry point calls :func:`serve_if_asked` before anything else. The app must carry the sources of
``auditor/probe`` as data files.
"""

import importlib.util
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from auditor.collect.bundle import FLAGS, STARTER
from auditor.errors import UserError
from auditor.facts import audit

ARGUMENT = "--probe"


class Local:
    """The machine on which the auditor itself runs."""

    def __init__(self, name: str = "") -> None:
        self._name = name or platform.node()

    def command(self) -> list[str]:
        """Python, or the frozen app itself."""
        if getattr(sys, "frozen", False):
            return [sys.executable, ARGUMENT]
        return [sys.executable, *FLAGS, "-c", STARTER]

    def facts(self) -> audit.Target:
        """``local`` and the host's name."""
        return audit.Target(kind="local", name=self._name)

    def explain(self, code: int | None, said: str) -> UserError:
        """The probe could not be started here."""
        last = said.strip().splitlines()[-1] if said.strip() else ""
        return UserError(f"the probe ended with {code} before it answered", last, where=sys.executable)


def blake3_folder() -> str:
    """The folder in which this installation has the package ``blake3``, for the probe that runs here; empty without."""
    found = importlib.util.find_spec("blake3")
    return str(Path(found.origin).parent.parent) if found is not None and found.origin else ""


def serve_if_asked(arguments: Sequence[str]) -> None:
    """Become the probe where the hidden argument says so; does not come back then."""
    if list(arguments[:1]) == [ARGUMENT]:
        buffer = sys.stdin.buffer
        # The same program as on any other host, read the same way; it leaves the process by itself.
        exec(compile(buffer.read(int(buffer.readline())), "probe", "exec"), {"__name__": "__probe__"})
