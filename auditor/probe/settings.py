"""Settings of the host that tell who may log in, where prompts may be left, what may come in and leave; read only.

Part of the collector ``host``. Of each file only the lines that matter are told, and no field that could hold a
password's hash or a person's name; secrets are masked.
"""

import glob
import json
import os
import re
from typing import Callable, Dict, Iterator, List, Tuple

from . import gpus, limits, masks
from .stream import Stream
from .text import decode
from .text import path as shown
from .walk import explain, read_regular

NAME = "host"
PLACES: Tuple[Tuple[str, str], ...] = (
    ("accounts", "/etc/passwd"),
    ("sshd", "/etc/ssh/sshd_config"),
    ("sshd", "/etc/ssh/sshd_config.d/*.conf"),
    ("swaps", "/proc/swaps"),
    ("mounts", "/proc/self/mountinfo"),
    ("core_pattern", "/proc/sys/kernel/core_pattern"),
    ("proxies", "/etc/environment"),
    ("proxies", "/etc/apt/apt.conf"),
    ("proxies", "/etc/apt/apt.conf.d/*"),
    ("proxies", "/etc/pip.conf"),
    ("proxies", "/etc/systemd/system/docker.service.d/*.conf"),
    ("proxies", "/etc/profile.d/*proxy*.sh"),
    ("engine", "/etc/docker/daemon.json"),
    ("container", "/var/lib/docker/containers/*/hostconfig.json"),
    ("ufw", "/etc/ufw/ufw.conf"),
    ("ufw", "/etc/default/ufw"),
)
"""What each file tells of, and where it is; patterns are expanded."""
_MOST = 500
"""Files of one pattern."""
_SSHD = re.compile(
    r"^\s*(?:PermitRootLogin|PasswordAuthentication|KbdInteractiveAuthentication|ChallengeResponseAuthentication"
    r"|PubkeyAuthentication|PermitEmptyPasswords|Port|ListenAddress|Match|Include)\b",
    re.IGNORECASE,
)
_PROXY = re.compile(r"^[^#/]*proxy", re.IGNORECASE)
_UFW = re.compile(r"^\s*(?:ENABLED|DEFAULT_(?:INPUT|OUTPUT|FORWARD)_POLICY)\s*=")
_CONTAINER = ("Privileged", "NetworkMode", "Binds", "PidMode", "Runtime", "UsernsMode")
_ENGINE = (
    "hosts", "tls", "tlsverify", "userns-remap", "live-restore", "iptables", "insecure-registries", "registry-mirrors",
    "log-driver", "proxies", "icc", "no-new-privileges", "data-root",
)  # fmt: skip


def collect(stream: Stream, root: str = "") -> None:
    """Report each file that is there; ``root`` is another place that they are looked for below."""
    for name, pattern in PLACES:
        found = sorted(glob.iglob(glob.escape(root) + pattern))[:_MOST] if glob.has_magic(pattern) else [root + pattern]
        for path in found:
            _file(stream, name, path)
        if name == "container" and not found and not root and os.path.isdir("/var/lib/docker"):
            _unlisted(stream, name, pattern)
    if not root:
        _blocks(stream)
        _filter(stream)


def kept(name: str, text: str) -> str:
    """The part of a file that is told."""
    keep = _KEEP.get(name)
    return masks.text(keep(text) if keep else text)


def _file(stream: Stream, name: str, path: str) -> None:
    status, note, text = "observed", "", ""
    try:
        text = kept(name, decode(read_regular(path, limits.MIB, follow=not path.startswith("/etc/passwd"))))
    except OSError as error:
        note, status, remedy = explain(error)
        if status != "absent":
            stream.problem(NAME, shown(path), note, status, remedy)
    stream.record(NAME, "setting", shown(path), "read", status, note, name=name, text=text)


def _unlisted(stream: Stream, name: str, pattern: str) -> None:
    try:
        os.listdir(os.path.dirname(os.path.dirname(pattern)))
        return
    except OSError as error:
        note, status, remedy = explain(error)
    if status != "absent":
        stream.problem(NAME, pattern, note, status, remedy)
        stream.record(NAME, "setting", pattern, "read", status, note, name=name, text="")


