"""Writes a tree of models as real hosts keep them, with truthful headers and no weights.

Names, configurations, types and numbers of parameters are those of published models; the tensors behind the headers
are holes of sparse files, so that a model of 671 thousand million parameters takes a few kilobytes. What is expected of
each is stated beside it.
"""

import hashlib
import json
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.facts.models import Store

DEPLOYERS = ("czech_bank", "austrian_startup", "eu_giant", "us_company")
ALL, NONE = frozenset(DEPLOYERS), frozenset[str]()
SMALL = frozenset({"czech_bank", "austrian_startup", "us_company"})
"""Those below 700 million (and, of these, below 100 million) monthly users."""

_BITS = {"F32": 32, "BF16": 16, "F16": 16, "F8_E4M3": 8, "U8": 8, "I32": 32}
_GGML = {"F32": (0, 1, 4), "F16": (1, 1, 2), "Q4_K": (12, 256, 144), "Q8_0": (8, 32, 34), "MXFP4": (39, 32, 17)}
_FILE_TYPES = {"F16": 1, "Q4_K": 15, "Q8_0": 7, "MXFP4": 38}

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True)
class Published:
    """One model of the tree, and what the auditor should tell of it."""

    name: str
    family: str
    store: Store
    billions: float
    config: Mapping[str, Any]
    licence: Mapping[str, str]
    """Front matter of the card, or keys of the GGUF header."""
    permitted: frozenset[str]
    """The deployers who may use it commercially."""
    types: Mapping[str, float] = field(default_factory=lambda: {"BF16": 1.0})
    """Share of stored numbers by type, per parameter: AWQ keeps eight parameters in one I32."""
    quantisation: str = "BF16"
    modality: tuple[str, ...] = ("text",)
    base: str = ""
    gguf: str = ""
    """``general.architecture``, for models kept as GGUF."""


def llama(hidden: int, layers: int, context: int = 131072, vocabulary: int = 128256, **more: Any) -> dict[str, Any]:
    """A configuration of Llama's shape."""
    return {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "vocab_size": vocabulary,
        "max_position_embeddings": context,
        **more,
    }


def other(type_: str, hidden: int, layers: int, vocabulary: int, context: int, **more: Any) -> dict[str, Any]:
    """A configuration of another type."""
    return {**llama(hidden, layers, context, vocabulary), "model_type": type_, "architectures": [], **more}


def _other_licence(name: str) -> dict[str, str]:
    return {"license": "other", "license_name": name}


APACHE, MIT, GEMMA = {"license": "apache-2.0"}, {"license": "mit"}, {"license": "gemma"}
CACHE, LOCAL, OLLAMA, PLAIN = Store.HUGGINGFACE_CACHE, Store.HUGGINGFACE_LOCAL, Store.OLLAMA, Store.DIRECTORY
AWQ = {"quant_method": "awq", "bits": 4, "group_size": 128}
FP8 = {"quant_method": "fp8", "weight_block_size": [128, 128]}
NF4 = {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "nf4"}
NVFP4 = {"quant_method": "modelopt", "quant_algo": "NVFP4"}
EYES = {"vision_config": {"hidden_size": 1280}, "image_token_id": 7}

