"""The driver's answer is taken as it is, and its absence, failure or silence is told."""

import pytest

from auditor.probe import gpus
from tests.probe.making import Heard


def smi(tmp_path, script, seconds=10):
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\n" + script)
    program.chmod(0o755)
    heard = Heard()
    gpus.collect(heard, {"nvidia_smi": str(program), "seconds": seconds})
    return heard


def test_the_answer_is_kept(tmp_path):
    heard = smi(tmp_path, 'echo "<nvidia_smi_log>$*</nvidia_smi_log>"; echo noise >&2')

    assert [record["text"] for record in heard.records("nvidia-smi")] == ["<nvidia_smi_log>-q -x</nvidia_smi_log>\n"]


def test_the_environment_is_trimmed(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")

    assert "hf_secret" not in smi(tmp_path, "env").records("nvidia-smi")[0]["text"]


@pytest.mark.parametrize(
    ("script", "seconds", "said", "status"),
    [
        ("echo 'Failed to initialize NVML'; exit 9", 10, "ended with 9: Failed to initialize NVML", "error"),
        ("exec sleep 60", 0.3, "did not answer", "error"),
    ],
)
def test_failure_is_told(tmp_path, script, seconds, said, status):
    heard = smi(tmp_path, script, seconds)

    assert heard.records("nvidia-smi") == []
    assert [(said in what, state) for _, what, state in heard.problems()] == [(True, status)]


def test_absence_is_told(tmp_path):
    heard = Heard()

    gpus.collect(heard, {"nvidia_smi": str(tmp_path / "none")})

    assert heard.problems()[0][2] == "absent"


def test_devices_of_the_bus(tmp_path, monkeypatch):
    def device(bus, **files):
        folder = tmp_path / bus
        folder.mkdir()
        for name, value in files.items():
            (folder / name).write_text(value + "\n")
        return folder

    ids = {"vendor": "0x10de", "device": "0x2330", "subsystem_vendor": "0x10de", "subsystem_device": "0x16c1"}
    gpu = device("0000:18:00.0", **{"class": "0x030200"}, **ids)
    device("0000:19:00.0", **{"class": "0x020000"}, **ids)
    (gpu / "driver").symlink_to("/sys/bus/pci/drivers/nvidia")
    monkeypatch.setattr(gpus, "_PCI", str(tmp_path))
    heard = Heard()

    gpus.collect(heard, {"nvidia_smi": "/nonexistent"})

    (record,) = heard.records("pci")
    assert (record["bus"], record["device"], record["subsystem"]) == ("0000:18:00.0", "2330", "10de:16c1")
    assert (record["class"], record["driver"]) == ("030200", "nvidia")
    assert "NVIDIA device is on the PCI bus" in heard.problems()[0][1]
