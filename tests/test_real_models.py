"""Real models, as Python packages ship them, audited for real; their digests are taken anew beside it."""

import hashlib
from pathlib import Path

import pytest

from auditor.cli import models, weights
from tests.cli.commands import data
from tests.real_models import lay_out_gemma, lay_out_minilm

assert models is not None
assert weights is not None


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.fixture(scope="module")
def minilm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out_minilm(tmp_path_factory.mktemp("models") / "all-MiniLM-L6-v2")


@pytest.fixture(scope="module")
def gemma(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out_gemma(tmp_path_factory.mktemp("models") / "gemma")


def test_a_real_embedding_model_is_recognised(minilm: Path) -> None:
    (found,) = data("models", minilm)
    assert (found["family"], found["name"]) == ("minilm", "sentence-transformers/all-MiniLM-L6-v2")
    assert (found["format"], found["quantisation"], found["architecture"]) == ("safetensors", "F32", "BertModel")
    assert found["parameters"] == 22_713_216
    assert found["context"] == 512
    assert found["licence"]["effective"] == "Apache License 2.0"
    assert found["answers"]["commercial"]["answer"] == "yes"
    assert found["contradictions"] == []


def test_the_digest_of_a_real_file_is_that_of_another_implementation(minilm: Path) -> None:
    (file,) = data("weights", minilm)["files"]
    assert file["sha256"] == sha256(minilm / "model.safetensors")
    assert file["standing"] == "unpinned"


def test_a_real_quantised_model_is_recognised(gemma: Path) -> None:
    (found,) = data("models", gemma)
    assert (found["family"], found["format"], found["quantisation"]) == ("gemma-3", "gguf", "Q4_K_M")
    assert found["parameters"] == 268_098_176
    assert found["base"] == ["google/gemma-3-270m"]
    assert found["answers"]["commercial"]["answer"] == "conditional"
    assert {stated["value"] for stated in found["licence"]["stated"]} == {"gemma"}


def test_a_real_file_equals_the_digest_that_came_with_it(gemma: Path) -> None:
    answer = data("weights", gemma)
    (file,) = answer["files"]
    assert file["sha256"] == sha256(gemma / "gemma-3-270m-q4_k_m.gguf")
    assert file["standing"] == "self_consistent"
    assert answer["unsafe"] == []
