"""Tells what an exported file is by its first bytes, so that an administrator may name files as is usual there."""

import re
from enum import StrEnum

from auditor.recognise.exported.manifest import HEADING

HEAD = 16 * 1024
"""Bytes of a file that :func:`kind_of` is given."""


class Kind(StrEnum):
    """What a file holds."""

    MANIFEST = "manifest"
    SMI = "nvidia-smi"
    LSPCI = "lspci"
    SYSFS = "pci of sysfs"
    DOCKER = "docker inspect"
    SS = "ss"
    PS = "ps"
    PROCESSES = "processes"
    CAPTURE = "capture"
    ARCHIVE = "tar"
    SUMS = "sha256sum"
    OS_RELEASE = "os-release"
    UNAME = "uname"
    FILES = "list of files"
    LINKS = "list of links"
    OTHER = "other"


_CAPTURES = (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x0a\x0d\x0d\x0a")
"""First bytes of pcap, of both orders and units of time, and of pcapng."""
_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
_SUMS = re.compile(r"\\?[0-9A-Fa-f]{64} [ *]\S")
_LSPCI = re.compile(r"(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7] [^\n]*\[[0-9a-f]{4}\]: ", re.MULTILINE)
_OS = re.compile(r"^(?:ID|PRETTY_NAME|VERSION_ID|NAME)=", re.MULTILINE)
_SS = re.compile(r"^(?:Netid +State|State +Recv-Q|Netid +Recv-Q|(?:tcp|udp) +[A-Z][A-Z0-9-]+ +\d+ +\d+ )")
_PS = re.compile(r"^[ \t]*(?:\S+ +)*PID\b[^\n]*\b(?:CMD|COMMAND|ARGS)\b")


def kind_of(name: str, head: bytes) -> Kind:
    """The kind of a file with this name and beginning."""
    if head.startswith(_CAPTURES):
        return Kind.CAPTURE
    if head[257:262] == b"ustar" or (head.startswith(_PACKED) and ".t" in name.lower()):
        return Kind.ARCHIVE
    text = head.decode("utf-8", "replace").lstrip("\ufeff")
    start = text.lstrip()
    if text.startswith(HEADING):
        return Kind.MANIFEST
    if "<nvidia_smi_log" in text:
        return Kind.SMI
    if text.startswith("pci "):
        return Kind.SYSFS
    if text.startswith("process "):
        return Kind.PROCESSES
    if start[:1] in ("[", "{") and '"Id"' in text:
        return Kind.DOCKER
    tests = (
        (_SUMS.match(start), Kind.SUMS),
        (_LSPCI.search(text), Kind.LSPCI),
        (_SS.match(start), Kind.SS),
        (_PS.match(text), Kind.PS),
        (re.match(r"Linux \S+ \d+\.\d+", start), Kind.UNAME),
        (name == "files.tsv", Kind.FILES),
        (name == "links.tsv", Kind.LINKS),
        (_OS.search(text) and "release" in name, Kind.OS_RELEASE),
    )
    return next((kind for found, kind in tests if found), Kind.OTHER)
