"""Model families and exact models: how each is named, shaped and licensed, with source and date of every fact.

Names are compared as words, not as text: ``Meta-Llama-3.1-8B-Instruct``, ``llama3.1:8b`` and ``llama-3.1-8b`` share
the words ``llama 3.1 8b``. Words that only tell a variant or a quantisation (``instruct``, ``awq`` ...) do not count.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache, cached_property
from typing import Annotated, Any, Literal, NamedTuple

import yaml
from pydantic import Field, StringConstraints

from auditor.facts.fact import Value
from auditor.knowledge.resources import resource

Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d(-\d\d)?$")]
"""A day, or a month where the day is not known."""

Words = tuple[str, ...]

LONGEST_NAME = 256
"""Characters of a name that are looked at."""

_WORD = re.compile(r"\d+x\d+(?:\.\d+)?b|\d+(?:\.\d+)*[bmkn]?(?![a-z])|\d+(?:\.\d+)*|[a-z]+")

VARIANT = frozenset(
    [
        "instruct", "chat", "it", "base", "hf", "meta", "pt", "original", "orig", "text", "latest", "library",
    ]
)  # fmt: skip
"""Words that tell a variant of the same model under the same licence."""

PACKING = frozenset(
    [
        "gguf", "ggml", "awq", "gptq", "autoawq", "autogptq", "exl", "bnb", "nf", "fp", "int", "w", "a", "q",
        "k", "m", "s", "l", "xl", "xs", "xxs", "nl", "iq", "ud", "bf", "f", "mxfp", "nvfp", "bit", "bits",
        "mlx", "onnx", "dynamic", "quantized", "quantised", "qat", "safetensors", "imatrix", "marlin", "hqq",
        "aqlm", "gs", "g", "e", "v",
    ]
)  # fmt: skip
"""Words that tell how a model is packed."""


Told = Literal["released", "licence", "billions", "shape", "context", "base"]
"""Facts of the table that can be compared with a source."""


class Shape(NamedTuple):
    """What a configuration says of a network: widths, depth, size of the vocabulary."""

    hidden: int
    layers: int
    vocabulary: int
    """0 where it is not told; GGUF headers often do not."""


class KnownModel(Value):
    """One model as its publisher released it."""

    name: str
    """As its publisher writes it, ``organisation/name``."""
    also: tuple[str, ...] = ()
    """Further names, as words: ``llama 3.3 70b``."""
    release: str = ""
    """The publisher's own name of the release where the family's title does not tell it."""
    released: Day | None = None
    licence: str | None = None
    """Where it differs from the family's."""
    billions: float | None = Field(None, gt=0)
    """Parameters, in total, in billions."""
    shape: Shape | None = None
    context: int | None = Field(None, gt=0)
    """Tokens; tells models of one shape apart."""
    types: tuple[str, ...] = ()
    """``model_type``, where the family's do not fit."""
    modality: tuple[Literal["text", "image", "audio", "video"], ...] = ()
    base: tuple[str, ...] = ()
    """Models whose licence goes with it."""
    note: str = ""
    checked: dict[Told, str] = {}
    """Where each fact was read, by the keys of ``Models.sources``; the others were compared with nothing."""

    @property
    def unchecked(self) -> tuple[Told, ...]:
        """Facts that are given here and were compared with nothing."""
        given: dict[Told, Any] = {
            "released": self.released, "licence": self.licence, "billions": self.billions, "shape": self.shape,
            "context": self.context, "base": self.base,
        }  # fmt: skip
        return tuple(fact for fact, value in given.items() if value and fact not in self.checked)

    @cached_property
    def phrases(self) -> tuple[Words, ...]:
        """The runs of words by which a name is recognised."""
        return tuple(dict.fromkeys(significant(name) for name in (self.name, *self.also)))

    def holds(self, parameters: int, tolerance: float = 0.06) -> bool | None:
        """Whether a number of parameters fits; None where it is not known."""
        if self.billions is None or parameters <= 0:
            return None
        return abs(parameters / 1e9 - self.billions) <= tolerance * self.billions


class Family(Value):
    """Models of one publisher under one scheme of names."""

    title: str
    vendor: str
    licence: str
    """Key of ``licences.yaml``."""
    released: Day
    names: tuple[str, ...]
    """As words; the longest that fits decides."""
    types: tuple[str, ...]
    """``model_type`` of its configurations."""
    gguf: tuple[str, ...] = ()
    """``general.architecture`` of its GGUF files, where it differs."""
    modality: tuple[Literal["text", "image", "audio", "video"], ...] = ("text",)
    gated: bool = False
    """Whether the publisher hands the files out only after consent."""
    models: tuple[KnownModel, ...] = ()
    source: str = ""
    """What else was read."""
    date: Day
    """When that was written down."""
    checked: dict[Told, str] = {}
    """Where date of release and licence were read, as for a model."""

    @cached_property
    def phrases(self) -> tuple[Words, ...]:
        """The runs of words by which a name is recognised."""
        return tuple(dict.fromkeys(significant(name) for name in self.names))

    def types_of(self, model: KnownModel | None, gguf: bool) -> tuple[str, ...]:
        """The architectures under which a model of the family may announce itself."""
        if gguf and self.gguf:
            return self.gguf
        return (model.types if model is not None else ()) or self.types


