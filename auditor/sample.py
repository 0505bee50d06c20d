"""Writes a small store of models to try the auditor on: one that conforms, one restricted, one damaged.

Everything in it is what it says it is: tiny networks with random weights, made here, named ``sample/…``. The bytes are
the same on every machine, except for the copy of the Apache licence, which comes from an installed package.
"""

import hashlib
import importlib.metadata
import json
import os
import random
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from auditor.errors import UserError

APACHE_SHA256 = "0ffddef9e48f8a09aed5caf2d44f7ba1c1be2d9b8e0a6f693b1635b2d5566645"
"""Of the words of the whole licence with its appendix, one blank between them."""

COMMIT = hashlib.sha1(b"sovereignty auditor sample").hexdigest()

_TYPES = {"BF16": 2, "F32": 4}

Tensor = tuple[str, str, tuple[int, ...]]
"""Name, type, shape."""


def write_sample(folder: Path) -> tuple[Path, ...]:
    """Write the store into a folder that is empty or not there yet; returns the folder of each model.

    Raises UserError where the folder holds something, and where no installed package carries the licence.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError("the folder is not empty", hint="Name a folder that is not there yet.", where=str(folder))
    licence = apache_text()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "README.txt").write_text(_README, encoding="utf-8")
        return (_cached(folder, licence), _restricted(folder), _damaged(folder, licence))
    except OSError as error:
        raise UserError(
            f"the sample cannot be written: {error.strerror}", where=str(error.filename or folder)
        ) from error


_README = """\
This is a sample store, made by `auditor sample` to try the auditor on.

  hub/models--sample--qwen3-tiny      in the layout of a Hugging Face cache: Apache-2.0, digests agree
  gguf/sample-mistral-tiny            a GGUF file whose header and card state the Mistral Research Licence
  local/sample-qwen3-sharded          two shards; the note of the download states another digest for the second

The networks are tiny and their weights are random. None of them is a model that anybody published.
"""


def apache_text() -> str:
    """The Apache licence, version 2.0, whole, from the metadata of an installed package. Raises UserError."""
    for name in ("cryptography", "packaging", "aiohttp"):
        try:
            files = importlib.metadata.files(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        for file in files:
            if "LICENSE" not in file.name.upper() or ".dist-info" not in str(file):
                continue
            try:
                text = Path(str(file.locate())).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                continue
            if _words(text) == APACHE_SHA256:
                return text
    raise UserError(
        "no installed package carries the text of the Apache licence",
        hint="The sample copies it from the package cryptography; install that from its wheel.",
    )


def _words(text: str) -> str:
    return hashlib.sha256(" ".join(text.replace("https://", "http://").split()).encode()).hexdigest()


def _config(hidden: int, layers: int, vocabulary: int) -> dict[str, Any]:
    return {
        "architectures": ["Qwen3ForCausalLM"],
        "attention_bias": False,
        "head_dim": 16,
        "hidden_act": "silu",
        "hidden_size": hidden,
        "intermediate_size": 2 * hidden,
        "max_position_embeddings": 2048,
        "model_type": "qwen3",
        "num_attention_heads": 4,
        "num_hidden_layers": layers,
        "num_key_value_heads": 2,
        "rms_norm_eps": 1e-06,
        "rope_theta": 1000000,
        "tie_word_embeddings": True,
        "torch_dtype": "bfloat16",
        "vocab_size": vocabulary,
    }


def _tensors(hidden: int, layers: int, vocabulary: int) -> list[Tensor]:
    found: list[Tensor] = [("model.embed_tokens.weight", "BF16", (vocabulary, hidden))]
    for layer in range(layers):
        stem = f"model.layers.{layer}"
        for name, rows, columns in (
            ("self_attn.q_proj", 64, hidden),
            ("self_attn.k_proj", 32, hidden),
            ("self_attn.v_proj", 32, hidden),
            ("self_attn.o_proj", hidden, 64),
            ("mlp.gate_proj", 2 * hidden, hidden),
            ("mlp.up_proj", 2 * hidden, hidden),
            ("mlp.down_proj", hidden, 2 * hidden),
        ):
            found.append((f"{stem}.{name}.weight", "BF16", (rows, columns)))
        for name, width in (
            ("input_layernorm", hidden),
            ("post_attention_layernorm", hidden),
            ("self_attn.q_norm", 16),
            ("self_attn.k_norm", 16),
        ):
            found.append((f"{stem}.{name}.weight", "BF16", (width,)))
    return [*found, ("model.norm.weight", "BF16", (hidden,))]


def safetensors(tensors: Iterable[Tensor], seed: int, metadata: Mapping[str, str] | None = None) -> bytes:
    """A whole safetensors file with random weights."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt", **(metadata or {})}}
    chunks, at = [], 0
    dice = random.Random(seed)
    for name, type_, shape in tensors:
        size = _TYPES[type_]
        for extent in shape:
            size *= extent
        header[name] = {"dtype": type_, "shape": list(shape), "data_offsets": [at, at + size]}
        chunks.append(_noise(dice, size))
        at += size
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    return struct.pack("<Q", len(head)) + head + b"".join(chunks)


