"""Processes that serve models, the switches set in them, and traces of past contact."""

from enum import StrEnum

from auditor.facts.fact import Fact, Value


class Served(Value):
    """A serving process. Secrets in command and environment are masked by the probe before they are written."""

    pid: int
    stack: Fact[str]
    """Key of ``resources/knowledge/stacks.yaml``: vllm, tgi, sglang, tensorrt-llm, ollama, llama.cpp ..."""
    version: Fact[str]
    exe: Fact[str]
    command: Fact[tuple[str, ...]]
    environment: Fact[dict[str, str]]
    """Only the variables that knowledge names; secrets show their presence only."""
    started: Fact[str]
    container: Fact[str]
    models: Fact[tuple[str, ...]]
    """Model paths or names taken from command line, environment or open files."""


class SwitchState(StrEnum):
    """What a telemetry switch really does in the version at hand."""

    OFF = "off"
    """Telemetry is off."""
    ON = "on"
    INEFFECTIVE = "set_but_ineffective"
    UNKNOWN = "unknown"


class Switch(Value):
    """One known phone-home of one serving process, and whether it is switched off there."""

    pid: int
    product: str
    entry: str
    """Key of ``resources/knowledge/phone-home.yaml``."""
    hosts: tuple[str, ...]
    state: Fact[SwitchState]
    found: tuple[str, ...]
    """What was set, as ``NAME=value`` or a flag or a file."""
    rule: str
    """How the product reads the switch."""


class Footprint(Value):
    """A trace on disk of past contact."""

    path: str
    product: str
    entry: str
    modified: Fact[str]
    summary: Fact[str]
