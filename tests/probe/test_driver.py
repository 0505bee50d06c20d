"""Where the management library comes from: its package, what the package says of it, and the kernel's own words."""

import hashlib
import sqlite3
import struct

import pytest

from auditor.probe import driver
from tests.probe.making import Heard


@pytest.fixture
def host(tmp_path, monkeypatch):
    monkeypatch.setattr(driver, "_PROCFS", str(tmp_path / "proc"))
    monkeypatch.setattr(driver, "_DPKG", str(tmp_path / "dpkg"))
    monkeypatch.setattr(driver, "_RPM", (str(tmp_path / "rpmdb.sqlite"),))
    monkeypatch.setattr(driver, "_PRELOAD", str(tmp_path / "preload"))
    monkeypatch.delenv("LD_PRELOAD", raising=False)
    library = tmp_path / "libnvidia-ml.so.580.105.08"
    library.write_bytes(b"\x7fELF library")
    return tmp_path


def told(host, name="libnvidia-ml.so.580.105.08"):
    heard = Heard()
    driver.report(heard, [str(host / name)])
    return {key: field["value"] for record in heard.records("gpu-driver") for key, field in record["fields"].items()}


def dpkg(host, digest):
    info = host / "dpkg" / "info"
    info.mkdir(parents=True)
    (info / "libnvidia-ml1:amd64.list").write_text(f"/.\n{host}/libnvidia-ml.so.580.105.08\n")
    (info / "libnvidia-ml1:amd64.md5sums").write_text(f"{digest}  {str(host)[1:]}/libnvidia-ml.so.580.105.08\n")
    (info / "other.list").write_text("/usr/bin/other\n")
    stanzas = "Package: libnvidia-ml1\nArchitecture: amd64\nVersion: 580.105.08-1\n\nPackage: other\nVersion: 2\n"
    (host / "dpkg" / "status").write_text(stanzas)


def test_the_package_of_the_library_is_told(host):
    dpkg(host, hashlib.md5(b"\x7fELF library").hexdigest())
    fields = told(host)

    assert fields["library_package"] == "libnvidia-ml1:amd64 580.105.08-1"
    assert fields["library_as_packaged"] == "yes"
    assert fields["library_sha256"] == hashlib.sha256(b"\x7fELF library").hexdigest()


def test_other_bytes_than_the_packages_are_told(host):
    dpkg(host, "0" * 32)

    assert told(host)["library_as_packaged"] == "no"


def test_a_library_of_no_package_is_told(host):
    dpkg(host, "0" * 32)
    (host / "libnvidia-ml.so.1").write_bytes(b"another")

    assert told(host, "libnvidia-ml.so.1")["library_package"] is None


def header(folder, name, digest):
    """The header of an RPM with one file."""
    entries, data = [], b""
    for tag, kind, value in (
        (1000, 6, b"libnvidia-ml\0"),
        (1001, 6, b"580.105.08\0"),
        (1002, 6, b"1.el9\0"),
        (1116, 4, struct.pack(">I", 0)),
        (1117, 8, name.encode() + b"\0"),
        (1118, 8, folder.encode() + b"/\0"),
        (1035, 8, digest.encode() + b"\0"),
    ):
        data += b"\0" * (-len(data) % 4)
        entries.append(struct.pack(">IIII", tag, kind, len(data), 1))
        data += value
    return struct.pack(">II", len(entries), len(data)) + b"".join(entries) + data


def test_the_package_of_an_rpm_host_is_told(host):
    base = sqlite3.connect(host / "rpmdb.sqlite")
    base.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB)")
    base.execute("CREATE TABLE Basenames (key TEXT, hnum INTEGER, idx INTEGER)")
    digest = hashlib.sha256(b"\x7fELF library").hexdigest()
    base.execute("INSERT INTO Packages VALUES (7, ?)", (header(str(host), "libnvidia-ml.so.580.105.08", digest),))
    base.execute("INSERT INTO Basenames VALUES ('libnvidia-ml.so.580.105.08', 7, 0)")
    base.commit()
    base.close()
    fields = told(host)

    assert fields["library_package"] == "libnvidia-ml-580.105.08-1.el9"
    assert fields["library_as_packaged"] == "yes"


@pytest.mark.parametrize("blob", [b"", b"\xff" * 16, struct.pack(">II", 3, 4)])
def test_a_damaged_database_takes_nothing_down(host, blob):
    base = sqlite3.connect(host / "rpmdb.sqlite")
    base.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB)")
    base.execute("CREATE TABLE Basenames (key TEXT, hnum INTEGER, idx INTEGER)")
    base.execute("INSERT INTO Packages VALUES (7, ?)", (blob,))
    base.execute("INSERT INTO Basenames VALUES ('libnvidia-ml.so.580.105.08', 7, 0)")
    base.commit()
    base.close()

    assert told(host)["library_package"] is None
    (host / "rpmdb.sqlite").write_bytes(b"no database")
    assert told(host)["library_package"] is None


def test_the_kernels_words(host, monkeypatch):
    gpu = host / "proc" / "gpus" / "0000:53:00.0"
    gpu.mkdir(parents=True)
    lines = "Model: \t\t NVIDIA L40S\nIRQ:   \t\t 20\nGPU UUID: \t GPU-????\nVideo BIOS: \t 95.02.66.00.02\n"
    (gpu / "information").write_text(lines)
    version = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.105.08  Release Build\n"
    (host / "proc" / "version").write_text(version)
    (host / "preload").write_text("/opt/shim.so\n")
    monkeypatch.setenv("LD_PRELOAD", "/opt/other.so")
    heard = Heard()
    driver.report(heard, [])

    (record,) = heard.records("gpu")
    assert {key: field["value"] for key, field in record["fields"].items()} == {
        "name": "NVIDIA L40S",
        "vbios": "95.02.66.00.02",
    }
    assert record["bus"] == "0000:53:00.0"
    fields = heard.records("gpu-driver")[0]["fields"]
    assert fields["module"]["value"] == "580.105.08"
    assert fields["preload"]["value"] == "/opt/shim.so /opt/other.so"


def test_a_host_without_the_driver_says_nothing(host):
    heard = Heard()
    driver.report(heard, [])
    assert heard.records("gpu-driver") == []