class Identity(NamedTuple):
    """What a name or a shape says."""

    family: str
    model: KnownModel | None
    """The exact model, as far as told."""
    exact: bool
    """False where the name has words of its own: something derived from the model."""


class Models(Value):
    """The table of ``resources/knowledge/models.yaml``."""

    schema_: Literal["sovereign-models/1"] = Field("sovereign-models/1", alias="schema")
    sources: dict[str, str] = {}
    """What was read, by a short key."""
    families: dict[str, Family] = {}

    @cached_property
    def _phrases(self) -> dict[Words, tuple[str, KnownModel | None]]:
        found: dict[Words, tuple[str, KnownModel | None]] = {}
        for key, family in self.families.items():
            for model in family.models:
                for phrase in model.phrases:
                    found.setdefault(phrase, (key, model))
            for phrase in family.phrases:
                found.setdefault(phrase, (key, None))
        return found

    @cached_property
    def _longest(self) -> int:
        return max((len(phrase) for phrase in self._phrases), default=0)

    def named(self, name: str) -> Identity | None:
        """The family and, as far as told, the model that a name speaks of; the longest known run of words decides."""
        have = significant(name)
        for length in range(min(self._longest, len(have)), 0, -1):
            for start in range(len(have) - length + 1):
                hit = self._phrases.get(have[start : start + length])
                if hit is not None:
                    rest = have[:start] + have[start + length :]
                    return Identity(hit[0], hit[1], all(map(_is_packing, rest)))
        return None

    def shaped(
        self, types: Collection[str], shape: Shape, *, gguf: bool = False, context: int = 0, parameters: int = 0
    ) -> tuple[Identity, ...]:
        """Every model that a configuration fits; context and number of parameters narrow it where they can."""
        fits = [
            Identity(key, model, True)
            for key, family in self.families.items()
            for model in family.models
            if not set(types).isdisjoint(family.types_of(model, gguf))
            and model.shape is not None
            and _near(model.shape, shape)
        ]
        by_context = [i for i in fits if i.model is not None and i.model.context == context]
        fits = by_context or fits
        by_size = [i for i in fits if i.model is not None and i.model.holds(parameters)]
        return tuple(by_size or fits)

    def typed(self, types: Collection[str], *, gguf: bool = False) -> tuple[str, ...]:
        """Keys of the families that use one of these ``model_type``s or, with ``gguf``, architectures."""
        return tuple(
            key
            for key, family in self.families.items()
            if any(not set(types).isdisjoint(family.types_of(model, gguf)) for model in (None, *family.models))
        )

    def unchecked(self, family: str, model: KnownModel | None = None) -> tuple[Told, ...]:
        """Facts that hold for a model, its family's release and licence included, and were compared with nothing."""
        known = self.families.get(family)
        if known is None:
            return ()
        own = model.unchecked if model is not None else ()
        inherited: tuple[Told, ...] = tuple(
            fact
            for fact in ("released", "licence")
            if fact not in known.checked and (model is None or getattr(model, fact) is None)
        )
        return tuple(sorted({*own, *inherited}))

    def licence(self, family: str, name: str = "") -> str | None:
        """Key of the licence under which the publisher released a model, by its name, else by its family."""
        known = self.families.get(family)
        if known is None:
            return None
        told = self.named(name) if name else None
        model = told.model if told is not None and told.family == family else None
        return (model.licence if model is not None else None) or known.licence


def words(name: str) -> Words:
    """The words of a name's last part, lower case."""
    return tuple(_WORD.findall(name[:LONGEST_NAME].rsplit("/", 1)[-1].lower()))


def significant(name: str) -> Words:
    """The words that tell models apart; all of them where nothing else is left."""
    have = words(name)
    return tuple(word for word in have if word not in VARIANT) or have


def _is_packing(word: str) -> bool:
    return word in PACKING or word[0].isdigit()


def _near(known: Shape, found: Shape) -> bool:
    """Same width and depth; vocabularies are padded and get a few words more when a model is tuned."""
    near = not found.vocabulary or abs(known.vocabulary - found.vocabulary) <= 1024
    return near and known[:2] == found[:2]


def parse(data: Mapping[str, Any]) -> Models:
    """The table from its plain data. Raises ValueError where it is not as it should be."""
    table = Models.model_validate(data)
    _refuse_twins(table.families.values())
    _refuse_unknown_sources(table)
    return table


def _refuse_unknown_sources(table: Models) -> None:
    for key, family in table.families.items():
        for told in (family.checked, *(model.checked for model in family.models)):
            for fact, source in told.items():
                if source not in table.sources:
                    raise ValueError(f"{fact} of {key} was checked with {source!r}, which is no key of sources")


def _refuse_twins(families: Iterable[Family]) -> None:
    seen: dict[Words, str] = {}
    for family in families:
        for model in family.models:
            for phrase in model.phrases:
                if seen.setdefault(phrase, model.name) != model.name:
                    raise ValueError(f"{' '.join(phrase)!r} names {seen[phrase]} and {model.name}")


@cache
def load_models() -> Models:
    """Read ``resources/knowledge/models.yaml``."""
    with resource("knowledge", "models.yaml").open("rb") as file:
        return parse(yaml.safe_load(file))
