"""Models found on the host, and the licence texts beside them."""

from enum import StrEnum

from auditor.facts.fact import Fact, Value


class Store(StrEnum):
    """How the files of a model are kept."""

    HUGGINGFACE_CACHE = "huggingface-cache"
    HUGGINGFACE_LOCAL = "huggingface-local"
    OLLAMA = "ollama"
    TENSORRT_LLM = "tensorrt-llm"
    DIRECTORY = "directory"


class Statement(Value):
    """One place that says something about a model's licence."""

    where: str
    """``README.md license``, ``general.license`` of a GGUF, a file name ..."""
    value: str


class Engine(Value):
    """How a TensorRT-LLM engine was built, as the configuration beside it says."""

    version: str
    """Of TensorRT-LLM."""
    ranks: int
    """Engine files that it is made of; 0: not said."""
    built: dict[str, str]
    """Settings of the build."""
    producer: str
    """What made the checkpoint, with version."""
    checkpoint: str
    """Where the checkpoint came from; empty where nothing says so, which is usual."""
    records: tuple[str, ...]
    """Files beside it that could record its making: provenance, attestations, signatures, lists of digests."""


class Memory(Value):
    """How much memory a model takes, as its headers and its configuration tell."""

    weights: int
    """Bytes of one copy of the weights."""
    per_token: int
    """Bytes of cache for each token of context, values of 16 bits; 0: not told."""
    layout: str
    """``grouped-query``, ``multi-head``, ``multi-query``, ``latent``; empty: not told."""


class Model(Value):
    """One model as it lies in one store.

    Identity is ``(store, path)``; ``id`` is the short name by which findings speak of it, unique in an audit.
    """

    id: str
    path: str
    store: Store
    name: Fact[str]
    """Exact model, e.g. ``meta-llama/Llama-3.3-70B-Instruct``; declared, or inferred from configuration."""
    family: Fact[str]
    """Key of ``resources/knowledge/models.yaml``, e.g. ``llama-3.3``."""
    release: Fact[str]
    revision: Fact[str]
    """Commit or tag that the store records."""
    architecture: Fact[str]
    format: Fact[str]
    """safetensors, gguf, pickle, tensorrt, onnx or mixed."""
    quantisation: Fact[str]
    parameters: Fact[int]
    modality: Fact[tuple[str, ...]]
    """Of text, image, audio, video: what the model takes in."""
    context: Fact[int]
    """Tokens."""
    base: Fact[tuple[str, ...]]
    """Models it was derived from, as its card or header says."""
    stated: tuple[Fact[Statement], ...]
    """Every place that states a licence, in the order of reading."""
    custom_code: Fact[tuple[str, ...]]
    """Files or ``auto_map`` entries that a loader may execute."""
    shards: Fact[tuple[str, ...]] | None = None
    """Weight files, relative to ``path``, that the model's own index, numbering or manifest calls for."""
    notices: Fact[tuple[str, ...]] | None = None
    """``NOTICE`` files beside the model, relative to ``path``; absent only where the whole folder was listed."""
    index: Fact[tuple[str, ...]] | None = None
    """Tensors that the model's own index names and that its files lack; None where no index was compared."""
    engine: Fact[Engine] | None = None
    """Of a TensorRT-LLM engine: its build."""
    memory: Fact[Memory] | None = None
    """None in audits of versions that did not look."""


class Match(StrEnum):
    """How near a text is to a known licence."""

    EXACT = "exact"
    TRUNCATED = "truncated"
    MODIFIED = "modified"
    NONE = "none"


class ChangeKind(StrEnum):
    """What was done to the words of a licence."""

    INSERTED = "inserted"
    DELETED = "deleted"
    REPLACED = "replaced"


class Change(Value):
    """One run of words that differs from the licence as published.

    ``found`` are the words of the host's copy; ``before`` those of the licence, as far as they occur
    elsewhere in the copy (the product holds only fingerprints), else a count of words.
    """

    clause: str
    kind: ChangeKind
    found: str
    before: str
    line: int
    """Line in the host's file, from 1."""
    rights: tuple[str, ...] = ()
    """Rights that the clause touches: commercial, modify, redistribute, deploy, territory, remote ..."""


class Part(Value):
    """A known text inside a file; files that hold a licence and its policy have two parts."""

    id: str
    spdx: str
    title: str
    match: Match
    first_line: int
    last_line: int
    changes: tuple[Change, ...] = ()
    clauses: dict[str, int] = {}
    """Line of the host's file at which each clause of the text begins, by the clause's name."""


class Licence(Value):
    """A licence text found on the host."""

    file: str
    model: str
    """``Model.id``; empty for a text that belongs to no model."""
    id: Fact[str]
    """Key of ``resources/knowledge/licences.yaml``; absent where no known text matches."""
    match: Match
    parts: tuple[Part, ...] = ()
    sha256: Fact[str]
