"""How long distributions of Linux are supported: the table ``resources/knowledge/distributions.yaml``."""

from functools import cache

from pydantic import Field

from auditor.facts.fact import Value
from auditor.knowledge.tables import read

_DAY = r"^\d{4}-\d\d-\d\d$"


class Distribution(Value):
    """One release of a distribution."""

    id: str
    os: str
    """``ID`` of os-release."""
    version: str
    """``VERSION_ID``, or what comes before its next dot."""
    until: str = Field(pattern=_DAY)
    """Last day of security updates for everybody."""
    extended: str = ""
    """Last day of those that need a contract or come from a team of volunteers."""
    source: str
    date: str = Field(pattern=_DAY)
    checked: bool
    """Whether the days were read at the source; the others are common knowledge."""


@cache
def load_distributions() -> tuple[Distribution, ...]:
    """The releases. Raises ValueError naming the file and the place of a mistake in it."""
    return read("distributions.yaml", Distribution, "distributions")


def release_of(os: str, version: str, known: tuple[Distribution, ...]) -> Distribution | None:
    """The release that os-release names."""
    return next(
        (one for one in known if one.os == os and (version == one.version or version.startswith(one.version + "."))),
        None,
    )
