"""Processes of an export: the blocks that the script writes, or the output of ``ps``; secrets are masked here again."""

import re
import shlex
from collections.abc import Iterable, Iterator

from auditor.facts.fact import Instant
from auditor.facts.records import ProcessRecord
from auditor.probe import limits, masks
from auditor.probe.packages import normalise
from auditor.probe.processes import container_of, is_weight
from auditor.probe.text import instant

_INFO = re.compile(r"^(.+?)-([^-]+)(?:-py[\d.]+)?\.(?:dist-info|egg-info)$")
_HEAD = re.compile(r"\b(?:CMD|COMMAND|ARGS)\b")


def processes_of(
    text: str,
    source: str,
    time: Instant,
    boot: int | None,
    ticks: int,
    variables: Iterable[str],
    packages: Iterable[str],
) -> Iterator[ProcessRecord]:
    """The processes of the script's blocks; ``boot`` in seconds since 1970, ``ticks`` of the clock a second."""
    wanted, names = tuple(variables), {normalise(name): name for name in packages}
    for block in re.split(r"^process ", text, flags=re.MULTILINE)[1 : limits.CANDIDATES + 1]:
        number, _, rest = block.partition("\n")
        if not re.fullmatch(r"\d{1,9}", number.strip(), re.ASCII):
            continue
        yield _process(int(number), rest, source, time, boot, ticks, wanted, names)


def _process(
    pid: int, block: str, source: str, time: Instant, boot: int | None, ticks: int, wanted: tuple[str, ...],
    names: dict[str, str],
) -> ProcessRecord:  # fmt: skip
    said: dict[str, list[str]] = {}
    for line in block.split("\n"):
        key, _, value = line.strip("\r").removeprefix(" ").partition(" ")
        said.setdefault(key, []).append(value[: limits.ARGUMENT])
    denied = said.get("denied", [])

    def one(key: str) -> str:
        return said.get(key, [""])[0]

    started = one("ticks")
    environment = dict(pair.split("=", 1) for pair in said.get("variable", []) if "=" in pair)
    files = sorted({path for path in said.get("file", []) if is_weight(path)})
    return ProcessRecord(
        source=f"{source}, process {pid}",
        method="export",
        time=time,
        pid=pid,
        parent=_number(one("parent")),
        name=one("name")[:64],
        exe=one("exe"),
        command=tuple(masks.command(said.get("argument", [])[: limits.ARGUMENTS])),
        environment=None if "environment" in denied else masks.environment(environment, wanted),
        uid=_number(one("uid"), -1),
        started=instant(boot + int(started) / ticks) if boot is not None and started.isdecimal() else None,
        container=container_of("\n".join(said.get("cgroup", []))),
        files=None if "files" in denied else tuple(files[: limits.OPEN_FILES]),
        packages=_packages(said.get("package", []), names),
        core=one("core")[:32],
    )


def _packages(entries: Iterable[str], names: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in entries:
        match = _INFO.match(entry)
        name = names.get(normalise(match[1])) if match else None
        if match and name:
            found.setdefault(name, match[2])
    return found


def listed(text: str, source: str, time: Instant, patterns: Iterable[str]) -> Iterator[ProcessRecord]:
    """The processes of ``ps -ef``, ``ps aux`` or ``ps -eo pid,ppid,...,args`` whose command has one of the words.

    ps tells neither where an argument ends nor the environment nor open files; a command is parted as a shell does.
    """
    lines = text.split("\n")
    heads = lines[0].split() if lines else []
    if "PID" not in heads or not _HEAD.search(lines[0]):
        return
    words = "|".join(map(re.escape, sorted(patterns)))
    pattern = re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z0-9])", re.IGNORECASE) if words else None
    found = 0
    for line in lines[1:200_000]:
        fields = line.split(None, len(heads) - 1)
        if len(fields) < len(heads) or not fields[heads.index("PID")].isdecimal() or found >= limits.CANDIDATES:
            continue
        command = fields[-1][: 16 * limits.KIB]
        if pattern is None or not pattern.search(command):
            continue
        found += 1
        arguments = _parted(command)
        yield ProcessRecord(
            source=f"{source}, process {fields[heads.index('PID')]}",
            method="ps",
            time=time,
            note="from the output of ps: where an argument ends was not seen, nor environment and open files",
            pid=int(fields[heads.index("PID")]),
            parent=_number(fields[heads.index("PPID")]) if "PPID" in heads else 0,
            name=arguments[0].rpartition("/")[2][:15] if arguments else "",
            exe=arguments[0] if arguments and arguments[0].startswith("/") else "",
            command=tuple(masks.command(arguments)),
            environment=None,
            uid=_number(fields[heads.index("UID")], -1) if "UID" in heads else -1,
            started=None,
            files=None,
        )


def _parted(command: str) -> list[str]:
    try:
        return shlex.split(command)[: limits.ARGUMENTS]
    except ValueError:
        return command.split()[: limits.ARGUMENTS]


def _number(text: str, otherwise: int = 0) -> int:
    return int(text) if re.fullmatch(r"\d{1,10}", text, re.ASCII) else otherwise
