"""Weight files: their size, digest, header, and what the store says they should be."""

from auditor.facts.fact import Fact, Value

EARLIER = "sha256, earlier reading"
"""Method of a digest that this audit did not compute: an earlier one did, at the fact's time, of the same file."""


class Expectation(Value):
    """A digest that something on the host, outside the file, states for it."""

    algorithm: str
    """``sha256``, ``git-sha1`` ..."""
    digest: str


class Header(Value):
    """What a weight file says of its own content."""

    tensors: int
    parameters: int
    dtypes: dict[str, int]
    """Parameters by data type, e.g. ``{"BF16": 8030261248}``."""
    bytes: int
    """Bytes of tensor data that the header accounts for."""


class Weight(Value):
    """One file of weights."""

    path: str
    model: str
    """``Model.id``."""
    format: str
    size: Fact[int]
    modified: Fact[str]
    sha256: Fact[str]
    header: Fact[Header]
    blake3: Fact[str] | None = None
    """Of the same reading; None where it was not asked for."""
    expected: tuple[Fact[Expectation], ...] = ()
    """Self-consistency only: who can write the file can write these too."""

    @property
    def earlier(self) -> bool:
        """Whether the digest is of an earlier reading."""
        return self.sha256.method == EARLIER
