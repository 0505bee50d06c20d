"""A reading as the traffic of an audit, so that captures can be judged like what the probe saw."""

from auditor.facts.fact import Fact, Status
from auditor.facts.traffic import Capture, Flow, Process, Tier, Traffic
from auditor.recognise.packets import reading
from auditor.recognise.packets.reading import Reading, stamp

METHOD = "capture"
KEPT = (
    "Of each connection: addresses, ports, times, sizes, the name and the protocols in its first messages, and the "
    "fingerprint of the client. No content of any message.",
)
EPOCH = "1970-01-01T00:00:00Z"
"""Time of a fact for which no packet gives one."""
MOST_COUNT = 2**53 - 1
"""Largest number that the documents can hold."""


def to_traffic(read: Reading) -> Traffic:
    """Flows and how they were captured. No listeners: a capture cannot tell which sockets listen."""
    source = ", ".join(read.capture.sources)
    return Traffic(capture=_capture(read, source), flows=tuple(_flow(flow, source) for flow in read.flows))


def _capture(read: Reading, source: str) -> Fact[Capture]:
    capture = read.capture
    if capture.first is None or capture.last is None:
        return Fact[Capture](
            value=None,
            source=source,
            method=METHOD,
            time=EPOCH,
            status=Status.ABSENT,
            note="the capture holds no packets",
        )
    return Fact[Capture](
        value=Capture(
            tier=Tier.IMPORTED,
            first=stamp(capture.first),
            last=stamp(capture.last),
            seconds=capture.seconds,
            samples=0,
            packets=capture.packets,
            dropped=min(capture.dropped or 0, MOST_COUNT),
            not_seen=capture.not_seen,
            loss_known=capture.dropped is not None,
            damaged=capture.truncated or bool(read.problems),
            kept=KEPT,
        ),
        source=source,
        method=METHOD,
        time=stamp(capture.last),
        status=Status.OBSERVED,
        note="imported; where and by whom it was captured, the file cannot prove",
    )


def _flow(flow: reading.Flow, source: str) -> Flow:
    inbound = flow.direction == "in"
    return Flow(
        proto=flow.proto,
        direction=flow.direction,
        source_address=flow.address if inbound else flow.source,
        source_port=flow.port if inbound else flow.source_port,
        address=flow.remote,
        port=flow.source_port if inbound else flow.port,
        attempt=flow.attempt,
        first=stamp(flow.first),
        last=stamp(flow.last),
        process=Fact[Process](
            value=None,
            source=source,
            method=METHOD,
            time=stamp(flow.first),
            status=Status.UNSUPPORTED,
            note="a capture does not say which process sent a packet",
        ),
        name=flow.name,
        name_source=flow.name_source,
        alpn=flow.alpn,
        ja4=flow.ja4,
        ech=flow.ech,
        bytes_out=min(flow.bytes_out, MOST_COUNT),
        bytes_in=min(flow.bytes_in, MOST_COUNT),
    )
