"""Traces of past contact: files that products leave behind, with what they hold in words and without values."""

import json
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

from auditor.facts.fact import Status
from auditor.facts.records import AnyRecord, FootprintRecord
from auditor.facts.serving import Footprint
from auditor.knowledge.knowledge import Knowledge
from auditor.recognise.provenance import seen

_MOST_NAMES = 12
_MOST_LENGTH = 48
_KEY = re.compile(r"^([A-Za-z_][\w.-]*)\s*[:=](?:\s|$)", re.MULTILINE)
_MOMENT = re.compile(r"\b20\d\d-[01]\d-[0-3]\d(?:[T ][0-2]\d:[0-5]\d(?::[0-5]\d)?)?")


def footprints_of(records: Iterable[AnyRecord], knowledge: Knowledge) -> tuple[Footprint, ...]:
    """Traces of past contact, by path. Files that are mere switches are no traces."""
    entries = {entry.id: entry for entry in knowledge.phone_home}
    found = []
    for record in records:
        entry = entries.get(record.entry) if isinstance(record, FootprintRecord) else None
        if not isinstance(record, FootprintRecord) or entry is None:
            continue
        trace = next((t for t in entry.traces if fnmatchcase(record.path, "*" + t.path.removeprefix("~"))), None)
        if trace is None:
            continue
        held = contents(record.text)
        about = f"{record.size:,} bytes" + (f"; {held}" if held else "")
        found.append(
            Footprint(
                path=record.path,
                product=entry.product,
                entry=entry.id,
                modified=seen(record, record.modified),
                summary=seen(record, f"{trace.shows} ({about})", Status.INFERRED),
            )
        )
    return tuple(sorted(found, key=lambda footprint: (footprint.path, footprint.entry)))


def contents(text: str) -> str:
    """What a small file holds, in words: how many entries, their names, the dates in it. Values stay out, because
    many of them identify the installation. Empty where nothing of this can be told."""
    entries = _entries(text)
    names = list(dict.fromkeys(key for entry in entries for key in entry)) if entries else _KEY.findall(text)
    names = [name for name in dict.fromkeys(names) if name.isprintable() and len(name) <= _MOST_LENGTH]
    parts = [f"{len(entries)} entries"] if len(entries) > 1 else []
    if names:
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        parts.append(f"holds {', '.join(names[:_MOST_NAMES])}{more}")
    moments = sorted(_MOMENT.findall(text))
    if moments:
        parts.append(
            f"dates from {moments[0]} to {moments[-1]}" if moments[0] != moments[-1] else f"dated {moments[0]}"
        )
    return "; ".join(parts)


def _entries(text: str) -> list[dict[str, object]]:
    """Objects of a JSON file, or of one that holds a JSON object in each line; a cut end is passed over."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return [entry for line in text.splitlines() if line.startswith("{") for entry in _line(line)]
    if isinstance(data, dict):
        return [data]
    return [entry for entry in data if isinstance(entry, dict)] if isinstance(data, list) else []


def _line(line: str) -> list[dict[str, object]]:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return []
    return [data] if isinstance(data, dict) else []
