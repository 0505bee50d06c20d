"""The leaf of all evidence: one value, and how it came to be known."""

from enum import StrEnum
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints

T = TypeVar("T")

Instant = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$")]
"""A point in time, UTC, RFC 3339 with ``Z``. Text, so that it survives canonical JSON unchanged."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 digest in lower-case hex."""


class Value(BaseModel):
    """Base of every record of the core: frozen, closed, comparable."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Status(StrEnum):
    """How a value came to be known, or why it is not."""

    OBSERVED = "observed"
    """Measured on the host: read, hashed, counted, captured."""
    DECLARED = "declared"
    """Somebody's word: a model card, a file name, a header field, a version string."""
    INFERRED = "inferred"
    """Concluded from other facts by a recogniser."""
    ABSENT = "absent"
    """Looked for where it would be, and not there."""
    DENIED = "denied"
    """Present or perhaps present, but the probe had no right to see it."""
    UNSUPPORTED = "unsupported"
    """This host, kernel, driver or version of the probe cannot tell."""
    ERROR = "error"
    """Looking failed; ``note`` says how."""


SEEN = frozenset({Status.OBSERVED, Status.DECLARED, Status.INFERRED})
"""The statuses under which a fact has a value."""


class Fact(Value, Generic[T]):
    """One value with its provenance.

    ``source`` is where it was read (a path, a command, a process), ``method`` how (``read``, ``sha256``,
    ``stat``, ``fingerprint`` ...), ``time`` when, by the host's clock. A fact whose status is not in
    :data:`SEEN` has no value.
    """

    value: T | None
    source: str
    method: str
    time: Instant
    status: Status
    note: str = ""

    @property
    def seen(self) -> bool:
        """Whether there is a value to rest on."""
        return self.status in SEEN and self.value is not None


class Record(Value):
    """Provenance that every record carries; it becomes the provenance of the facts made from it."""

    source: str
    method: str
    time: Instant
    status: Status = Status.OBSERVED
    note: str = ""
