"""What processes hold → custody: each served weight file with the digest on disk and that of the bytes in use.

A process that serves and holds no weight file read it into memory and closed it, as many loaders do. For it the files
that its command line, environment or configuration name are given, and that nothing shows which bytes it has.
"""

import datetime as dt
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from auditor.facts.canonical import MAX_INT
from auditor.facts.fact import SEEN, Fact, Status
from auditor.facts.models import Model
from auditor.facts.records import AnyRecord, CustodyRecord, WeightRecord
from auditor.facts.serving import Custody, Held, Layer, Served
from auditor.facts.weights import Weight
from auditor.knowledge.knowledge import Knowledge
from auditor.recognise.models_leaf import clean, seen, unseen
from auditor.recognise.stacks import servers_of

EXACT_TO = dt.timedelta(seconds=2)
"""The kernel counts starts from the boot, whose time it tells in whole seconds and moves when the clock is set."""
MOST_NAMED = 1_000
"""Files that one process without a trace is taken to have been given."""
NO_TRACE = "the loader left no trace: the file was read into memory and closed, nothing shows which bytes are in use"


def custody_of(
    records: Iterable[AnyRecord],
    serving: Sequence[Served],
    models: Sequence[Model],
    weights: Sequence[Weight],
    knowledge: Knowledge,
) -> tuple[Custody, ...]:
    """Every weight file that a serving process holds or names."""
    every = tuple(records)
    servers = servers_of(every, knowledge)
    files = {weight.path: weight for weight in weights}
    found = []
    traced: set[int] = set()
    for record in every:
        if isinstance(record, CustodyRecord):
            server = servers.get(record.pid, record.pid)
            traced.add(server)
            found.append(_held(record, server, files.get(record.weight)))
    stated = {record.path: record for record in every if isinstance(record, WeightRecord)}
    for served in serving:
        if served.pid not in traced:
            found += [_named(served, weight, stated[weight.path]) for weight in named_by(served, models, weights)
                      if weight.path in stated]  # fmt: skip
    return tuple(found)


def named_by(served: Served, models: Sequence[Model], weights: Sequence[Weight]) -> Iterator[Weight]:
    """The weight files of the models that a process names; nothing where it names none that was found."""
    named = {name.rstrip("/") for name in served.models.value or () if name}
    files = [weight for weight in weights if weight.path in named]
    own = {model.id for model in models if _is_named(model, named)}
    files += [weight for weight in weights if weight.model in own and weight not in files]
    yield from files[:MOST_NAMED]


def _is_named(model: Model, named: set[str]) -> bool:
    name = model.name.value or ""
    if {model.path.rstrip("/"), model.id, name} & named:
        return True
    # A cache keeps a model below the folder of its repository; what a process in a container names lies below its root.
    return any(
        end.startswith("/") and (model.path.startswith(end + "/") or posixpath.normpath(model.path).endswith(end))
        for end in named
        if end.count("/") > 1
    )


def _held(record: CustodyRecord, server: int, weight: Weight | None) -> Custody:
    disk = _disk(record, weight)
    return Custody(
        pid=record.pid,
        server=server,
        path=clean(record.path, 4096),
        weight=weight.path if weight is not None else "",
        model=weight.model if weight is not None else "",
        held=seen(record, Held(record.held), record.method),
        disk_sha256=disk,
        mapped_sha256=_mapped(record, disk),
        replaced=_replaced(record, disk),
        identity=seen(record, f"{_device(record.device)}:{record.inode}", "stat"),
        namespace=seen(record, record.namespace, "readlink", note="of its own" if record.foreign else "of the auditor")
        if record.namespace
        else unseen(record, "readlink", "the namespace may not be seen", Status.DENIED),
        layer=_layer(record),
        modified=_time(record, record.modified),
        changed=_time(record, record.changed),
        after_start=_after_start(record, record.modified, record.started),
        copied=_copied(record),
    )


