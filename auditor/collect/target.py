"""Where a probe can be started: what every kind of target offers."""

from typing import Protocol

from auditor.errors import UserError
from auditor.facts import audit


class Target(Protocol):
    """A machine on which a probe can be started as a child process."""

    def command(self) -> list[str]:
        """The program that reads the bundle on its standard input and answers on its standard output."""
        ...

    def facts(self) -> audit.Target:
        """The target as the audit names it."""
        ...

    def explain(self, code: int | None, said: str) -> UserError:
        """Why no probe answered, from the exit code (None: killed or unknown) and the standard error."""
        ...
