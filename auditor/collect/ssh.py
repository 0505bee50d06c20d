"""Another machine as target, reached by the system's own ``ssh`` with the user's configuration, keys and agent.

Nothing is asked (``BatchMode``), no unknown host key is accepted, nothing is forwarded and nothing is written to
``known_hosts``. The probe travels over standard input; the remote side needs a Python 3.8 or later and nothing else.
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from auditor.collect.bundle import FLAGS, STARTER
from auditor.errors import UserError
from auditor.facts import audit

_DESTINATION = re.compile(
    r"^(?:ssh://)?(?:(?P<user>[A-Za-z0-9_][A-Za-z0-9_.+-]*)@)?"
    r"(?P<host>[A-Za-z0-9_][A-Za-z0-9_.%-]*|\[[0-9A-Fa-f:.%a-z0-9]+\])(?::(?P<port>\d{1,5}))?/?$"
)
_OPTIONS = {
    "BatchMode": "yes",
    "StrictHostKeyChecking": "yes",
    "UpdateHostKeys": "no",
    "ConnectTimeout": "20",
    "ServerAliveInterval": "15",
    "ServerAliveCountMax": "4",
    "ClearAllForwardings": "yes",
    "ForwardAgent": "no",
    "ForwardX11": "no",
    "PermitLocalCommand": "no",
    "RequestTTY": "no",
    "EscapeChar": "none",
    "LogLevel": "ERROR",
}
_FAULTS = (
    (
        r"REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed|No \w+ host key is known",
        "the host's key is not known, or not the known one",
        "Compare the key's fingerprint with the host's administrator, then add it to ~/.ssh/known_hosts.",
    ),
    (
        r"Permission denied \(",
        "the host accepts none of your keys",
        "Load a key into your agent or name it with IdentityFile in ~/.ssh/config; passwords are not used.",
    ),
    (r"Could not resolve hostname|Name or service not known", "the host's name is not known", ""),
    (r"Connection refused", "the host refuses the connection", "Is sshd running there, and on this port?"),
    (r"timed out|No route to host|Network is unreachable", "the host cannot be reached", ""),
    (
        r"sudo: .*(?:password|terminal|tty)",
        "sudo asks for a password on the host",
        "Allow the command without a password in the host's sudoers, connect as root, or audit without sudo.",
    ),
    (r"is not in the sudoers|not allowed to execute", "the user may not use sudo on the host", ""),
    (
        r"(?:python\S*: (?:command )?not found|python\S*: No such file|not found: \S*python)",
        "the host has no such Python",
        "The probe needs Python 3.8 or later there; name its path.",
    ),
)


@dataclass(frozen=True)
class Ssh:
    """A machine behind ``ssh``."""

    host: str
    """Name, address, or alias of the user's ssh configuration."""
    user: str = ""
    port: int | None = None
    sudo: bool = False
    """Run the probe as root by ``sudo -n``."""
    python: str = "python3"
    config: Path | None = None
    """Another file than ``~/.ssh/config``."""

    @classmethod
    def parse(
        cls, destination: str, *, sudo: bool = False, python: str = "python3", config: Path | None = None
    ) -> Self:
        """From ``host``, ``user@host``, ``user@host:port`` or ``ssh://user@host:port``. Raises UserError."""
        found = _DESTINATION.match(destination)
        port = int(found["port"]) if found and found["port"] else None
        if not found or (port is not None and not 0 < port < 65_536):
            raise UserError(
                f"{destination!r} names no host", "Write it as host, user@host, user@host:port or ssh://user@host:port."
            )
        return cls(found["host"].strip("[]"), found["user"] or "", port, sudo, python, config)

    def command(self) -> list[str]:
        """The ssh client with the remote command line."""
        line = ["ssh", "-T"]
        if self.config:
            line += ["-F", str(self.config)]
        for name, value in _OPTIONS.items():
            line += ["-o", f"{name}={value}"]
        if self.port:
            line += ["-p", str(self.port)]
        if self.user:
            line += ["-l", self.user]
        return [*line, "--", self.host, self._remote()]

    def _remote(self) -> str:
        """One string for whatever shell the user has there: plain words and single quotes only."""
        words = [self.python, *FLAGS, "-c", STARTER]
        return shlex.join(["exec", "sudo", "-n", "--", *words] if self.sudo else ["exec", *words])

    def facts(self) -> audit.Target:
        """``ssh`` and the host as it was named."""
        return audit.Target(kind="ssh", name=self.host)

    def explain(self, code: int | None, said: str) -> UserError:
        """What ssh, sudo or the remote shell said, in the user's words."""
        last = said.strip().splitlines()[-1][:300] if said.strip() else ""
        for pattern, message, hint in _FAULTS:
            if re.search(pattern, said):
                return UserError(message, hint or last, where=self.host)
        if code == 127:
            return UserError("the host has no such Python", last, where=self.host)
        return UserError(f"no probe answered, ssh ended with {code}", last, where=self.host)
