"""Engines of TensorRT-LLM, which nobody publishes."""

from typing import Any

import pytest

from auditor.facts.fact import Fact, Status
from auditor.facts.models import Engine, Model, Store
from auditor.knowledge.knowledge import load
from auditor.recognise.models import models_of
from tests.recognise.model_records import model, text, weight

FOLDER = "/srv/engines/llama"
CONFIG: dict[str, Any] = {
    "version": "1.0.0",
    "pretrained_config": {
        "architecture": "LlamaForCausalLM",
        "dtype": "bfloat16",
        "quantization": {"quant_algo": "FP8"},
        "mapping": {"world_size": 2, "tp_size": 2, "pp_size": 1},
        "producer": {"name": "modelopt", "version": "0.33.0"},
    },
    "build_config": {"max_batch_size": 8, "max_seq_len": 4096, "plugin_config": {"nccl_plugin": "auto"}},
}


def engine(config: Any = CONFIG, files: tuple[str, ...] = (), ranks: int = 2) -> Model:
    """The model of an engine with so many files."""
    built = [weight(FOLDER, f"rank{rank}.engine", "tensorrt") for rank in range(ranks)]
    texts = [text(FOLDER, "config.json", config)] if config is not None else []
    (found,) = models_of(
        model(*texts, *built, path=FOLDER, store=Store.TENSORRT_LLM, name="llama", files=files), load()
    )
    return found


def build_of(found: Model) -> Fact[Engine]:
    assert found.engine is not None
    return found.engine


def test_version_and_build_are_told() -> None:
    told = build_of(engine())

    assert told.status is Status.DECLARED
    assert told.value == Engine(
        version="1.0.0",
        ranks=2,
        built={"dtype": "bfloat16", "quantisation": "FP8", "max_batch_size": "8", "max_seq_len": "4096"},
        producer="modelopt 0.33.0",
        checkpoint="",
        records=(),
    )


@pytest.mark.parametrize("place", ["build_config", "pretrained_config"])
def test_a_checkpoint_that_is_named_is_told(place: str) -> None:
    config = {**CONFIG, place: {**CONFIG[place], "checkpoint_dir": "/srv/checkpoints/llama-fp8"}}

    told = build_of(engine(config)).value
    assert told is not None
    assert told.checkpoint == "/srv/checkpoints/llama-fp8"


def test_records_of_its_making_are_listed() -> None:
    told = build_of(engine(files=("provenance.json", "model.sig", "tokenizer.json", "SHA256SUMS"))).value

    assert told is not None
    assert told.records == ("SHA256SUMS", "model.sig", "provenance.json")


def test_a_rank_that_is_not_there_is_called_for() -> None:
    shards = engine(ranks=1).shards

    assert shards is not None
    assert shards.value == ("rank0.engine", "rank1.engine")


@pytest.mark.parametrize("config", [None, "{", {"model_type": "llama"}, {"pretrained_config": []}])
def test_a_configuration_that_tells_nothing_breaks_nothing(config: Any) -> None:
    told = build_of(engine(config))

    assert told.value is None or told.value.built == {}


@pytest.mark.parametrize("world", [-1, 0, 10**9, "2", True, None])
def test_absurd_numbers_of_ranks_call_for_nothing(world: Any) -> None:
    config = {**CONFIG, "pretrained_config": {"mapping": {"world_size": world}}}
    told = build_of(engine(config)).value

    assert told is not None
    assert told.ranks == 0


def test_other_models_are_no_engines() -> None:
    (found,) = models_of(model(weight("/srv/models/m", "model.safetensors")), load())

    assert found.engine is None