def _disk(record: CustodyRecord, weight: Weight | None) -> Fact[str]:
    if weight is not None:
        return weight.sha256
    if record.disk_sha256:
        return seen(record, record.disk_sha256, "sha256", source=clean(record.place, 4096))
    status = record.disk_status if record.disk_status not in SEEN else Status.ERROR
    note = record.disk_note or "the file on disk was not read"
    return unseen(record, "sha256", note, status, source=clean(record.place, 4096))


def _mapped(record: CustodyRecord, disk: Fact[str]) -> Fact[str]:
    if record.sha256:
        return seen(record, record.sha256, f"sha256 through {record.method}")
    if record.same and disk.seen:
        return seen(record, str(disk.value), "the same file as on disk", note="device and inode are equal")
    if record.same:
        return unseen(record, "sha256", disk.note or "the file was not read", disk.status)
    status = record.status if record.status not in SEEN else Status.ERROR
    return unseen(record, "sha256", record.note or "the bytes that are held were not read", status)


def _replaced(record: CustodyRecord, disk: Fact[str]) -> Fact[bool]:
    if record.same is not None:
        gone = disk.status is Status.ABSENT
        note = "" if record.same else "no file of this name is there any more" if gone else "another file has its name"
        return seen(record, not record.same, "device and inode", note=note)
    if record.sha256 and disk.seen:
        # Overlays tell a mapped file by the device below; the bytes decide where the identity cannot.
        return seen(record, record.sha256 != disk.value, "digest", Status.INFERRED)
    return unseen(record, "device and inode", "devices of the two cannot be compared", Status.UNSUPPORTED)


def _layer(record: CustodyRecord) -> Fact[Layer]:
    if record.layer:
        note = " ".join(filter(None, (record.mount, record.layer_note)))
        return seen(record, Layer(record.layer), "mountinfo", note=note)
    return unseen(record, "mountinfo", record.layer_note or "the mount cannot be told", Status.UNSUPPORTED)


def _time(record: CustodyRecord, value: str | None) -> Fact[str]:
    if value is None:
        return unseen(record, "stat", record.note or "the file may not be looked at", Status.DENIED)
    return seen(record, value, "stat")


def _after_start(record: AnyRecord, changed: str | None, started: str | None) -> Fact[bool]:
    if changed is None or started is None:
        return unseen(record, "stat", "the time of start or of change is not known", Status.UNSUPPORTED)
    return seen(record, later(changed, started), "times compared", Status.INFERRED)


def later(changed: str, started: str) -> bool:
    """Whether a change lies after a start, beyond what the clock of starts is exact to."""
    return dt.datetime.fromisoformat(changed) > dt.datetime.fromisoformat(started) + EXACT_TO


def _copied(record: CustodyRecord) -> Fact[int]:
    if record.copied is None:
        note = "the file is open, not mapped" if record.held == "open" else "the pages may not be seen"
        return unseen(record, "smaps", note, Status.UNSUPPORTED if record.held == "open" else Status.DENIED)
    return seen(record, min(record.copied, MAX_INT), "smaps")


def _device(number: int) -> str:
    """Major and minor, as Linux packs them into 64 bits."""
    major = (number >> 8 & 0xFFF) | (number >> 32 & ~0xFFF)
    minor = (number & 0xFF) | (number >> 12 & ~0xFF & 0xFFFFFFFF)
    return f"{major}:{minor}"


def _untraced(record: WeightRecord) -> Fact[Any]:
    return unseen(record, "procfs", NO_TRACE, Status.UNSUPPORTED)


def _named(served: Served, weight: Weight, record: WeightRecord) -> Custody:
    """A file of which only the name is known to be in use."""
    started = served.started.value
    return Custody(
        pid=served.pid,
        server=served.pid,
        path=weight.path,
        weight=weight.path,
        model=weight.model,
        held=seen(record, Held.NAMED, "command line, environment or configuration", Status.DECLARED),
        disk_sha256=weight.sha256,
        mapped_sha256=_untraced(record),
        replaced=_untraced(record),
        identity=_untraced(record),
        namespace=_untraced(record),
        layer=_untraced(record),
        modified=weight.modified,
        changed=unseen(record, "stat", "looked at only where a file is held", Status.UNSUPPORTED),
        after_start=_after_start(record, weight.modified.value, started),
        copied=_untraced(record),
    )
