"""What a control gives to a check in ``with:``: the typed arguments of every check."""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from auditor.facts.fact import Value
from auditor.policy.addresses import check_cidr


class Arguments(Value):
    """Base of the arguments of a check: what a control gives in ``with:``."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class NoArguments(Arguments):
    """For checks that take none."""


class Permits(Arguments):
    """Arguments of ``licence.permits``."""

    use: Literal["deploy", "commercial", "modify", "redistribute"]
    """What the deployer does with the model."""
    accept_conditions: bool = True
    """Whether a permission with duties (notices, names, use policy) passes."""
    accepted: tuple[str, ...] = ()
    """SPDX ids (globs) that may be used at all; empty: any that permits."""


class Standing(Arguments):
    """Arguments of ``weights.match``."""

    standing: Literal["pinned", "self_consistent"] = "pinned"
    """``pinned``: only a digest from outside the host passes."""


class ServedBytes(Arguments):
    """Arguments of ``weights.served``."""

    standing: Literal["any", "pinned", "self_consistent"] = "any"
    """What the digest of the bytes in use must equal: any digest of the file on disk, one stated, or one pinned."""


class Formats(Arguments):
    """Arguments of ``weights.format``."""

    allowed: tuple[Literal["safetensors", "gguf", "tensorrt", "onnx", "pickle"], ...] = ("safetensors", "gguf")
    """Formats that weight files may have, as their first bytes tell."""


class SafeContent(Arguments):
    """Arguments of ``weights.safe_content``."""

    allow: tuple[str, ...] = ()
    """Names (globs) that pickles may import besides those that only make values, e.g. ``transformers.*``."""
    tolerate: Literal["none", "low", "medium"] = "low"
    """Signs of harm up to this degree contradict nothing; ``medium`` is what is not known to be harmless."""


def _block(text: str) -> str:
    """A CIDR block, checked. Raises ValueError."""
    problem, meant = check_cidr(text)
    if problem:
        raise ValueError(f"{problem}; perhaps {meant}" if meant else problem)
    return text


Block = Annotated[str, AfterValidator(_block)]
PORT = r"^\d{1,5}(-\d{1,5})?(/(tcp|udp))?$"
HOURS = r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"


class Watch(Arguments):
    """How long and how well the network has to be watched; part of the arguments of other checks."""

    observe_seconds: int = Field(300, ge=0, le=604_800)
    """A shorter watch cannot pass."""
    worst_tier: Literal["A", "B", "C", "D", "E", "F"] = "E"
    """A lesser means of observation cannot pass."""
    maximum_drops: int = Field(0, ge=0)
    """A watch that is known to have lost more packets or reports cannot pass."""
    minimum_accepted: int = Field(0, ge=0)
    """Connections from others that have to be accepted meanwhile: silence without load proves little."""
    minimum_requests: int = Field(0, ge=0)
    """Requests that serving processes have to count meanwhile, as their own counters tell (``--endpoints``)."""


class Permit(Arguments):
    """One rule of ``permitted``: everything that it gives has to fit; without ``to`` and ``names`` nothing does."""

    to: tuple[Block, ...] = ()
    """CIDR blocks."""
    names: tuple[str, ...] = ()
    """Globs over the name that packets told. A name is the sender's word; give ``to`` with it where you can."""
    ports: tuple[Annotated[str, StringConstraints(pattern=PORT)], ...] = ()
    """``443``, ``443/tcp`` or ``8000-8010``; empty: any."""
    processes: tuple[str, ...] = ()
    """Globs over the name or the program of the process; empty: any."""
    hours: Annotated[str, StringConstraints(pattern=HOURS)] | None = None
    """``22:00-04:00``, UTC; a connection has to begin and end within. Unset: any time."""


class Destinations(Watch):
    """Arguments of ``traffic.only``."""

    destinations: tuple[Block, ...] = ()
    """CIDR blocks that may be contacted; loopback always may."""
    permitted: tuple[Permit, ...] = ()
    """Further rules, by block, name, port, process and time of day; one that fits is enough."""


class Named(Watch):
    """Arguments of ``traffic.named``."""

    unnamed: tuple[Block, ...] = ()
    """CIDR blocks that may be contacted without a name; own networks always may."""


class Residency(Watch):
    """Arguments of ``traffic.residency``."""

    accept: tuple[Literal["eea", "adequate", "conditional", "third"], ...] = ("eea",)
    """Classes of transfer that pass: ``eea``; ``adequate``, a decision for recipients in general; ``conditional``, a
    decision for some recipients only, as for those certified under the EU-US Data Privacy Framework."""


class Budget(Watch):
    """Arguments of ``traffic.budget``."""

    providers: tuple[str, ...] = ()
    """Globs over names of the providers; empty: every interface of an AI provider that knowledge names."""
    destinations: tuple[Block, ...] = ()
    """CIDR blocks that belong to the providers as well."""
    calls_percent: int = Field(5, ge=0, le=100)
    """Largest share of connections: those to providers among all that serve, here or there."""
    bytes_percent: int = Field(5, ge=0, le=100)
    """Largest share of bytes, both ways, in the same sense."""


