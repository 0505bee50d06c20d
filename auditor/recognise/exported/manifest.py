"""The manifest of an export: which command gave which file, which were missing, and as whom it was made."""

import re
from dataclasses import dataclass, field

HEADING = "sovereignty-export"
"""First word of a manifest; the number of its form follows."""
_LINES = 10_000


@dataclass(frozen=True)
class Step:
    """One thing that the script tried: the file that it was to give, how it ended (``ok``, ``missing``, ...)."""

    file: str
    state: str
    command: str


@dataclass(frozen=True)
class Manifest:
    """What the script says of itself. An export that was made by hand has none, and says nothing of what it lacks."""

    time: str = ""
    uid: int = -1
    capabilities: int | None = None
    """The effective set as a mask."""
    machine: str = ""
    """SHA-256 of the machine's id."""
    container: str = ""
    ticks: int = 100
    """Clock ticks a second, in which starts of processes are told."""
    hidden: int = 0
    """Processes whose open files could not be seen."""
    models: tuple[str, ...] = ()
    steps: tuple[Step, ...] = field(default=())

    def ended(self, file: str) -> str:
        """How the step that gives this file ended; empty where no step does."""
        return next((step.state for step in self.steps if step.file == file), "")


def manifest_of(text: str) -> Manifest:
    """The manifest; lines of another form are passed over."""
    said: dict[str, str] = {}
    models: list[str] = []
    steps: list[Step] = []
    for line in text.split("\n")[:_LINES]:
        fields = line.rstrip("\r").split("\t")
        if fields[0] == "step" and len(fields) == 4:
            steps.append(Step(fields[1], fields[2], fields[3]))
        elif fields[0] == "models" and len(fields) == 2:
            models.append(fields[1])
        elif len(fields) == 2:
            said[fields[0]] = fields[1].strip()
    time, mask, machine = said.get("time", ""), said.get("capabilities", ""), said.get("machine", "").lower()
    return Manifest(
        time=time if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time, re.ASCII) else "",
        uid=_number(said.get("uid", ""), -1),
        capabilities=int(mask, 16) if re.fullmatch(r"[0-9a-fA-F]{1,16}", mask, re.ASCII) else None,
        machine=machine if re.fullmatch(r"[0-9a-f]{64}", machine, re.ASCII) else "",
        container=said.get("container", "")[:64],
        ticks=max(1, _number(said.get("ticks", ""), 100)),
        hidden=_number(said.get("hidden", ""), 0),
        models=tuple(models),
        steps=tuple(steps),
    )


def _number(text: str, otherwise: int) -> int:
    return int(text) if re.fullmatch(r"\d{1,10}", text, re.ASCII) else otherwise
