"""Records of a store → models: family, exact name, origin, packing, and every licence that something states.

Nothing here decides between sources that disagree: the fact carries the value that rests on the stronger source, and
its note, beginning with ``contradiction:``, says what else was found.
"""

import re
from collections.abc import Iterable

from auditor.facts.fact import Fact, Status
from auditor.facts.models import Model
from auditor.facts.records import AnyRecord, ModelRecord
from auditor.knowledge.knowledge import Knowledge
from auditor.knowledge.models import Identity
from auditor.recognise.models_code import custom_code_of
from auditor.recognise.models_engine import engine_of
from auditor.recognise.models_files import Files, group
from auditor.recognise.models_index import index_of
from auditor.recognise.models_leaf import clean, seen, unseen
from auditor.recognise.models_licences import bases_of, statements_of
from auditor.recognise.models_memory import memory_of
from auditor.recognise.models_naming import naming_of
from auditor.recognise.models_packing import format_of, packing_of, parameters_of, quantisation_of
from auditor.recognise.models_profile import architecture_of, context_of, modality_of, profile
from auditor.recognise.models_shards import shards_of

_LONGEST_ID = 64
_NOTICE = re.compile(r"notices?(\.txt|\.md)?", re.IGNORECASE)
_NOTICES = 16
"""Files of the name that are kept; one is enough."""


def models_of(records: Iterable[AnyRecord], knowledge: Knowledge) -> tuple[Model, ...]:
    """The models that the records speak of, ordered by path."""
    taken: set[str] = set()
    return tuple(_model(files, knowledge, _id(files.model.name, taken)) for files in group(records))


def _id(name: str, taken: set[str]) -> str:
    """A short name that no other model of the audit has."""
    last = clean(name).rsplit("/", 1)[-1]
    stem = re.sub(r"[^\w.:+-]+", "-", last, flags=re.ASCII).strip("-.")[:_LONGEST_ID] or "model"
    found, number = stem, 2
    while found in taken:
        found, number = f"{stem}~{number}", number + 1
    taken.add(found)
    return found


def _model(files: Files, knowledge: Knowledge, id_: str) -> Model:
    record = files.model
    found = profile(files)
    packing = packing_of(files)
    parameters = parameters_of(files, packing)
    naming = naming_of(files, found, parameters, knowledge.models)
    revision = clean(record.revision)
    return Model(
        id=id_,
        path=record.path,
        store=record.store,
        name=naming.name,
        family=naming.family,
        release=naming.release,
        revision=seen(record, revision, "store", Status.DECLARED) if revision else unseen(record, "store"),
        architecture=architecture_of(files, found),
        format=format_of(files),
        quantisation=quantisation_of(files, packing),
        parameters=parameters,
        modality=modality_of(files, found),
        context=context_of(files, found),
        base=_base(files, naming.identity),
        stated=statements_of(files),
        custom_code=custom_code_of(files),
        shards=shards_of(files),
        notices=_notices(record),
        index=index_of(files),
        engine=engine_of(files),
        memory=memory_of(files),
    )


def _notices(record: ModelRecord) -> Fact[tuple[str, ...]]:
    """Files called ``NOTICE``; that there is none can be told only of a list that is whole."""
    names = tuple(sorted(clean(f.path) for f in record.files if _NOTICE.fullmatch(f.path.rpartition("/")[2])))[
        :_NOTICES
    ]
    if names:
        return seen(record, names, "list")
    if not record.complete:
        return unseen(record, "list", "the list of files is not whole", Status.UNSUPPORTED)
    if record.method == "file":
        return unseen(record, "list", "the model is one file; what lies beside it is not listed", Status.UNSUPPORTED)
    return unseen(record, "list")


def _base(files: Files, identity: Identity | None) -> Fact[tuple[str, ...]]:
    """Models of origin: as stated; where nothing is, as the name and the table of models tell."""
    stated = bases_of(files)
    values = [fact.value for fact in stated if fact.value is not None]
    declared = [fact for fact in stated if fact.status is Status.DECLARED]
    known: tuple[str, ...] = ()
    if identity is not None and identity.model is not None:
        known = identity.model.base if identity.exact else (identity.model.name,)
        known = tuple(name for name in known if not (declared and not identity.exact) and name not in values)
    if not values and not known:
        return unseen(files.model, "card, header and configuration", "nothing names a model of origin")
    notes = [f"not stated by the publisher of these files: {', '.join(known)}"] if known else []
    notes += [f"{fact.value} stands in {fact.source}" for fact in stated if fact.status is not Status.DECLARED]
    status = Status.DECLARED if declared else Status.INFERRED
    first = declared[0] if declared else stated[0] if stated else None
    source = first.source if first is not None else ""
    method = first.method if first is not None else "name"
    return seen(files.model, (*values, *known), method, status, "; ".join(notes), source=source)
