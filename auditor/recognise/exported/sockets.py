"""Output of ``ss -tunap`` (or ``-tunlp`` and ``-tnp``) → listeners and connections, as one look at them."""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.facts.fact import Instant, Status
from auditor.facts.records import CaptureRecord, FlowRecord, ListenerRecord, ProcessRecord

MOST = 40_000
METHOD = "ss"
NOT_SEEN = (
    "Connections that were not open at the moment of the export, and attempts that had failed by then.",
    "Sockets of other network namespaces than the one in which ss was run, as those of containers.",
)
_STATES = "LISTEN|UNCONN|ESTAB|SYN-SENT|SYN-RECV|FIN-WAIT-1|FIN-WAIT-2|TIME-WAIT|CLOSE-WAIT|LAST-ACK|CLOSING|CLOSED"
_ROW = re.compile(
    rf"^(?:(?P<proto>tcp|udp) +)?(?P<state>{_STATES}) +\d+ +\d+ +(?P<here>\S+):(?P<port>\d+|\*) +"
    r"(?P<there>\S+):(?P<remote>\d+|\*)(?P<rest>.*)$"
)
_OWNER = re.compile(r'users:\(\("(?P<name>[^"]{0,64})",pid=(?P<pid>\d{1,9}),')
_PASSING = ("TIME-WAIT",)
"""Of no process any more, and over."""


@dataclass(frozen=True)
class Sockets:
    """All that one or more lists tell."""

    listeners: tuple[ListenerRecord, ...]
    flows: tuple[FlowRecord, ...]
    capture: CaptureRecord
    ownerless: int
    """Sockets whose process ss did not tell."""
    unread: int
    """Rows of another form."""


def sockets_of(texts: Iterable[tuple[str, str]], time: Instant, processes: Mapping[int, ProcessRecord]) -> Sockets:
    """The sockets of lists, given as source and text; ``processes`` add what ss does not tell of an owner."""
    rows, unread, seen = [], 0, set()
    for source, text in texts:
        for line in text.split("\n")[:MOST]:
            bare = line.strip()[:2000]
            match = _ROW.match(bare)
            if match and bare not in seen:
                seen.add(bare)
                rows.append((source, match))
            elif bare and not match and not re.match(r"Netid|State|Recv-Q", bare):
                unread += 1
    ports = {(row["proto"] or "tcp", row["port"]) for _, row in rows if row["state"] == "LISTEN"}
    listeners, flows, ownerless = [], [], 0
    for source, row in rows:
        who = _owner(row["rest"], processes)
        proto = row["proto"] or "tcp"
        here, there = _address(row["here"]), _address(row["there"])
        if row["state"] in _PASSING or here is None or there is None:
            continue
        ownerless += who["pid"] is None
        common: dict[str, Any] = {"source": source, "method": METHOD, "time": time, **who}
        name = proto + ("6" if ":" in here else "")
        if row["state"] == "LISTEN" or (proto == "udp" and row["remote"] in ("*", "0")):
            listeners.append(ListenerRecord(**common, proto=name, address=here, port=_port(row["port"])))
            continue
        flows.append(
            FlowRecord(
                **common,
                proto=name,
                direction="in" if (proto, row["port"]) in ports else "out",
                source_address=here,
                source_port=_port(row["port"]),
                address=there,
                port=_port(row["remote"]),
                attempt=row["state"] == "SYN-SENT",
                first=time,
                last=time,
            )
        )
    capture = CaptureRecord(
        source=", ".join(dict.fromkeys(source for source, _ in rows)) or METHOD, method=METHOD, time=time, tier="S",
        first=time, last=time, seconds=0, samples=1, longest_gap_ms=0, namespaces=1, tiers=("S",), not_seen=NOT_SEEN,
    )  # fmt: skip
    return Sockets(tuple(listeners), tuple(flows), capture, ownerless, unread)


def _owner(rest: str, processes: Mapping[int, ProcessRecord]) -> dict[str, Any]:
    match = _OWNER.search(rest)
    if not match:
        return {"pid": None, "status": Status.DENIED, "note": "ss did not tell the owner of the socket"}
    pid = int(match["pid"])
    known = processes.get(pid)
    more = {"exe": known.exe, "uid": known.uid, "container": known.container} if known else {}
    return {"pid": pid, "name": known.name if known else match["name"], **more}


def _address(text: str) -> str | None:
    """The address as the probe writes it; None where it is none."""
    bare = text.strip("[]").partition("%")[0].strip("[]")
    if bare == "*":
        return "::"
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def _port(text: str) -> int:
    return min(int(text), 65535) if text.isdigit() and len(text) < 7 else 0