TREE = (
    Published("meta-llama/Llama-2-7b-chat-hf", "llama-2", CACHE, 6.74, llama(4096, 32, 4096, 32000),
              {"license": "llama2"}, SMALL),
    Published("meta-llama/Meta-Llama-3-8B-Instruct", "llama-3", CACHE, 8.03, llama(4096, 32, 8192),
              {"license": "llama3"}, SMALL),
    Published("hugging-quants/Meta-Llama-3.1-70B-Instruct-AWQ-INT4", "llama-3.1", CACHE, 70.55,
              llama(8192, 80, quantization_config=AWQ), {"license": "llama3.1"}, SMALL,
              types={"I32": 1 / 8, "F16": 0.01}, quantisation="AWQ 4-bit",
              base="meta-llama/Llama-3.1-70B-Instruct"),
    Published("meta-llama/Llama-3.2-11B-Vision-Instruct", "llama-3.2", CACHE, 10.67,
              {"model_type": "mllama", "text_config": llama(4096, 40), **EYES}, {"license": "llama3.2"},
              frozenset({"us_company"}), modality=("text", "image")),
    Published("meta-llama/Llama-3.2-3B-Instruct", "llama-3.2", CACHE, 3.21, llama(3072, 28), {"license": "llama3.2"},
              SMALL),
    Published("llama3.3:70b", "llama-3.3", OLLAMA, 70.55, llama(8192, 80), {"general.license": "llama3.3"}, SMALL,
              types={"Q4_K": 1.0}, quantisation="Q4_K_M", gguf="llama"),
    Published("meta-llama/Llama-4-Scout-17B-16E-Instruct", "llama-4", CACHE, 108.64,
              {"model_type": "llama4", "text_config": llama(5120, 48, 10485760, 202048), **EYES},
              _other_licence("llama4"), frozenset({"us_company"}), modality=("text", "image")),
    Published("Mistral-7B-Instruct-v0.3", "mistral-7b", PLAIN, 7.25, other("mistral", 4096, 32, 32768, 32768), APACHE,
              ALL),
    Published("mistral-nemo:12b", "mistral-nemo", OLLAMA, 12.25, llama(5120, 40, vocabulary=131072),
              {"general.license": "apache-2.0"}, ALL, types={"Q8_0": 1.0}, quantisation="Q8_0", gguf="llama"),
    Published("mistralai/Mistral-Small-3.2-24B-Instruct-2506", "mistral-small", CACHE, 24.01,
              {"model_type": "mistral3", "text_config": other("mistral", 5120, 40, 131072, 131072), **EYES}, APACHE,
              ALL, modality=("text", "image")),
    Published("mistralai/Mistral-Large-Instruct-2407", "mistral-large-2", CACHE, 122.61,
              other("mistral", 12288, 88, 32768, 131072), _other_licence("mrl"), NONE),
    Published("mistralai/Mixtral-8x7B-Instruct-v0.1", "mixtral", CACHE, 46.7,
              other("mixtral", 4096, 32, 32000, 32768, num_local_experts=8), APACHE, ALL),
    Published("mistralai/Codestral-22B-v0.1", "codestral", CACHE, 22.25, other("mistral", 6144, 56, 32768, 32768),
              _other_licence("mnpl"), NONE),
    Published("mistralai/Devstral-2-123B-Instruct-2512", "devstral", CACHE, 125.0,
              other("ministral3", 12288, 88, 131072, 262144), {}, frozenset({"austrian_startup", "us_company"})),
    Published("Qwen/Qwen2.5-3B-Instruct", "qwen-2.5", CACHE, 3.09, other("qwen2", 2048, 36, 151936, 32768),
              _other_licence("qwen-research"), NONE),
    Published("Qwen/Qwen2.5-72B-Instruct", "qwen-2.5", CACHE, 72.71,
              other("qwen2", 8192, 80, 152064, 32768, quantization_config=NF4), _other_licence("qwen"), SMALL,
              types={"U8": 0.5, "BF16": 0.02}, quantisation="bitsandbytes 4-bit (nf4)"),
    Published("Qwen3-30B-A3B", "qwen-3", LOCAL, 30.53, other("qwen3_moe", 2048, 48, 151936, 40960, num_experts=128),
              APACHE, ALL),
    Published("Qwen/Qwen3-VL-8B-Instruct", "qwen-3-vl", CACHE, 8.77,
              {"model_type": "qwen3_vl", "text_config": other("qwen3_vl_text", 4096, 36, 151936, 262144), **EYES,
               "video_token_id": 9}, APACHE, ALL, modality=("text", "image", "video")),
    Published("deepseek-ai/DeepSeek-V3", "deepseek-v3", CACHE, 671.0,
              other("deepseek_v3", 7168, 61, 129280, 163840, quantization_config=FP8, n_routed_experts=256),
              _other_licence("deepseek"), ALL, types={"F8_E4M3": 1.0}, quantisation="FP8"),
    Published("deepseek-ai/DeepSeek-V3-0324", "deepseek-v3", CACHE, 671.0,
              other("deepseek_v3", 7168, 61, 129280, 163840, quantization_config=FP8), MIT, ALL, types={"F8_E4M3": 1.0},
              quantisation="FP8"),
    Published("deepseek-r1:70b", "deepseek-r1-distill", OLLAMA, 70.55, llama(8192, 80), {"general.license": "mit"},
              SMALL, types={"Q4_K": 1.0}, quantisation="Q4_K_M", gguf="llama",
              base="meta-llama/Llama-3.3-70B-Instruct"),
    Published("google/gemma-2-9b-it", "gemma-2", CACHE, 9.24, other("gemma2", 3584, 42, 256000, 8192), GEMMA, ALL),
    Published("google/gemma-3-27b-it", "gemma-3", CACHE, 27.43,
              {"model_type": "gemma3", "text_config": other("gemma3_text", 5376, 62, 262208, 131072), **EYES}, GEMMA,
              ALL, modality=("text", "image")),
    Published("google/gemma-4-31B-it", "gemma-4", CACHE, 31.0, {"model_type": "gemma4", **EYES}, APACHE, ALL,
              modality=("text", "image")),
    Published("nvidia/Phi-4-multimodal-instruct-NVFP4", "phi-4", CACHE, 5.57,
              other("phi4mm", 3072, 32, 200064, 131072, quantization_config=NVFP4), MIT, ALL,
              types={"U8": 0.5, "F8_E4M3": 1 / 16}, quantisation="NVFP4", base="microsoft/Phi-4-multimodal-instruct"),
    Published("openai/gpt-oss-20b", "gpt-oss", CACHE, 20.91,
              other("gpt_oss", 2880, 24, 201088, 131072, quantization_config={"quant_method": "mxfp4"}), APACHE, ALL,
              types={"U8": 17 / 32}, quantisation="MXFP4"),
    Published("all-MiniLM-L6-v2", "minilm", PLAIN, 0.0227, other("bert", 384, 6, 30522, 512), APACHE, ALL,
              types={"F32": 1.0}, quantisation="F32"),
    Published("tiiuae/falcon-11B", "falcon-2", CACHE, 11.1, other("falcon", 4096, 60, 65024, 8192),
              _other_licence("falcon-2-11b"), ALL),
)  # fmt: skip


