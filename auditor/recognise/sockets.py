"""Records of sockets → traffic."""

from collections.abc import Iterable

from auditor.facts.fact import SEEN, Fact, Status
from auditor.facts.records import AnyRecord, CaptureRecord, FlowRecord, ListenerRecord, PacketsRecord
from auditor.facts.traffic import Capture, Flow, Listener, Process, Tier, Traffic
from auditor.recognise.packets.live import Names
from auditor.recognise.provenance import seen, unseen

PACKETS = "packets"
"""Method of a record that rests on nothing but packets on the interfaces."""
KEPT = (
    "headers of packets, as sums for each connection",
    "of the beginning of a connection: SYN, ClientHello, QUIC Initial; of a clear request method and host only",
    "look-ups of names and their answers",
)
"""What the probe keeps of packets; nothing else of them reaches it."""
NEVER = "1970-01-01T00:00:00Z"
"""Time of a fact for which nobody looked: there is no record to take it from."""


def traffic_of(records: Iterable[AnyRecord]) -> Traffic:
    """Listeners and flows in a stable order, and how they were watched; without a capture record an absent one."""
    every = tuple(records)
    captures = [record for record in every if isinstance(record, CaptureRecord)]
    listeners = {_place(record): record for record in every if isinstance(record, ListenerRecord)}
    flows = {_path(record): record for record in every if isinstance(record, FlowRecord)}
    names = Names(record.data for record in every if isinstance(record, PacketsRecord))
    return Traffic(
        capture=_capture(captures),
        listeners=tuple(_listener(listeners[key]) for key in sorted(listeners)),
        flows=tuple(_flow(flows[key], names) for key in sorted(flows)),
    )


def _place(record: ListenerRecord) -> tuple[int, str, str, int, str, str]:
    return record.port, record.address, record.proto, _pid(record), record.container, record.source


def _path(record: FlowRecord) -> tuple[str, str, int, str, int, str, int, str, str, bool, str]:
    there = (record.first, record.address, record.port, record.source_address, record.source_port)
    return (*there, record.proto, _pid(record), record.direction, record.last, record.attempt, record.source)


def _capture(records: list[CaptureRecord]) -> Fact[Capture]:
    if not records:
        return Fact(
            value=None, source="", method="", time=NEVER, status=Status.ABSENT, note="the network was not watched"
        )
    record = records[-1]
    if record.status not in SEEN:
        return unseen(record, record.status)
    try:
        tier, tiers = Tier(record.tier), tuple(map(Tier, record.tiers))
    except ValueError:
        return unseen(record, Status.ERROR, f"the means of observation “{record.tier[:20]}” is not known")
    return seen(
        record,
        Capture(
            tier=tier,
            first=record.first,
            last=record.last,
            seconds=record.seconds,
            samples=record.samples,
            packets=record.packets,
            dropped=record.dropped,
            tiers=tiers,
            lost_packets=record.lost_packets,
            kept=KEPT if Tier.RING in tiers else (),
            longest_gap_ms=record.longest_gap_ms,
            not_seen=record.not_seen,
        ),
    )


def _listener(record: ListenerRecord) -> Listener:
    return Listener(proto=record.proto, address=record.address, port=record.port, process=_process(record))


def _flow(record: FlowRecord, names: Names) -> Flow:
    name = names.of(record)
    # Packets alone tell that nobody answered; where the host's own sockets were seen, they know better.
    attempt = record.attempt or (record.method == PACKETS and record.direction == "out" and name.unanswered)
    sent, received = record.bytes_out or 0, record.bytes_in or 0
    return Flow(
        proto=record.proto,
        direction=record.direction,
        source_address=record.source_address,
        source_port=record.source_port,
        address=record.address,
        port=record.port,
        attempt=attempt,
        first=record.first,
        last=record.last,
        process=_process(record),
        name=name.name,
        name_source=name.source,
        alpn=name.alpn,
        ja4=name.ja4,
        ech=name.ech,
        bytes_out=received if record.direction == "in" else sent,
        bytes_in=sent if record.direction == "in" else received,
    )


def _process(record: ListenerRecord | FlowRecord) -> Fact[Process]:
    if record.pid is None:
        status = record.status if record.status not in SEEN else Status.DENIED
        return unseen(record, status, record.note or "the owner of the socket could not be seen")
    return seen(
        record,
        Process(pid=record.pid, name=record.name, exe=record.exe, uid=record.uid, container=record.container),
    )


def _pid(record: ListenerRecord | FlowRecord) -> int:
    return -1 if record.pid is None else record.pid
