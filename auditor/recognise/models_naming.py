"""Tells which model it is: what its names say, what its configuration fits, and whether the two agree."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.facts.fact import Fact, Status
from auditor.facts.models import Store
from auditor.facts.records import Record
from auditor.knowledge.models import Identity, KnownModel, Models, words
from auditor.recognise.models_files import Files, text
from auditor.recognise.models_leaf import CONTRADICTION, clean, seen, unseen
from auditor.recognise.models_licences import repository
from auditor.recognise.models_packing import INCOMPLETE
from auditor.recognise.models_profile import Profile

_FINE = 0.06
_COARSE = 0.25
"""Tolerances for the number of parameters, counted and estimated."""


@dataclass(frozen=True)
class Naming:
    """The answer: exact name, family, release, and the known model that they rest on."""

    name: Fact[str]
    family: Fact[str]
    release: Fact[str]
    identity: Identity | None


@dataclass(frozen=True)
class _Said:
    """A name that something gives the model."""

    record: Record
    name: str
    method: str
    identity: Identity | None
    status: Status = Status.DECLARED


def naming_of(files: Files, found: Profile | None, parameters: Fact[int], known: Models) -> Naming:
    """Weigh names against configuration; a contradiction goes into a note and is never settled in silence."""
    said = _best(list(_names(files, known)))
    fits = _fits(found, parameters, known)
    family, identity = _family(files, said, found, fits, known)
    name = _name(said, identity, parameters, found, fits)
    return Naming(name, family, _release(files, identity, family, known), identity)


def _names(files: Files, known: Models) -> Iterator[_Said]:
    model = files.model
    yield _Said(model, model.name, "store", known.named(model.name))
    if model.store in (Store.HUGGINGFACE_CACHE, Store.OLLAMA):
        return
    header = files.gguf
    if header is not None:
        basename = " ".join(header.metadata.get(f"general.{key}", "") for key in ("basename", "size_label"))
        for name in (header.metadata.get("general.name", ""), basename):
            if name.strip():
                yield _Said(header, name, "header", known.named(name))
    config = files.config
    if config is not None:
        origin = text(config.map, "_name_or_path")
        if origin:
            origin = repository(origin) or origin
            yield _Said(config.record, origin, "config", known.named(origin), Status.INFERRED)


def _best(names: list[_Said]) -> _Said:
    """The first name that tells a model, else a family, else the name that the store uses."""
    told = [said for said in names if said.identity is not None]
    exact = [said for said in told if said.identity is not None and said.identity.model is not None]
    return (exact or told or names)[0]


def _fits(found: Profile | None, parameters: Fact[int], known: Models) -> tuple[Identity, ...]:
    if found is None or found.shape is None:
        return ()
    # An estimate would not tell neighbours apart.
    count = parameters.value if parameters.status is Status.OBSERVED and parameters.value else 0
    return known.shaped(found.types, found.shape, gguf=found.gguf, context=found.context, parameters=count)


def _family(
    files: Files, said: _Said, found: Profile | None, fits: tuple[Identity, ...], known: Models
) -> tuple[Fact[str], Identity | None]:
    shaped = tuple(dict.fromkeys(identity.family for identity in fits))
    typed = known.typed(found.types, gguf=found.gguf) if found is not None else ()
    if said.identity is None:
        return _unnamed(files, found, fits, shaped, typed)
    key = said.identity.family
    if key in shaped or found is None or (not shaped and (key in typed or not typed)):
        note = ""
        if found is not None and found.type and not typed:
            note = f"the architecture {found.type} is not a known one of {key}"
        return seen(said.record, key, f"{said.method} name", said.status, note), said.identity
    if key in typed and not _has_shape(said):
        # A model of the family whose shape the table does not list, which happens to have the size of another's.
        return seen(said.record, key, f"{said.method} name", said.status), said.identity
    other = shaped or typed
    note = f"{CONTRADICTION}the name {said.name} says {key}, the configuration fits {', '.join(other)}"
    if len(other) == 1:
        only = fits[0] if len(fits) == 1 else Identity(other[0], None, False)
        note += _unverified([identity.model for identity in fits])
        return seen(found.record, other[0], "configuration", Status.INFERRED, note), only
    return seen(said.record, key, f"{said.method} name", said.status, note), said.identity


def _unverified(models: Iterable[KnownModel | None]) -> str:
    """The end of a note on a conclusion from shapes that were compared with nothing; empty where all were read."""
    names = [model.name for model in models if model is not None and "shape" in model.unchecked]
    return f"; not compared with what the publisher says: the shape of {', '.join(names[:5])}" if names else ""


def _has_shape(said: _Said) -> bool:
    """Whether a name tells exactly a model whose shape is known, so that a configuration can contradict it."""
    if said.identity is None or said.identity.model is None:
        return False
    return said.identity.exact and said.identity.model.shape is not None


def _unnamed(
    files: Files, found: Profile | None, fits: tuple[Identity, ...], shaped: tuple[str, ...], typed: tuple[str, ...]
) -> tuple[Fact[str], Identity | None]:
    if found is None:
        return unseen(files.model, "name and configuration", "neither name nor configuration tells the family"), None
    candidates = shaped or typed
    if len(candidates) == 1:
        only = fits[0] if len(fits) == 1 else Identity(candidates[0], None, False)
        note = _unverified([identity.model for identity in fits]).removeprefix("; ")
        return seen(found.record, candidates[0], "configuration", Status.INFERRED, note), only
    if candidates:
        note = f"no name tells the family; the configuration fits {', '.join(candidates)}"
        note += _unverified([identity.model for identity in fits])
    else:
        note = f"the architecture {found.type or 'of the configuration'} is not a known one"
    return unseen(found.record, "configuration", note), None


def _name(
    said: _Said, identity: Identity | None, parameters: Fact[int], found: Profile | None, fits: tuple[Identity, ...]
) -> Fact[str]:
    model = identity.model if identity is not None else None
    if said.identity is None and model is not None and found is not None:
        note = f"told by its shape; stored as {said.name}, so it may be a variant of this model{_unverified([model])}"
        return seen(found.record, model.name, "configuration", Status.INFERRED, note)
    value, notes = said.name, []
    if said.identity is not None and said.identity.model is not None and said.identity.exact:
        known = said.identity.model
        if words(value) == words(known.name) or (said.method == "store" and ":" in value):
            if value != known.name and "/" not in value:
                notes.append(f"stored as {value}")
                value = known.name
        elif "/" not in value:
            notes.append(f"a variant of {known.name}")
        notes[:0] = _size_disagrees(known, parameters)
    elif said.identity is not None and said.identity.model is None and len(fits) == 1 and fits[0].model is not None:
        notes.append(f"its configuration fits {fits[0].model.name}")
    return seen(said.record, clean(value), said.method, said.status, "; ".join(notes))


def _size_disagrees(known: KnownModel, parameters: Fact[int]) -> list[str]:
    tolerance = _FINE if parameters.status is Status.OBSERVED else _COARSE
    if (
        not parameters.value
        or parameters.note.startswith(INCOMPLETE)
        or known.holds(parameters.value, tolerance) is not False
    ):
        return []
    return [
        f"{CONTRADICTION}{known.name} has {known.billions:g} billion parameters, "
        f"the headers hold {parameters.value / 1e9:.4g} billion"
        + ("" if "billions" in known.checked else "; the first number was not compared with the publisher's")
    ]


def _release(files: Files, identity: Identity | None, family: Fact[str], known: Models) -> Fact[str]:
    if identity is None or family.value is None:
        return unseen(files.model, "knowledge", "the family is not known")
    entry = known.families[family.value]
    model = identity.model
    value = (model.release if model is not None else "") or entry.title
    day = (model.released if model is not None else None) or entry.released
    note = f"published {day}"
    if "released" in known.unchecked(family.value, model):
        note += ", a date that was not compared with the publisher's"
    note += "" if identity.exact else "; said of the model that this one is derived from"
    return family.model_copy(update={"value": value, "note": note, "method": "knowledge"})
