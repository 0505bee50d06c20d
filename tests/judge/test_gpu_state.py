"""State and identity of accelerators: what is asked for passes only where it was seen."""

from typing import Any

import pytest

import auditor.judge.gpu_state  # noqa: F401
from auditor.facts.audit import Audit, Outcome
from auditor.facts.fact import Status
from auditor.facts.gpus import Gpu, GpuDriver, GpuProcess
from auditor.knowledge.knowledge import load
from auditor.recognise.gpus import gpus_of
from auditor.recognise.stacks import serving_of
from tests.facts.samples import audit, seen, unseen
from tests.judge.contexts import ask, texts, verdicts
from tests.recognise.process_records import gpu_xml, pci, process, smi, smi_xml


def gpu(**changes: Any) -> Gpu:
    (found,) = gpus_of([smi(smi_xml(gpu_xml(persistence_mode="Enabled"))), pci()], load())
    return found.model_copy(update=changes)


def state(found: Gpu, facts: dict[str, Any] | None = None, **arguments: Any) -> list[str]:
    return verdicts(ask("gpus.state", audit(gpus=(found,), **(facts or {})), **arguments))


@pytest.mark.parametrize(
    ("arguments", "changes"),
    [
        ({"minimum_driver": "570.86"}, {"driver": seen("550.90.07")}),
        ({"ecc": True}, {"ecc": seen("Disabled")}),
        ({"mig": "disabled"}, {"mig": seen("Enabled")}),
        ({"persistence": True}, {"details": {"persistence": seen("Disabled")}}),
        ({"serials": ["1650000000001"]}, {"serial": seen("1650000000002")}),
    ],
)
def test_each_state_passes_fails_and_is_unknown(arguments: dict[str, Any], changes: dict[str, Any]) -> None:
    assert state(gpu(), **arguments) == ["pass"]
    assert state(gpu(**changes), **arguments) == ["fail"]
    gone = {name: {} if name == "details" else unseen(Status.DENIED) for name in changes}
    assert state(gpu(**gone), **arguments) == ["unknown"]


@pytest.mark.parametrize(("driver", "verdict"), [("570.86", "pass"), ("570.86.10", "pass"), ("570.85.99", "fail")])
def test_versions_of_the_driver_are_compared_as_numbers(driver: str, verdict: str) -> None:
    assert state(gpu(driver=seen(driver)), minimum_driver="570.86") == [verdict]


@pytest.mark.parametrize(
    ("rows", "errors", "verdict"),
    [
        ("2 corrected, 0 uncorrected, pending no, failed no", "0", "pass"),
        ("0 corrected, 1 uncorrected, pending yes, failed no", "0", "fail"),
        ("0 corrected, 0 uncorrected, pending no, failed no", "3", "fail"),
        (None, None, "unknown"),
    ],
)
def test_health_of_memory(rows: str | None, errors: str | None, verdict: str) -> None:
    details = {"remapped_rows": seen(rows), "ecc_errors_uncorrected": seen(errors)} if rows else {}
    assert state(gpu(details=details), healthy=True) == [verdict]


@pytest.mark.parametrize(
    ("instances", "verdict"),
    [("H100 MIG 3g.40gb, H100 MIG 3g.40gb", "pass"), ("H100 MIG 3g.40gb, H100 MIG 1g.10gb", "fail"), ("", "fail")],
)
def test_every_instance_has_to_be_in_the_layout(instances: str, verdict: str) -> None:
    assert state(gpu(details={"mig_devices": seen(instances)}), mig_layout=["*3g.40gb"]) == [verdict]
    assert state(gpu(details={}), mig_layout=["*3g.40gb"]) == ["unknown"]


@pytest.mark.parametrize(
    ("told", "verdict"),
    [("on", "pass"), ("off", "fail"), ("on (development tools permitted)", "fail"), (None, "unknown")],
)
def test_confidential_computing(told: str | None, verdict: str) -> None:
    driver = GpuDriver(details={"confidential_computing": seen(told)} if told else {})
    assert state(gpu(), {"gpu_driver": driver}, confidential_computing=True) == [verdict]


