"""The whole of what one audit saw: the document ``facts.json``."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from auditor.facts.canonical import digest
from auditor.facts.contents import Content
from auditor.facts.fact import Instant, Status, Value
from auditor.facts.gpus import Gpu, GpuDriver
from auditor.facts.host import Host
from auditor.facts.models import Licence, Model
from auditor.facts.safeguards import Safeguards
from auditor.facts.sealed import SealedRun
from auditor.facts.serving import Custody, Footprint, Served, Switch
from auditor.facts.traffic import Traffic
from auditor.facts.weights import Weight


class Target(Value):
    """Where the audit looked."""

    kind: Literal["local", "ssh", "files"]
    name: str


class Tool(Value):
    """What looked."""

    name: str
    version: str


class Probe(Value):
    """What ran on the host, and with which rights."""

    version: str
    python: str
    uid: int
    capabilities: tuple[str, ...]
    """Effective Linux capabilities that matter to an audit."""


class Outcome(StrEnum):
    """How a collector ended."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    CANCELLED = "cancelled"
    FAILED = "failed"
    NOT_RUN = "not_run"


class Collector(Value):
    """What one collector did; without it, an empty list could not be told from a list never looked for."""

    name: str
    outcome: Outcome
    started: Instant | None = None
    ended: Instant | None = None
    records: int = 0
    note: str = ""


class Problem(Value):
    """Something that could not be seen."""

    collector: str
    where: str
    what: str
    status: Status
    remedy: str = ""


class Facts(Value):
    """Everything seen, by kind."""

    host: Host
    safeguards: Safeguards | None = None
    """None where nobody looked at how the host is set up."""
    models: tuple[Model, ...] = ()
    licences: tuple[Licence, ...] = ()
    weights: tuple[Weight, ...] = ()
    contents: tuple[Content, ...] = ()
    traffic: Traffic
    switches: tuple[Switch, ...] = ()
    footprints: tuple[Footprint, ...] = ()
    gpus: tuple[Gpu, ...] = ()
    gpu_driver: GpuDriver | None = None
    """None where nothing was told of a driver of NVIDIA."""
    serving: tuple[Served, ...] = ()
    custody: tuple[Custody, ...] = ()
    sealed: tuple[SealedRun, ...] = ()
    """Sealed runs that were handed to the audit; none was made by it."""


class Audit(Value):
    """One audit's evidence. Its digest names it; nothing in it depends on a policy."""

    schema_: Literal["sovereign-facts/1"] = Field("sovereign-facts/1", alias="schema")
    target: Target
    tool: Tool
    probe: Probe
    started: Instant
    ended: Instant
    partial: bool
    collectors: tuple[Collector, ...]
    facts: Facts
    problems: tuple[Problem, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical form."""
        return digest(self)

    @property
    def id(self) -> str:
        """Short name for people, from the day and the digest: ``SA-20261122-7f3a91c4``."""
        return self.named(self.digest)

    def named(self, digest_: str) -> str:
        """The id, for whoever has the digest already."""
        return f"SA-{self.started[:10].replace('-', '')}-{digest_[:8]}"

    def collector(self, name: str) -> Collector:
        """The named collector, or one that says that it did not run."""
        return next((c for c in self.collectors if c.name == name), Collector(name=name, outcome=Outcome.NOT_RUN))
