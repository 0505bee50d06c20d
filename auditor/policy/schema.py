"""The file format ``sovereign-policy/1``: what an author may write.

A file is one layer. What it leaves out may come from a policy that it extends, so most fields of a control are
optional here; whether the merged whole is complete is asked in :mod:`auditor.policy.crosscheck`.
"""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from auditor.facts.fact import Sha256
from auditor.policy.effective import Deployer, OnUnknown, Reading, Sealing, Severity

MOST_CONTROLS = 1000
"""In one policy, all that it extends included."""

CONTROL_ID = r"^[A-Z][A-Z0-9]{1,7}-\d{3}$"
SEMVER = r"^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})$"
NAME = r"^[a-z0-9][a-z0-9.-]{0,63}$"
PARAM = r"^[a-z][a-z0-9_]{0,39}$"
EXTENDS = r"^[^\s@]+(@\S+)?$"
WAIVER_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"

WORDS = {
    CONTROL_ID: "two to eight capital letters or digits, a dash and three digits, like LIC-001",
    SEMVER: "three numbers, like 1.2.0 (SemVer)",
    NAME: "small letters, digits, dots and dashes, like eu-baseline",
    PARAM: "small letters, digits and underscores, like allowed_egress",
    EXTENDS: "builtin:NAME@^1, or a file beside this one",
    WAIVER_ID: "letters, digits, dots and dashes, like W-2026-004",
    r"^[a-z]{2}$": "a language of two small letters (ISO 639-1), like en",
    r"^[0-9a-f]{64}$": "a SHA-256: 64 digits, 0-9 and a-f",
    r"^[A-Z]{2}$": "a country of two capital letters (ISO 3166-1), like CZ",
}
"""What a pattern asks for, in words."""

ControlId = Annotated[str, Field(pattern=CONTROL_ID)]
Name = Annotated[str, Field(pattern=NAME)]
ParamName = Annotated[str, Field(pattern=PARAM)]
Text = dict[Annotated[str, Field(pattern=r"^[a-z]{2}$")], Annotated[str, Field(min_length=1)]]
"""A text by language; English must be there in the merged whole."""
Reason = Annotated[str, Field(min_length=10, max_length=2000)]
Glob = Annotated[str, Field(min_length=1, max_length=300)]
Globs = Annotated[tuple[Glob, ...], Field(min_length=1)]
ParamValue = Annotated[
    Any,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer"},
                {"type": "boolean"},
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}},
            ]
        }
    ),
]
"""The value of a parameter; :mod:`auditor.policy.params` asks whether it is of the declared type."""


def _whole_day(text: str) -> str:
    try:
        if len(text) != 10:
            raise ValueError
        dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError("a day is written YYYY-MM-DD and has to exist") from None
    return text


Day = Annotated[str, AfterValidator(_whole_day), Field(json_schema_extra={"format": "date"})]
"""A day, ``2026-11-22``; waivers and validity end with it, UTC."""


class Part(BaseModel):
    """Base of everything in the file: closed and strict."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, populate_by_name=True, use_attribute_docstrings=True
    )


class Valid(Part):
    """The days on which the policy may judge, both inclusive."""

    from_: Day = Field(alias="from")
    """First day, UTC."""
    until: Day
    """Last day, UTC."""


class Author(Part):
    """Who answers for the policy."""

    name: str
    """Person or office."""
    email: str = ""
    """Where to ask."""


ParamType = Literal["int", "str", "bool", "spdx-list", "cidr-list", "str-list", "gpu-list"]


class Param(Part):
    """A typed value that a site, a group of hosts or a command line may set."""

    type: ParamType | None = None
    """Obligatory where the parameter is declared first; a policy that extends may only repeat it."""
    default: ParamValue = None
    """Value where nothing else is set; of the parameter's type."""
    min: int | None = None
    """Least value of an ``int``."""
    max: int | None = None
    """Greatest value of an ``int``."""
    title: Text = {}
    """What it is, for people."""


class Standard(Part):
    """A document that references may cite; the edition is printed in the dossier."""

    title: Annotated[str, Field(min_length=1)]
    """Name of the law, standard or guide."""
    edition: str = ""
    """Which edition the ids are of."""


class Group(Part):
    """A chapter of the policy."""

    id: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,7}$")]
    """Short name, capital letters, by which controls name it."""
    title: Text = {}
    """Heading in the dossier."""


class AppliesTo(Part):
    """Which subjects a control speaks of: globs, and within one key any of them. Left out: all."""

    model: Globs | None = None
    """Name of the model."""
    family: Globs | None = None
    """Key of the model family, e.g. ``llama-3.3``."""
    store: Globs | None = None
    """How the model is kept, e.g. ``ollama``."""
    format: Globs | None = None
    """Format of the weights."""
    runtime: Globs | None = None
    """Stack that serves it, e.g. ``vllm``."""
    host: Globs | None = None
    """Name of the audited host."""


class ControlEntry(Part):
    """A requirement, or what is changed of an inherited one with the same id."""

    id: ControlId
    """Capital letters, a dash and three digits; by it a policy that extends changes the control."""
    group: str | None = None
    """Id of a group."""
    title: Text = {}
    """What is required, in one line."""
    rationale: Text = {}
    """Why it matters."""
    severity: Severity | None = None
    """What a contradiction would mean; ``info`` never decides the verdict."""
    applies_to: AppliesTo = AppliesTo()
    """Which subjects it speaks of."""
    check: str | None = None
    """A name of the closed registry; there is no code in policies."""
    arguments: dict[str, Any] = Field({}, alias="with")
    """Arguments of the check."""
    on_unknown: OnUnknown | None = None
    """``manual`` where nothing is said."""
    references: dict[str, tuple[str, ...]] = {}
    """Provisions that the evidence supports, by standard."""
    remedy: Text = {}
    """What to do about a contradiction."""
    disabled: Literal[True] | None = None
    """Takes an inherited control out; needs a reason."""
    reason: Reason | None = None
    """Why an inherited control is weakened; printed in the dossier."""


