"""What is asked of a probe, as a value and as the line of JSON that it reads."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from auditor.collect.stream import PROTOCOL
from auditor.facts.fact import Value

COLLECTORS = ("host", "gpus", "processes", "models", "weights", "custody", "footprints", "endpoints", "traffic")
"""All that the probe has."""


KNOWN = 40_000
"""Most earlier readings that are sent along, about 200 bytes each; the probe takes no request beyond 16 MiB."""


class Earlier(Value):
    """Readings of earlier audits, and for how long after them they may stand in for a new one."""

    hours: int = Field(ge=0)
    machines: dict[str, tuple[tuple[str | None, ...], ...]]
    """By SHA-256 of the machine's id: device, inode, size, times of writing and of change in nanoseconds, SHA-256,
    BLAKE3 or null, time of the reading; all as text."""


TierChoice = Literal["auto", "A", "B", "C", "D", "E"]
"""How to watch the network; auto: all of the best means that the host allows, together."""


class Options(Value):
    """What a person may choose."""

    paths: tuple[str, ...] = ()
    """Files and folders on the host that hold models."""
    stores: bool = True
    """Also look where the usual programs keep theirs, and where running ones say or show that they do."""
    held: bool = False
    """Of these places only those that running programs say or show."""
    collectors: tuple[str, ...] = COLLECTORS
    traffic_seconds: int = Field(10, ge=0, le=604_800)
    """0: one look at the open sockets."""
    tier: TierChoice = "auto"
    live: bool = False
    """Also tell what is seen of the network while it is watched."""
    interval_ms: int = Field(50, ge=5, le=60_000)
    readers: int = Field(0, ge=0, le=64)
    """Threads that hash; 0: as many as serve the machine."""
    bytes_per_second: int = Field(0, ge=0)
    """Of hashing; 0: no limit."""
    pids: tuple[int, ...] = ()
    """Processes whose weight files are looked at; none: all."""
    digests: tuple[Literal["sha256", "blake3"], ...] = ("sha256",)
    """Computed in one reading of each weight file."""
    blake3: str = ""
    """Folder on the host that holds the package ``blake3``; empty: where the host's system keeps packages."""
    earlier: Earlier | None = None
    """Readings that may stand in for new ones."""
    endpoints: bool = False
    """Also ask serving processes on loopback."""
    nvidia_smi: str = "nvidia-smi"
    nice: bool = True
    """Lowest CPU and I/O priority."""


class Request(Value):
    """One request of protocol 1."""

    protocol: int = PROTOCOL
    collectors: dict[str, dict[str, Any]]
    nice: bool = True

    def line(self) -> bytes:
        """The line of JSON, with its end."""
        return (
            json.dumps(self.model_dump(mode="json"), ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"
        )


def build(
    options: Options,
    *,
    patterns: Iterable[str] = (),
    variables: Iterable[str] = (),
    packages: Iterable[str] = (),
    footprints: Iterable[Mapping[str, str]] = (),
    endpoints: Iterable[Mapping[str, Sequence[str]]] = (),
) -> Request:
    """The request for these options; what to look for comes from knowledge.

    ``patterns`` are words of process names and command lines, ``variables`` names of environment variables,
    ``packages`` names of distributions, ``footprints`` have ``entry`` and ``path``,
    ``endpoints`` ``words``, ``paths`` and ``counters`` of a stack.
    """
    everything: dict[str, dict[str, Any]] = {
        "host": {},
        "gpus": {"nvidia_smi": options.nvidia_smi, "seconds": 20},
        "processes": {
            "patterns": sorted(set(patterns)),
            "variables": sorted(set(variables)),
            "packages": sorted(set(packages)),
        },
        "models": {"paths": list(options.paths), "stores": options.stores, "held": options.held},
        "custody": {"pids": list(options.pids), "bytes_per_second": options.bytes_per_second},
        "weights": {
            "readers": options.readers,
            "bytes_per_second": options.bytes_per_second,
            "digests": list(options.digests),
            "blake3": options.blake3,
            "earlier": options.earlier.model_dump(mode="json") if options.earlier is not None else None,
        },
        "footprints": {"entries": [{"entry": entry["entry"], "path": entry["path"]} for entry in footprints]},
        "endpoints": {
            "stacks": [{name: list(values) for name, values in stack.items()} for stack in endpoints],
            "seconds": options.traffic_seconds if "traffic" in options.collectors else 0,
        },
        "traffic": {
            "seconds": options.traffic_seconds,
            "interval_ms": options.interval_ms,
            "tier": options.tier,
            "live": options.live,
        },
    }
    chosen = {name: asked for name, asked in everything.items() if name in options.collectors}
    if not options.endpoints:
        chosen.pop("endpoints", None)
    return Request(collectors=chosen, nice=options.nice)
