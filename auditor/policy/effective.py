"""The policy as it was applied: merged, parameters filled in, tailored to one host.

This is what the judge takes and what the dossier embeds; the files it came from are named with their digests.
"""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from auditor.facts.fact import Sha256, Value

LocalText = dict[Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")], str]
"""A text by language (ISO 639-1); ``en`` is always there."""


class Severity(StrEnum):
    """What a contradiction would mean; an ``info`` control never decides the verdict."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class OnUnknown(StrEnum):
    """What an ``unknown`` does to the overall verdict. The finding itself stays ``unknown`` in any case."""

    FAIL = "fail"
    """The deployment does not conform."""
    MANUAL = "manual"
    """The audit is inconclusive: a person has to decide."""
    WARN = "warn"
    """Counted and printed, but the verdict does not wait for it."""


class Deployer(Value):
    """Facts about the organisation that licences make their answer depend on. None: not stated."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    """Principal place of business, ISO 3166-1 alpha-2."""
    monthly_active_users: int | None = Field(None, ge=0)
    """Of all products and services, affiliates included."""
    monthly_revenue_usd: int | None = Field(None, ge=0)
    """Global, consolidated."""
    commercial: bool = True
    """Whether the models are used in business."""
    redistributes: bool = False
    """Whether models or derived models are passed on."""
    modifies: bool = False
    """Whether models are changed or fine-tuned."""
    serves_third_parties: bool = False
    """Whether others than the organisation itself use the service."""
    trains_on_outputs: bool = False
    """Whether answers are used to train other models."""
    sector: str = ""
    """Branch of activity, in words of the organisation."""


class Reading(Value):
    """How weight files are read, and what may stand in for reading them."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    earlier: Literal["never", "interrupted", "always"] = "interrupted"
    """Whether a digest that an earlier audit computed may stand in for a new reading of a file that has not changed
    since: never; where that audit was interrupted; or always. The dossier names every such file."""
    earlier_hours: int = Field(24, ge=1, le=8_760)
    """For how long after that reading."""
    bytes_per_second: int = Field(0, ge=0)
    """Limit of all readers together; 0: none."""
    blake3: bool = False
    """Compute BLAKE3 in the same reading, for a fast check later."""
    priority: Literal["low", "normal"] = "low"
    """Of processor and disk; low steps back behind everything else on the host."""


class Sealing(Value):
    """How a sealed run is made where the policy is named to it (``auditor sealed --policy``); no audit starts one."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    minutes: int = Field(1, ge=0, le=10_080)
    """To watch each phase, from when the server answers."""
    profile: Literal["no-route", "sink", "both"] = "both"
    """Which phases are run."""
    prompts: tuple[Annotated[str, StringConstraints(min_length=1, max_length=10_000)], ...] = ()
    """Prompts besides the usual ones; ``{mark}`` is where the mark goes, else at both ends."""
    command: tuple[str, ...] = ()
    """The server's command line, word by word; one on the command line goes before it."""


class Pin(Value):
    """A digest that somebody outside the host vouches for."""

    model: str
    """Glob over ``Model.id`` or model name."""
    file: str = "*"
    """Glob over the file's name."""
    sha256: Sha256
    source: str
    """Where the digest was taken from, e.g. ``publisher's page, 2026-11-02``."""


class Control(Value):
    """One requirement with its check and typed arguments."""

    id: str
    group: str
    title: LocalText
    rationale: LocalText = {}
    severity: Severity
    applies_to: dict[str, tuple[str, ...]] = {}
    check: str
    arguments: dict[str, Any] = Field({}, alias="with")
    on_unknown: OnUnknown = OnUnknown.MANUAL
    references: dict[str, tuple[str, ...]] = {}
    remedy: LocalText = {}
    origin: str = ""
    """File and line that it comes from."""


class Approval(Value):
    """Who approved a waiver."""

    name: str
    role: str
    on: dt.date


class Approver(Value):
    """Whose signature a waiver needs; where a policy names none, waivers need none."""

    name: str
    """As ``approved_by`` names the person."""
    sha256: Sha256
    """Of the person's certificate, or of one that issued it to that name."""
    reason: str = ""
    """Why a policy that extends another accepts one more."""


class WaiverSignature(Value):
    """An approver's signature over a waiver."""

    certificates: tuple[str, ...]
    """DER in base64, the signer's first."""
    value: str
    """Base64."""


class Waiver(Value):
    """An accepted contradiction: bound to a control, hosts and (where given) exact weights, with an end."""

    id: str
    control: str
    hosts: tuple[str, ...] = ("*",)
    subject: dict[str, str] = {}
    """``model`` (glob) and ``sha256`` (of one weight file of it); a changed weight kills the waiver."""
    reason: str
    approved_by: Approval
    until: dt.date
    """Inclusive, UTC."""
    compensating: tuple[str, ...] = ()
    signature: WaiverSignature | None = None


class Tailored(Value):
    """A tailoring that applied to this host."""

    hosts: tuple[str, ...]
    set: dict[str, Any] = {}
    disabled: tuple[str, ...] = ()
    reason: str


class PolicySource(Value):
    """A file that the effective policy was made from."""

    id: str
    version: str
    sha256: Sha256


class Effective(Value):
    """The policy that judged."""

    schema_: Literal["sovereign-policy-effective/1"] = Field("sovereign-policy-effective/1", alias="schema")
    id: str
    version: str
    title: LocalText
    description: LocalText = {}
    valid_from: dt.date
    valid_until: dt.date
    host: str
    """The host it was tailored to."""
    sources: tuple[PolicySource, ...]
    """The named policy first, then what it extends."""
    deployer: Deployer = Deployer()
    reading: Reading = Reading()
    sealed: Sealing = Sealing()
    pins: tuple[Pin, ...] = ()
    params: dict[str, Any] = {}
    standards: dict[str, dict[str, str]] = {}
    groups: dict[str, LocalText] = {}
    controls: tuple[Control, ...]
    tailoring: tuple[Tailored, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    approvers: tuple[Approver, ...] = ()
