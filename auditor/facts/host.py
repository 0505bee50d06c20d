"""The audited machine."""

from auditor.facts.fact import Fact, Status, Value


class OperatingSystem(Value):
    """Distribution as ``/etc/os-release`` names it."""

    id: str
    name: str
    version: str


class Clock(Value):
    """The host's clock against which every fact is timed.

    ``synchronised`` is what the kernel says (adjtimex); ``max_error_us`` its own bound in microseconds.
    """

    synchronised: bool
    max_error_us: int


class Host(Value):
    """Identity and state of the host."""

    hostname: Fact[str]
    machine_id: Fact[str]
    """SHA-256 of /etc/machine-id: tells two hosts apart without giving the id away."""
    os: Fact[OperatingSystem]
    kernel: Fact[str]
    architecture: Fact[str]
    clock: Fact[Clock]
    booted: Fact[str]
    """RFC 3339, UTC."""
    memory_total: Fact[int]
    """Bytes."""
    cpu: Fact[str]
    container: Fact[str]
    """Kind of container the probe itself ran in; absent on a plain host."""
    resolvers: Fact[str] = Fact(
        value=None, source="", method="", time="1970-01-01T00:00:00Z", status=Status.ABSENT, note="not asked"
    )
    """Addresses of the DNS servers that the host is configured with, separated by a comma and a blank."""
