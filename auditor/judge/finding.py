"""A finding, and the whole judgement: the document ``findings.json``."""

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from auditor.facts.audit import Target, Tool
from auditor.facts.fact import Instant, Value
from auditor.judge.destination import Destination
from auditor.policy.effective import Severity


class Verdict(StrEnum):
    """The answer of one control for one subject."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    WAIVED = "waived"
    NOT_APPLICABLE = "not_applicable"


class Overall(StrEnum):
    """The answer of the whole policy."""

    CONFORMS = "conforms"
    DOES_NOT_CONFORM = "does_not_conform"
    INCONCLUSIVE = "inconclusive"


class Sentence(Value):
    """A sentence as template and arguments, so that it can be printed in another language.

    The template is the English text with ``{name}`` fields and the key for translators.
    """

    template: str
    args: dict[str, str | int] = {}

    def __str__(self) -> str:
        return self.template.format(**self.args)


def say(template: str, **args: str | int) -> Sentence:
    """A sentence for a finding; ``template`` must be a literal, translators extract it."""
    return Sentence(template=template, args=args)


class SubjectKind(StrEnum):
    """What a finding speaks of."""

    HOST = "host"
    MODEL = "model"
    PROCESS = "process"
    GPU = "gpu"
    DESTINATION = "destination"
    LISTENER = "listener"


class Subject(Value):
    """The thing a finding speaks of, by its id in the facts."""

    kind: SubjectKind
    id: str


class Outcome(Value):
    """What a check says of one subject, before waivers."""

    subject: Subject
    verdict: Literal[Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN, Verdict.NOT_APPLICABLE]
    expected: Sentence
    observed: Sentence
    rests_on: tuple[str, ...] = ()
    """JSON pointers into facts.json."""
    not_seen: tuple[Sentence, ...] = ()
    """What could have changed the answer and was not seen."""
    remedy: Sentence | None = None
    """More exact than the control's own remedy, where the check knows."""


class AppliedWaiver(Value):
    """The waiver that turned a fail into ``waived``, or why one did not."""

    id: str
    applies: bool
    why: str = ""
    reason: str
    approved_by: str
    role: str
    on: str
    until: str
    compensating: tuple[str, ...] = ()
    signed_by: str = ""
    """Name in the certificate whose signature fits; empty: unsigned, or the signature does not fit."""
    fingerprint: str = ""
    """SHA-256 of that certificate."""


class Finding(Value):
    """One control for one subject."""

    control: str
    group: str
    title: str
    severity: Severity
    verdict: Verdict
    subject: Subject
    decision_rule: str
    expected: str
    observed: str
    rests_on: tuple[str, ...]
    not_seen: tuple[str, ...]
    rationale: str
    remedy: str
    references: dict[str, tuple[str, ...]]
    waiver: AppliedWaiver | None = None
    sentences: dict[str, tuple[Sentence, ...]]
    """``expected``, ``observed``, ``not_seen``, ``remedy``, ``decision_rule`` with their templates, for
    translation."""


class Answer(StrEnum):
    """To one of the five questions."""

    YES = "yes"
    NO = "no"
    CONDITIONAL = "conditional"
    UNKNOWN = "unknown"


class Confidence(StrEnum):
    """What an answer rests on."""

    MEASURED = "measured"
    DECLARED = "declared"
    INFERRED = "inferred"


class OpenAnswer(Value):
    """An answer with its reason."""

    answer: Answer
    confidence: Confidence
    why: str
    sentence: Sentence
    rests_on: tuple[str, ...] = ()


class Openness(Value):
    """The five questions of one model."""

    model: str
    name: str
    licence: str
    downloadable: OpenAnswer
    commercial: OpenAnswer
    no_phone_home: OpenAnswer
    modifiable: OpenAnswer
    redistributable: OpenAnswer


class AuditReference(Value):
    """The audit that was judged."""

    id: str
    digest: str
    target: Target
    started: Instant
    ended: Instant
    tool: Tool
    partial: bool


class PolicyReference(Value):
    """The policy that judged."""

    id: str
    version: str
    sha256: str
    """Digest of the effective policy's canonical form."""
    title: str


class Interval(Value):
    """Between which shares the truth lies, in thousandths, both rounded down."""

    lower: int
    """Whatever was not seen counts as contradicted."""
    upper: int
    """Whatever was not seen counts as evidenced."""


class Score(Value):
    """What was evidenced of all controls, of a group or of a severity: counts, and shares weighted by severity.

    There is no single number: what was not seen widens the interval. A control counts once, however many subjects it
    has; its findings share its weight.
    """

    of: Literal["all", "group", "severity"]
    name: str = ""
    """Id of the group, or the severity."""
    counts: dict[Verdict, int]
    """Findings."""
    before: Interval | None = None
    """Before waivers: what is waived counts as contradicted. None: nothing to weigh."""
    after: Interval | None = None
    """After waivers: what is waived counts as met."""


class Judgement(Value):
    """All findings of one audit under one policy: ``findings.json``."""

    schema_: Literal["sovereign-findings/1"] = Field("sovereign-findings/1", alias="schema")
    audit: AuditReference
    policy: PolicyReference
    knowledge: str
    """SHA-256 of the knowledge that was used, canonical form."""
    judged: Instant
    verdict: Overall
    counts: dict[Verdict, int]
    scores: tuple[Score, ...] = ()
    """Of all, then by group, then by severity."""
    findings: tuple[Finding, ...]
    openness: tuple[Openness, ...]
    destinations: tuple[Destination, ...] = ()
    """Whom the host contacted and what that means, worst first."""
    more_destinations: int = 0
    """How many more there were than are listed."""

    def of(self, verdict: Verdict) -> tuple[Finding, ...]:
        """The findings with this verdict."""
        return tuple(f for f in self.findings if f.verdict is verdict)


def dump(value: Value) -> dict[str, Any]:
    """A record as plain JSON data, keys as in the documents."""
    return value.model_dump(mode="json", by_alias=True)
