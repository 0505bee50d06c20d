"""What a dossier says beyond facts and findings: language, organisation, who signs and when."""

import datetime as dt
import zlib
from importlib.metadata import version

import pikepdf
from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from auditor import __version__
from auditor.evidence.fonts import FACES, RECIPE
from auditor.evidence.level import Level
from auditor.facts.canonical import canonical, parse


@dataclass(frozen=True)
class Step:
    """One finding that is not what it was; a verdict is empty where the finding is new or gone."""

    direction: str
    control: str
    kind: str
    subject: str
    before: str
    after: str


@dataclass(frozen=True)
class Predecessor:
    """The dossier that this one follows, and what changed since (:mod:`auditor.evidence.previous`)."""

    id: str
    sha256: str
    """Of its first ``size`` bytes: all that there were; later signatures are appended."""
    size: int
    judged: str
    policy: str
    verdict: str
    steps: tuple[Step, ...]
    """Worst first."""
    more: int
    """How many there are beyond those."""
    same: int
    """Findings with the same verdict."""


@dataclass(frozen=True)
class Cover:
    """The choices of whoever issues the dossier."""

    language: str
    organisation: str
    classification: str
    level: Level
    signer: str
    """Name on the certificate; empty for an unsigned dossier."""
    when: dt.datetime
    """Time of composing, UTC; whole seconds are kept."""
    fingerprint: str = ""
    """SHA-256 of the signing certificate."""
    self_issued: bool = True
    """Whether the certificate vouches for itself only."""
    seed: str = ""
    """Random, hexadecimal: what the salts of redacted copies follow from. Whoever has it has the whole dossier."""
    previous: Predecessor | None = None
    """The dossier that this one follows."""


@dataclass(frozen=True)
class Rendering:
    """The document ``dossier.json``: the cover, and the programs whose versions decide the bytes of the pages."""

    cover: Cover
    renderer: dict[str, str]
    root: str = ""
    """Over the salted leaves of facts and findings (:mod:`auditor.evidence.merkle`); empty where there is no seed."""
    schema: str = "sovereign-dossier/1"


def renderer() -> dict[str, str]:
    """Versions of everything that shapes the bytes of a dossier."""
    packages = ["reportlab", "pikepdf", "fonttools", *sorted({face.package.replace("_", "-") for face in FACES})]
    return {
        "auditor": __version__,
        **{name: version(name) for name in packages},
        "qpdf": pikepdf.__libqpdf_version__,
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "fonts": str(RECIPE),
    }


_ADAPTER = TypeAdapter(Rendering)


def dump_rendering(rendering: Rendering) -> bytes:
    """Canonical bytes of ``dossier.json``."""
    return canonical(_ADAPTER.dump_python(rendering, mode="json"))


def parse_rendering(data: bytes) -> Rendering:
    """Read ``dossier.json``. Raises ValueError."""
    return _ADAPTER.validate_python(parse(data))
