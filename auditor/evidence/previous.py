"""The chain of dossiers: a new one names the one before it by id and digest, and tells what changed since."""

import hashlib

from auditor.documents import Documents
from auditor.errors import UserError
from auditor.evidence.attachments import RENDERING
from auditor.evidence.cover import Predecessor, Step, parse_rendering
from auditor.evidence.opened import documents_of, extract
from auditor.evidence.verification import Previous, Verification
from auditor.judge.compare import Change, Direction, compare
from auditor.judge.finding import Judgement

MOST = 500
"""Changes that are listed; the rest are counted."""


def follow(dossier: bytes, where: str, judgement: Judgement) -> Predecessor:
    """What a new dossier with ``judgement`` says of the one before it. Raises UserError where that is not intact."""
    return _predecessor(dossier, documents_of(dossier, where), judgement)


def _predecessor(dossier: bytes, documents: Documents, judgement: Judgement) -> Predecessor:
    before = documents.judgement
    changes = compare(before, judgement).changes
    steps = [_step(change) for change in changes if change.direction is not Direction.SAME]
    return Predecessor(
        id=before.audit.id,
        sha256=hashlib.sha256(dossier).hexdigest(),
        size=len(dossier),
        judged=before.judged,
        policy=f"{before.policy.title} {before.policy.version}",
        verdict=before.verdict.value,
        steps=tuple(steps[:MOST]),
        more=max(0, len(steps) - MOST),
        same=len(changes) - len(steps),
    )


def _step(change: Change) -> Step:
    finding = change.finding
    return Step(
        direction=change.direction.value,
        control=finding.control,
        kind=finding.subject.kind.value,
        subject=finding.subject.id,
        before=change.before.verdict.value if change.before else "",
        after=change.after.verdict.value if change.after else "",
    )


def check_previous(found: Verification, data: bytes, old: bytes = b"") -> Verification:
    """``found`` about ``data``, with the answer about the dossier before it; ``old`` is that one's file, if given."""
    if not found.signatures or not all(each.intact for each in found.signatures):
        return found
    try:
        files = extract(data)
        named = parse_rendering(files[RENDERING]).cover.previous
        judgement = Documents(**{name: files[f"{name}.json"] for name in _PARTS}).judgement
    except (UserError, ValueError, KeyError, RecursionError):
        return found
    if named is None:
        fault = "names no previous one" if old else ""
    elif not old:
        return found.model_copy(update={"previous": Previous(id=named.id)})
    else:
        fault = _fault(named, old, judgement)
    problems = (*found.problems, f"The dossier {fault}.") if fault else found.problems
    previous = Previous(id=named.id, ok=not fault, fault=fault) if named else None
    return found.model_copy(update={"previous": previous, "problems": problems, "ok": found.ok and not fault})


_PARTS = ("facts", "policy", "knowledge", "findings")


def _fault(named: Predecessor, old: bytes, judgement: Judgement) -> str:
    if hashlib.sha256(old[: named.size]).hexdigest() != named.sha256 or len(old) < named.size:
        return "follows another file than the one that was given"
    try:
        documents = documents_of(old, "the previous dossier")
    except UserError as error:
        return f"follows one that {error.message}"
    if _predecessor(old[: named.size], documents, judgement) != named:
        return "tells other changes than there are between the two"
    return ""
