"""What the probe reports: raw records of protocol 1, one JSON object a line.

A record is what was read, before anything gives it a meaning; the recognisers turn records into facts. Text that
was not UTF-8 on the host arrives with ``\\xNN`` escapes, integers beyond 2^53 as text.
"""

from typing import Annotated, Literal

from pydantic import Field, JsonValue, TypeAdapter

from auditor.facts.fact import Instant, Status, Value
from auditor.facts.fact import Record as Record
from auditor.facts.models import Store


class HostRecord(Record):
    """One property of the host, e.g. ``kernel``; None where ``status`` says why it is not known."""

    type: Literal["host"] = "host"
    name: str
    value: str | int | bool | dict[str, str | int | bool] | None


class SettingRecord(Record):
    """A file or an output that tells how the host is set up; ``text`` is the part that matters, masked."""

    type: Literal["setting"] = "setting"
    name: str
    """What it tells of: accounts, sshd, swaps, mounts, block, core_pattern, nft, iptables ..."""
    text: str


class FileEntry(Value):
    """A file of a model folder, path relative to the folder."""

    path: str
    size: int


class ModelRecord(Record):
    """A model as a store keeps it: its folder (or single file) and the files in it."""

    type: Literal["model"] = "model"
    path: str
    store: Store
    name: str
    """What the store calls it: ``org/name`` of a cache, ``name:tag`` of Ollama, else the folder's name."""
    revision: str = ""
    files: tuple[FileEntry, ...] = ()
    complete: bool = True
    """False where the list of files was cut or part of the folder could not be read."""


class TextRecord(Record):
    """A small text file beside the weights: config, card, licence, manifest, index."""

    type: Literal["text"] = "text"
    model: str
    """``ModelRecord.path``."""
    path: str
    name: str
    """Relative to the model's folder; for an Ollama layer its media type, e.g. ``license``."""
    size: int
    sha256: str
    text: str
    cut: bool = False


class HeaderRecord(Record):
    """The header of a safetensors or GGUF file, summed up."""

    type: Literal["header"] = "header"
    model: str
    path: str
    format: Literal["safetensors", "gguf"]
    tensors: int = 0
    parameters: int = 0
    dtypes: dict[str, int] = {}
    bytes: int = 0
    """Bytes of the file that header and tensors account for."""
    metadata: dict[str, str] = {}
    """``__metadata__`` of safetensors; scalar keys of GGUF, values as text, long ones cut at 64 KiB."""
    prefixes: tuple[str, ...] = ()
    """First two components of tensor names, at most 256 of them, sorted."""
    problems: tuple[str, ...] = ()


class ImportSeen(Value):
    """A name that a loader of a pickle would import; ``how`` is the opcode, ``where`` the place within the file."""

    name: str
    how: str
    where: str = ""


class SignSeen(Value):
    """Something else in a file that tells of harm."""

    kind: str
    detail: str
    where: str = ""


class ContentRecord(Record):
    """A file that can run something when it is loaded, looked through without loading it."""

    type: Literal["content"] = "content"
    model: str
    path: str
    kind: str
    """What it was looked through as: pickle, zip, tar, numpy ..."""
    pickles: int = 0
    """Pickles that were followed to their end."""
    imports: tuple[ImportSeen, ...] = ()
    signs: tuple[SignSeen, ...] = ()
    problems: tuple[str, ...] = ()
    """What could not be looked through; such a file is never called clean."""


class ExpectedDigest(Value):
    """A digest stated beside the file."""

    algorithm: str
    digest: str
    source: str


class FileIdentity(Value):
    """By what a file is known again: its machine, its place on it, and its times of change in nanoseconds, as text."""

    machine: str
    """SHA-256 of the machine's id."""
    device: str
    inode: str
    modified: str
    changed: str
    lasting: bool
    """False where a later change of the file could go unnoticed: then no reading of it stands in for a new one."""


class WeightRecord(Record):
    """A weight file and its digests; they are None where it was not (wholly) read, or not asked for."""

    type: Literal["weight"] = "weight"
    model: str
    path: str
    format: str
    size: int
    modified: Instant
    sha256: str | None
    blake3: str | None = None
    blake3_note: str = ""
    """Why there is none, where it was asked for."""
    read: Instant | None = None
    """When the bytes were read, where that was not now but by an earlier audit."""
    identity: FileIdentity | None = None
    expected: tuple[ExpectedDigest, ...] = ()


class ProcessRecord(Record):
    """A process that serves models, holds a GPU or was asked for. Secrets are masked by the probe."""

    type: Literal["process"] = "process"
    pid: int
    parent: int
    name: str
    exe: str
    command: tuple[str, ...]
    environment: dict[str, str] | None
    """The asked-for variables; None where it may not be read."""
    uid: int
    started: Instant | None
    container: str = ""
    files: tuple[str, ...] | None
    """Open or mapped files that look like weights; None where it may not be read."""
    packages: dict[str, str] = {}
    """Asked-for distributions with the version that the process's own environment holds."""
    core: str = ""
    """Largest core file that it may leave: bytes, or ``unlimited``; empty where it was not seen."""


