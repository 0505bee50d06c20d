"""A sealed run: what a server tried to send while nothing could leave, and where marked prompts turned up."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from auditor.facts.fact import Instant, Value


class Phase(StrEnum):
    """The same server, started three times."""

    CONFIGURED = "configured"
    """Its switches as the command and the environment set them; every destination answers."""
    SWITCHED_OFF = "switched_off"
    """Every known switch off; every destination answers."""
    NO_ROUTE = "no_route"
    """Nothing can be reached at all."""


class Place(StrEnum):
    """Where a mark was put."""

    PROMPT = "prompt"
    DOCUMENT = "document"
    IMAGE_URL = "image_url"
    TOOL_CALL = "tool_call"
    API_KEY = "api_key"
    MODEL_PATH = "model_path"
    CONTROL = "control"
    """In the leaks that were planted to test the search itself."""
    UNKNOWN = "unknown"
    """A piece of a mark that is too short to tell which."""


class Channel(StrEnum):
    """In which part of what was sent a mark was found."""

    DNS = "dns"
    SNI = "sni"
    PATH = "path"
    HEADER = "header"
    BODY = "body"
    STREAM = "stream"
    """TCP, in the clear or inside TLS, that is no HTTP."""
    DATAGRAM = "datagram"
    PACKET = "packet"
    """Any other protocol over IP."""


class Sighting(Value):
    """A mark that was found."""

    place: Place
    channel: Channel
    encoding: tuple[str, ...]
    """How it was written, outermost first: ``("base64", "gzip", "plain")``."""


class Attempt(Value):
    """All that went from one process to one destination in one phase."""

    name: str
    """As asked for in DNS, or as TLS, QUIC or HTTP name it; empty for a bare address."""
    address: str
    """As dialled; names get addresses of 198.18.0.0/15 and fd53::/16, which the sink gives out. Empty for a name that
    was only asked for."""
    port: int
    proto: str
    """``tcp``, ``udp``, ``quic``, ``dns`` or ``ip-N``."""
    process: str
    """Name of the process, where it could be told."""
    product: str
    """Known to phone home to this name; empty where the name is not known."""
    entry: str
    """Key of ``resources/knowledge/phone-home.yaml``."""
    count: int
    """Connections, or packets where there are none, or questions."""
    bytes: int
    """Of content, inside TLS where it could be opened."""
    first: Instant
    outcome: Literal["answered", "connected", "refused_certificate", "asked", "blocked"]
    """``answered``: the sink answered a request; ``refused_certificate``: the client did not take the sink's
    certificate, its content stayed closed; ``asked``: only the name was asked for; ``blocked``: nothing was
    reachable."""
    requests: tuple[str, ...] = ()
    """First lines of the first requests, secrets masked."""
    sightings: tuple[Sighting, ...] = ()


class Answered(Value):
    """A marked request, and how the server took it."""

    place: Place
    api: str
    """Method and path, or ``command``."""
    status: int
    """HTTP status, or exit code of the command; 0 where nothing came back."""
    ok: bool


class Planted(Value):
    """A leak that was planted on purpose, and whether the search found it."""

    name: str
    channel: Channel
    found: bool


class Ending(StrEnum):
    """How a phase ended."""

    COMPLETE = "complete"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Trial(Value):
    """One phase."""

    phase: Phase
    ending: Ending
    note: str = ""
    """Why it failed."""
    started: Instant
    ended: Instant
    ready_seconds: int
    """Until the API answered."""
    observed_seconds: int
    """From then on."""
    api: str
    """What the server speaks: ``openai``, ``ollama``, ``tgi``, ``command``; empty where nothing answered."""
    answered: tuple[Answered, ...]
    attempts: tuple[Attempt, ...]
    control: tuple[Planted, ...]
    """Empty in the phase without a route, where nothing can be planted."""
    observer: str
    """Why the kernel's observer did not run beside; empty where it did."""
    dropped: int = 0
    """Packets that were lost before they could be recorded."""
    unsearched: int = 0
    """Bytes that were not kept, or whose search ran into its limit."""
    switches: tuple[str, ...] = ()
    """What was set to switch known contacts off."""

    @property
    def valid(self) -> bool:
        """Whether the search found every leak that was planted; without a control nothing is evidenced."""
        return bool(self.control) and all(planted.found for planted in self.control)

    @property
    def leaks(self) -> tuple[Attempt, ...]:
        """Attempts that carried a mark."""
        return tuple(attempt for attempt in self.attempts if attempt.sightings)


class SealedRun(Value):
    """The whole experiment: the document ``sealed.json``."""

    schema_: Literal["sovereign-sealed/1"] = Field("sovereign-sealed/1", alias="schema")
    version: str
    """Of the program that ran it."""
    host: str
    command: tuple[str, ...]
    """Secrets masked."""
    started: Instant
    ended: Instant
    minutes: float = Field(ge=0)
    """How long each phase was watched after the API answered, as asked for."""
    trials: tuple[Trial, ...]
    separated: tuple[str, ...]
    """What the server had for its own."""
    limits: tuple[str, ...]
    """What such a run cannot see, in words for the dossier."""
    replay_sha256: str = ""
    """Digest of the file that holds everything sent; empty where none was kept."""

    def trial(self, phase: Phase) -> Trial | None:
        """The phase of this name, if it was run."""
        return next((trial for trial in self.trials if trial.phase is phase), None)
