"""Files are told by what they hold, under whatever name an administrator saved them."""

import pytest

from auditor.recognise.exported.kinds import Kind, kind_of


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("manifest.tsv", "sovereignty-export\t1\n", Kind.MANIFEST),
        ("gpu.log", "\n==============NVSMI LOG==\n<?xml version='1.0' ?>\n<nvidia_smi_log>", Kind.SMI),
        ("bus", "00:00.0 Host bridge [0600]: Intel Corporation Device [8086:09a2] (rev 20)\n", Kind.LSPCI),
        ("pci.txt", "pci 0000:00:02.0 0x020000 0x1af4 0x1041 0x1af4 0x1100 -\n", Kind.SYSFS),
        ("containers", '[\n    {\n        "Id": "0123",\n', Kind.DOCKER),
        ("ss", "Netid State  Recv-Q Send-Q Local Address:Port\n", Kind.SS),
        ("ss", "State  Recv-Q Send-Q Local Address:Port\n", Kind.SS),
        ("ps", "UID          PID    PPID  C STIME TTY          TIME CMD\n", Kind.PS),
        ("ps", "    PID COMMAND\n", Kind.PS),
        ("processes.txt", "process 12\n parent 1\n", Kind.PROCESSES),
        ("SHA256SUMS", "0" * 64 + "  model.safetensors\n", Kind.SUMS),
        ("os-release", 'PRETTY_NAME="Debian GNU/Linux 13"\nID=debian\n', Kind.OS_RELEASE),
        ("uname.txt", "Linux llm01 6.12.0-1-amd64 #1 SMP x86_64 GNU/Linux\n", Kind.UNAME),
        ("notes.txt", "to whom it may concern", Kind.OTHER),
    ],
)
def test_texts(name: str, head: str, kind: Kind) -> None:
    assert kind_of(name, head.encode()) is kind


def test_binary_files() -> None:
    assert kind_of("x", b"\xd4\xc3\xb2\xa1" + bytes(20)) is Kind.CAPTURE
    assert kind_of("x", b"\x0a\x0d\x0d\x0a" + bytes(20)) is Kind.CAPTURE
    assert kind_of("x", bytes(257) + b"ustar\x0000") is Kind.ARCHIVE
    assert kind_of("etc.tar.gz", b"\x1f\x8b\x08") is Kind.ARCHIVE
    assert kind_of("x", b"\xff\xfe\x00\x80" * 100) is Kind.OTHER
