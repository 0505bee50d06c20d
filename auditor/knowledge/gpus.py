"""Accelerators by PCI device id: the names under which drivers show them, their chip and their memory.

The table is ``resources/knowledge/gpus.yaml``. A device that is not in it contradicts nothing.
"""

from functools import cache

from pydantic import Field

from auditor.facts.fact import Sha256, Value
from auditor.knowledge.tables import read


class Chip(Value):
    """A GPU chip and the first numbers of the VBIOS versions made for it."""

    id: str
    vbios: tuple[str, ...] = ()


class Device(Value):
    """One PCI device."""

    id: str = Field(pattern=r"^[0-9a-f]{4}:[0-9a-f]{4}$")
    """``vendor:device``."""
    name: str
    """For people, where no driver tells a name."""
    names: tuple[str, ...] = ()
    """Fragments; a driver's name for it contains one of them, whatever the case."""
    chip: str = ""
    form: str = Field("", pattern=r"^(sxm|pcie|nvl|oam)?$")
    """How it is built in, where the id tells."""
    memory_mib: tuple[int, ...] = ()
    """Nominal sizes with which it was built."""
    source: str
    date: str


class Root(Value):
    """A root certificate under which a maker identifies its cards."""

    id: str
    sha256: Sha256
    """Of the certificate in DER."""
    source: str
    date: str


@cache
def load_devices() -> tuple[Device, ...]:
    """The devices. Raises ValueError naming the file and the place of a mistake in it."""
    return read("gpus.yaml", Device, "devices")


@cache
def load_chips() -> tuple[Chip, ...]:
    """The chips. Raises ValueError naming the file and the place of a mistake in it."""
    return read("gpus.yaml", Chip, "chips")


@cache
def load_roots() -> tuple[Root, ...]:
    """The roots. Raises ValueError naming the file and the place of a mistake in it."""
    return read("gpus.yaml", Root, "roots")
