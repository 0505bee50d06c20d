"""What configuration and headers say a network is: architecture, shape, context, what it takes in."""

import re
from dataclasses import dataclass
from typing import Any

from auditor.facts.fact import Fact, Status
from auditor.facts.records import HeaderRecord, TextRecord
from auditor.knowledge.models import Shape
from auditor.recognise.models_files import Document, Files, number, text, walk
from auditor.recognise.models_leaf import clean, seen, unseen

_CONTEXT = (
    "max_position_embeddings", "n_positions", "seq_length", "max_sequence_length", "max_seq_len", "model_max_length",
)  # fmt: skip

_EYES = (
    "vision_tower",
    "vision_model",
    "visual",
    "vision_encoder",
    "multi_modal_projector",
    "image_newline",
    "mm.0",
    "v.blk",
)
_EARS = ("audio_tower", "audio_model", "audio_encoder", "audio_projector", "embed_audio", "a.blk", "whisper")
_VISION_KEYS = (
    "vision_encoder",
    "vision_config",
    "vision_tower",
    "visual",
    "image_token_id",
    "image_token_index",
    "mm_vision_tower",
)
_AUDIO_KEYS = ("audio_config", "audio_processor", "audio_token_id", "audio_token_index")
_OF_MISTRAL = ("mistral", "mistral3", "ministral3", "mixtral", "pixtral", "llava")
_OF_META = ("llama", "mllama", "llama4")
"""Types that a ``params.json`` may stand for; it does not name any."""
_VIDEO_KEYS = ("video_token_id", "video_token_index", "video_config")


@dataclass(frozen=True)
class Profile:
    """A network as its configuration describes it; empty and 0 where it does not say."""

    record: TextRecord | HeaderRecord
    type: str
    """``model_type`` or, for GGUF, ``general.architecture``; empty where only candidates are known."""
    gguf: bool = False
    architecture: str = ""
    shape: Shape | None = None
    context: int = 0
    experts: int = 0
    candidates: tuple[str, ...] = ()

    @property
    def types(self) -> tuple[str, ...]:
        """The types that it may be of."""
        return (self.type,) if self.type else self.candidates


def profile(files: Files) -> Profile | None:
    """The profile by ``config.json``, else ``params.json``, else the GGUF header; None where there is none of them."""
    config = files.config
    if config is not None and config.map:
        return _engine(config) if "pretrained_config" in config.map else _config(config)
    params = files.document("params.json")
    if params is not None and number(params.map, "dim") and number(params.map, "n_layers"):
        return _params(params)
    return _gguf(files.gguf) if files.gguf is not None else None


def _config(document: Document) -> Profile:
    outer = document.map
    inner: dict[str, Any] = next(
        (outer[key] for key in ("text_config", "llm_config", "language_config") if isinstance(outer.get(key), dict)), {}
    )
    merged = {**outer, **{key: value for key, value in inner.items() if value is not None}}
    return Profile(
        record=document.record,
        type=text(outer, "model_type") or text(inner, "model_type"),
        architecture=_first(outer.get("architectures")) or text(outer, "architecture"),
        shape=_shape(merged),
        context=number(merged, *_CONTEXT),
        experts=number(merged, "num_local_experts", "num_experts", "n_routed_experts"),
    )


def _params(document: Document) -> Profile:
    """The configuration that Mistral AI and Meta put beside their own layout of the weights."""
    params = document.map
    moe = params.get("moe")
    return Profile(
        record=document.record,
        type="",
        shape=_shape(params),
        context=number(params, *_CONTEXT),
        experts=number(moe, "num_experts") if isinstance(moe, dict) else 0,
        candidates=_OF_META if "multiple_of" in params else _OF_MISTRAL if "hidden_dim" in params else (),
    )


