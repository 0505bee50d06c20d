"""Settings of a host → what may be left on its disks, who may log in, what may come in and leave."""

import json
import os.path
import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from auditor.facts.fact import SEEN, Fact, Instant, Status
from auditor.facts.records import AnyRecord, ModelRecord, ProcessRecord, SettingRecord
from auditor.facts.safeguards import Account, Container, CoreLimit, Login, Proxy, Safeguards, Store, Swap
from auditor.facts.serving import Served
from auditor.probe.mounts import Mount, mounts_of
from auditor.recognise.firewall import firewall_of
from auditor.recognise.provenance import seen, unseen

T = TypeVar("T")
_NETWORK = frozenset(
    ("9p", "afs", "beegfs", "ceph", "cifs", "fuse.sshfs", "fuse.s3fs", "glusterfs", "gpfs", "lustre", "nfs", "nfs4",
     "smb3", "virtiofs")
)  # fmt: skip
_MEMORY = frozenset(("tmpfs", "ramfs"))
_NO_LOGIN = ("nologin", "false", "sync", "shutdown", "halt", "")
_MOST = 1_000


class Blocks:
    """Block devices of the host, and what lies below each."""

    def __init__(self, text: str) -> None:
        rows = [line.split(" ") for line in text.split("\n") if line.count(" ") == 4]
        self._rows = {row[0]: row for row in rows}
        self._names = {row[1]: row[0] for row in rows if row[1] != "-"}

    def __bool__(self) -> bool:
        return bool(self._rows)

    def named(self, device: str) -> str:
        """The name of a device by its number (``253:0``) or its path; empty where it is not known."""
        if device in self._names:
            return self._names[device]
        name = os.path.basename(device)
        return name if name in self._rows else ""

    def encrypted(self, name: str) -> bool | None:
        """Whether everything that a device is written to passes dm-crypt; None where it is not known."""
        return self._encrypted(name, 0)

    def _encrypted(self, name: str, depth: int) -> bool | None:
        row = self._rows.get(name)
        if row is None or depth > 16:
            return None
        if row[2].startswith("CRYPT-"):
            return True
        below = [part for part in row[3].split(",") if part not in ("", "-")]
        if not below and row[4] in self._rows and row[4] != name:
            below = [row[4]]
        if not below:
            return False
        answers = [self._encrypted(part, depth + 1) for part in below[:64]]
        return False if False in answers else None if None in answers else True


def safeguards_of(records: Iterable[AnyRecord], serving: Sequence[Served]) -> Safeguards | None:
    """How the host is set up; None where nothing of it was reported."""
    every = tuple(records)
    settings = [record for record in every if isinstance(record, SettingRecord)]
    if not settings:
        return None
    found: dict[str, list[SettingRecord]] = {}
    for record in settings:
        found.setdefault(record.name, []).append(record)
    time = settings[0].time
    blocks = Blocks("\n".join(record.text for record in found.get("block", ())))
    models = sorted({record.path for record in every if isinstance(record, ModelRecord)})[:_MOST]
    return Safeguards(
        stores=_of(found.get("mounts"), time, lambda text: _stores(text, models, blocks)),
        swaps=_of(found.get("swaps"), time, lambda text: _swaps(text, found.get("mounts", ()), blocks)),
        core_pattern=_of(found.get("core_pattern"), time, lambda text: text.strip()[:500]),
        core_limits=_limits(every, serving, time),
        accounts=_of(found.get("accounts"), time, _accounts),
        login=_login(found.get("sshd", []), time),
        firewall=firewall_of(settings, time),
        proxies=_proxies(found.get("proxies", []), time),
        engine=_of(found.get("engine"), time, lambda text: text[:20_000]),
        containers=_containers(found.get("container", []), time),
    )


def nothing(time: Instant, status: Status, note: str, source: str = "") -> Fact[Any]:
    """A fact that no record tells."""
    return Fact(value=None, source=source, method="read", time=time, status=status, note=note)


