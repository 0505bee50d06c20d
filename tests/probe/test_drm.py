"""AMD's and Intel's cards by the files of their kernel drivers."""

import pytest

from auditor.probe import drm
from tests.probe.making import Heard

BUS = "0000:c1:00.0"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(drm, "_KFD", str(tmp_path / "kfd"))
    made = tmp_path / BUS
    made.mkdir()
    return made


def told(folder, vendor):
    heard = Heard()
    drm.report(heard, str(folder), BUS, vendor)
    return {k: f["value"] for record in heard.records("gpu") for k, f in record["fields"].items()}


def test_a_card_of_amd(folder):
    for name, value in {
        "product_name": "AMD Instinct MI300X OAM",
        "serial_number": "692251001234",
        "unique_id": "3f1a0c0000000001",
        "vbios_version": "113-M3000100-102",
        "mem_info_vram_total": str(206141652992),
        "mem_info_vram_used": "lots",
    }.items():
        (folder / name).write_text(value + "\n")
    kfd = folder.parent / "kfd"
    node = kfd / "topology" / "nodes" / "2"
    node.mkdir(parents=True)
    (node / "properties").write_text(f"cpu_cores_count 0\nlocation_id {0xC1 << 8}\ndomain 0\n")
    (node / "gpu_id").write_text("51140\n")
    for pid, used in (("77", "68719476736"), ("78", "0")):
        (kfd / "proc" / pid).mkdir(parents=True)
        (kfd / "proc" / pid / "vram_51140").write_text(used + "\n")

    fields = told(folder, "1002")
    assert fields["name"] == "AMD Instinct MI300X OAM"
    assert fields["memory_total"] == 206141652992
    assert "memory_used" not in fields
    assert fields["processes"] == [{"pid": 77, "used": 68719476736}]


def test_a_card_of_intel(folder):
    card = folder / "drm" / "card1"
    card.mkdir(parents=True)
    (folder / "drm" / "renderD128").mkdir()
    (card / "lmem_total_bytes").write_text("17095983104\n")
    assert told(folder, "8086") == {"memory_total": 17095983104}


@pytest.mark.parametrize("vendor", ["10de", "1002", "8086", "ffff"])
def test_what_is_not_there_is_not_told(folder, vendor):
    assert told(folder, vendor) == {}
