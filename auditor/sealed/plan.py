"""What is to happen in one box."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from auditor.sealed.canary import Marks


@dataclass(frozen=True)
class Plan:
    """One phase, as the box is told it."""

    command: tuple[str, ...]
    folder: str
    """Working directory."""
    environment: Mapping[str, str]
    marks: Marks
    route: bool = True
    """Whether anything can be reached."""
    seconds: float = 60.0
    """To watch from when the API answered."""
    patience: float = 600.0
    """Seconds to wait for the API."""
    prompts: tuple[str, ...] = ()
    """The user's own, besides the usual ones; a mark is put into each."""
    prompt_command: tuple[str, ...] = ()
    """Sends prompts instead of the usual clients: run in the box with the mark in its environment."""
    home_files: Mapping[str, str] = field(default_factory=dict)
    """Content of files to be made, by path below HOME."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Targets of symbolic links to be made, by path: the model under a marked path."""
    keep_home: bool = False
    """HOME is that of the host, read-only, not an empty one."""
    control: bool = True
    """Plant leaks before the server starts."""
