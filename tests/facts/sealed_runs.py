"""A sealed run, to be changed by the tests that judge and print it."""

from auditor.facts.sealed import (
    Answered,
    Attempt,
    Channel,
    Ending,
    Phase,
    Place,
    Planted,
    SealedRun,
    Sighting,
    Trial,
)

SIGHTING = Sighting(place=Place.PROMPT, channel=Channel.BODY, encoding=("gzip", "plain"))


def attempt(name: str = "traces.example.com", **more: object) -> Attempt:
    """A call to a tracing service."""
    fields: dict[str, object] = {
        "name": name, "address": "198.18.0.9", "port": 443, "proto": "tcp", "process": "python3", "product": "",
        "entry": "", "count": 3, "bytes": 1200, "first": "2026-11-02T10:01:00Z", "outcome": "answered",
    }  # fmt: skip
    return Attempt.model_validate(fields | more)


def trial(phase: Phase = Phase.CONFIGURED, **more: object) -> Trial:
    """A phase that evidences silence."""
    fields: dict[str, object] = {
        "phase": phase, "ending": Ending.COMPLETE, "started": "2026-11-02T10:00:00Z", "ended": "2026-11-02T10:05:00Z",
        "ready_seconds": 12, "observed_seconds": 300, "api": "openai",
        "answered": (Answered(place=Place.PROMPT, api="POST /v1/chat/completions", status=200, ok=True),),
        "attempts": (), "control": (Planted(name="gzip", channel=Channel.BODY, found=True),), "observer": "",
    }  # fmt: skip
    return Trial.model_validate(fields | more)


def sealed_run(*trials: Trial, **more: object) -> SealedRun:
    """A run of these phases, of one that is silent if none is given."""
    fields: dict[str, object] = {
        "schema": "sovereign-sealed/1", "version": "1", "host": "gpu-01", "command": ("vllm", "serve", "/srv/models/m"),
        "started": "2026-11-02T10:00:00Z", "ended": "2026-11-02T10:10:00Z", "minutes": 5.0,
        "trials": trials or (trial(),), "separated": ("network",), "limits": ("Content that is encrypted.",),
        "replay_sha256": "ab" * 32,
    }  # fmt: skip
    return SealedRun.model_validate(fields | more)
