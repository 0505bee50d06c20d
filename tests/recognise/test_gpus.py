"""What the driver says and what the bus shows become one list."""

from typing import Any

import pytest

from auditor.facts.fact import Status
from auditor.facts.gpus import Gpu, Pci
from auditor.facts.records import GpuRecord
from auditor.knowledge.knowledge import load
from auditor.recognise.gpu_words import bus_id
from auditor.recognise.gpus import gpus_of, gpus_of_smi
from tests.recognise.process_records import FROM, TIME, gpu_xml, pci, smi, smi_xml


def one(**values: str) -> Gpu:
    (found,) = gpus_of([smi(smi_xml(gpu_xml(**values)))], load())
    return found


def test_the_driver_tells_all_of_a_gpu() -> None:
    gpu = one()
    assert gpu.name.value == "NVIDIA H100 80GB HBM3"
    assert gpu.pci.value == Pci(bus="0000:53:00.0", vendor="10de", device="2330", subsystem="10de:16c1")
    assert gpu.memory_total.value == 81559 << 20
    assert (gpu.driver.value, gpu.cuda.value) == ("580.105.08", "13.0")
    assert (gpu.ecc.value, gpu.mig.value) == ("Enabled", "Disabled")
    assert gpu.processes.value == ()


@pytest.mark.parametrize("dtd", ["nvsmi_device_v10.dtd", "nvsmi_device_v11.dtd", "nvsmi_device_v12.dtd"])
def test_older_documents_are_read_too(dtd: str) -> None:
    old = gpu_xml().replace("<gpu_part_number>2330-885-A1</gpu_part_number>", "").replace("processes>", "compute_x>")
    (gpu,) = gpus_of_smi(smi_xml(old, dtd=dtd), "old.xml", TIME)
    assert gpu.name.value == "NVIDIA H100 80GB HBM3"
    assert gpu.part_number.status is Status.ABSENT
    assert gpu.processes.status is Status.ABSENT


def test_an_excuse_of_the_driver_is_not_a_value() -> None:
    gpu = one(serial="N/A", **{"ecc_mode/current_ecc": "N/A", "fb_memory_usage/total": "N/A"})
    assert gpu.serial.status is Status.UNSUPPORTED
    assert gpu.memory_total.status is Status.UNSUPPORTED


def test_a_refusal_of_the_driver_is_denied() -> None:
    refusal = "<processes>Insufficient Permissions</processes>"
    (gpu,) = gpus_of([smi(smi_xml(gpu_xml().replace("<processes></processes>", refusal)))], load())
    assert gpu.processes.status is Status.DENIED


def test_processes_with_their_memory() -> None:
    entries = "".join(
        f"<process_info><pid>{pid}</pid><type>C</type><process_name>p</process_name><used_memory>{used}</used_memory>"
        "</process_info>"
        for pid, used in ((9, "100 MiB"), (8, "N/A"), ("x", "1 MiB"))
    )
    (gpu,) = gpus_of([smi(smi_xml(gpu_xml().replace("<processes>", f"<processes>{entries}")))], load())
    assert [(p.pid, p.used_memory) for p in gpu.processes.value or ()] == [(8, None), (9, 100 << 20)]


def test_driver_and_bus_are_merged_by_address() -> None:
    (gpu,) = gpus_of([pci(), smi(smi_xml(gpu_xml()))], load())
    assert gpu.sources == ("nvidia-smi", "pci")


def test_a_card_that_only_the_bus_shows_is_a_fact() -> None:
    found = gpus_of([pci(), pci(bus="0000:64:00.0"), smi(smi_xml(gpu_xml()))], load())
    assert [gpu.sources for gpu in found] == [("nvidia-smi", "pci"), ("pci",)]
    assert (found[1].name.value, found[1].name.status) == ("NVIDIA H100 80GB HBM3", Status.INFERRED)


def test_a_card_without_a_driver_and_unknown_to_the_table_has_no_name() -> None:
    (gpu,) = gpus_of([pci(device="ffff", driver="")], load())
    assert gpu.name.status is Status.UNSUPPORTED
    assert gpu.driver.status is Status.ABSENT


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({"class": "0x030200"}, True),
        ({"class": "120000", "vendor": "1da3"}, True),
        ({"class": "030000"}, True),
        ({"class": "038000", "vendor": "1002", "device": "74a1"}, True),
        ({"class": "030000", "vendor": "1a03"}, False),
        ({"class": "030000", "vendor": "8086", "bus": "0000:00:02.0"}, False),
        ({"class": "030000", "vendor": "8086", "bus": "0000:03:00.0"}, True),
        ({"class": "040300"}, False),
    ],
)
def test_only_what_computes_is_a_gpu(changes: dict[str, Any], counts: bool) -> None:
    assert bool(gpus_of([pci(**changes)], load())) is counts


