"""How much memory a model takes: its weights, as the headers count them, and the cache of each token of context.

With grouped queries a layer keeps a key and a value for each head of its own; with latent attention one compressed
vector and its rotary part. Figures are for 16-bit values; a cache in 8 bits takes half.
"""

from collections.abc import Mapping
from typing import Any

from auditor.facts.fact import Fact, Status
from auditor.facts.models import Memory
from auditor.recognise.models_files import Files, number
from auditor.recognise.models_leaf import seen, unseen

BYTES = 2
"""Of one cached value."""


def memory_of(files: Files) -> Fact[Memory]:
    """What the headers and the configuration tell; without a header that was read there is nothing to rest on."""
    headers = files.main_headers
    if not headers or any(header.bytes <= 0 for header in headers):
        return unseen(files.model, "headers", "the headers of the weights do not tell their size", Status.ABSENT)
    layout, per_token = _cache(files)
    weights = sum(header.bytes for header in headers)
    return seen(headers[0], Memory(weights=weights, per_token=per_token, layout=layout), "headers", Status.OBSERVED)


def _cache(files: Files) -> tuple[str, int]:
    if files.config is not None and files.config.map:
        return cache_of(files.config.map)
    if files.gguf is not None:
        return _cache_of_gguf(files.gguf.metadata)
    return "", 0


def cache_of(config: Mapping[str, Any]) -> tuple[str, int]:
    """Layout and bytes for each token by a ``config.json``; ``("", 0)`` where it does not say enough."""
    inner: dict[str, Any] = next(
        (config[key] for key in ("text_config", "llm_config", "language_config") if isinstance(config.get(key), dict)),
        {},
    )
    merged = {**config, **{key: value for key, value in inner.items() if value is not None}}
    layers = number(merged, "num_hidden_layers", "n_layer", "n_layers", "num_layers")
    rank = number(merged, "kv_lora_rank")
    if layers and rank:
        return "latent", layers * (rank + number(merged, "qk_rope_head_dim")) * BYTES
    heads = number(merged, "num_attention_heads", "n_head", "n_heads")
    kept = number(merged, "num_key_value_heads", "n_kv_heads", "multi_query_group_num", "num_kv_heads") or heads
    width = number(merged, "head_dim") or (number(merged, "hidden_size", "n_embd", "dim") // heads if heads else 0)
    return _grouped(layers, kept, width, width, heads)


def _cache_of_gguf(meta: Mapping[str, str]) -> tuple[str, int]:
    kind = meta.get("general.architecture", "").strip().lower()

    def count(key: str) -> int:
        value = meta.get(f"{kind}.{key}", "")
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0

    layers, heads, rank = count("block_count"), count("attention.head_count"), count("attention.kv_lora_rank")
    if layers and rank:
        return "latent", layers * (rank + count("rope.dimension_count")) * BYTES
    kept = count("attention.head_count_kv") or heads
    width = count("embedding_length") // heads if heads else 0
    keys, values = count("attention.key_length") or width, count("attention.value_length") or width
    return _grouped(layers, kept, keys, values, heads)


def _grouped(layers: int, kept: int, keys: int, values: int, heads: int) -> tuple[str, int]:
    if not (layers and kept and keys and values):
        return "", 0
    layout = "multi-head" if kept == heads else "multi-query" if kept == 1 else "grouped-query"
    return layout, layers * kept * (keys + values) * BYTES
