"""Reads captures: finds their format, goes through their packets, and tells flows and destinations.

Pure functions over buffers; whoever calls opens the files. A buffer is never held as a whole.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from auditor.recognise.packets import link, pcap, pcapng
from auditor.recognise.packets.batch import Account, Batch, Buffer
from auditor.recognise.packets.flows import destinations_of, flows_of, home_of
from auditor.recognise.packets.reading import Network, Reading, Summary
from auditor.recognise.packets.table import Table

_OTHERS = {
    b"\x1f\x8b": "is packed with gzip; unpack it first",
    b"\x28\xb5\x2f\xfd": "is packed with zstd; unpack it first",
    b"\xfd7zX": "is packed with xz; unpack it first",
    b"PK\x03\x04": "is a zip archive; unpack it first",
    b"XCP\0": "is a NetXRay capture; save it as pcapng first",
    b"snoop\0\0\0": "is a snoop capture; save it as pcapng first",
    b"GMBU": "is a Network Monitor capture; save it as pcapng first",
}

ALWAYS = (
    "Which process sent a packet: a capture does not say.",
    "Traffic that did not pass the point of capture: other interfaces, other network namespaces, GPU fabrics (RDMA).",
    "What was sent inside encrypted connections; only where to, when and how much.",
)


def read(
    captures: Iterable[tuple[str, Buffer]],
    local: Sequence[Network] = (),
    progress: Callable[[str, int], None] = lambda where, offset: None,
) -> Reading:
    """All captures, in the order given, as one.

    ``local`` are the blocks of the audited host; without them the one address that nearly everything passes is taken.
    ``progress`` hears the place in a file now and then. Raises ValueError, which names the capture, for what is none.
    """
    table = Table()
    accounts: list[Account] = []
    tally = _Tally()
    for where, buffer in captures:
        account = Account(where)
        accounts.append(account)
        for batch in batches(buffer, account):
            tally.add(batch)
            table.read(batch)
            progress(where, batch.base + len(batch.data))
    connections = table.connections()
    home, given = (tuple(map(str, local)), True) if local else (home_of(connections), False)
    flows = flows_of(connections, table.directory, home)
    ends = [*tally.ends, *(flow.first for flow in flows), *(flow.last for flow in flows)]
    return Reading(
        capture=Summary(
            sources=tuple(account.where for account in accounts),
            packets=tally.packets,
            bytes=tally.bytes,
            truncated=any(account.truncated for account in accounts),
            cut=sum(account.cut for account in accounts),
            dropped=_dropped(accounts),
            first=min(ends, default=None),
            last=max(ends, default=None),
            local=home,
            local_given=given,
            not_seen=tuple(_not_seen(table, accounts, home, any(flow.ech for flow in flows))),
        ),
        flows=flows,
        destinations=destinations_of(flows),
        lookups=table.directory.lookups(),
        problems=tuple(problem for account in accounts for problem in account.problems),
    )


def batches(buffer: Buffer, account: Account) -> Iterator[Batch]:
    """The packets of a capture of either format. Raises ValueError for what is none."""
    head = bytes(buffer[0:8])
    try:
        if head[:4] == pcapng.MAGIC:
            yield from pcapng.batches(buffer, account)
        elif head[:4] in pcap.MAGICS:
            yield from pcap.batches(buffer, account)
        else:
            raise ValueError(_what(head))
    except ValueError as error:
        raise ValueError(f"{account.where}: {error}") from None


def _what(head: bytes) -> str:
    if not head:
        return "the file is empty"
    for magic, what in _OTHERS.items():
        if head.startswith(magic):
            return f"the file {what}"
    return f"no capture: it begins with {head[:4].hex(' ')}, neither pcap nor pcapng do"


class _Tally:
    """Counts over all batches."""

    def __init__(self) -> None:
        self.packets = 0
        self.bytes = 0
        self.ends: list[int] = []

    def add(self, batch: Batch) -> None:
        self.packets += len(batch.records)
        self.bytes += sum([record[2] for record in batch.records])
        ends = [*self.ends, batch.records[0][3], batch.records[-1][3]]
        self.ends = [min(ends), max(ends)]


def _dropped(accounts: list[Account]) -> int | None:
    if not any(account.loss_known for account in accounts):
        return None
    return sum(account.dropped for account in accounts)


def _not_seen(table: Table, accounts: list[Account], home: tuple[str, ...], ech: bool) -> Iterator[str]:
    """What the dossier must say beside the flows."""
    yield from ALWAYS
    if not all(account.loss_known for account in accounts):
        yield "Whether packets were lost while capturing: the file does not say."
    dropped = sum(account.dropped for account in accounts)
    if dropped:
        yield f"{dropped:,} packets that were lost while capturing."
    if any(account.truncated for account in accounts):
        yield "What follows the place at which a file is cut or damaged."
    cut = sum(account.cut for account in accounts)
    if cut:
        yield f"The ends of {cut:,} packets, which were cut while capturing; names in them can be missing."
    for reason, count in sorted(table.passed.items()):
        if reason != link.NO_IP:
            yield f"{count:,} {reason}."
    if table.unlisted:
        yield f"{table.unlisted:,} packets of connections beyond the number that is kept apart."
    if table.given_up:
        yield f"The names of {table.given_up:,} connections whose beginnings were too long in coming."
    if table.directory.unlisted:
        yield f"{table.directory.unlisted:,} look-ups of names beyond the number that is kept."
    if not home:
        yield "Which side is the audited host; each connection is shown as outbound from whoever opened it."
    if ech:
        yield (
            "The names behind encrypted ClientHellos: where a flow says ech, the name may be only that of the front."
        )
