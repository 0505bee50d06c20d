"""Collects every place beside a model that states a licence, and every place that names a model it was made from."""

import re
from collections.abc import Iterator

from auditor.facts.fact import Fact, Status
from auditor.facts.models import Statement, Store
from auditor.facts.records import HeaderRecord, TextRecord
from auditor.recognise.models_files import Files, text
from auditor.recognise.models_leaf import clean, seen

_KEYS = ("license", "license_name", "license_link")
_GGUF = ("general.license", "general.license.name", "general.license.link")
_SAFETENSORS = ("license", "licence", "modelspec.license", "general.license")
MOST = 64
"""Statements, and bases, of one model."""


def statements_of(files: Files) -> tuple[Fact[Statement], ...]:
    """Every statement of a licence, in the order: cards, headers, store, configuration."""
    found = [*_cards(files), *_headers(files), *_layers(files), *_configuration(files)]
    return tuple(dict.fromkeys(found))[:MOST]


def _state(record: TextRecord | HeaderRecord, where: str, value: str, method: str) -> Fact[Statement]:
    return seen(record, Statement(where=where, value=clean(value)), method, Status.DECLARED)


def _cards(files: Files) -> Iterator[Fact[Statement]]:
    for record, card in files.cards:
        for key in _KEYS:
            for value in card.texts(key):
                yield _state(record, f"{record.name} {key}", value, "card")


def _headers(files: Files) -> Iterator[Fact[Statement]]:
    for header in files.headers:
        for key in _GGUF if header.format == "gguf" else _SAFETENSORS:
            value = header.metadata.get(key, "")
            if value.strip():
                yield _state(header, key if header.format == "gguf" else f"__metadata__ {key}", value, "header")


def _layers(files: Files) -> Iterator[Fact[Statement]]:
    if files.model.store is not Store.OLLAMA:
        return
    for record in files.texts:
        if record.name == "license" and record.text.strip():
            yield _state(record, "license layer", _title(record.text), "layer")


def _title(content: str) -> str:
    """The first line that holds words."""
    lines = (line.strip(" \t#*=-_") for line in content[:4096].splitlines())
    return next((line for line in lines if re.search(r"[A-Za-z]{3}", line)), "")


def _configuration(files: Files) -> Iterator[Fact[Statement]]:
    for name in ("config.json", "params.json", "model_index.json"):
        document = files.document(name)
        if document is not None:
            value = text(document.map, "license", "licence")
            if value:
                yield _state(document.record, f"{name} license", value, "config")


def bases_of(files: Files) -> tuple[Fact[str], ...]:
    """Models that card, header or configuration name as their origin, declared ones first."""
    found = [*_card_bases(files), *_header_bases(files), *_config_bases(files)]
    own = files.model.name.lower()
    unique: dict[str, Fact[str]] = {}
    for fact in found:
        if fact.value and fact.value.lower() != own:
            unique.setdefault(fact.value.lower(), fact)
    return tuple(unique.values())[:MOST]


def _card_bases(files: Files) -> Iterator[Fact[str]]:
    for record, card in files.cards:
        for value in card.texts("base_model"):
            yield seen(record, clean(value), "card", Status.DECLARED)


def _header_bases(files: Files) -> Iterator[Fact[str]]:
    for header in files.headers:
        meta = header.metadata
        for index in range(MOST):
            key = f"general.base_model.{index}"
            url, name = meta.get(f"{key}.repo_url", ""), meta.get(f"{key}.name", "")
            organisation = meta.get(f"{key}.organization", "")
            value = _repository(url) or "/".join(part for part in (organisation, name) if part)
            if not value:
                break
            yield seen(header, clean(value), "header", Status.DECLARED)


def repository(origin: str) -> str:
    """``organisation/name`` of what a loader was given: a name, or a path into a cache; empty for other paths."""
    cached = re.search(r"(?:^|/)models--([\w.-]{1,100}?)--([\w.-]{1,200})(?:/|$)", origin[:1000])
    if cached:
        return f"{cached.group(1)}/{cached.group(2)}"
    return origin if re.fullmatch(r"[A-Za-z0-9][\w.-]{0,100}/[\w.-]{1,200}", origin) else ""


def _repository(url: str) -> str:
    """``organisation/name`` of an address."""
    match = re.match(r"^https?://[^/\s]{1,200}/([^/\s?#]{1,200}/[^/\s?#]{1,200})/?$", url.strip()[:800])
    return match.group(1) if match else ""


def _config_bases(files: Files) -> Iterator[Fact[str]]:
    for name, key in (("config.json", "_name_or_path"), ("adapter_config.json", "base_model_name_or_path")):
        document = files.document(name)
        if document is None:
            continue
        value = repository(text(document.map, key))
        if value:
            status = Status.DECLARED if name == "adapter_config.json" else Status.INFERRED
            yield seen(document.record, clean(value), "config", status)
