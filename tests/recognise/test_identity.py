"""What cannot both be true of one GPU is said; what the table does not know contradicts nothing."""

from typing import Any

import pytest

from auditor.facts.gpus import Gpu
from auditor.knowledge.knowledge import load
from auditor.recognise.gpus import gpus_of
from auditor.recognise.identity import contradictions_of
from tests.recognise.process_records import gpu_xml, pci, smi, smi_xml


def one(**values: str) -> Gpu:
    (found,) = gpus_of([smi(smi_xml(gpu_xml(**values)))], load())
    return found


def rules(*gpus: Gpu) -> list[str]:
    return [found.rule for found in contradictions_of(gpus, load())]


def test_a_card_that_driver_and_bus_show_alike_is_no_contradiction() -> None:
    assert rules(*gpus_of([pci(), smi(smi_xml(gpu_xml()))], load())) == []


def test_a_card_that_the_driver_does_not_show_is_one() -> None:
    found = gpus_of([pci(), pci(bus="0000:64:00.0"), smi(smi_xml(gpu_xml()))], load())
    assert rules(*found) == ["seen-twice"]


def test_a_card_that_the_bus_does_not_show_is_one() -> None:
    found = gpus_of([pci(), smi(smi_xml(gpu_xml(), gpu_xml(bus="00000000:64:00.0")))], load())
    assert rules(*found) == ["seen-twice"]


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"product_name": "NVIDIA H200"}, "name"),
        ({"gpu_part_number": "26B9-896-A1"}, "part-number"),
        ({"vbios_version": "95.02.66.00.15"}, "vbios"),
        ({"fb_memory_usage/total": "40960 MiB"}, "memory"),
    ],
)
def test_a_gpu_that_contradicts_itself_is_caught(values: dict[str, str], rule: str) -> None:
    assert rules(one(**values)) == [rule]


def test_a_name_must_be_whole() -> None:
    """An L40 that calls itself L40S has L40 in its name."""
    values = {"product_name": "NVIDIA L40S", "pci/pci_device_id": "26B510DE", "gpu_part_number": "26B5-896-A1",
              "vbios_version": "95.02.66.00.15", "fb_memory_usage/total": "46068 MiB"}  # fmt: skip
    assert rules(one(**values)) == ["name"]


@pytest.mark.parametrize(
    "values",
    [
        {"product_name": "NVIDIA H100-80C"},
        {"product_name": "Graphics Device"},
        {"product_name": "Something New", "pci/pci_device_id": "FFFF10DE", "gpu_part_number": "FFFF-1-A1"},
    ],
)
def test_what_the_table_does_not_know_contradicts_nothing(values: dict[str, str]) -> None:
    assert rules(one(**values)) == []


@pytest.mark.parametrize("device", load().devices, ids=lambda device: device.id)
def test_no_card_of_the_table_contradicts_itself(device: Any) -> None:
    vendor, _, code = device.id.partition(":")
    families = next((chip.vbios for chip in load().chips if chip.id == device.chip), ())
    gpu = one(
        product_name=device.name,
        gpu_part_number=f"{code.upper()}-885-A1",
        vbios_version=f"{families[0]}.10.00.01" if families else "N/A",
        **{
            "pci/pci_device_id": f"{code}{vendor}".upper(),
            "fb_memory_usage/total": f"{device.memory_mib[0] - 200} MiB" if device.memory_mib else "N/A",
        },
    )
    assert rules(gpu) == []
