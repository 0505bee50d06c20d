"""The table of GPUs agrees with itself."""

import re

import pytest

from auditor.knowledge.gpus import Device
from auditor.knowledge.knowledge import load


@pytest.mark.parametrize("device", load().devices, ids=lambda device: device.id)
def test_a_device_carries_its_own_name_and_a_known_chip(device: Device) -> None:
    assert any(re.search(rf"(?i)\b{re.escape(name)}\b", device.name) for name in device.names)
    assert not device.chip or device.chip in {chip.id for chip in load().chips}
    assert device.source


def test_the_cards_of_datacentres_are_there() -> None:
    names = " ".join(device.name for device in load().devices)
    for card in ("H100", "H200", "A100", "L40S", "L40", "L4", "T4", "RTX 4090", "RTX 6000 Ada", "B200", "MI300X"):
        assert card in names
