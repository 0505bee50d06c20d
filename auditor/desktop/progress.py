"""How far a running audit is: messages of the child in, what the running page shows out. No Qt, no clock."""

from dataclasses import dataclass, field
from typing import Any

COLLECTORS = ("host", "gpus", "processes", "models", "weights", "custody", "traffic", "footprints")
"""Those that every audit runs; others have a step of their own as soon as they are heard of."""
STAGES = ("judge", "compose", "seal")


@dataclass
class Step:
    """One collector, or one stage after them."""

    name: str
    state: str = "waiting"
    """``waiting``, ``busy`` or ``done``."""
    outcome: str = ""
    done: int = 0
    total: int | None = None
    unit: str = ""
    rate: float | None = None
    """Units a second."""
    left: float | None = None
    """Seconds."""
    what: str = ""
    records: int = 0
    note: str = ""

    @property
    def share(self) -> float | None:
        """Part done, 0 to 1; None while it is not known."""
        if self.state == "done":
            return 1.0
        return min(1.0, max(0.0, self.done / self.total)) if self.total and self.total > 0 else None


@dataclass(frozen=True)
class Unseen:
    """Something that will be Not seen, whatever comes."""

    collector: str
    where: str
    what: str
    remedy: str


@dataclass(frozen=True)
class Early:
    """A finding that nothing still to come can change."""

    control: str
    title: dict[str, str]
    """By language."""
    severity: str
    verdict: str
    kind: str
    subject: str


MOST_EARLY = 1000
"""Early findings that are kept."""
SEVERITIES = ("critical", "high", "medium", "low", "info")


@dataclass
class Progress:
    """The state; :meth:`feed` changes it."""

    steps: dict[str, Step] = field(default_factory=lambda: {name: Step(name) for name in (*COLLECTORS, *STAGES)})
    unseen: dict[Unseen, None] = field(default_factory=dict)
    """In the order in which they were told."""
    early: list[Early] = field(default_factory=list)
    """Worst first."""
    rates: list[float] = field(default_factory=list)
    """Reading rates of the weights, one an update."""
    stage: str = ""
    uid: int | None = None
    capabilities: tuple[str, ...] = ()
    cancelled: bool = False

    def feed(self, message: dict[str, Any]) -> None:
        """Take one message; one that is malformed or not known changes nothing."""
        handler = getattr(self, f"_{message.get('kind')}", None)
        if handler is not None:
            try:
                handler(message)
            except (KeyError, TypeError, ValueError):
                return

    @property
    def decisive(self) -> Step | None:
        """The collector that decides the end, where one says how long it needs."""
        timed = [step for step in self.steps.values() if step.state == "busy" and step.left is not None]
        return max(timed, key=lambda step: step.left or 0, default=None)

    @property
    def busy(self) -> list[Step]:
        """What works now."""
        return [step for step in self.steps.values() if step.state == "busy"]

    def unfinished(self) -> list[Step]:
        """Collectors that have not ended; if stopped now, their subjects become Not seen."""
        return [s for s in self.steps.values() if s.name not in STAGES and s.state != "done"]

    def _step(self, message: dict[str, Any]) -> Step:
        name = str(message["collector"])[:80]
        if name not in self.steps:
            later = {key: self.steps.pop(key) for key in STAGES}
            self.steps[name] = Step(name)
            self.steps.update(later)
        return self.steps[name]

    def _hello(self, message: dict[str, Any]) -> None:
        self.uid = int(message["uid"])
        self.capabilities = tuple(str(c) for c in message["capabilities"])

    def _begin(self, message: dict[str, Any]) -> None:
        self._step(message).state = "busy"

    def _progress(self, message: dict[str, Any]) -> None:
        step = self._step(message)
        step.done = int(message["done"])
        step.total = None if message.get("total") is None else int(message["total"])
        step.unit = str(message.get("unit") or "")
        step.rate = None if message.get("rate") is None else float(message["rate"])
        step.left = None if message.get("left") is None else float(message["left"])
        step.what = str(message.get("what") or "")
        step.state = "busy"
        if step.name == "weights" and step.unit == "bytes" and step.rate is not None:
            self.rates.append(step.rate)
            del self.rates[:-600]

    def _problem(self, message: dict[str, Any]) -> None:
        found = Unseen(*(str(message.get(key) or "") for key in ("collector", "where", "what", "remedy")))
        if len(self.unseen) < 1000:
            self.unseen[found] = None

    def _finding(self, message: dict[str, Any]) -> None:
        if len(self.early) >= MOST_EARLY:
            return
        found = Early(
            control=str(message["control"]),
            title={str(code): str(title) for code, title in dict(message["title"]).items()},
            severity=str(message["severity"]),
            verdict=str(message["verdict"]),
            kind=str(message["subject"]["kind"]),
            subject=str(message["subject"]["id"]),
        )
        if found.severity in SEVERITIES and found.verdict in ("fail", "waived", "pass"):
            self.early.append(found)
            self.early.sort(key=lambda each: (each.verdict != "fail", SEVERITIES.index(each.severity)))

    def _end(self, message: dict[str, Any]) -> None:
        step = self._step(message)
        step.state, step.left, step.rate = "done", None, None
        step.outcome = str(message["outcome"])
        step.records = int(message.get("records") or 0)
        step.note = str(message.get("note") or "")

    def _bye(self, message: dict[str, Any]) -> None:
        self.cancelled = bool(message.get("cancelled"))

    def _stage(self, message: dict[str, Any]) -> None:
        self.stage = str(message["stage"])
        passed = True
        for name in STAGES:
            if name == self.stage:
                self.steps[name].state, passed = "busy", False
            elif passed and self.stage != "collect":
                self.steps[name].state = "done"
        if self.stage in (*STAGES, "done"):
            for step in self.unfinished():
                if step.state == "waiting":
                    step.state, step.outcome = "done", "not_run"
