"""Waivers: whether an accepted contradiction is accepted for this subject, these weights, this day."""

from fnmatch import fnmatchcase
from typing import Literal

from auditor.facts.models import Model
from auditor.judge.approval import signature_of
from auditor.judge.context import Context
from auditor.judge.finding import AppliedWaiver, Outcome, SubjectKind, Verdict
from auditor.policy.effective import Control, Waiver

OBSTACLES = ("expired", "not_yet", "weights", "unsigned", "signature", "signer")
"""Why a waiver does not apply, as ``AppliedWaiver.why`` says it."""


def waive(control: Control, outcome: Outcome, context: Context) -> tuple[Verdict, AppliedWaiver | None]:
    """The verdict after waivers, and the waiver that made it so, or the one that no longer could.

    Only a contradiction can be waived: nobody can accept what nobody has seen.
    """
    if outcome.verdict is not Verdict.FAIL:
        return outcome.verdict, None
    spent: AppliedWaiver | None = None
    for waiver in context.policy.waivers:
        if waiver.control != control.id or not _concerns(waiver, outcome, context):
            continue
        signature = signature_of(waiver, context.policy)
        obstacle = _obstacle(waiver, outcome, context) or signature.obstacle
        applied = AppliedWaiver(
            id=waiver.id,
            applies=not obstacle,
            why=obstacle,
            reason=waiver.reason,
            approved_by=waiver.approved_by.name,
            role=waiver.approved_by.role,
            on=waiver.approved_by.on.isoformat(),
            until=waiver.until.isoformat(),
            compensating=waiver.compensating,
            signed_by=signature.name,
            fingerprint=signature.fingerprint,
        )
        if applied.applies:
            return Verdict.WAIVED, applied
        spent = spent or applied
    return outcome.verdict, spent


def _concerns(waiver: Waiver, outcome: Outcome, context: Context) -> bool:
    if not any(fnmatchcase(context.audit.target.name, glob) for glob in waiver.hosts):
        return False
    wanted_id = waiver.subject.get("id")
    if wanted_id is not None and not fnmatchcase(outcome.subject.id, wanted_id):
        return False
    wanted_model = waiver.subject.get("model")
    if wanted_model is None:
        return True
    model = _model(outcome, context)
    names = [outcome.subject.id] if model is None else [model.id, model.name.value or model.id]
    return outcome.subject.kind is SubjectKind.MODEL and any(fnmatchcase(name, wanted_model) for name in names)


def _obstacle(waiver: Waiver, outcome: Outcome, context: Context) -> Literal["", "expired", "not_yet", "weights"]:
    """Why a waiver that concerns this subject does not apply to it; empty if it does."""
    today = context.now.date()
    if today > waiver.until:
        return "expired"
    if today < waiver.approved_by.on:
        return "not_yet"
    bound = waiver.subject.get("sha256")
    if bound is not None:
        model = _model(outcome, context)
        digests = {w.sha256.value for w in context.audit.facts.weights if model is not None and w.model == model.id}
        if bound not in digests:
            return "weights"
    return ""


def _model(outcome: Outcome, context: Context) -> Model | None:
    if outcome.subject.kind is not SubjectKind.MODEL:
        return None
    return next((model for model in context.audit.facts.models if model.id == outcome.subject.id), None)
