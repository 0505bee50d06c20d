"""TensorRT-LLM engines: how one was built, from which checkpoint, and whether a record of that lies beside it.

An engine is built on the spot for one kind of GPU, so that no publisher states a digest for it. What can be told is in
``config.json`` beside the ``rank*.engine`` files: the network (``pretrained_config``) and the build (``build_config``).
"""

import re
from typing import Any

from auditor.facts.fact import Fact, Status
from auditor.facts.models import Engine, Store
from auditor.recognise.models_files import Files, number, text
from auditor.recognise.models_leaf import clean, seen, unseen

MOST_RANKS = 4_096
_BUILD = (
    "max_batch_size", "max_input_len", "max_seq_len", "max_num_tokens", "max_beam_width", "kv_cache_type",
    "strongly_typed", "weight_streaming", "lora_config", "speculative_decoding_mode",
)  # fmt: skip
_SOURCE = ("checkpoint_dir", "hf_model_dir", "model_dir", "_name_or_path")
_RECORD = re.compile(
    r"provenance|attestation|\.intoto|\.sigstore|\.baseline\.json$|(?:^|/)model\.sig$|(?:^|/)sha256sums?(?:\.txt)?$",
    re.IGNORECASE,
)
_MOST = 16
"""Settings and records that are kept of one engine."""


def engine_of(files: Files) -> Fact[Engine] | None:
    """The build of an engine; None for models that are none."""
    if files.model.store is not Store.TENSORRT_LLM:
        return None
    config = files.config
    if config is None or "pretrained_config" not in config.map:
        why = config.problem if config is not None and config.problem else "no configuration of a build lies beside it"
        return unseen(files.model, "config", why, Status.ERROR if config is not None else Status.ABSENT)
    network, build = _map(config.map, "pretrained_config"), _map(config.map, "build_config")
    producer = _map(network, "producer")
    value = Engine(
        version=clean(text(config.map, "version"), 64),
        ranks=ranks_of(files),
        built=_built(network, build),
        producer=clean(" ".join(filter(None, (text(producer, "name"), text(producer, "version")))), 100),
        checkpoint=clean(
            next((found for holder in (config.map, network, build) if (found := text(holder, *_SOURCE))), "")
        ),
        records=tuple(sorted(clean(f.path) for f in files.model.files if _RECORD.search(f.path)))[:_MOST],
    )
    return seen(config.record, value, "config", Status.DECLARED)


def ranks_of(files: Files) -> int:
    """Engines that the configuration calls for, one for each GPU; 0 where it does not say."""
    config = files.config
    if config is None or files.model.store is not Store.TENSORRT_LLM:
        return 0
    mapping = _map(_map(config.map, "pretrained_config"), "mapping")
    world = number(mapping, "world_size") or number(mapping, "tp_size") * max(1, number(mapping, "pp_size"))
    return world if 0 < world <= MOST_RANKS else 0


def _built(network: dict[str, Any], build: dict[str, Any]) -> dict[str, str]:
    found = {"dtype": text(network, "dtype"), "quantisation": text(_map(network, "quantization"), "quant_algo")}
    for name in _BUILD:
        setting = build.get(name)
        if isinstance(setting, str | int | bool):
            found[name] = str(setting)[:100]
    return {name: clean(told, 100) for name, told in found.items() if told}


def _map(holder: dict[str, Any], key: str) -> dict[str, Any]:
    value = holder.get(key)
    return value if isinstance(value, dict) else {}