class Listeners(Arguments):
    """Arguments of ``traffic.listeners``."""

    allowed: tuple[Annotated[str, StringConstraints(pattern=r"^[^\s]+:(\d{1,5}|\*)$")], ...] = ()
    """``address:port`` globs that may listen beyond loopback, e.g. ``10.0.0.5:8000`` or ``*:22``."""


class PermittedGpus(Arguments):
    """Arguments of ``gpus.permitted``."""

    names: tuple[str, ...]
    """Globs over product names, case-insensitive, e.g. ``*H100*``."""
    minimum_memory_gib: int = Field(0, ge=0)
    """Each has to have so much memory at least."""
    at_least: int = Field(0, ge=0)
    """How many must be there; 0: a host without accelerators is not applicable."""
    forms: tuple[Literal["sxm", "pcie", "nvl", "oam"], ...] = ()
    """How they may be built in, as the table of devices tells by their ids; empty: any."""


class GpuState(Arguments):
    """Arguments of ``gpus.state``; what is left out is not asked."""

    minimum_driver: str = Field("", pattern=r"^(\d+(\.\d+){0,2})?$")
    """Lowest version of NVIDIA's driver, e.g. ``570.86``."""
    ecc: bool = False
    """Error correction of the memory has to be on."""
    healthy: bool = False
    """No uncorrected error of memory was counted, no repair of rows failed or is pending."""
    mig: Literal["any", "disabled", "enabled"] = "any"
    """Whether the GPU may be, or has to be, divided into instances."""
    mig_layout: tuple[str, ...] = ()
    """Globs over the instances; each instance has to be one of them, e.g. ``*3g.40gb``."""
    confidential_computing: bool = False
    """Confidential computing has to be on, without development tools."""
    persistence: bool = False
    """The driver has to stay loaded while nobody uses the GPU."""
    serials: tuple[str, ...] = ()
    """Serial numbers that are known; each GPU has to be one of them."""
    only_serving: bool = False
    """Memory of the GPU may be held only by processes that serve models."""
    processes: tuple[str, ...] = ()
    """Globs over names of processes that may hold memory besides those."""


class Genuine(Arguments):
    """Arguments of ``gpus.genuine``."""

    packaged_library: bool = False
    """The management library has to belong to an installed package, with the bytes that the package states."""


class Plausible(Arguments):
    """Arguments of ``gpus.plausible``."""

    tolerance_percent: int = Field(10, ge=0, le=50)
    """How much less than the weights may be held: loaders drop what they do not need."""


class Vulnerable(Arguments):
    """Arguments of ``serving.no_known_vulnerabilities``."""

    from_severity: Literal["low", "medium", "high", "critical"] = "low"
    """Lesser ones contradict nothing."""
    accepted: tuple[str, ...] = ()
    """Ids that contradict nothing, e.g. because the endpoint is not reachable."""
    days: int = Field(90, ge=1, le=3_650)
    """An older table cannot pass."""


class Supported(Arguments):
    """Arguments of ``host.supported``."""

    extended: bool = True
    """Whether updates count that need a contract or come from a team of volunteers (ESM, LTS, ELS)."""


class RemoteLogin(Arguments):
    """Arguments of ``host.remote_login``."""

    root: Literal["no", "key"] = "key"
    """Whether root may log in over ssh: not at all, or by a key."""


class KnownStacks(Arguments):
    """Arguments of ``serving.known``."""

    stacks: tuple[str, ...] = ()
    """Keys of knowledge that may serve; empty: any known one."""


class Question(Arguments):
    """Arguments of ``openness.answer``."""

    question: Literal["downloadable", "commercial", "no_phone_home", "modifiable", "redistributable"]
    """Which of the five questions."""
    accept_conditions: bool = True
    """Whether *yes, on terms* passes."""


class SealedSilence(Arguments):
    """Arguments of ``sealed.silent``."""

    phase: Literal["configured", "switched_off"] = "configured"
    """As the command sets its switches, or with every known switch off."""
    destinations: tuple[str, ...] = ()
    """Globs over names and addresses that the server may call, e.g. ``*.example.internal``; never with a prompt."""
    minutes: int = Field(1, ge=0, le=10_080)
    """A shorter watch cannot pass."""
    days: int = Field(90, ge=1, le=3_650)
    """An older run cannot pass."""


class Expression(Arguments):
    """Arguments of ``facts.expression``."""

    cel: str = Field(min_length=1, max_length=2_000)
    """A condition in CEL over the facts, true where the control is met, e.g. ``model.format == 'safetensors'``."""
    each: Literal["host", "model", "process", "gpu", "listener"] = "host"
    """What it is asked for each of, and the name by which the expression speaks of it; ``host``: once."""
    values: dict[str, int | bool | str | tuple[str, ...]] = {}
    """What the expression reads as ``values.NAME``; parameters are given here."""
