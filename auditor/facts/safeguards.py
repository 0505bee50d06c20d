"""How the host is set up: what may be left on disk, who may log in, what may come in and leave."""

from typing import Literal

from auditor.facts.fact import Fact, Value


class Swap(Value):
    """Where the kernel may write memory to."""

    device: str
    kind: Literal["zram", "partition", "file"]
    size: int
    """Bytes."""
    encrypted: bool | None
    """By dm-crypt; None where the device below was not seen."""


class Store(Value):
    """What the folder of a model lies on."""

    path: str
    mount: str
    filesystem: str
    device: str
    kind: Literal["disk", "network", "memory", "other"]
    encrypted: bool | None
    """By dm-crypt of this host; None where that cannot be told."""


class CoreLimit(Value):
    """Largest core file that a serving process may leave."""

    pid: int
    bytes: str
    """A number, or ``unlimited``."""


class Account(Value):
    """A user with a shell that lets one in."""

    name: str
    uid: int
    shell: str


class Login(Value):
    """What sshd is told of logging in, or its own default."""

    root: str
    passwords: bool
    stated: bool
    """Whether a file says both; else a default of sshd was taken."""
    conditional: bool
    """Whether a Match block may say otherwise for some."""


class Firewall(Value):
    """What happens to a connection from outside that no rule speaks of."""

    kind: str
    """nftables, iptables, ufw, or none."""
    default: Literal["drop", "accept"]
    where: str
    """The chain, or the setting."""


class Proxy(Value):
    """A line that names a proxy, credentials masked."""

    where: str
    line: str


class Container(Value):
    """How a container is run."""

    id: str
    privileged: bool
    host_network: bool
    engine_socket: bool
    """Whether the engine's own socket is mounted into it, which is as good as root on the host."""


class Safeguards(Value):
    """Everything of that kind; what was not seen says why."""

    stores: Fact[tuple[Store, ...]]
    swaps: Fact[tuple[Swap, ...]]
    core_pattern: Fact[str]
    """Where the kernel puts a core file, or the program that it hands it to (after ``|``)."""
    core_limits: Fact[tuple[CoreLimit, ...]]
    accounts: Fact[tuple[Account, ...]]
    login: Fact[Login]
    firewall: Fact[Firewall]
    proxies: Fact[tuple[Proxy, ...]]
    engine: Fact[str]
    """Chosen settings of the container engine, as JSON."""
    containers: Fact[tuple[Container, ...]]
