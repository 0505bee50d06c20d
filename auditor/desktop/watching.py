"""A watch while it goes on: messages of the child in, rows and a timeline by destination out. No Qt, no clock."""

from dataclasses import dataclass, field
from typing import Any

MOST_ROWS = 2000
"""Pairs of process and destination that are kept; the child tells at most 200 at a time, and others later."""
MOST_LANES = 200
BINS = 120
"""Of the timeline; where they do not suffice, two become one."""

Key = tuple[str, str, str, int, int | None]


@dataclass(frozen=True)
class Row:
    """One destination of one process."""

    key: Key
    proto: str
    name: str
    address: str
    port: int
    process: str
    pid: int | None
    container: str
    attempt: bool
    sent: int
    received: int
    counted: bool
    """Whether anybody counted bytes."""
    operator: str
    places: tuple[str, ...]
    cdn: bool
    transfer: str
    product: str

    @property
    def addresses(self) -> tuple[str, ...]:
        """As a destination has them."""
        return (self.address,)

    @property
    def reach(self) -> str:
        """As a destination says it."""
        return "attempt" if self.attempt else "transfer"

    @property
    def connections(self) -> int:
        """A row stands for a destination of a process, however often it was called."""
        return 1

    @property
    def lane(self) -> str:
        """Its line in the timeline."""
        return self.name or self.address


@dataclass
class Timeline:
    """What came newly in each stretch of time, by destination; ``width`` is that of a bin in seconds."""

    width: int = 1
    used: int = 0
    lanes: dict[str, tuple[list[int], list[int]]] = field(default_factory=dict)
    """Name → bytes that went, attempts."""

    def put(self, second: int, name: str, amount: int, *, attempt: bool) -> None:
        """Add to the bin of a second."""
        while second // self.width >= BINS:
            self._fold()
        if name not in self.lanes:
            if len(self.lanes) >= MOST_LANES:
                return
            self.lanes[name] = ([0] * BINS, [0] * BINS)
        place = max(0, second // self.width)
        self.lanes[name][attempt][place] += amount

    def reach(self, second: int) -> None:
        """Time has passed, whether anything came or not."""
        while second // self.width >= BINS:
            self._fold()
        self.used = max(self.used, second // self.width + 1)

    def _fold(self) -> None:
        self.width *= 2
        self.used = (self.used + 1) // 2
        for lane in self.lanes.values():
            for bins in lane:
                bins[:] = [bins[i] + bins[i + 1] for i in range(0, BINS, 2)] + [0] * (BINS // 2)


@dataclass
class Watching:
    """The state; :meth:`feed` changes it."""

    seconds: int = 0
    total: int = 0
    """Seconds that were asked for."""
    tiers: tuple[str, ...] = ()
    connections: int = 0
    packets: int = 0
    dropped: int = 0
    rows: dict[Key, Row] = field(default_factory=dict)
    accepted: int = 0
    """Ports of this host that others connected to."""
    timeline: Timeline = field(default_factory=Timeline)
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    """Where, what, remedy."""

    def feed(self, message: dict[str, Any]) -> bool:
        """Take one message; whether there is something new to draw. What is malformed or not known changes nothing."""
        handler = getattr(self, f"_{message.get('kind')}", None)
        if handler is None:
            return False
        try:
            handler(message)
        except (KeyError, TypeError, ValueError):
            return False
        return True

    def _progress(self, message: dict[str, Any]) -> None:
        self.seconds = int(message["done"])
        self.total = int(message["total"] or 0)
        self.timeline.reach(self.seconds)

    def _problem(self, message: dict[str, Any]) -> None:
        if len(self.problems) < 500:
            self.problems.append((str(message["where"]), str(message["what"]), str(message.get("remedy") or "")))

    def _live(self, message: dict[str, Any]) -> None:
        self.seconds = int(message["seconds"])
        self.tiers = tuple(map(str, message["tiers"]))
        self.connections = int(message["connections"])
        self.packets, self.dropped = int(message["packets"]), int(message["dropped"])
        self.timeline.reach(self.seconds)
        flows = message["flows"]
        self.accepted = sum(flow["direction"] == "in" for flow in flows)
        for flow in flows:
            if flow["direction"] == "out":
                self._take(_row(flow))

    def _take(self, row: Row) -> None:
        before = self.rows.get(row.key)
        if before is None and len(self.rows) >= MOST_ROWS:
            return
        known = before.sent + before.received if before is not None else 0
        new = row.sent + row.received - known
        if before is None or new > 0 or before.attempt is not row.attempt:
            self.timeline.put(self.seconds, row.lane, max(1, new), attempt=row.attempt)
        self.rows[row.key] = row


def _row(flow: dict[str, Any]) -> Row:
    pid = flow.get("pid")
    sent, received = flow.get("bytes_out"), flow.get("bytes_in")
    address, port, proto = str(flow["address"]), int(flow["port"]), str(flow["proto"])
    pid = int(pid) if pid is not None else None
    return Row(
        key=(proto, str(flow.get("name") or ""), address, port, pid),
        proto=proto,
        name=str(flow.get("host") or ""),
        address=address,
        port=port,
        process=str(flow.get("name") or ""),
        pid=pid,
        container=str(flow.get("container") or ""),
        attempt=bool(flow["attempt"]),
        sent=int(sent or 0),
        received=int(received or 0),
        counted=sent is not None or received is not None,
        operator=str(flow.get("operator") or ""),
        places=tuple(map(str, flow.get("countries") or ())),
        cdn=bool(flow.get("cdn")),
        transfer=str(flow.get("transfer") or "unknown"),
        product=str(flow.get("product") or ""),
    )
