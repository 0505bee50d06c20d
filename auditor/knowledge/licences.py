"""What known licences say: ``resources/knowledge/licences.yaml``, typed.

Each term names its clause in the licence's own numbering (the names that fingerprints use) and says in the product's
own words what it means. Licences without a fingerprint are here too, so that one that is only declared can be decided.
"""

import re
from enum import StrEnum
from functools import cache, lru_cache
from typing import Annotated

from pydantic import Field, StringConstraints

from auditor.facts.fact import Value
from auditor.knowledge.fingerprints import Kind
from auditor.knowledge.tables import read

_EUROPEAN_UNION = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
"""The 27 member states since 2020-02-01."""

TERRITORIES: dict[str, frozenset[str]] = {
    "EU": frozenset(_EUROPEAN_UNION.split()),
    "EU-GB-KR": frozenset(_EUROPEAN_UNION.split()) | {"GB", "KR"},
}
"""Countries (ISO 3166-1 alpha-2) of the territories that licences name."""


class Use(StrEnum):
    """What a licence is asked about."""

    DEPLOY = "deploy"
    COMMERCIAL = "commercial"
    MODIFY = "modify"
    REDISTRIBUTE = "redistribute"


class TermKind(StrEnum):
    """What a clause does. The first group decides, the second are duties, the third is told and decides nothing."""

    USERS = "users"
    """No licence beyond a number of monthly active users."""
    REVENUE = "revenue"
    """No licence beyond a revenue."""
    TERRITORY = "territory"
    """No licence for those at home in a territory."""
    FIELD = "field"
    """Research, evaluation or other uses that are not commercial, and nothing else."""
    OUTPUTS = "outputs"
    """What is generated may not be used to make other models better."""

    POLICY = "policy"
    """A use policy or a list of forbidden uses has to be kept."""
    PASS_ON = "pass_on"
    """Forbidden uses have to be passed on as an enforceable provision."""
    COPY = "copy"
    """A copy of the licence goes with the files."""
    NOTICE = "notice"
    """A notice goes with the files."""
    MARKING = "marking"
    """Changed files say so."""
    NAMING = "naming"
    """A name or a phrase has to be shown."""
    SHARE_ALIKE = "share_alike"
    """What is derived goes under the same licence."""

    REMOTE = "remote"
    """The licensor reserves a right to restrict use from afar, or to change the model."""
    UPDATES = "updates"
    """The newest version should be used, or the terms may change."""
    TERMINATION = "termination"
    LAW = "law"
    GATING = "gating"
    """Files are handed out only after consent."""


DUTIES = frozenset(
    {
        TermKind.POLICY,
        TermKind.PASS_ON,
        TermKind.COPY,
        TermKind.NOTICE,
        TermKind.MARKING,
        TermKind.NAMING,
        TermKind.SHARE_ALIKE,
    }
)


class Sign(StrEnum):
    """What lies beside a model where a duty is kept."""

    LICENCE = "licence"
    """The licence text, word for word."""
    POLICY = "policy"
    """The use policies that the licence names, word for word; where it names none, the licence itself."""
    NOTICE = "notice"
    """A file called Notice."""
    NOTICE_IF_ANY = "notice_if_any"
    """The same, as far as the publisher's release has one."""


class Term(Value):
    """One clause's meaning."""

    kind: TermKind
    clause: str
    """As the fingerprint names it; empty where the text was not read."""
    says: str
    uses: tuple[Use, ...] = ()
    """The uses that depend on it."""
    document: str = ""
    """The policy whose clause it is; empty: the licence itself."""
    limit: int | None = Field(None, ge=0)
    """Users a month, or US dollars a month."""
    territory: str = ""
    """Key of :data:`TERRITORIES`."""
    multimodal: bool = False
    """Only for models that take in more than text."""
    shown_by: Sign | None = None
    """What beside a model shows that a duty is kept; None: nothing that lies on a host."""
    begins: str = ""
    """With what names of derived models have to begin."""
    display: str = ""
    """A phrase that has to be shown where people meet the model."""
    users: int | None = Field(None, ge=0)
    """A duty only above so many users a month, or above ``revenue``."""
    revenue: int | None = Field(None, ge=0)
    """A duty only above so many US dollars a month, or above ``users``."""


class Terms(Value):
    """One licence or use policy."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
    title: str
    spdx: str
    version: str = ""
    date: str = ""
    """Of the text, as far as it states one."""
    kind: Kind = Kind.LICENCE
    tags: tuple[str, ...] = ()
    """What model cards and headers call it, in the form of :func:`tag`."""
    source: str
    """What the terms were read from, and when."""
    read: bool = True
    """Whether the text itself was read; else the terms rest on what others say of it."""
    policies: tuple[str, ...] = ()
    """Use policies that are part of it by reference."""
    grants: dict[Use, str] = {}
    """The clause that grants each use; a use that is not here is not granted."""
    terms: tuple[Term, ...] = ()

    def of(self, kind: TermKind) -> tuple[Term, ...]:
        """The terms of one kind."""
        return tuple(term for term in self.terms if term.kind is kind)


@lru_cache(maxsize=4096)
def tag(value: str) -> str:
    """The form in which the names of licences are compared: ``Apache License 2.0`` and ``apache-2.0`` differ, case and
    separators do not."""
    return re.sub(r"[^a-z0-9.+]+", "-", value.strip().casefold()).strip("-.")


def licences_of_tag(value: str, licences: dict[str, Terms]) -> tuple[str, ...]:
    """The licences that a name may mean; several where it names a series (``gemma``), none where it is not known."""
    wanted = tag(value)
    return tuple(
        terms.id
        for terms in licences.values()
        if terms.kind is Kind.LICENCE and wanted in {tag(terms.id), tag(terms.spdx), tag(terms.title), *terms.tags}
    )


@cache
def load_licences() -> dict[str, Terms]:
    """Read ``resources/knowledge/licences.yaml``."""
    licences = {terms.id: terms for terms in read("licences.yaml", Terms, "licences")}
    for terms in licences.values():
        unknown = {*terms.policies, *(term.document for term in terms.terms if term.document)} - set(licences)
        if unknown:
            raise ValueError(f"licences.yaml: {terms.id} refers to {', '.join(sorted(unknown))}, which is not there")
    return licences
