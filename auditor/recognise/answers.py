"""What serving processes answered on loopback → version, models, and how many requests they served meanwhile.

Each answer is the product's own word: declared, never observed.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from auditor.facts.fact import Fact, Status
from auditor.facts.records import EndpointRecord
from auditor.facts.serving import Answers, Asked, Served
from auditor.knowledge.stacks import Stack
from auditor.recognise.counters import total
from auditor.recognise.provenance import seen, unseen

_LISTS = ("/v1/models", "/api/tags", "/api/v0/models")
_VERSIONS = ("/version", "/api/version", "/server_info", "/info", "/v2", "/props")
_LONGEST = 4_096
_MOST = 1_000


def answers_of(records: Sequence[EndpointRecord], stack: Stack | None) -> Answers | None:
    """All that one server said; None where it was not asked."""
    if not records:
        return None
    every = sorted(records, key=lambda record: (record.pid, record.source, record.when != "before", record.asked))
    bodies = [(record, record.body) for record in every if 200 <= record.code < 300 and record.body is not None]
    first = every[0]
    return Answers(
        asked=tuple(map(_asked, every)),
        version=_version(bodies, first),
        models=_several(bodies, first, "models", _names),
        paths=_several(bodies, first, "paths", _paths),
        remote=_several(bodies, first, "remote models", _remote),
        origins=_origins(every),
        authentication=_authentication(every),
        requests_served=_requests(every, stack),
    )


def requests_of(serving: Iterable[Served]) -> Fact[int] | None:
    """Requests that all servers together counted; None where none was asked.

    What one of them did not tell makes the sum no less true: at least so many were served.
    """
    facts = [served.answers.requests_served for served in serving if served.answers is not None]
    if not facts:
        return None
    known = [fact for fact in facts if fact.seen and fact.value is not None]
    if not known:
        return facts[0]
    left = len(facts) - len(known)
    return known[0].model_copy(
        update={
            "value": sum(fact.value or 0 for fact in known),
            "source": ", ".join(dict.fromkeys(fact.source for fact in known)),
            "note": f"{left} more serving processes did not tell" if left else known[0].note,
        }
    )


def _asked(record: EndpointRecord) -> Asked:
    answered = seen(record, record.code) if record.code else unseen(record, Status.ERROR, record.note or "no answer")
    return Asked(code=answered, client=record.client, size=record.size, sha256=record.sha256 or "", cut=record.cut)


def _version(bodies: list[tuple[EndpointRecord, Any]], first: EndpointRecord) -> Fact[str]:
    for path in _VERSIONS:
        for record, body in bodies:
            told = (body.get("version") or body.get("build_info")) if isinstance(body, Mapping) else None
            if record.path == path and isinstance(told, str) and told.strip():
                return seen(record, told.strip()[:100], Status.DECLARED)
    return unseen(first, Status.ABSENT, "no answer tells a version")


def _several(
    bodies: list[tuple[EndpointRecord, Any]], first: EndpointRecord, what: str, read: Any
) -> Fact[tuple[str, ...]]:
    found: dict[str, EndpointRecord] = {}
    for record, body in bodies:
        for name in read(record.path, body):
            if isinstance(name, str) and name and len(found) < _MOST:
                found.setdefault(name[:_LONGEST], record)
    if not found:
        return unseen(first, Status.ABSENT, f"no answer names {what}")
    sources = ", ".join(dict.fromkeys(record.source for record in found.values()))
    return seen(next(iter(found.values())), tuple(found), Status.DECLARED, source=sources)


def _names(path: str, body: Any) -> Iterable[Any]:
    for row in _rows(path, body):
        yield row.get("id") or row.get("name") or row.get("model")
    if path == "/info" and isinstance(body, Mapping):
        yield body.get("model_id")


def _paths(path: str, body: Any) -> Iterable[Any]:
    for row in _rows(path, body):
        yield row.get("root")
    if isinstance(body, Mapping) and path in ("/props", "/model_info", "/server_info"):
        yield body.get("model_path")


def _remote(path: str, body: Any) -> Iterable[Any]:
    if path in ("/api/tags", "/api/ps"):
        for row in _rows(path, body):
            yield row.get("remote_host")


def _rows(path: str, body: Any) -> Iterable[Mapping[str, Any]]:
    """The models of a list, whichever product made it."""
    if path not in (*_LISTS, "/api/ps") or not isinstance(body, Mapping):
        return ()
    rows = body.get("models") if path.startswith("/api/") and "models" in body else body.get("data")
    return [row for row in rows[:_MOST] if isinstance(row, Mapping)] if isinstance(rows, list) else ()


def _origins(every: list[EndpointRecord]) -> Fact[str]:
    told = next((record for record in every if record.origins), None)
    if told:
        return seen(told, told.origins, Status.OBSERVED)
    answered = next((record for record in every if record.code), None)
    if answered:
        return unseen(answered, Status.ABSENT, "no answer opens it to web pages of others")
    return unseen(every[0], Status.ERROR, every[0].note or "no answer")


def _authentication(every: list[EndpointRecord]) -> Fact[bool]:
    lists = [record for record in every if record.path in _LISTS and record.code]
    refused = next((record for record in lists if record.code in (401, 403)), None)
    opened = next((record for record in lists if 200 <= record.code < 300), None)
    if opened:
        return seen(opened, False, Status.OBSERVED)
    if refused:
        return seen(refused, True, Status.OBSERVED)
    return unseen(every[0], Status.ABSENT, "no list of models answered")


def _requests(every: list[EndpointRecord], stack: Stack | None) -> Fact[int]:
    """How much the counters grew between two looks; a counter that began anew counts for nothing known."""
    if stack is None or not stack.counters:
        return unseen(every[0], Status.UNSUPPORTED, "of this stack no counter of requests is known")
    metrics = [record for record in every if record.path == "/metrics"]
    grown: list[int] = []
    told: EndpointRecord | None = None
    for source in dict.fromkeys(record.source for record in metrics):
        before = next((one for one in metrics if one.source == source and one.when == "before"), None)
        after = next((one for one in metrics if one.source == source and one.when == "after"), None)
        if before is None or after is None:
            continue
        was, now = _count(before, stack), _count(after, stack)
        if was is None and before.code == 200 and not before.cut and isinstance(before.body, str):
            # A counter with labels appears with the first request.
            was = 0
        if was is not None and now is not None and now >= was:
            grown.append(now - was)
            told = told or after
        elif was is not None and now is not None:
            return unseen(after, Status.ERROR, "the counters went back: the server began anew meanwhile")
    if told is None:
        why = "its counters could not be read twice during the watch" if metrics else "it was not asked for counters"
        return unseen((metrics or every)[0], Status.ABSENT, why)
    return seen(told, sum(grown), Status.DECLARED)


def _count(record: EndpointRecord, stack: Stack) -> int | None:
    if record.code != 200 or record.cut or not isinstance(record.body, str):
        return None
    return total(record.body, stack.counters)