def _lines(pattern: "re.Pattern[str]") -> Callable[[str], str]:
    return lambda text: "\n".join(line.strip()[: limits.ARGUMENT] for line in text.splitlines() if pattern.match(line))


def _accounts(text: str) -> str:
    fields = (line.split(":") for line in text.splitlines())
    return "\n".join(f"{each[0]}:{each[2]}:{each[6].strip()}" for each in fields if len(each) >= 7)


def _chosen(keys: Tuple[str, ...]) -> Callable[[str], str]:
    def choose(text: str) -> str:
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            return ""
        found = {key: data[key] for key in keys if key in data} if isinstance(data, dict) else {}
        return json.dumps(found, sort_keys=True)[: limits.MIB]

    return choose


_KEEP: Dict[str, Callable[[str], str]] = {
    "accounts": _accounts,
    "sshd": _lines(_SSHD),
    "proxies": _lines(_PROXY),
    "ufw": _lines(_UFW),
    "engine": _chosen(_ENGINE),
    "container": _chosen(_CONTAINER),
}


def _blocks(stream: Stream) -> None:
    """Block devices: name, number, identity that device-mapper gave, what lies below, the disk of a partition."""
    lines = []
    folder = "/sys/class/block"
    try:
        names = sorted(os.listdir(folder))[: limits.MODELS]
    except OSError as error:
        stream.record(NAME, "setting", folder, "sysfs", explain(error)[1], explain(error)[0], name="block", text="")
        return
    for name in names:
        below = ",".join(_list(f"{folder}/{name}/slaves")) or "-"
        disk = os.path.basename(os.path.dirname(os.path.realpath(f"{folder}/{name}")))
        words = (name, _word(f"{folder}/{name}/dev"), _word(f"{folder}/{name}/dm/uuid"), below, disk)
        lines.append(" ".join(word.replace(" ", "_") for word in words))
    stream.record(NAME, "setting", folder, "sysfs", name="block", text="\n".join(lines))


def _filter(stream: Stream) -> None:
    """Packet filters, asked only where the kernel has one: asking would load it."""
    for name, source, there in _filters():
        program = gpus.find(source[0])
        said = " ".join(source)
        if not there:
            stream.record(
                NAME, "setting", said, "command", "absent", "the kernel has none of its tables", name=name, text=""
            )
            continue
        if program is None:
            stream.record(
                NAME, "setting", said, "command", "unsupported", "is not installed on the host", name=name, text=""
            )
            continue
        try:
            code, output, told = gpus.run([program, *source[1:]], 10, stream)
        except OSError as error:
            code, output, told = 1, b"", str(error).encode()
        if code == 0:
            stream.record(NAME, "setting", said, "command", name=name, text=decode(output))
        else:
            why = " ".join(decode(told)[:200].split()) or "it gave no answer"
            status = "denied" if os.geteuid() else "error"
            stream.problem(NAME, said, why, status, "run the audit as root")
            stream.record(NAME, "setting", said, "command", status, why, name=name, text="")


def _filters() -> Iterator[Tuple[str, List[str], bool]]:
    yield "nft", ["nft", "list", "ruleset"], os.path.isdir("/sys/module/nf_tables") or _built_in()
    for four in ("", "6"):
        try:
            there = bool(read_regular(f"/proc/net/ip{four}_tables_names", limits.KIB, follow=True).strip())
        except FileNotFoundError:
            there = False
        except OSError:
            there = True
        yield "iptables" + four, [f"ip{four}tables", "-S"], there


def _built_in() -> bool:
    """Whether the kernel has nftables without a module; where that cannot be told, asking is taken to be needed."""
    try:
        return b"nft_do_chain" in read_regular("/proc/kallsyms", limits.SOCKET_TABLE, follow=True)
    except OSError:
        return True


def _list(folder: str) -> List[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _word(path: str) -> str:
    try:
        return decode(read_regular(path, limits.KIB, follow=True)).strip() or "-"
    except OSError:
        return "-"