class Tailoring(Part):
    """A difference for some hosts; the reason is obligatory and printed in the dossier."""

    hosts: Globs
    """Globs over names of hosts."""
    set: dict[ParamName, ParamValue] = {}
    """Values of parameters on these hosts."""
    disable: tuple[ControlId, ...] = ()
    """Controls that are not asked on these hosts."""
    reason: Reason
    """Why these hosts differ."""


class PinEntry(Part):
    """A digest that somebody outside the host vouches for."""

    model: Glob
    """Glob over name or id of the model."""
    file: Glob = "*"
    """Glob over the name of the weight file."""
    sha256: Sha256
    """Digest of the whole file."""
    source: Annotated[str, Field(min_length=3)]
    """Where the digest was taken from, e.g. ``publisher's page, 2026-11-02``."""


class WaiverSubject(Part):
    """What exactly is waived; a changed weight file kills the waiver."""

    id: Glob | None = None
    """Id of the finding's subject."""
    model: Glob | None = None
    """Name or id of the model."""
    sha256: Sha256 | None = None
    """Digest of one of its weight files."""


class ApprovalEntry(Part):
    """Who approved a waiver."""

    name: Annotated[str, Field(min_length=1)]
    """Person."""
    role: Annotated[str, Field(min_length=1)]
    """In which capacity, e.g. ``DPO``."""
    on: Day
    """Day of approval; the waiver does not apply before."""


class SignatureEntry(Part):
    """The approver's signature over a waiver; ``auditor policy sign`` writes it."""

    certificates: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=12_000)], ...], Field(min_length=1, max_length=8)
    ]
    """DER in base64, the signer's first, then those above it."""
    value: Annotated[str, Field(min_length=1, max_length=2_000)]
    """Base64, over all else that stands in the waiver."""


class ApproverEntry(Part):
    """Somebody whose signature makes a waiver apply; where one is named, unsigned waivers do not."""

    name: Annotated[str, Field(min_length=1)]
    """As ``approved_by`` of the waivers names the person."""
    sha256: Sha256
    """Of the person's certificate, as ``auditor keys show`` prints it, or of one that issued it to that name."""
    reason: Reason | None = None
    """Why one more is accepted than the policy that is extended names; printed in the dossier."""


class WaiverEntry(Part):
    """An accepted contradiction with an end."""

    id: Annotated[str, Field(pattern=WAIVER_ID)]
    """Name of the waiver, unique in the policy."""
    control: ControlId
    """The control that is waived."""
    hosts: Globs = ("*",)
    """Globs over names of hosts."""
    subject: WaiverSubject = WaiverSubject()
    """What exactly is waived; left out: whatever the control contradicts."""
    reason: Reason
    """Why it is accepted; printed in the dossier."""
    approved_by: ApprovalEntry
    """Who accepted it."""
    until: Day
    """Inclusive, UTC; at most the end of the policy's validity."""
    compensating: tuple[str, ...] = ()
    """What is done instead."""
    signature: SignatureEntry | None = None
    """Of the approver; demanded where the policy names ``approvers``."""


class Case(Part):
    """A test of the policy: recorded facts and what the controls must say of them."""

    name: Annotated[str, Field(min_length=1)]
    """What the test shows."""
    facts: Annotated[str, Field(min_length=1)]
    """A ``facts.json``, relative to the policy."""
    expect: dict[ControlId, Literal["pass", "fail", "unknown", "waived", "not_applicable"]]
    """The worst verdict of each control."""
    now: Day | None = None
    """The day on which is judged; the end of the audit where nothing is said."""


class Policy(Part):
    """One policy file."""

    schema_: Literal["sovereign-policy/1"] = Field(alias="schema")
    """Format of the file."""
    id: Name
    """Name of the policy."""
    version: Annotated[str, Field(pattern=SEMVER)]
    """Version of the policy; raise it with every change."""
    valid: Valid
    """When it may judge."""
    title: Text
    """Name for people."""
    description: Text = {}
    """What it asks, in a sentence or two."""
    authors: tuple[Author, ...] = ()
    """Who answers for it."""
    extends: tuple[Annotated[str, Field(pattern=EXTENDS)], ...] = ()
    """Policies that this one rests on: ``builtin:NAME@^1``, or files beside it."""
    params: dict[ParamName, Param] = {}
    """Values that may differ by site, host or audit."""
    deployer: Deployer = Deployer()
    """Facts about the organisation that licences ask for."""
    reading: Reading = Reading()
    """How weight files are read, and what may stand in for reading them."""
    sealed: Sealing = Sealing()
    """How a sealed run is made where the policy is named to it."""
    standards: dict[str, Standard] = {}
    """Documents that ``references`` may cite."""
    groups: tuple[Group, ...] = ()
    """Chapters."""
    controls: Annotated[tuple[ControlEntry, ...], Field(max_length=MOST_CONTROLS)] = ()
    """Requirements, or changes of inherited ones."""
    tailoring: tuple[Tailoring, ...] = ()
    """Differences for some hosts, in the order of applying."""
    pins: tuple[PinEntry, ...] = ()
    """Digests that somebody outside the host vouches for."""
    waivers: tuple[WaiverEntry, ...] = ()
    """Accepted contradictions."""
    approvers: tuple[ApproverEntry, ...] = ()
    """Whose signatures waivers need; left out: none."""
    tests: tuple[Case, ...] = ()
    """Recorded facts with the verdicts that they must lead to."""