def _of(records: Sequence[SettingRecord] | None, time: Instant, read: Any) -> Fact[Any]:
    """A fact from the one file that tells it."""
    if not records:
        return nothing(time, Status.ABSENT, "it was not reported")
    record = records[0]
    if record.status not in SEEN:
        return unseen(record, record.status)
    try:
        return seen(record, read(record.text))
    except (ValueError, IndexError) as error:
        return unseen(record, Status.ERROR, f"could not be understood: {error}")


def _stores(text: str, models: Sequence[str], blocks: Blocks) -> tuple[Store, ...]:
    mounts = mounts_of(text)
    numbers = _numbers(text)
    return tuple(_store(path, mounts, numbers, blocks) for path in models)


def _numbers(text: str) -> dict[str, tuple[str, str]]:
    """Number and source of the device at each mount point, as the kernel writes the point."""
    found = {}
    for line in text.split("\n"):
        first, dash, last = line.partition(" - ")
        fields, rest = first.split(" "), last.split(" ")
        if dash and len(fields) >= 6 and len(rest) >= 2:
            found[re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), fields[4])] = (fields[2], rest[1])
    return found


def _mount_of(path: str, mounts: Sequence[Mount]) -> Mount | None:
    fitting = [mount for mount in mounts if path == mount.point or path.startswith(mount.point.rstrip("/") + "/")]
    # Of several at one point the last covers the others.
    return max(enumerate(fitting), key=lambda pair: (len(pair[1].point.rstrip("/")), pair[0]))[1] if fitting else None


def _store(path: str, mounts: Sequence[Mount], numbers: dict[str, tuple[str, str]], blocks: Blocks) -> Store:
    mount = None if re.match(r"/proc/\d{1,10}/root/", path) else _mount_of(path, mounts)
    if mount is None:
        return Store(path=path, mount="", filesystem="", device="", kind="other", encrypted=None)
    number, source = numbers.get(mount.point, ("", ""))
    common = {"path": path, "mount": mount.point, "filesystem": mount.kind[:64], "device": source[:500]}
    if mount.kind in _NETWORK:
        return Store(**common, kind="network", encrypted=None)
    if mount.kind in _MEMORY:
        return Store(**common, kind="memory", encrypted=None)
    name = blocks.named(number) or (blocks.named(source) if source.startswith("/dev/") else "")
    return Store(**common, kind="disk" if name else "other", encrypted=blocks.encrypted(name) if name else None)


def _swaps(text: str, mounts: Sequence[SettingRecord], blocks: Blocks) -> tuple[Swap, ...]:
    found = []
    table = mounts[0].text if mounts else ""
    for line in text.split("\n")[1 : 1 + _MOST]:
        fields = line.split()
        if len(fields) < 3 or not fields[2].isdecimal():
            continue
        device, kind = fields[0][:500], "file" if fields[1] == "file" else "partition"
        if os.path.basename(device).startswith("zram"):
            kind, encrypted = "zram", None
        elif kind == "file":
            encrypted = _store(device, mounts_of(table), _numbers(table), blocks).encrypted
        else:
            encrypted = blocks.encrypted(blocks.named(device))
        found.append(Swap(device=device, kind=kind, size=int(fields[2]) * 1024, encrypted=encrypted))
    return tuple(found)


def _limits(records: Sequence[AnyRecord], serving: Sequence[Served], time: Instant) -> Fact[tuple[CoreLimit, ...]]:
    pids = {served.pid for served in serving}
    of = [record for record in records if isinstance(record, ProcessRecord) and record.pid in pids]
    if not of:
        return nothing(time, Status.ABSENT, "no serving process was seen")
    if any(not record.core for record in of):
        blind = next(record for record in of if not record.core)
        return unseen(blind, Status.DENIED, f"the limits of process {blind.pid} were not seen")
    return seen(of[0], tuple(CoreLimit(pid=record.pid, bytes=record.core[:32]) for record in of))


