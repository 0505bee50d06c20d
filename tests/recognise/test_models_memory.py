"""The cache of a token equals the figures that are published."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.recognise.models_memory import _cache_of_gguf, cache_of

LLAMA_70B = {"num_hidden_layers": 80, "num_attention_heads": 64, "num_key_value_heads": 8, "hidden_size": 8192}
DEEPSEEK_V3 = {
    "num_hidden_layers": 61, "num_attention_heads": 128, "num_key_value_heads": 128, "hidden_size": 7168,
    "kv_lora_rank": 512, "qk_rope_head_dim": 64,
}  # fmt: skip


@pytest.mark.parametrize(
    ("config", "layout", "bytes_"),
    [
        (LLAMA_70B, "grouped-query", 327_680),
        (LLAMA_70B | {"head_dim": 128}, "grouped-query", 327_680),
        (DEEPSEEK_V3, "latent", 70_272),
        ({"num_hidden_layers": 32, "num_attention_heads": 32, "hidden_size": 4096}, "multi-head", 524_288),
        ({"n_layer": 32, "n_head": 71, "multi_query_group_num": 1, "n_embd": 4544}, "multi-query", 8_192),
        ({"vision_config": {"num_hidden_layers": 9}, "text_config": LLAMA_70B}, "grouped-query", 327_680),
        ({"num_hidden_layers": 80}, "", 0),
        ({}, "", 0),
    ],
)
def test_bytes_of_a_token(config: dict[str, Any], layout: str, bytes_: int) -> None:
    assert cache_of(config) == (layout, bytes_)


def test_headers_of_gguf_say_the_same() -> None:
    meta = {"general.architecture": "llama", "llama.block_count": "80", "llama.attention.head_count": "64",
            "llama.attention.head_count_kv": "8", "llama.embedding_length": "8192"}  # fmt: skip
    assert _cache_of_gguf(meta) == ("grouped-query", 327_680)
    deep = {
        "general.architecture": "deepseek2",
        "deepseek2.block_count": "61",
        "deepseek2.attention.kv_lora_rank": "512",
        "deepseek2.rope.dimension_count": "64",
    }
    assert _cache_of_gguf(deep) == ("latent", 70_272)


VALUES = st.none() | st.integers() | st.text(max_size=4) | st.floats() | st.just({}) | st.booleans()


@given(st.dictionaries(st.sampled_from([*DEEPSEEK_V3, "text_config", "head_dim"]), VALUES))
def test_no_configuration_takes_it_down(config: dict[str, Any]) -> None:
    layout, bytes_ = cache_of(config)
    assert bytes_ >= 0
    assert bool(layout) == (bytes_ > 0) or bytes_ == 0