def test_only_processes_that_serve_may_hold_memory() -> None:
    serving = serving_of([process("vllm serve m"), process("python worker.py", pid=101, parent=100)], load())
    held = gpu(processes=seen((GpuProcess(pid=100, name="vllm", used_memory=1),)))
    assert state(held, {"serving": serving}, only_serving=True) == ["pass"]
    foreign = gpu(processes=seen((GpuProcess(pid=900, name="Xorg", used_memory=1),)))
    assert state(foreign, {"serving": serving}, only_serving=True) == ["fail"]
    assert state(foreign, {"serving": serving}, only_serving=True, processes=["Xorg"]) == ["pass"]


def genuine(found: Audit, **arguments: Any) -> list[str]:
    return verdicts(ask("gpus.genuine", found, **arguments))


def test_two_sources_that_agree_pass_and_one_is_not_enough() -> None:
    assert genuine(audit(gpus=(gpu(),))) == ["pass"]
    (alone,) = gpus_of([smi(smi_xml(gpu_xml()))], load())
    assert genuine(audit(gpus=(alone,))) == ["unknown"]


def test_fabricated_mixtures_fail() -> None:
    renamed = gpus_of([smi(smi_xml(gpu_xml(product_name="NVIDIA L40S"))), pci()], load())
    assert genuine(audit(gpus=renamed)) == ["fail"]
    rebadged = gpus_of([smi(smi_xml(gpu_xml())), pci(device="2684")], load())
    outcomes = ask("gpus.genuine", audit(gpus=rebadged))
    assert verdicts(outcomes) == ["fail"]
    assert "2684" in texts(outcomes)
    hidden = gpus_of([smi(smi_xml(gpu_xml())), pci(), pci(bus="0000:64:00.0")], load())
    assert genuine(audit(gpus=hidden)) == ["pass", "fail"]


def test_an_unknown_device_is_unknown() -> None:
    records = [smi(smi_xml(gpu_xml(**{"pci/pci_device_id": "FFFF10DE", "gpu_part_number": "FFFF-1"}))),
               pci(device="ffff")]  # fmt: skip
    assert genuine(audit(gpus=gpus_of(records, load()))) == ["unknown"]


@pytest.mark.parametrize(
    ("told", "arguments", "verdict"),
    [
        ({"driver": "580.1", "module": "580.1", "nvml": "13.580.1"}, {}, "pass"),
        ({"driver": "580.1", "module": "570.9"}, {}, "fail"),
        ({"driver": "580.1", "nvml": "13.0.fake"}, {}, "fail"),
        ({"library_as_packaged": "no", "library_package": "libnvidia-ml1"}, {}, "fail"),
        ({"preload": "/opt/shim.so"}, {}, "unknown"),
        ({"library": "/tmp/libnvidia-ml.so.1"}, {"packaged_library": True}, "unknown"),
        ({"library_as_packaged": "yes"}, {"packaged_library": True}, "pass"),
    ],
)
def test_where_the_library_comes_from(told: dict[str, str], arguments: dict[str, Any], verdict: str) -> None:
    driver = GpuDriver(details={name: seen(value) for name, value in told.items()})
    assert genuine(audit(gpus=(gpu(),), gpu_driver=driver), **arguments) == ["pass", verdict]


@pytest.mark.parametrize("check", ["gpus.state", "gpus.genuine"])
def test_nobody_who_looked_is_no_evidence(check: str) -> None:
    assert verdicts(ask(check, audit())) == ["not_applicable"]
    assert verdicts(ask(check, audit(collectors={"gpus": Outcome.PARTIAL}))) == ["unknown"]


def test_forms_that_are_permitted() -> None:
    found = audit(gpus=(gpu(),))
    assert verdicts(ask("gpus.permitted", found, names=["*H100*"], forms=["sxm"])) == ["pass"]
    assert verdicts(ask("gpus.permitted", found, names=["*H100*"], forms=["pcie", "nvl"])) == ["fail"]
