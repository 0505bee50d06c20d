"""A small audit for tests, and the facts it is made of."""

from typing import Any, TypeVar

from auditor.facts.audit import Audit, Collector, Facts, Outcome, Probe, Target, Tool
from auditor.facts.fact import Fact, Status
from auditor.facts.host import Clock, Host, OperatingSystem
from auditor.facts.models import Model, Store
from auditor.facts.traffic import Traffic
from auditor.facts.weights import Weight

T = TypeVar("T")
TIME = "2026-11-02T10:00:00Z"


def seen(value: T, source: str = "test", method: str = "read", status: Status = Status.OBSERVED) -> Fact[Any]:
    """A fact with a value."""
    return Fact(value=value, source=source, method=method, time=TIME, status=status)


def unseen(status: Status = Status.ABSENT, note: str = "") -> Fact[Any]:
    """A fact without one."""
    return Fact(value=None, source="test", method="read", time=TIME, status=status, note=note)


def host() -> Host:
    """A plain Debian host."""
    return Host(
        hostname=seen("gpu-rack-03"),
        machine_id=seen("0" * 64),
        os=seen(OperatingSystem(id="debian", name="Debian GNU/Linux 12", version="12")),
        kernel=seen("6.1.0"),
        architecture=seen("x86_64"),
        clock=seen(Clock(synchronised=True, max_error_us=500)),
        booted=seen(TIME),
        memory_total=seen(64 * 2**30),
        cpu=seen("EPYC"),
        container=unseen(),
    )


def model(id: str = "acme/small", **changes: Any) -> Model:
    """A model of which only what is given is known."""
    values: dict[str, Any] = dict.fromkeys(
        ("family", "release", "revision", "architecture", "quantisation", "parameters", "modality", "context", "base"),
        unseen(),
    )
    values |= {
        "id": id,
        "path": f"/models/{id}",
        "store": Store.DIRECTORY,
        "name": seen(id, status=Status.DECLARED),
        "format": seen("safetensors"),
        "stated": (),
        "custom_code": unseen(),
    }
    return Model(**(values | changes))


def weight(model: str = "acme/small", sha256: str = "a" * 64, **changes: Any) -> Weight:
    """One weight file, read whole."""
    values: dict[str, Any] = {
        "path": f"/models/{model}/model.safetensors",
        "model": model,
        "format": "safetensors",
        "size": seen(1000),
        "modified": seen(TIME),
        "sha256": seen(sha256, method="sha256"),
        "header": unseen(),
    }
    return Weight(**(values | changes))


def audit(partial: bool = False, collectors: dict[str, Outcome] | None = None, **facts: Any) -> Audit:
    """An audit whose collectors all completed, unless said otherwise."""
    outcomes = dict.fromkeys(
        ("host", "gpus", "processes", "models", "weights", "custody", "traffic", "footprints"), Outcome.COMPLETE
    ) | (collectors or {})
    return Audit(
        target=Target(kind="local", name="gpu-rack-03"),
        tool=Tool(name="Sovereignty Auditor", version="0.1.0"),
        probe=Probe(version="1", python="3.11.7", uid=0, capabilities=("CAP_SYS_PTRACE",)),
        started=TIME,
        ended="2026-11-02T10:05:00Z",
        partial=partial,
        collectors=tuple(
            Collector(name=name, outcome=outcome, started=TIME, ended=TIME) for name, outcome in outcomes.items()
        ),
        facts=Facts(**({"host": host(), "traffic": Traffic(capture=unseen())} | facts)),
    )