def _noise(dice: random.Random, size: int) -> bytes:
    """Small numbers of both signs, as BF16 and as F32: every second byte holds a sign and a small exponent."""
    data = bytearray(size)
    data[0::2] = dice.randbytes(size // 2)
    data[1::2] = dice.randbytes(size // 2).translate(bytes(0x3C | byte & 0x81 for byte in range(256)))
    return bytes(data)


def gguf(metadata: Mapping[str, str | int], tensors: Iterable[tuple[str, tuple[int, ...]]], seed: int) -> bytes:
    """A whole GGUF file, version 3, with random weights of type F32."""
    listed = list(tensors)
    out = [b"GGUF", struct.pack("<IQQ", 3, len(listed), len(metadata))]
    for key, value in metadata.items():
        out.append(_string(key))
        out.append(struct.pack("<I", 8) + _string(value) if isinstance(value, str) else struct.pack("<II", 4, value))
    at, sizes = 0, []
    for name, shape in listed:
        size = 4
        for extent in shape:
            size *= extent
        out.append(_string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, at))
        sizes.append(size)
        at += size + -size % 32
    head = b"".join(out)
    dice = random.Random(seed)
    data = b"".join(_noise(dice, size) + bytes(-size % 32) for size in sizes)
    return head + bytes(-len(head) % 32) + data


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _card(title: str, said: str, matter: Mapping[str, str]) -> str:
    lines = "".join(f"{key}: {value}\n" for key, value in matter.items())
    return f"---\n{lines}---\n\n# {title}\n\n{said} Its weights are random; it is a sample for trying an auditor.\n"


def _cached(folder: Path, licence: str) -> Path:
    """In the layout of a Hugging Face cache: blobs named by digest, a snapshot of links."""
    store = folder / "hub" / "models--sample--qwen3-tiny"
    snapshot = store / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (store / "blobs").mkdir()
    (store / "refs").mkdir()
    (store / "refs" / "main").write_text(COMMIT, encoding="ascii")
    card = _card(
        "sample/qwen3-tiny",
        "A network of the architecture Qwen3, of some 280 thousand parameters.",
        {"license": "apache-2.0", "pipeline_tag": "text-generation", "library_name": "transformers"},
    )
    files = {
        "config.json": _json(_config(64, 4, 2048)),
        "README.md": card.encode(),
        "LICENSE": licence.encode(),
        "model.safetensors": safetensors(_tensors(64, 4, 2048), seed=1),
    }
    for name, data in files.items():
        blob = hashlib.sha256(data).hexdigest() if name.endswith(".safetensors") else _git_sha1(data)
        (store / "blobs" / blob).write_bytes(data)
        os.symlink(Path("..", "..", "blobs", blob), snapshot / name)
    return snapshot


def _git_sha1(data: bytes) -> str:
    """The name that git and the cache give a small file."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()


def _restricted(folder: Path) -> Path:
    """A GGUF file under a licence that allows research only, stated by header and card; no licence text beside it."""
    place = folder / "gguf" / "sample-mistral-tiny"
    place.mkdir(parents=True)
    metadata: dict[str, str | int] = {
        "general.architecture": "llama",
        "general.type": "model",
        "general.name": "sample mistral tiny",
        "general.license": "mrl",
        "general.license.name": "Mistral AI Research License",
        "general.license.link": "https://mistral.ai/licenses/MRL-0.1.md",
        "general.file_type": 0,
        "llama.block_count": 1,
        "llama.context_length": 2048,
        "llama.embedding_length": 64,
        "llama.feed_forward_length": 128,
        "llama.attention.head_count": 4,
        "llama.vocab_size": 1024,
    }
    tensors: list[tuple[str, tuple[int, ...]]] = [
        ("token_embd.weight", (64, 1024)),
        ("blk.0.attn_q.weight", (64, 64)),
        ("blk.0.attn_k.weight", (64, 64)),
        ("blk.0.attn_v.weight", (64, 64)),
        ("blk.0.attn_output.weight", (64, 64)),
        ("blk.0.ffn_gate.weight", (64, 128)),
        ("blk.0.ffn_up.weight", (64, 128)),
        ("blk.0.ffn_down.weight", (128, 64)),
        ("blk.0.attn_norm.weight", (64,)),
        ("blk.0.ffn_norm.weight", (64,)),
        ("output_norm.weight", (64,)),
    ]
    (place / "sample-mistral-tiny-f32.gguf").write_bytes(gguf(metadata, tensors, seed=2))
    card = _card(
        "sample/mistral-tiny",
        "A network in the file format of llama.cpp, of some 100 thousand parameters.",
        {"license": "other", "license_name": "mrl", "license_link": "https://mistral.ai/licenses/MRL-0.1.md"},
    )
    (place / "README.md").write_text(card, encoding="utf-8")
    return place


def _damaged(folder: Path, licence: str) -> Path:
    """Two shards as ``hf download --local-dir`` leaves them; the second is not what was downloaded."""
    place = folder / "local" / "sample-qwen3-sharded"
    notes = place / ".cache" / "huggingface" / "download"
    notes.mkdir(parents=True)
    tensors = _tensors(64, 2, 4096)
    shards = {
        "model-00001-of-00002.safetensors": safetensors(tensors[:1], seed=3),
        "model-00002-of-00002.safetensors": safetensors(tensors[1:], seed=4),
    }
    downloaded = {**shards, "model-00002-of-00002.safetensors": safetensors(tensors[1:], seed=5)}
    mapping = {name: list(shards)[0 if index == 0 else 1] for index, (name, _, _) in enumerate(tensors)}
    total = sum(len(data) for data in shards.values())
    texts = {
        "config.json": _json(_config(64, 2, 4096)),
        "model.safetensors.index.json": _json({"metadata": {"total_size": total}, "weight_map": mapping}),
        "README.md": _card("sample/qwen3-sharded", "A network of the architecture Qwen3 in two shards.",
                           {"license": "apache-2.0"}).encode(),
        "LICENSE": licence.encode(),
    }  # fmt: skip
    for name, data in {**shards, **texts}.items():
        (place / name).write_bytes(data)
        digest = hashlib.sha256(downloaded[name]).hexdigest() if name in shards else _git_sha1(data)
        (notes / f"{name}.metadata").write_text(f"{COMMIT}\n{digest}\n1700000000.0\n", encoding="ascii")
    return place
