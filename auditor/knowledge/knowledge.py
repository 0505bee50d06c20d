"""All knowledge that a verdict may rest on, as one value with one digest."""

import weakref
from functools import cache

from auditor.facts.canonical import digest
from auditor.facts.fact import Value
from auditor.knowledge.controls import Controls, load_controls
from auditor.knowledge.distributions import Distribution, load_distributions
from auditor.knowledge.gpus import Chip, Device, Root, load_chips, load_devices, load_roots
from auditor.knowledge.licences import Terms, load_licences
from auditor.knowledge.models import Models, load_models
from auditor.knowledge.operators import Operator, Transfer, load_operators, load_transfers
from auditor.knowledge.phonehome import Entry, load_phone_home
from auditor.knowledge.stacks import Stack, load_stacks
from auditor.knowledge.vulnerabilities import Vulnerabilities, load_vulnerabilities


class Knowledge(Value):
    """The tables, by topic. The dossier embeds them, so that its verdicts can be computed again elsewhere."""

    controls: Controls = Controls()
    models: Models = Models()
    licences: dict[str, Terms] = {}
    stacks: tuple[Stack, ...] = ()
    phone_home: tuple[Entry, ...] = ()
    devices: tuple[Device, ...] = ()
    chips: tuple[Chip, ...] = ()
    device_roots: tuple[Root, ...] = ()
    operators: tuple[Operator, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    vulnerabilities: Vulnerabilities = Vulnerabilities()
    distributions: tuple[Distribution, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical form; computed once for each value, which is a megabyte and never changes."""
        kept = _digests.get(id(self))
        if kept is None or kept[0]() is not self:
            if len(_digests) >= MOST_KEPT:
                _digests.clear()
            kept = _digests[id(self)] = (weakref.ref(self), digest(self))
        return kept[1]


MOST_KEPT = 16
_digests: dict[int, tuple["weakref.ref[Knowledge]", str]] = {}
"""Digests of values that are alive, by identity: a changed copy is another value."""


@cache
def load() -> Knowledge:
    """Read all of ``resources/knowledge``."""
    return Knowledge(
        controls=load_controls(),
        models=load_models(),
        licences=load_licences(),
        stacks=load_stacks(),
        phone_home=load_phone_home(),
        devices=load_devices(),
        chips=load_chips(),
        device_roots=load_roots(),
        operators=load_operators(),
        transfers=load_transfers(),
        vulnerabilities=load_vulnerabilities(),
        distributions=load_distributions(),
    )
