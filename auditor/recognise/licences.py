"""Licence texts beside models: which known text each is, and what was changed in it.

Read are files that carry the name of a licence or a use policy, NOTICE files, and the licence layers of Ollama. A
NOTICE file is kept only where a known text is in it: by itself it grants nothing.
"""

import re
from collections.abc import Iterable

from auditor.facts.fact import Fact, Status
from auditor.facts.models import Licence, Match, Model, Part
from auditor.facts.records import TextRecord
from auditor.knowledge.fingerprints import Fingerprints
from auditor.knowledge.knowledge import Knowledge
from auditor.recognise.licences_match import is_licence, match_text
from auditor.recognise.models_leaf import clean

METHOD = "fingerprint"
MOST = 2_000
"""Licence files of one audit; what comes after is not matched."""

_NAME = re.compile(
    r"(?:^|[^a-z])(?:licen[cs]es?|licen[cs]ing|copying|copyright|use[-_ ]?policy|acceptable[-_ ]?use|aup|eula|"
    r"terms(?:[-_ ]of[-_ ](?:use|service))?|tou|notices?|unlicense)(?:$|[^a-z])",
    re.IGNORECASE,
)
_NOTICE = re.compile(r"(?:^|[^a-z])(?:third[-_ ]?party[-_ ]?)?notices?(?:$|[^a-z])", re.IGNORECASE)
_NOT_TEXT = (".metadata", ".json", ".py", ".yaml", ".yml", ".toml", ".jinja", ".safetensors", ".gguf", ".bin")


def licences_of(
    records: Iterable[TextRecord], models: Iterable[Model], knowledge: Knowledge, fingerprints: Fingerprints
) -> tuple[Licence, ...]:
    """Every licence text among the records, in the order of file and model. Pure."""
    ids = {model.path: model.id for model in models}
    found: dict[tuple[str, str], Licence] = {}
    matched: dict[str, tuple[Match, tuple[Part, ...]]] = {}
    for record in records:
        if len(found) >= MOST or not is_licence_name(record.name):
            continue
        key = (record.path, ids.get(record.model, ""))
        if key in found:
            continue
        # The same text lies beside many models.
        content = record.sha256 or record.text
        if content not in matched:
            matched[content] = _cleaned(*match_text(record.text, fingerprints, record.cut))
        match, parts = matched[content]
        if match is Match.NONE and _NOTICE.search(_base(record.name)):
            continue
        found[key] = _licence(record, key[1], match, parts, knowledge, fingerprints)
    return tuple(found[key] for key in sorted(found))


def licence_of(record: TextRecord, model: str, knowledge: Knowledge, fingerprints: Fingerprints) -> Licence:
    """One text, whatever its name."""
    return _licence(
        record, model, *_cleaned(*match_text(record.text, fingerprints, record.cut)), knowledge, fingerprints
    )


def is_licence_name(name: str) -> bool:
    """Whether a file, or an Ollama layer, is looked at: ``LICENSE.txt``, ``USE_POLICY.md``, ``license`` ..."""
    base = _base(name)
    return bool(_NAME.search(base)) and not base.lower().endswith(_NOT_TEXT)


def _base(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1]


def _licence(
    record: TextRecord,
    model: str,
    match: Match,
    parts: tuple[Part, ...],
    knowledge: Knowledge,
    fingerprints: Fingerprints,
) -> Licence:
    first = next((p for p in parts if is_licence(p, fingerprints)), parts[0] if parts else None)
    note = "the text was cut before it was matched" if record.cut else ""
    if first is not None and first.id not in knowledge.licences:
        note = "; ".join(filter(None, (note, "its terms are not in the table of licences")))
    return Licence(
        file=record.path,
        model=model,
        id=Fact[str](
            value=first.id if first is not None else None,
            source=record.path,
            method=METHOD,
            time=record.time,
            status=Status.INFERRED if first is not None else Status.ABSENT,
            note=note,
        ),
        match=match,
        parts=parts,
        sha256=Fact[str](
            value=record.sha256 or None,
            source=record.path,
            method="sha256",
            time=record.time,
            status=Status.OBSERVED if record.sha256 else Status.UNSUPPORTED,
        ),
    )


def _cleaned(match: Match, parts: tuple[Part, ...]) -> tuple[Match, tuple[Part, ...]]:
    """Quotes of a host's file become evidence: free of characters that do not print."""
    return match, tuple(
        part.model_copy(
            update={"changes": tuple(c.model_copy(update={"found": clean(c.found, 1_000)}) for c in part.changes)}
        )
        for part in parts
    )
