"""An audit asks the management library field by field; what hangs, crashes, lacks functions or lies is told."""

import ctypes
import re
from pathlib import Path

import pytest

from auditor.audit import look, target_of
from auditor.collect.request import Options
from auditor.facts.audit import Audit, Outcome
from auditor.facts.fact import Status
from auditor.knowledge.knowledge import load
from auditor.probe import nvml_calls
from auditor.recognise.identity import contradictions_of
from tests.fake_nvml import build, needs_compiler
from tests.recognise.process_records import gpu_xml, smi_xml

pytestmark = needs_compiler


def capture(count: int = 2) -> str:
    """A node as its driver would print it."""
    return smi_xml(
        *(
            gpu_xml(
                bus=f"00000000:{0x10 + at:02X}:00.0",
                uuid=f"GPU-0d0d0d0d-0000-4000-8000-00000000000{at}",
                serial=f"165000000000{at}",
                persistence_mode="Enabled",
                minor_number=str(at),
                board_part_number="692-2G520-0200-000",
                **{
                    "fb_memory_usage/used": "20000 MiB",
                    "gpu_power_readings/current_power_limit": "700.00 W",
                    "processes/process_info": "",
                },
            ).replace(
                "<process_info></process_info>",
                f"<process_info><pid>{at + 7}</pid><type>C</type><process_name>vllm</process_name>"
                "<used_memory>19000 MiB</used_memory></process_info>",
            )
            for at in range(count)
        )
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the loader finds the library; nvidia-smi gives the capture."""
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    return tmp_path


def audited(folder: Path, xml: str) -> Audit:
    """The GPUs as an audit of this machine sees them, with a program that prints the capture as nvidia-smi does."""
    (folder / "smi.xml").write_text(xml)
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\nexec cat {folder}/smi.xml\n")
    program.chmod(0o755)
    return look(target_of("local"), Options(collectors=("gpus",), nvidia_smi=str(program)), load())


def rules(audit: Audit) -> list[str]:
    found = contradictions_of(audit.facts.gpus, load(), audit.facts.gpu_driver)
    return [one.rule for one in found]


def test_library_and_program_agree(folder: Path) -> None:
    library = build(folder, capture())
    audit = audited(folder, capture())

    assert [gpu.sources[:2] for gpu in audit.facts.gpus] == [("nvidia-smi", "nvml")] * 2
    gpu = audit.facts.gpus[0]
    assert gpu.disputes == ()
    assert gpu.details["remapped_rows"].value == "1 corrected, 0 uncorrected, pending no, failed no"
    assert gpu.details["nvlink"].value == "2 of 4 active"
    assert gpu.details["power_limit_enforced_mw"].value == "700000"
    assert gpu.details["board_part_number"].value == "692-2G520-0200-000"
    assert "nvidia-smi" in gpu.name.source
    assert "nvmlDeviceGetNvLinkState" in gpu.details["nvlink"].source
    driver = audit.facts.gpu_driver
    assert driver is not None
    assert driver.details["confidential_computing"].value == "on"
    assert driver.details["library"].value == str(library)
    assert len(driver.details["library_sha256"].value or "") == 64
    assert driver.details["library_package"].status in (Status.ABSENT, Status.UNSUPPORTED)
    assert rules(audit) == []


def test_the_library_alone_gives_an_inventory(folder: Path) -> None:
    build(folder, capture())
    audit = look(target_of("local"), Options(collectors=("gpus",), nvidia_smi="/nonexistent"), load())

    assert [gpu.serial.value for gpu in audit.facts.gpus] == ["1650000000000", "1650000000001"]
    assert [(p.pid, p.used_memory) for p in audit.facts.gpus[1].processes.value or ()] == [(8, 19000 << 20)]
    assert audit.facts.gpus[0].memory_total.value == 81559 << 20


@pytest.mark.parametrize("trick", ["hang", "crash"])
def test_a_call_that_does_not_come_back_costs_one_field(folder: Path, trick: str) -> None:
    build(folder, capture(), **{trick: ["nvmlDeviceGetSerial"]})  # type: ignore[arg-type]
    audit = audited(folder, "<none/>")

    assert audit.collector("gpus").outcome is Outcome.PARTIAL
    assert ("nvmlDeviceGetSerial", Status.ERROR) in [(p.where, p.status) for p in audit.problems]
    assert [gpu.serial.status for gpu in audit.facts.gpus][-2:] == [Status.ERROR] * 2
    assert [gpu.vbios.value for gpu in audit.facts.gpus][-2:] == ["96.00.99.00.01"] * 2


def test_a_library_that_never_starts_ends_too(folder: Path) -> None:
    build(folder, capture(), hang=["nvmlInit_v2"])
    audit = audited(folder, capture())

    assert "nvmlInit_v2" in [problem.where for problem in audit.problems]
    assert [gpu.name.value for gpu in audit.facts.gpus] == ["NVIDIA H100 80GB HBM3"] * 2


def test_functions_that_are_not_there_are_named(folder: Path) -> None:
    build(folder, capture(), lack=["nvmlDeviceGetSerial", "nvmlSystemGetConfComputeState", "nvmlDeviceGetMigMode"])
    audit = look(target_of("local"), Options(collectors=("gpus",), nvidia_smi="/nonexistent"), load())

    (problem,) = [p for p in audit.problems if "lacks" in p.what]
    assert "nvmlDeviceGetSerial" in problem.what
    assert audit.facts.gpus[0].serial.status is Status.UNSUPPORTED
    assert audit.facts.gpus[0].uuid.seen
    assert audit.facts.gpus[0].ecc.value == "Enabled"


@pytest.mark.parametrize(
    ("path", "says", "rule"),
    [
        ("serial", "1650000000999", "serial-told-twice"),
        ("vbios_version", "96.00.11.00.02", "vbios-told-twice"),
        ("fb_memory_usage/total", "97871 MiB", "memory-told-twice"),
        ("ecc_mode/current_ecc", "Disabled", "ecc-told-twice"),
        ("pci/pci_device_id", "268410DE", "pci-told-twice"),
        ("product_name", "NVIDIA L40S", "name-told-twice"),
    ],
)
def test_one_field_that_is_not_true_is_found_out(folder: Path, path: str, says: str, rule: str) -> None:
    build(folder, capture(), lies={path: says})
    audit = audited(folder, capture())

    assert rules(audit) == [rule]
    (dispute,) = audit.facts.gpus[0].disputes
    assert all(claim.source for claim in dispute.claims)


def test_a_card_that_the_library_leaves_out_is_found_out(folder: Path) -> None:
    build(folder, capture(7))
    audit = audited(folder, capture(8))

    (found,) = contradictions_of(audit.facts.gpus, load(), audit.facts.gpu_driver)
    assert (found.gpu, found.rule, found.expected) == (7, "seen-twice", "nvml")


def test_only_questions_are_asked() -> None:
    text = Path(nvml_calls.__file__).read_text(encoding="utf-8")
    names = set(re.findall(r"\bnvml[A-Z]\w+", text)) - {"nvmlReturn_t"}
    asking = {name for name in names if re.match(r"nvml(Device|System)Get[A-Z]", name)}
    assert names - asking == {"nvmlInit_v2", "nvmlErrorString"}


def test_structures_are_as_large_as_the_library_writes_them() -> None:
    sizes = {nvml_calls._Memory: 24, nvml_calls._Pci: 68, nvml_calls._Process: 24, nvml_calls._Confidential: 12}
    assert {kind: ctypes.sizeof(kind) for kind in sizes} == sizes
