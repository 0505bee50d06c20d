"""Processes that serve models, the switches set in them, and traces of past contact."""

from enum import StrEnum

from auditor.facts.fact import Fact, Value


class Asked(Value):
    """One request that the auditor made of a serving process, and what came of it."""

    code: Fact[int]
    """Status of HTTP; ``source`` is the request, such as ``GET http://127.0.0.1:8000/version``."""
    client: str
    """Address and port that asked."""
    size: int
    sha256: str
    """Of the body as far as it was read; empty where there was no answer."""
    cut: bool


class Answers(Value):
    """What a serving process says of itself on loopback: its own word, asked by GET alone."""

    asked: tuple[Asked, ...]
    """Every request, in the order of their paths."""
    version: Fact[str]
    models: Fact[tuple[str, ...]]
    """Names under which models are served."""
    paths: Fact[tuple[str, ...]]
    """Where it says that their files are, or what it loaded them by."""
    remote: Fact[tuple[str, ...]]
    """Hosts that compute models which it lists as its own."""
    origins: Fact[str]
    """``Access-Control-Allow-Origin``: which web pages may speak to it."""
    authentication: Fact[bool]
    """Whether the list of models was refused without a key."""
    requests_served: Fact[int]
    """Requests that its counters grew by while the network was watched; at least so many were served then."""


class Served(Value):
    """A serving process. Secrets in command and environment are masked by the probe before they are written."""

    pid: int
    stack: Fact[str]
    """Key of ``resources/knowledge/stacks.yaml``: vllm, tgi, sglang, tensorrt-llm, ollama, llama.cpp ..."""
    version: Fact[str]
    exe: Fact[str]
    command: Fact[tuple[str, ...]]
    environment: Fact[dict[str, str]]
    """Only the variables that knowledge names; secrets show their presence only."""
    started: Fact[str]
    container: Fact[str]
    models: Fact[tuple[str, ...]]
    """Model paths or names taken from command line, environment or open files."""
    workers: tuple[int, ...] = ()
    """Processes that belong to it."""
    answers: Answers | None = None
    """None where it was not asked."""


class Held(StrEnum):
    """How a process is known to use a weight file."""

    MAPPED = "mapped"
    OPEN = "open"
    NAMED = "named"
    """Only its command line, environment or configuration names it: the loader read it and left no trace."""


class Layer(StrEnum):
    """Where the file that a process sees comes from."""

    HOST = "host"
    """The process sees the host's own files."""
    VOLUME = "volume"
    """Mounted into the process's own tree of files."""
    IMAGE = "image"
    """A lower layer of an overlay, as images of containers are."""
    WRITABLE = "writable"
    """The upper layer of an overlay: made or changed after the container was."""


class Custody(Value):
    """One weight file of one process: from the process to the bytes that it was given."""

    pid: int
    """Who holds it; a worker, perhaps, of :attr:`server`."""
    server: int
    """``Served.pid``."""
    path: str
    weight: str
    """``Weight.path`` of what lies at its name; empty where that is no file of a known model."""
    model: str
    """``Model.id`` of that."""
    held: Fact[Held]
    disk_sha256: Fact[str]
    mapped_sha256: Fact[str]
    """Of what the process holds, read through the kernel's link to it where the disk has another file by now."""
    replaced: Fact[bool]
    """Whether the name leads to another file by now, or to none."""
    identity: Fact[str]
    """Device and inode: ``8:1:1312``."""
    namespace: Fact[str]
    """Mount namespace of the process."""
    layer: Fact[Layer]
    modified: Fact[str]
    """Last time that content was written, which programs can set."""
    changed: Fact[str]
    """Last change of content or attributes, which they cannot."""
    after_start: Fact[bool]
    """Whether content was written after the process had started."""
    copied: Fact[int]
    """Bytes of the mapping that are the process's own, changed copy, which the file does not tell."""


class SwitchState(StrEnum):
    """What a telemetry switch really does in the version at hand."""

    OFF = "off"
    """Telemetry is off."""
    ON = "on"
    INEFFECTIVE = "set_but_ineffective"
    UNKNOWN = "unknown"


class Switch(Value):
    """One known phone-home of one serving process, and whether it is switched off there."""

    pid: int
    product: str
    entry: str
    """Key of ``resources/knowledge/phone-home.yaml``."""
    hosts: tuple[str, ...]
    state: Fact[SwitchState]
    found: tuple[str, ...]
    """What was set, as ``NAME=value`` or a flag or a file."""
    rule: str
    """How the product reads the switch."""


class Footprint(Value):
    """A trace on disk of past contact."""

    path: str
    product: str
    entry: str
    modified: Fact[str]
    summary: Fact[str]