def test_an_answer_that_cannot_be_read_is_not_an_empty_list() -> None:
    (gpu,) = gpus_of([smi("NVIDIA-SMI has failed")], load())
    assert gpu.name.status is Status.ERROR
    (gpu,) = gpus_of([smi("NVIDIA-SMI has failed"), pci()], load())
    assert gpu.sources == ("pci",)


@pytest.mark.parametrize(
    ("text", "bus"),
    [
        ("00000000:53:00.0", "0000:53:00.0"),
        ("0000:53:00.0", "0000:53:00.0"),
        ("53:00.0", "0000:53:00.0"),
        ("00010000:01:00.0", "10000:01:00.0"),
        ("rubbish", "rubbish"),
    ],
)
def test_addresses_of_driver_and_kernel_are_the_same(text: str, bus: str) -> None:
    assert bus_id(text) == bus


def told(origin: str, bus: str, **fields: Any) -> GpuRecord:
    return GpuRecord.model_validate(
        {**FROM, "origin": origin, "place": None, "bus": bus, "fields": {k: {"value": v} for k, v in fields.items()}}
    )


def test_the_kernel_module_knows_the_card_by_another_name() -> None:
    records = [smi(smi_xml(gpu_xml())), told("procfs", "0000:53:00.0", name="NVIDIA L40S"), pci()]
    (gpu,) = gpus_of(records, load())
    assert gpu.sources == ("nvidia-smi", "procfs", "pci")
    assert [(d.field, [c.value for c in d.claims]) for d in gpu.disputes] == [
        ("name", ["NVIDIA H100 80GB HBM3", "NVIDIA L40S"])
    ]


def test_the_ids_of_the_bus_contradict_the_driver() -> None:
    (gpu,) = gpus_of([smi(smi_xml(gpu_xml())), pci(device="2684", subsystem="1043:889c")], load())
    (dispute,) = gpu.disputes
    assert [claim.value for claim in dispute.claims] == ["10de:2330 10de:16c1", "10de:2684 1043:889c"]
    assert gpu.pci.value is not None
    assert gpu.pci.value.device == "2684"


def test_memory_of_a_card_of_amd() -> None:
    records = [
        pci(device="74a1", bus="0000:c1:00.0", vendor="1002", driver="amdgpu"),
        told("sysfs", "0000:c1:00.0", memory_total=206141652992, serial="692251001234"),
    ]
    (gpu,) = gpus_of(records, load())
    assert (gpu.memory_total.value, gpu.serial.value) == (206141652992, "692251001234")
    assert gpu.sources == ("pci", "sysfs")


DETAILED = """<persistence_mode>Enabled</persistence_mode><remapped_rows><remapped_row_corr>2</remapped_row_corr>
<remapped_row_unc>0</remapped_row_unc><remapped_row_pending>No</remapped_row_pending>
<remapped_row_failure>Yes</remapped_row_failure></remapped_rows>
<gpu_power_readings><current_power_limit>350.50 W</current_power_limit></gpu_power_readings>
<mig_devices><mig_device><gpu_instance_id>3</gpu_instance_id><device_attributes><shared><multiprocessor_count>42
</multiprocessor_count></shared></device_attributes><fb_memory_usage><total>19968 MiB</total></fb_memory_usage>
</mig_device></mig_devices><serial>1</serial>"""


def test_details_of_the_driver_have_one_name_and_one_unit() -> None:
    (gpu,) = gpus_of_smi(smi_xml(gpu_xml().replace("<serial>1650000000001</serial>", DETAILED)), "smi.xml", TIME)
    told = {name: fact.value for name, fact in gpu.details.items()}
    assert told["remapped_rows"] == "2 corrected, 0 uncorrected, pending no, failed yes"
    assert told["power_limit_mw"] == "350500"
    assert told["persistence"] == "Enabled"
    assert told["mig_devices"] == "instance 3: 42 multiprocessors, 19968 MiB"


def test_older_elements_of_power_are_read_too() -> None:
    old = "<power_readings><power_limit>70.00 W</power_limit></power_readings><serial>1650000000001</serial>"
    (gpu,) = gpus_of_smi(smi_xml(gpu_xml().replace("<serial>1650000000001</serial>", old)), "smi.xml", TIME)
    assert gpu.details["power_limit_mw"].value == "70000"