def _engine(document: Document) -> Profile:
    """The configuration of a TensorRT-LLM engine: the network's and that of the build."""
    network = document.map["pretrained_config"]
    build = document.map.get("build_config")
    network = network if isinstance(network, dict) else {}
    architecture = text(network, "architecture")
    return Profile(
        record=document.record,
        type=_type_of(architecture),
        architecture=architecture,
        shape=_shape(network),
        context=number(build if isinstance(build, dict) else {}, "max_seq_len", "max_input_len"),
        experts=number(network.get("moe", {}) if isinstance(network.get("moe"), dict) else {}, "num_experts"),
    )


def _type_of(architecture: str) -> str:
    """``model_type`` by the name of a class: ``Qwen2ForCausalLM`` is ``qwen2``."""
    stem = re.sub(r"For[A-Z].*$", "", architecture)
    return re.sub(r"(?<=[a-z\d])(?=[A-Z])", "_", stem).lower()


def _gguf(header: HeaderRecord) -> Profile:
    meta = header.metadata
    architecture = meta.get("general.architecture", "").strip().lower()

    def count(key: str) -> int:
        value = meta.get(f"{architecture}.{key}", "")
        return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else 0

    hidden, layers = count("embedding_length"), count("block_count")
    return Profile(
        record=header,
        type=architecture,
        gguf=True,
        architecture=architecture,
        shape=Shape(hidden, layers, count("vocab_size")) if hidden and layers else None,
        context=count("context_length"),
        experts=count("expert_count"),
    )


def _shape(config: dict[str, Any]) -> Shape | None:
    hidden = number(config, "hidden_size", "n_embd", "d_model", "dim")
    layers = number(config, "num_hidden_layers", "n_layer", "n_layers", "num_layers")
    return Shape(hidden, layers, number(config, "vocab_size")) if hidden and layers else None


def _first(value: Any) -> str:
    return next((item for item in value if isinstance(item, str)), "") if isinstance(value, list) else ""


def architecture_of(files: Files, found: Profile | None) -> Fact[str]:
    """The class of network that a loader builds."""
    if found is not None and (found.architecture or found.type):
        return seen(found.record, clean(found.architecture or found.type), "header" if found.gguf else "config")
    return _nothing(files, "no configuration names an architecture")


def context_of(files: Files, found: Profile | None) -> Fact[int]:
    """Tokens that the configuration allows for."""
    if found is not None and found.context:
        return seen(found.record, found.context, "header" if found.gguf else "config", Status.DECLARED)
    return _nothing(files, "no configuration states a length of context")


def modality_of(files: Files, found: Profile | None) -> Fact[tuple[str, ...]]:
    """What the model takes in, by its configuration and by the tensors that it has."""
    kinds = {"text"}
    config = files.config or files.document("params.json")
    keys = {key for key, value in walk(config.map if config else {}) if value not in (None, False, {}, [])}
    prefixes = {prefix.lower() for header in files.headers for prefix in header.prefixes}
    metadata = {key: value for header in files.headers for key, value in header.metadata.items()}
    if keys.intersection(_VISION_KEYS) or _any(prefixes, _EYES) or metadata.get("clip.has_vision_encoder") == "true":
        kinds.add("image")
    if keys.intersection(_AUDIO_KEYS) or _any(prefixes, _EARS) or metadata.get("clip.has_audio_encoder") == "true":
        kinds.add("audio")
    if keys.intersection(_VIDEO_KEYS):
        kinds.add("video")
    value = tuple(kind for kind in ("text", "image", "audio", "video") if kind in kinds)
    if found is None and not files.headers:
        return _nothing(files, "neither configuration nor headers tell what the model takes in")
    record = found.record if found is not None else files.headers[0]
    return seen(record, value, "config and tensors", Status.INFERRED)


def _any(prefixes: set[str], wanted: tuple[str, ...]) -> bool:
    return any(part in prefix for prefix in prefixes for part in wanted)


def _nothing(files: Files, note: str) -> Fact[Any]:
    config = files.config
    if config is not None and (config.problem or not config.map):
        return unseen(config.record, "config", config.problem or "config.json is not an object", Status.ERROR)
    if config is None and files.has("config.json"):
        return unseen(files.model, "config", "config.json is listed, but was not read", Status.ERROR)
    return unseen(files.model, "config", note)
