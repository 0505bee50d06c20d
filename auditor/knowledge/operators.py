"""Who answers for a network or a host name, and what the GDPR says of the country in which they are registered.

The tables are ``resources/knowledge/operators.yaml`` and ``transfers.yaml``.
"""

from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache
from typing import Literal

from pydantic import Field

from auditor.facts.fact import Value
from auditor.knowledge.tables import read


class TransferClass(StrEnum):
    """What a transfer of personal data to a country rests on (GDPR chapter V), best first."""

    OWN = "own"
    """An address of the organisation's own networks, or of this host: nothing is transferred."""
    EEA = "eea"
    ADEQUATE = "adequate"
    """Decision of the European Commission for recipients in general (Art. 45)."""
    CONDITIONAL = "conditional"
    """Decision for some recipients only, e.g. those certified under the EU-US Data Privacy Framework."""
    THIRD = "third"
    """Third country without a decision."""
    UNKNOWN = "unknown"


class Operator(Value):
    """A legal entity, the networks it runs and the names under which it serves."""

    id: str
    entity: str
    country: str = Field(pattern=r"^[A-Z]{2}$")
    """Where the entity is registered."""
    kind: Literal["cloud", "cdn", "isp", "hub", "ai_api", "telemetry"]
    cdn: bool = False
    """Its addresses are answered in many places: no location can be told from them."""
    asns: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    source: str
    checked: bool
    """Whether its networks were compared with the table of networks; entity and country are common knowledge."""
    date: str = Field(pattern=r"^\d{4}-\d\d-\d\d$")


class Transfer(Value):
    """What holds for one country."""

    id: str = Field(pattern=r"^[A-Z]{2}$")
    class_: Literal[TransferClass.EEA, TransferClass.ADEQUATE, TransferClass.CONDITIONAL] = Field(alias="class")
    covers: str = ""
    """Whom a conditional decision covers."""
    until: str = ""
    """Last day on which the decision holds, where it has an end."""
    source: str
    date: str = Field(pattern=r"^\d{4}-\d\d-\d\d$")


@cache
def load_operators() -> tuple[Operator, ...]:
    """The operators. Raises ValueError naming the file and the place of a mistake in it."""
    return read("operators.yaml", Operator, "operators")


@cache
def load_transfers() -> tuple[Transfer, ...]:
    """The countries. Raises ValueError naming the file and the place of a mistake in it."""
    return read("transfers.yaml", Transfer, "transfers")


def of_name(name: str, operators: tuple[Operator, ...]) -> Operator | None:
    """The operator with the longest pattern that fits a host name."""
    fitting = [
        (len(glob), operator) for operator in operators for glob in operator.names if name and fnmatchcase(name, glob)
    ]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def of_network(asn: int | None, operators: tuple[Operator, ...]) -> Operator | None:
    """The operator of a network."""
    return next((operator for operator in operators if asn is not None and asn in operator.asns), None)


def class_of(country: str, transfers: tuple[Transfer, ...], day: str) -> TransferClass:
    """What holds for a country on a day (``YYYY-MM-DD``)."""
    if not country:
        return TransferClass.UNKNOWN
    found = next((transfer for transfer in transfers if transfer.id == country), None)
    if found is None or day < found.date or (found.until and day > found.until):
        return TransferClass.THIRD
    return TransferClass(found.class_)
