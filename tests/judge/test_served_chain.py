"""Every link from the GPU to the verdict is there, and what was not seen says so."""

from typing import Any

from auditor.facts.gpus import GpuProcess
from auditor.facts.models import Licence, Match
from auditor.judge.engine import judge
from auditor.judge.served_chain import KINDS, Step, served_chains
from auditor.knowledge.knowledge import load
from auditor.recognise.gpus import gpus_of
from auditor.recognise.stacks import serving_of
from tests.facts.samples import audit, model, seen, weight
from tests.judge.test_engine import NOW, control, policy
from tests.recognise.process_records import gpu_xml, process, smi, smi_xml


def steps(command: str = "vllm serve /models/acme/small", judged: bool = False, **facts: Any) -> dict[str, Step]:
    (gpu,) = gpus_of([smi(smi_xml(gpu_xml()))], load())
    held = gpu.model_copy(update={"processes": seen((GpuProcess(pid=100, name="vllm", used_memory=1),))})
    found = audit(**({"gpus": (held,), "serving": serving_of([process(command)], load())} | facts))
    judgement = None
    if judged:
        asked = policy(control("gpus.permitted", **{"with": {"names": ("*L40S*",)}}))
        judgement = judge(found, asked, load(), NOW)
    (chain,) = served_chains(found, load(), judgement)
    assert tuple(step.kind for step in chain.steps) == KINDS
    return {step.kind: step for step in chain.steps}


def test_a_whole_chain() -> None:
    licence = Licence(
        file="/models/acme/small/LICENSE",
        model="acme/small",
        id=seen("apache-2.0"),
        match=Match.EXACT,
        sha256=seen("b" * 64),
    )
    found = steps(judged=True, models=(model(),), weights=(weight(),), licences=(licence,))
    assert found["gpu"].text == "NVIDIA H100 80GB HBM3"
    assert found["process"].text == "100"
    assert found["stack"].text == "vLLM"
    assert found["model"].text == "acme/small"
    assert found["files"].detail == "model.safetensors"
    assert found["digests"].text == "a" * 64
    assert "Apache" in found["licence"].text
    assert (found["verdict"].text, found["verdict"].state) == ("fail", "fail")


def test_what_was_not_seen_is_a_step_too() -> None:
    found = steps("vllm serve")
    for kind in ("model", "files", "digests", "licence", "verdict"):
        assert (found[kind].text, found[kind].state) == ("", "unknown")


def test_a_digest_read_from_disk_alone_is_not_that_of_what_runs() -> None:
    found = steps(models=(model(),), weights=(weight(),))
    assert found["digests"].state == "unknown"


def test_companions_have_no_chain() -> None:
    found = audit(serving=serving_of([process("open-webui serve")], load()))
    assert served_chains(found, load()) == ()
