"""Serving stacks and their companions: how a process of each looks, and where it says which model it serves.

The table is ``resources/knowledge/stacks.yaml``. The functions at the end make what the probe is asked for.
"""

from functools import cache
from typing import TYPE_CHECKING, Literal, Self

from pydantic import model_validator

from auditor.facts.fact import Value
from auditor.knowledge import phonehome
from auditor.knowledge.tables import read

if TYPE_CHECKING:
    from auditor.knowledge.knowledge import Knowledge

ALWAYS = ("HOME", "XDG_CONFIG_HOME", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "LD_PRELOAD")
"""Variables asked for whatever the stack."""


class Program(Value):
    """A way in which a stack is started. All that is given must hold."""

    program: tuple[str, ...] = ()
    """Base name of the executable or, under an interpreter, of the script."""
    script: tuple[str, ...] = ()
    """End of the path of the script that an interpreter runs."""
    module: tuple[str, ...] = ()
    """What ``python -m`` runs."""
    application: tuple[str, ...] = ()
    """``module:object`` that uvicorn, gunicorn, hypercorn or granian serves."""
    title: tuple[str, ...] = ()
    """Beginning of the title that a process gave itself."""
    verb: tuple[str, ...] = ()
    """First argument, where the program does other things besides serving."""


class ModelSource(Value):
    """Where the model is named."""

    flags: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    positional: bool = False
    """The argument after the verb."""


class Setting(Value):
    """A switch of a stack that an audit cares for, telemetry aside."""

    name: str
    flags: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    takes_value: bool = True
    """False for a flag that stands alone; ``--no-…`` takes it back."""
    default: str = ""
    """What holds where nothing is set; empty: nothing."""
    risk: Literal["exposure", "access", "encryption", "code", "content", "mutation"]
    """Who reaches it, who may use it, who can listen, what it executes, what it writes down, what can be changed."""
    concern: Literal["if_set", "if_unset", "if_value", "unless_value"]
    values: tuple[str, ...] = ()
    """Globs, case-insensitive; for ``if_value`` and ``unless_value``."""
    why: str
    secret: bool = False
    """Only whether it is set is told."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if bool(self.values) != self.concern.endswith("_value"):
            raise ValueError(f"setting {self.name}: values belong to if_value and unless_value, and only to them")
        return self


class Stack(Value):
    """One product."""

    id: str
    title: str
    role: Literal["serving", "companion"]
    """``companion``: stands beside the models (interfaces, databases, gateways' tools), holds none itself."""
    started_as: tuple[Program, ...]
    packages: tuple[str, ...] = ()
    """Python distributions; the version of the first that is there is the version of the stack."""
    version_variables: tuple[str, ...] = ()
    """Variables in which images of the maker state the version."""
    model: ModelSource = ModelSource()
    address: tuple[str, ...] = ()
    """Flags and variables that give the address it listens at."""
    port: tuple[str, ...] = ()
    """Flags and variables that give the port."""
    default_address: str = ""
    default_port: int | None = None
    settings: tuple[Setting, ...] = ()
    endpoints: tuple[str, ...] = ()
    """Paths that a GET may ask on loopback: they only read, and the probe knows them too."""
    counters: tuple[str, ...] = ()
    """Names of counters at ``/metrics`` that together count each request once."""
    source: str
    date: str


@cache
def load_stacks() -> tuple[Stack, ...]:
    """The table. Raises ValueError naming the file and the place of a mistake in it."""
    return read("stacks.yaml", Stack, "stacks")


def patterns(knowledge: "Knowledge") -> tuple[str, ...]:
    """Words by which the probe picks processes: names of programs, modules, applications and titles."""
    found: set[str] = set()
    for stack in knowledge.stacks:
        found.update(_words(stack))
    return tuple(sorted(found))


def _words(stack: Stack) -> set[str]:
    found: set[str] = set()
    for way in stack.started_as:
        found.update(way.program, way.script, way.module, way.title)
        found.update(name.partition(":")[0] for name in way.application)
    return found


def endpoints(knowledge: "Knowledge") -> tuple[dict[str, tuple[str, ...]], ...]:
    """By what a process of each stack is known, what it may be asked, and its counters of requests."""
    return tuple(
        {"words": tuple(sorted(_words(stack))), "paths": stack.endpoints, "counters": stack.counters}
        for stack in knowledge.stacks
        if stack.endpoints
    )


def variables(knowledge: "Knowledge") -> tuple[str, ...]:
    """Environment variables that rules and stacks speak of."""
    found = set(ALWAYS) | set(phonehome.variables_of(knowledge.phone_home))
    for stack in knowledge.stacks:
        found.update(stack.version_variables, stack.model.variables)
        found.update(name for name in (*stack.address, *stack.port) if not name.startswith("-"))
        for setting in stack.settings:
            found.update(setting.variables)
    return tuple(sorted(found))


def packages(knowledge: "Knowledge") -> tuple[str, ...]:
    """Python distributions whose version the probe looks up in the environment of each process."""
    found = {name for stack in knowledge.stacks for name in stack.packages}
    found |= {entry.distribution for entry in knowledge.phone_home if entry.distribution}
    return tuple(sorted(found))


def footprints(knowledge: "Knowledge") -> tuple[tuple[str, str], ...]:
    """Pairs of entry and path that the probe looks for."""
    return phonehome.footprints_of(knowledge.phone_home)