class CustodyRecord(Record):
    """A weight file that a process holds mapped or open.

    ``status`` and ``note`` tell why ``sha256`` is missing where it was asked for; ``disk_status`` and ``disk_note`` the
    same of ``disk_sha256``.
    """

    type: Literal["custody"] = "custody"
    pid: int
    container: str = ""
    path: str
    """As the kernel names it to the auditor."""
    place: str
    """Where its name leads from here: through the root of the process, where that is another one."""
    weight: str = ""
    """``WeightRecord.path`` of what lies at its name now; empty where no model's file does."""
    held: Literal["mapped", "open"]
    same: bool | None
    """Whether what is held is the file that its name leads to; None where device and inode do not tell."""
    deleted: bool
    sha256: str | None
    """Of the bytes that are held; None where they are the same file's and so read with it, or could not be read."""
    disk_sha256: str | None
    """Of what lies at its name; None where that is a weight file of a model."""
    disk_status: Status = Status.OBSERVED
    disk_note: str = ""
    device: int
    inode: int
    size: int | None = None
    modified: Instant | None = None
    changed: Instant | None = None
    """Last change of content or attributes (ctime), which no program can set."""
    started: Instant | None = None
    """Start of the process."""
    copied: int | None = None
    """Bytes of the mapping that the process has as its own, changed copy; None: not mapped, or not to be seen."""
    namespace: str = ""
    foreign: bool = False
    """Whether the process has a mount namespace of its own."""
    layer: Literal["", "host", "volume", "image", "writable"] = ""
    mount: str = ""
    layer_note: str = ""


class ListenerRecord(Record):
    """A listening socket. ``pid`` None: the owner could not be seen."""

    type: Literal["listener"] = "listener"
    proto: str
    address: str
    port: int
    pid: int | None
    name: str = ""
    exe: str = ""
    uid: int | None = None
    container: str = ""


class FlowRecord(Record):
    """A connection seen while watching."""

    type: Literal["flow"] = "flow"
    proto: str
    direction: Literal["out", "in"]
    source_address: str
    source_port: int
    address: str
    port: int
    attempt: bool
    first: Instant
    last: Instant
    pid: int | None
    name: str = ""
    exe: str = ""
    uid: int | None = None
    container: str = ""
    bytes_out: int | None = None
    """Of IP packets that this host sent; None where nobody counted."""
    bytes_in: int | None = None


class PacketsRecord(Record):
    """Beginnings of conversations as the interfaces saw them, least of each."""

    type: Literal["packets"] = "packets"
    data: str
    """Base64 of records of a pcap with nanoseconds and raw IP, little-endian, without the header of the file."""


class CaptureRecord(Record):
    """How the watch went."""

    type: Literal["capture"] = "capture"
    tier: str
    first: Instant
    last: Instant
    seconds: int
    samples: int
    longest_gap_ms: int
    namespaces: int
    dropped: int = 0
    """Reports, or packets, of the leading means that the kernel had no room for."""
    tiers: tuple[str, ...] = ()
    """All means that ran together; ``tier`` is the best of them."""
    packets: int = 0
    lost_packets: int = 0
    not_seen: tuple[str, ...]


class EndpointRecord(Record):
    """What a serving process answered to one GET on loopback; secrets are masked by the probe."""

    type: Literal["endpoint"] = "endpoint"
    pid: int
    path: str
    when: Literal["", "before", "after"] = ""
    """Of counters: before or after the time in which they count."""
    asked: Instant
    client: str
    """Address and port that asked, so that the connection is not taken for that of a user."""
    code: int
    """Status of HTTP; 0: no answer, ``note`` says why."""
    size: int
    sha256: str | None
    """Of the body as far as it was read."""
    cut: bool = False
    origins: str = ""
    """``Access-Control-Allow-Origin``."""
    body: JsonValue = None
    """Of JSON all of it, of counters the lines that knowledge names, of other text the beginning."""


class SmiRecord(Record):
    """Output of ``nvidia-smi -q -x``."""

    type: Literal["nvidia-smi"] = "nvidia-smi"
    text: str


class PciRecord(Record):
    """A display or accelerator device on the PCI bus."""

    type: Literal["pci"] = "pci"
    bus: str
    vendor: str
    device: str
    subsystem: str
    class_: str = Field(alias="class")
    driver: str = ""


class Told(Value):
    """One field of a GPU or its driver: the value, or why there is none."""

    value: str | int | bool | dict[str, str | int] | list[str | dict[str, int | None]] | None
    status: Status = Status.OBSERVED
    note: str = ""
    source: str = ""
    """Function or file within the record's own source."""


class GpuRecord(Record):
    """What one source tells of one GPU."""

    type: Literal["gpu"] = "gpu"
    origin: Literal["nvml", "procfs", "sysfs"]
    place: int | None
    """By the source's own count."""
    bus: str
    """Address on the PCI bus; empty where a field ``pci`` has it."""
    fields: dict[str, Told]


class GpuDriverRecord(Record):
    """What one source tells of NVIDIA's driver and its management library."""

    type: Literal["gpu-driver"] = "gpu-driver"
    fields: dict[str, Told]


class FootprintRecord(Record):
    """A file that a product leaves when it has called home."""

    type: Literal["footprint"] = "footprint"
    entry: str
    path: str
    modified: Instant
    size: int
    text: str
    """The first 4 KiB, masked."""


AnyRecord = Annotated[
    HostRecord
    | SettingRecord
    | ModelRecord
    | TextRecord
    | HeaderRecord
    | ContentRecord
    | WeightRecord
    | ProcessRecord
    | CustodyRecord
    | ListenerRecord
    | FlowRecord
    | PacketsRecord
    | CaptureRecord
    | EndpointRecord
    | SmiRecord
    | PciRecord
    | GpuRecord
    | GpuDriverRecord
    | FootprintRecord,
    Field(discriminator="type"),
]

RECORD: TypeAdapter[AnyRecord] = TypeAdapter(AnyRecord)
"""Validates one record of the stream."""
