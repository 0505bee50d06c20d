"""What a process holds against what its model takes."""

from typing import Any

import pytest

import auditor.judge.gpu_memory  # noqa: F401
from auditor.facts.audit import Audit
from auditor.facts.gpus import GpuProcess
from auditor.facts.models import Memory
from auditor.knowledge.knowledge import load
from auditor.recognise.gpus import gpus_of
from auditor.recognise.stacks import serving_of
from tests.facts.samples import audit, model, seen
from tests.judge.contexts import ask, texts, verdicts
from tests.recognise.process_records import gpu_xml, process, smi, smi_xml

GB = 10**9
MODEL = "/models/acme/large"


def held(command: str, amount: int | None, weights: int = 70 * GB, pid: int = 100, **changes: Any) -> Audit:
    (gpu,) = gpus_of([smi(smi_xml(gpu_xml()))], load())
    gpu = gpu.model_copy(update={"processes": seen((GpuProcess(pid=pid, name="p", used_memory=amount),))})
    memory = seen(Memory(weights=weights, per_token=327_680, layout="grouped-query"))
    records = [process(command)]
    if command.startswith("vllm"):
        records.append(process("VLLM::Worker", pid=101, parent=100))
    models = (model("acme/large", memory=memory),) if weights else ()
    return audit(gpus=(gpu,), serving=serving_of(records, load()), models=models, **changes)


def verdict(found: Audit, **arguments: Any) -> list[str]:
    return verdicts(ask("gpus.plausible", found, **arguments))


def test_a_process_that_holds_less_than_its_weights_is_found_out() -> None:
    outcomes = ask("gpus.plausible", held(f"vllm serve {MODEL}", 17 * GB))
    assert verdicts(outcomes) == ["fail"]
    assert "70.0 GB" in texts(outcomes)
    assert "17.0 GB" in texts(outcomes)


def test_what_is_left_holds_so_many_tokens() -> None:
    outcomes = ask("gpus.plausible", held(f"vllm serve {MODEL}", 76 * GB))
    assert verdicts(outcomes) == ["pass"]
    assert "327680 bytes" in texts(outcomes)
    assert f"{6 * GB // 327_680} tokens" in texts(outcomes)


def test_workers_count_for_their_server() -> None:
    assert verdict(held(f"vllm serve {MODEL}", 76 * GB, pid=101)) == ["pass"]


@pytest.mark.parametrize(
    "command",
    [
        f"llama-server -m {MODEL}/model.gguf -ngl 20",
        f"vllm serve {MODEL} --cpu-offload-gb 60",
        f"vllm serve {MODEL} --pipeline-parallel-size 4",
        f"python -m sglang.launch_server --model-path {MODEL} --nnodes 2",
    ],
)
def test_weights_that_may_lie_elsewhere_are_not_known(command: str) -> None:
    assert verdict(held(command, 17 * GB)) == ["unknown"]


def test_a_loader_that_quantises_needs_less() -> None:
    assert verdict(held(f"vllm serve {MODEL} --quantization bitsandbytes", 20 * GB)) == ["pass"]
    assert verdict(held(f"vllm serve {MODEL} --quantization bitsandbytes", 10 * GB)) == ["fail"]


def test_a_little_less_is_tolerated() -> None:
    assert verdict(held(f"vllm serve {MODEL}", 65 * GB)) == ["pass"]
    assert verdict(held(f"vllm serve {MODEL}", 65 * GB), tolerance_percent=0) == ["fail"]


@pytest.mark.parametrize(("amount", "pid"), [(None, 100), (76 * GB, 999)])
def test_memory_that_was_not_told_never_passes(amount: int | None, pid: int) -> None:
    assert verdict(held(f"vllm serve {MODEL}", amount, pid=pid)) == ["unknown"]


def test_without_files_the_name_tells_a_lower_bound() -> None:
    claimed = held("vllm serve meta-llama/Llama-3.3-70B-Instruct", 17 * GB, weights=0)
    assert verdict(claimed) == ["fail"]
    assert verdict(held("vllm serve somebody/unheard-of", 17 * GB, weights=0)) == ["unknown"]