def _accounts(text: str) -> tuple[Account, ...]:
    found = []
    for line in text.split("\n")[:_MOST]:
        name, _, rest = line.partition(":")
        uid, _, shell = rest.partition(":")
        if uid.isdecimal() and len(uid) < 12 and os.path.basename(shell) not in _NO_LOGIN:
            found.append(Account(name=name[:64], uid=int(uid), shell=shell[:200]))
    return tuple(found)


def _login(records: Sequence[SettingRecord], time: Instant) -> Fact[Login]:
    main = next((record for record in records if not record.source.endswith(".conf")), None)
    if main is None:
        return nothing(time, Status.ABSENT, "it was not reported")
    if main.status not in SEEN:
        return unseen(main, main.status, main.note)
    denied = [record for record in records if record.status not in SEEN]
    if denied:
        return unseen(denied[0], denied[0].status)
    said: dict[str, str] = {}
    conditional = _directives(main.text, {r.source: r.text for r in records if r is not main}, said)
    root, words = said.get("permitrootlogin"), said.get("passwordauthentication")
    keyboard = said.get("kbdinteractiveauthentication", said.get("challengeresponseauthentication", "yes"))
    value = Login(
        root=(root or "prohibit-password")[:32],
        passwords=(words or "yes") != "no" or keyboard != "no",
        stated=root is not None and words is not None,
        conditional=conditional,
    )
    return seen(main, value, note="" if value.stated else "what no file states is taken as sshd's own default")


def _directives(text: str, others: dict[str, str], said: dict[str, str], deep: bool = False) -> bool:
    """Take in what is stated outside of Match blocks, the first of each; tells whether there is such a block."""
    conditional = False
    for line in text.split("\n"):
        parts = re.split(r"[\s=]+", line.strip(), maxsplit=1)
        key, value = parts[0].lower(), parts[1].strip().strip('"').lower() if len(parts) > 1 else ""
        if key == "match":
            return True
        if key == "include" and not deep:
            pattern = line.split(None, 1)[1].strip() if " " in line.strip() else ""
            pattern = pattern if pattern.startswith("/") else f"/etc/ssh/{pattern}"
            for name in sorted(others):
                if fnmatchcase(name, pattern):
                    conditional = _directives(others[name], {}, said, deep=True) or conditional
        elif value:
            said.setdefault(key, value)
    return conditional


def _proxies(records: Sequence[SettingRecord], time: Instant) -> Fact[tuple[Proxy, ...]]:
    hidden = [record for record in records if record.status not in (*SEEN, Status.ABSENT)]
    if not records or hidden:
        return unseen(hidden[0], hidden[0].status) if hidden else nothing(time, Status.ABSENT, "it was not reported")
    lines = [
        Proxy(where=record.source, line=line[:500]) for record in records for line in record.text.split("\n") if line
    ]
    return seen(records[0], tuple(lines[:_MOST]), Status.OBSERVED, source="files that name proxies")


def _containers(records: Sequence[SettingRecord], time: Instant) -> Fact[tuple[Container, ...]]:
    hidden = [record for record in records if record.status not in (*SEEN, Status.ABSENT)]
    if hidden:
        return unseen(hidden[0], hidden[0].status)
    if not records:
        return nothing(time, Status.ABSENT, "no container of Docker was found")
    found = []
    for record in records[:_MOST]:
        try:
            data = json.loads(record.text)
        except (ValueError, RecursionError):
            return unseen(record, Status.ERROR, "could not be understood")
        if isinstance(data, dict):
            found.append(_container(record, data))
    return seen(records[0], tuple(found))


def _container(record: SettingRecord, data: dict[str, Any]) -> Container:
    binds = data.get("Binds")
    sources = [str(bind).partition(":")[0] for bind in binds] if isinstance(binds, list) else []
    sockets = ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/var/run", "/run", "/")
    name = str(data.get("Id") or os.path.basename(os.path.dirname(record.source)))
    return Container(
        id=name[:12],
        privileged=data.get("Privileged") is True,
        host_network=data.get("NetworkMode") == "host",
        engine_socket=any(source.rstrip("/") in [socket.rstrip("/") for socket in sockets] for source in sources),
    )