def write_tree(root: Path) -> dict[str, Published]:
    """Write all models; what is expected by the name under which the auditor will find each."""
    for published in TREE:
        writers = {CACHE: _cached, LOCAL: _local, OLLAMA: _ollama, PLAIN: _plain}
        writers[published.store](root, published)
    return {published.name: published for published in TREE}


def _texts(published: Published) -> dict[str, bytes]:
    matter = "".join(f"{key}: {value}\n" for key, value in published.licence.items())
    matter += f"base_model: {published.base}\n" if published.base else ""
    card = f"---\n{matter}---\n# {published.name}\n"
    return {"config.json": json.dumps(published.config).encode(), "README.md": card.encode()}


def _cached(root: Path, published: Published) -> None:
    store = root / "hub" / ("models--" + published.name.replace("/", "--"))
    snapshot = store / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (store / "blobs").mkdir()
    for name, data in _texts(published).items():
        blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        (store / "blobs" / blob).write_bytes(data)
        os.symlink(f"../../blobs/{blob}", snapshot / name)
    blob = hashlib.sha256(published.name.encode()).hexdigest()
    _safetensors(store / "blobs" / blob, published)
    os.symlink(f"../../blobs/{blob}", snapshot / "model.safetensors")


def _plain(root: Path, published: Published) -> None:
    folder = root / "plain" / published.name
    folder.mkdir(parents=True)
    for name, data in _texts(published).items():
        (folder / name).write_bytes(data)
    _safetensors(folder / "model.safetensors", published)


def _local(root: Path, published: Published) -> None:
    folder = root / "local" / published.name
    notes = folder / ".cache" / "huggingface" / "download"
    notes.mkdir(parents=True)
    for name, data in _texts(published).items():
        (folder / name).write_bytes(data)
        (notes / f"{name}.metadata").write_text(f"{COMMIT}\n{hashlib.sha1(data).hexdigest()}\n1.0\n")
    names = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    for name in names:
        _safetensors(folder / name, published, share=0.5)
    index = {"metadata": {}, "weight_map": {f"t{number}": name for number, name in enumerate(names)}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def _ollama(root: Path, published: Published) -> None:
    store = root / "ollama"
    (store / "blobs").mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(published.name.encode()).hexdigest()
    size = _gguf(store / "blobs" / f"sha256-{digest}", published)
    config = json.dumps({"model_format": "gguf"}).encode()
    configured = hashlib.sha256(config).hexdigest()
    (store / "blobs" / f"sha256-{configured}").write_bytes(config)
    media = "application/vnd.ollama.image.model"
    manifest = {
        "schemaVersion": 2,
        "config": {"digest": f"sha256:{configured}", "size": len(config), "mediaType": "application/json"},
        "layers": [{"mediaType": media, "digest": f"sha256:{digest}", "size": size}],
    }
    model, tag = published.name.split(":")
    place = store / "manifests" / "registry.ollama.ai" / "library" / model
    place.mkdir(parents=True, exist_ok=True)
    (place / tag).write_text(json.dumps(manifest))


def _safetensors(path: Path, published: Published, share: float = 1.0) -> None:
    """A header that claims all parameters, and a hole where their values would be."""
    header: dict[str, Any] = {}
    at = 0
    for type_, per_parameter in published.types.items():
        count = int(published.billions * 1e9 * per_parameter * share)
        size = count * _BITS[type_] // 8
        header[f"model.layers.{type_.lower()}"] = {"dtype": type_, "shape": [count], "data_offsets": [at, at + size]}
        at += size
    head = json.dumps(header).encode()
    _sparse(path, struct.pack("<Q", len(head)) + head, at)


def _gguf(path: Path, published: Published) -> int:
    config = published.config
    text = {"general.architecture": published.gguf, **published.licence}
    ((type_, _),) = published.types.items()
    numbers = {
        "general.file_type": _FILE_TYPES[type_],
        f"{published.gguf}.block_count": config["num_hidden_layers"],
        f"{published.gguf}.embedding_length": config["hidden_size"],
        f"{published.gguf}.context_length": config["max_position_embeddings"],
        f"{published.gguf}.vocab_size": config["vocab_size"],
    }
    kind, block, bytes_ = _GGML[type_]
    count = int(published.billions * 1e9) // block * block
    out = [b"GGUF", struct.pack("<IQQ", 3, 1, len(text) + len(numbers))]
    out += [_string(key) + struct.pack("<I", 8) + _string(value) for key, value in text.items()]
    out += [_string(key) + struct.pack("<II", 4, value) for key, value in numbers.items()]
    out.append(_string("blk.0.attn_q.weight") + struct.pack("<IQIQ", 1, count, kind, 0))
    head = b"".join(out)
    return _sparse(path, head + bytes(-len(head) % 32), count // block * bytes_)


def _string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _sparse(path: Path, head: bytes, hole: int) -> int:
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + hole)
    return len(head) + hole
