"""A GPU passes by its name and memory, and only if nothing it says contradicts that."""

from typing import Any

import pytest

import auditor.judge.gpus  # noqa: F401
from auditor.facts.audit import Audit, Outcome, Problem
from auditor.facts.fact import Status
from auditor.facts.gpus import Gpu
from auditor.knowledge.knowledge import load
from auditor.recognise.gpus import gpus_of
from tests.facts.samples import audit, unseen
from tests.judge.contexts import ask, texts, verdicts
from tests.recognise.process_records import gpu_xml, pci, smi, smi_xml


def gpus(**values: str) -> tuple[Gpu, ...]:
    return gpus_of([smi(smi_xml(gpu_xml(**values))), pci()], load())


def permitted(found: Audit, **arguments: Any) -> list[str]:
    return verdicts(ask("gpus.permitted", found, **({"names": ["*H100*"]} | arguments)))


def test_a_listed_gpu_with_enough_memory_passes() -> None:
    (outcome,) = ask("gpus.permitted", audit(gpus=gpus()), names=["*h100*"], minimum_memory_gib=79)
    assert outcome.verdict == "pass"
    assert outcome.subject.id == gpus()[0].uuid.value
    assert "/facts/gpus/0/name" in outcome.rests_on


def test_another_gpu_fails() -> None:
    assert permitted(audit(gpus=gpus()), names=["*A100*"]) == ["fail"]


def test_too_little_memory_fails() -> None:
    assert permitted(audit(gpus=gpus()), minimum_memory_gib=80) == ["fail"]


def test_a_gpu_that_contradicts_itself_does_not_pass() -> None:
    outcomes = ask("gpus.permitted", audit(gpus=gpus(gpu_part_number="26B9-896-A1")), names=["*H100*"])
    assert verdicts(outcomes) == ["unknown"]
    assert "26B9" in texts(outcomes)


def test_a_host_without_gpus_is_not_applicable() -> None:
    assert permitted(audit()) == ["not_applicable"]


def test_too_few_gpus_fail() -> None:
    assert permitted(audit(), at_least=1) == ["fail"]
    assert permitted(audit(gpus=gpus()), at_least=2) == ["pass", "fail"]


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.COMPLETE])
@pytest.mark.parametrize("at_least", [0, 1])
def test_no_gpu_is_no_evidence_if_nobody_looked_to_the_end(outcome: Outcome, at_least: int) -> None:
    assert permitted(audit(collectors={"gpus": outcome}), at_least=at_least) == ["unknown"]


def test_no_gpu_is_no_evidence_if_a_place_was_denied() -> None:
    problem = Problem(collector="gpus", where="/sys/bus/pci", what="may not be read", status=Status.DENIED)
    found = audit().model_copy(update={"problems": (problem,)})
    assert permitted(found) == ["unknown"]


@pytest.mark.parametrize("status", [Status.ABSENT, Status.DENIED, Status.UNSUPPORTED, Status.ERROR])
@pytest.mark.parametrize("field", ["name", "memory_total"])
def test_what_was_not_seen_never_passes(field: str, status: Status) -> None:
    (gpu,) = gpus()
    less = gpu.model_copy(update={field: unseen(status)})
    assert permitted(audit(gpus=(less,)), minimum_memory_gib=1) == ["unknown"]


def test_memory_that_nobody_asks_for_need_not_be_seen() -> None:
    (gpu,) = gpus()
    assert permitted(audit(gpus=(gpu.model_copy(update={"memory_total": unseen()}),))) == ["pass"]
