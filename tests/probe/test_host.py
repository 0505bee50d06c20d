"""What the probe says of the host agrees with what the host says of itself."""

import hashlib
import os
import platform
from pathlib import Path

import pytest

from auditor.facts.records import RECORD
from auditor.probe import host
from tests.probe.making import Heard


def answers():
    heard = Heard()
    host.collect(heard, {})
    return {record["name"]: record for record in heard.records("host")}


def test_each_property_is_reported_once_and_valid():
    found = answers()

    assert set(found) == {
        "hostname", "machine_id", "os", "kernel", "architecture", "clock", "booted", "memory_total", "cpu", "container",
            "resolvers",
    }  # fmt: skip
    for record in found.values():
        RECORD.validate_python(record)
        assert (record["value"] is None) == (record["status"] not in ("observed",))


def test_properties_agree_with_the_system():
    found = answers()

    assert found["hostname"]["value"] == platform.node()
    assert found["kernel"]["value"] == platform.release()
    assert found["memory_total"]["value"] == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert isinstance(found["clock"]["value"]["synchronised"], bool)


def test_the_machine_id_is_told_as_its_digest_only():
    record = answers()["machine_id"]

    identity = Path("/etc/machine-id")
    if identity.exists() and identity.read_text().strip():
        assert record["value"] == hashlib.sha256(identity.read_text().strip().encode()).hexdigest()
    else:
        assert record["status"] == "absent"


def test_a_question_that_fails_does_not_take_the_others_away(monkeypatch):
    def fail():
        raise PermissionError(13, "no", "/proc/stat")

    monkeypatch.setitem(host._QUESTIONS, "booted", fail)

    found = answers()

    assert found["booted"]["status"] == "denied"
    assert found["hostname"]["value"]


def test_a_system_that_cannot_tell_is_unsupported(monkeypatch):
    monkeypatch.setattr(host.ctypes, "CDLL", lambda *arguments, **named: object())

    assert answers()["clock"]["status"] == "unsupported"


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"/.dockerenv": ""}, "docker"),
        ({"/run/.containerenv": ""}, "podman"),
        ({"/var/run/secrets/kubernetes.io": ""}, "kubernetes"),
        ({"/run/systemd/container": "lxc\n"}, "lxc"),
        ({"/proc/1/environ": "A=b\0container=systemd-nspawn\0"}, "systemd-nspawn"),
        ({}, None),
    ],
)
def test_kinds_of_containers(monkeypatch, files, kind):
    def read(path):
        if path not in files:
            raise FileNotFoundError(2, "no", path)
        return files[path]

    monkeypatch.setattr(host.os.path, "exists", lambda path: path in files)
    monkeypatch.setattr(host, "_file", read)
    heard = Heard()
    monkeypatch.setattr(host, "_QUESTIONS", {"container": host._container})

    host.collect(heard, {})

    (record,) = (one for one in heard.records() if one["type"] == "host")
    assert (record["value"], record["status"]) == (kind, "observed" if kind else "absent")


@pytest.mark.parametrize("text", ["", "uninitialized\n", "x" * 32])
def test_a_machine_id_that_is_none_is_absent(monkeypatch, text):
    monkeypatch.setattr(host, "_file", lambda path: text)
    monkeypatch.setattr(host, "_QUESTIONS", {"machine_id": host._machine_id})
    heard = Heard()

    host.collect(heard, {})

    assert heard.records()[0]["status"] == "absent"


@pytest.mark.parametrize("name", ["booted", "memory_total"])
def test_a_file_of_another_form_is_an_error(monkeypatch, name):
    monkeypatch.setattr(host, "_file", lambda path: "nonsense")
    monkeypatch.setattr(host, "_QUESTIONS", {name: host._QUESTIONS[name]})
    heard = Heard()

    host.collect(heard, {})

    assert heard.records()[0]["status"] == "error"
    assert heard.problems()[0][2] == "error"


def test_a_machine_without_an_id_is_known_by_the_present_start_of_its_kernel(monkeypatch):
    named = host.machine()
    monkeypatch.setattr(host, "_machine_id", lambda: (_ for _ in ()).throw(host._Absent("/etc/machine-id")))
    assert len(host.machine()) == 64
    assert host.machine() == host.machine() != named


def test_resolvers_are_addresses_without_zones_each_once_and_bounded() -> None:
    text = "# nameserver 1.1.1.1\nnameserver 10.0.0.53\n nameserver\tfd00::53 \nnameserver fe80::1%eth0\n"
    text += "search nameserver.example\nnameserver 10.0.0.53\nnameserver x;rm\n"
    assert host.resolvers_of(text) == ["10.0.0.53", "fd00::53", "fe80::1"]
    assert len(host.resolvers_of("".join(f"nameserver 10.0.0.{n}\n" for n in range(200)))) == 16
