"""Records in the OSV format → rows of the table of vulnerabilities, for the stacks that it knows.

Whoever wrote the records is not trusted: texts are cut, what is not understood is left out, withdrawn records too.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from auditor.knowledge.stacks import Stack
from auditor.knowledge.vulnerabilities import Severity, Span, Vulnerability

_GO = {
    "github.com/ollama/ollama": "ollama",
    "github.com/jmorganca/ollama": "ollama",
    "github.com/mudler/localai": "localai",
    "github.com/go-skynet/localai": "localai",
}
_SEVERITIES: Mapping[str, Severity] = {
    "LOW": "low", "MODERATE": "medium", "MEDIUM": "medium", "HIGH": "high", "CRITICAL": "critical",
}  # fmt: skip
_ID = re.compile(r"[A-Za-z][A-Za-z0-9-]{2,60}", re.ASCII)
_VERSION = re.compile(r"[vVbB]?\d[0-9A-Za-z.+_-]{0,60}", re.ASCII)
MOST_SPANS = 64


def packages_of(stacks: Iterable[Stack]) -> dict[tuple[str, str], str]:
    """The stack that stands behind each package, by ecosystem and normalised name."""
    found = {("pypi", _plain(name)): stack.id for stack in stacks for name in stack.packages}
    found.pop(("pypi", "llama-cpp-python"), None)
    return found | {("go", name): stack for name, stack in _GO.items()}


def rows_of(record: Any, packages: Mapping[tuple[str, str], str]) -> Iterator[Vulnerability]:
    """One row for each known stack that a record speaks of."""
    if not isinstance(record, dict) or record.get("withdrawn"):
        return
    id_ = record.get("id")
    affected = record.get("affected")
    if not isinstance(id_, str) or not _ID.fullmatch(id_) or not isinstance(affected, list):
        return
    spans: dict[str, list[Span]] = {}
    for entry in affected[:200]:
        package = entry.get("package") if isinstance(entry, dict) else None
        if not isinstance(package, dict):
            continue
        ecosystem = str(package.get("ecosystem", "")).lower().partition(":")[0]
        name = str(package.get("name", ""))
        stack = packages.get((ecosystem, _plain(name) if ecosystem == "pypi" else name.lower()))
        if stack:
            spans.setdefault(stack, []).extend(_spans(entry))
    aliases = record.get("aliases")
    also = (
        tuple(a for a in aliases[:20] if isinstance(a, str) and _ID.fullmatch(a)) if isinstance(aliases, list) else ()
    )
    for stack, found in sorted(spans.items()):
        if found:
            yield Vulnerability(
                id=id_,
                also=also,
                stack=stack,
                summary=" ".join(str(record.get("summary") or record.get("details") or id_).split())[:300],
                severity=_severity(record, affected),
                affected=tuple(found[:MOST_SPANS]),
                fixed_in=next((span.before for span in reversed(found) if span.before), ""),
                source=f"OSV record {id_}",
                checked=day_of(record) or "1970-01-01",
            )


def day_of(record: Any) -> str:
    """The day on which a record was last changed; empty where it does not say."""
    told = str(record.get("modified", "")) if isinstance(record, dict) else ""
    return told[:10] if re.match(r"^20\d\d-[01]\d-[0-3]\dT", told) else ""


def _spans(entry: Mapping[str, Any]) -> Iterator[Span]:
    whole = False
    for one in _list(entry.get("ranges")):
        if not isinstance(one, dict) or one.get("type") not in ("ECOSYSTEM", "SEMVER"):
            continue
        low: str | None = None
        for event in _list(one.get("events")):
            if not isinstance(event, dict):
                continue
            if "introduced" in event:
                low = "" if str(event["introduced"]) == "0" else _version(event["introduced"])
            for key, end in (("fixed", "before"), ("limit", "before"), ("last_affected", "to")):
                version = _version(event.get(key)) if key in event else None
                if version and low is not None:
                    yield Span.model_validate({"from": low, end: version})
                    low, whole = None, True
        if low is not None:
            yield Span.model_validate({"from": low})
            whole = True
    if not whole:
        for version in _list(entry.get("versions"))[:MOST_SPANS]:
            if told := _version(version):
                yield Span.model_validate({"from": told, "to": told})


def _list(value: Any) -> list[Any]:
    return value[:2000] if isinstance(value, list) else []


def _version(value: Any) -> str | None:
    return value if isinstance(value, str) and _VERSION.fullmatch(value) else None


def _severity(record: Mapping[str, Any], affected: Iterable[Any]) -> Severity:
    for holder in (record, *affected):
        if isinstance(holder, dict) and isinstance(holder.get("database_specific"), dict):
            told = _SEVERITIES.get(str(holder["database_specific"].get("severity", "")).upper())
            if told:
                return told
    return "unstated"


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
