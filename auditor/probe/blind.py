"""What the means that watched cannot see, in sentences for the dossier."""

from typing import List, NamedTuple, Optional

from . import limits, sockets
from .egress import Watcher
from .polling import Watch
from .wire import Losses

_MAKERS = 10


class Passage(NamedTuple):
    """How the packets on the interfaces were watched."""

    losses: Losses
    chatter: int
    """Packets that no router forwards and that are not told."""
    unread: int
    over: int
    """Beginnings of conversations beyond the bound."""
    folded: int


class Means(NamedTuple):
    """What watched; None did not."""

    watch: Watch
    watcher: Optional[Watcher]
    passage: Optional[Passage]
    events: bool = False


def not_seen(means: Means, tier: str, gap: int) -> List[str]:
    """What these means together cannot see; ``gap`` is the longest time between two looks, in milliseconds."""
    watch, watcher, passage = means.watch, means.watcher, means.passage
    if tier == "S":
        sentences = ["anything before or after the one moment at which the open sockets were read"]
    elif watcher:
        sentences = [
            "connections opened before the watch began and closed by then, and all traffic after its end",
            f"sockets that listened only between two looks at the tables (up to {gap:,} ms apart)",
        ]
    elif passage:
        sentences = [
            f"the processes of connections that were opened and closed between two looks (up to {gap:,} ms apart)",
            "attempts of which no packet left, and traffic between processes of this host",
            "traffic before the watch began and after it ended",
        ]
    elif means.events:
        sentences = [
            f"the processes of connections that were opened and closed between two looks (up to {gap:,} ms apart)",
            "attempts of which no packet left, single datagrams, and events of other network namespaces",
            "where connections went that their own program ended by a reset",
            "traffic before the watch began and after it ended",
        ]
    else:
        sentences = [
            f"connections that were opened and closed between two looks (up to {gap:,} ms apart)",
            "traffic before the watch began and after it ended",
        ]
    if watcher:
        sentences += _beside_reports(watcher, passage)
    elif not passage:
        sentences += [
            "destinations of UDP sockets that are not connected, such as single DNS queries",
            "raw, ICMP, SCTP and packet sockets, and traffic that the kernel itself or RDMA hardware sends",
        ]
    sentences += _of_packets(passage) if passage else ["names of the destinations, and what was sent"]
    if not passage and not watcher:
        sentences.append(
            "how much was sent over UDP, and over connections that outlasted the watch"
            if means.events
            else "how much was sent"
        )
    return sentences + _of_tables(watch, watcher)


def _of_packets(passage: Passage) -> List[str]:
    sentences = [
        "what was sent inside encryption, and names behind an encrypted ClientHello or in one that its host sends in "
        "several packets",
        "packets put on a network card past the taps of the kernel (XDP, PACKET_QDISC_BYPASS), and what RDMA hardware "
        "sends",
        "packets that stay within another network namespace, as between containers",
        "behind an address translation on this host: which of two connections to the same address is which",
    ]
    losses = passage.losses
    if losses.counted:
        sentences.append(f"{losses.counted:,} packets for which the ring had no room")
    if losses.openings:
        sentences.append(f"names in {losses.openings:,} packets for which the ring had no room")
    if passage.over:
        sentences.append(f"names in {passage.over:,} packets beyond the number that is kept")
    if passage.folded:
        sentences.append(f"which of several connections to one port {passage.folded:,} packets belong to")
    if passage.unread:
        sentences.append(f"{passage.unread:,} packets whose headers could not be read or told apart any more")
    if passage.chatter:
        sentences.append(
            f"{passage.chatter:,} packets by which the link itself finds neighbours and groups; no router forwards them"
        )
    return sentences


def _of_tables(watch: Watch, watcher: Optional[Watcher]) -> List[str]:
    sentences = []
    if sockets.apart("pid"):
        sentences.append("the host outside of the container in which the audit ran")
    # The kernel's reports are of all namespaces; only the tables are not.
    hidden, unreadable = watch.spaces.hidden, len(watch.unreadable)
    if hidden and watcher:
        sentences.append(
            "listeners and earlier connections of network namespaces of "
            f"{hidden:,} processes that this user may not look into"
        )
    elif hidden:
        sentences.append(f"network namespaces of {hidden:,} processes that this user may not look into")
    if unreadable and watcher:
        sentences.append(
            f"listeners and earlier connections of {unreadable:,} network namespaces whose sockets could not be read"
        )
    elif unreadable:
        sentences.append(f"{unreadable:,} network namespaces whose sockets could not be read")
    if watch.over or (watcher and watcher.over):
        sentences.append(f"connections beyond the first {limits.FLOWS:,}")
    return sentences


def _beside_reports(watcher: Watcher, passage: Optional[Passage]) -> List[str]:
    """What the kernel's reports do not tell."""
    sentences = ["whether a datagram that was sent is an answer"]
    if passage is None:
        sentences.append(
            "packets put on a network card past the sockets (AF_PACKET, XDP), and what the kernel itself or RDMA "
            "hardware sends"
        )
    else:
        sentences.append("which process put packets on a network card past the sockets (AF_PACKET)")
    if watcher.unusual:
        makers = sorted({f"{name} ({proto}, process {pid})" for proto, name, pid in watcher.unusual})
        shown = ", ".join(makers[:_MAKERS]) + (f" and {len(makers) - _MAKERS:,} more" if len(makers) > _MAKERS else "")
        sentences.append(f"what was meant by raw, ICMP, SCTP and like sockets; such sockets were made by {shown}")
    else:
        sentences.append("which process owns a raw, ICMP or SCTP socket that was made before the watch; none was in it")
    return sentences
