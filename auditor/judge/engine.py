"""The judge: every control of a policy over one audit's facts. Pure and deterministic to the byte."""

import datetime as dt
import logging
from collections import Counter
from collections.abc import Iterable
from fnmatch import fnmatchcase

from auditor.facts.audit import Audit
from auditor.facts.canonical import digest
from auditor.facts.models import Match
from auditor.judge import (
    contents,
    custody,
    digests,
    duties,
    expressions,
    gpu_memory,
    gpu_state,
    gpus,
    licences,
    safeguards,
    sealed,
    serving,
    traffic,
    transfers,
    vulnerabilities,
    weights,
)
from auditor.judge.context import CHECKS, Context
from auditor.judge.destinations import MOST, destinations_of
from auditor.judge.finding import (
    AuditReference,
    Finding,
    Judgement,
    Outcome,
    Overall,
    PolicyReference,
    Sentence,
    Subject,
    SubjectKind,
    Verdict,
    say,
)
from auditor.judge.openness import openness
from auditor.judge.scores import scores_of
from auditor.judge.served import serves
from auditor.judge.waivers import waive
from auditor.knowledge.knowledge import Knowledge
from auditor.policy.checks import SPECS
from auditor.policy.effective import Control, Effective, OnUnknown, Severity

log = logging.getLogger(__name__)

GROUPS = (
    contents, custody, digests, duties, expressions, gpu_memory, gpu_state, gpus, licences, safeguards, sealed, serving,
    traffic, transfers, vulnerabilities, weights,
)  # fmt: skip
"""Modules whose checks register by being imported; ``openness`` is imported for its answers too."""

VERDICT_ORDER = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.WAIVED, Verdict.PASS, Verdict.NOT_APPLICABLE)
"""Worst first: the order in which findings are listed everywhere."""

SEVERITY_ORDER = tuple(reversed(Severity))


def judge(audit: Audit, policy: Effective, knowledge: Knowledge, now: dt.datetime) -> Judgement:
    """All findings of ``policy`` over ``audit`` at the time ``now`` (UTC; whole seconds are kept)."""
    now = now.astimezone(dt.UTC).replace(microsecond=0)
    context = Context(_read_texts(audit), policy, knowledge, now)
    findings = [finding for control in policy.controls for finding in _apply(control, context)]
    findings += _validity(context)
    findings.sort(key=_rank)
    counts = Counter(finding.verdict for finding in findings)
    whole = audit.digest
    destinations = destinations_of(audit, knowledge)
    return Judgement(
        audit=AuditReference(
            id=audit.named(whole),
            digest=whole,
            target=audit.target,
            started=audit.started,
            ended=audit.ended,
            tool=audit.tool,
            partial=audit.partial,
        ),
        policy=PolicyReference(
            id=policy.id, version=policy.version, sha256=digest(policy), title=policy.title.get("en", policy.id)
        ),
        knowledge=knowledge.digest,
        judged=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        verdict=_overall(findings, policy, audit.partial),
        counts={verdict: counts.get(verdict, 0) for verdict in Verdict},
        scores=scores_of(findings),
        findings=tuple(findings),
        openness=tuple(openness(context)),
        destinations=destinations[:MOST],
        more_destinations=max(0, len(destinations) - MOST),
    )


def _read_texts(audit: Audit) -> Audit:
    """The audit without licences that facts claim to be matched although which one was not seen."""
    claimed = [licence for licence in audit.facts.licences if licence.parts and not licence.id.seen]
    if not claimed:
        return audit
    licences = tuple(
        licence.model_copy(update={"match": Match.NONE, "parts": ()}) if licence in claimed else licence
        for licence in audit.facts.licences
    )
    return audit.model_copy(update={"facts": audit.facts.model_copy(update={"licences": licences})})


def _apply(control: Control, context: Context) -> Iterable[Finding]:
    arguments = SPECS[control.check].arguments.model_validate(control.arguments)
    try:
        outcomes = list(CHECKS[control.check](context, arguments))
    except Exception as error:
        # Hostile facts must not cost the reader the other findings; a check that fails has seen nothing.
        log.exception("check %s failed", control.check)
        outcomes = [_broken(control, context, error)]
    for outcome in outcomes:
        yield _finding(control, _scoped(control, outcome, context), context)


def _broken(control: Control, context: Context, error: Exception) -> Outcome:
    return Outcome(
        subject=host(context),
        verdict=Verdict.UNKNOWN,
        expected=say("The check {check} gives an answer.", check=control.check),
        observed=say("The check failed with {error}.", error=type(error).__name__),
        not_seen=(say("Everything that {control} asks for.", control=control.id),),
        remedy=say("Report this as a defect, with facts.json."),
    )


def host(context: Context) -> Subject:
    """The subject of findings that speak of the host as a whole."""
    return Subject(kind=SubjectKind.HOST, id=context.audit.target.name)


def _scoped(control: Control, outcome: Outcome, context: Context) -> Outcome:
    """The outcome, or not applicable where ``applies_to`` leaves its subject out."""
    properties = _properties(outcome.subject, context)
    for key, wanted in control.applies_to.items():
        have = properties.get(key)
        if have is not None and not any(fnmatchcase(value, glob) for value in have for glob in wanted):
            return outcome.model_copy(
                update={
                    "verdict": Verdict.NOT_APPLICABLE,
                    "observed": say("The policy applies this control to {key} {values} only.",
                                    key=key, values=", ".join(wanted)),
                    "not_seen": (),
                    "remedy": None,
                }
            )  # fmt: skip
    return outcome


def _properties(subject: Subject, context: Context) -> dict[str, list[str]]:
    """What ``applies_to`` may ask of a subject. A property that is not known does not exclude it."""
    facts = context.audit.facts
    found: dict[str, list[str]] = {"host": [context.audit.target.name]}
    if subject.kind is SubjectKind.MODEL:
        for model in facts.models:
            if model.id == subject.id:
                found["store"] = [model.store.value]
                for key, fact in (("format", model.format), ("family", model.family), ("model", model.name)):
                    if fact.value:
                        found[key] = [fact.value]
                served = [s.stack.value for s in facts.serving if s.stack.value and serves(s, model)]
                if served:
                    found["runtime"] = served
    if subject.kind is SubjectKind.PROCESS:
        stacks = [s.stack.value for s in facts.serving if str(s.pid) == subject.id and s.stack.value]
        if stacks:
            found["runtime"] = stacks
    return found


def _finding(control: Control, outcome: Outcome, context: Context) -> Finding:
    rule = Sentence(template=SPECS[control.check].rule)
    remedy = outcome.remedy or (Sentence(template=_literal(control.remedy["en"])) if "en" in control.remedy else None)
    open_ = outcome.verdict in (Verdict.FAIL, Verdict.UNKNOWN)
    verdict, waiver = waive(control, outcome, context)
    sentences: dict[str, tuple[Sentence, ...]] = {
        "decision_rule": (rule,),
        "expected": (outcome.expected,),
        "observed": (outcome.observed,),
        "not_seen": outcome.not_seen,
    }
    if remedy is not None and open_:
        sentences["remedy"] = (remedy,)
    return Finding(
        control=control.id,
        group=control.group,
        title=control.title.get("en", control.id),
        severity=control.severity,
        verdict=verdict,
        subject=outcome.subject,
        decision_rule=str(rule),
        expected=str(outcome.expected),
        observed=str(outcome.observed),
        rests_on=outcome.rests_on,
        not_seen=tuple(str(sentence) for sentence in outcome.not_seen),
        rationale=control.rationale.get("en", ""),
        remedy=str(remedy) if remedy is not None and open_ else "",
        references=control.references,
        waiver=waiver,
        sentences=sentences,
    )


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _validity(context: Context) -> list[Finding]:
    """A finding of its own where the policy itself is not in force on the day of judging."""
    policy, today = context.policy, context.now.date()
    if policy.valid_from <= today <= policy.valid_until:
        return []
    outcome = Outcome(
        subject=host(context),
        verdict=Verdict.UNKNOWN,
        expected=say("The policy is in force on the day of judging."),
        observed=say("The policy is in force from {first} until {last}; it was judged on {day}.",
                     first=policy.valid_from.isoformat(), last=policy.valid_until.isoformat(), day=today.isoformat()),
        remedy=say("Judge the facts again under a version of the policy that is in force."),
    )  # fmt: skip
    sentences = {"expected": (outcome.expected,), "observed": (outcome.observed,)}
    return [
        Finding(
            control="POLICY",
            group="",
            title="The policy is in force",
            severity=Severity.HIGH,
            verdict=Verdict.UNKNOWN,
            subject=outcome.subject,
            decision_rule="A policy decides only within its own validity.",
            expected=str(outcome.expected),
            observed=str(outcome.observed),
            rests_on=(),
            not_seen=(),
            rationale="",
            remedy=str(outcome.remedy),
            references={},
            sentences=sentences,
        )
    ]


def _rank(finding: Finding) -> tuple[int, int, str, str, str]:
    return (
        VERDICT_ORDER.index(finding.verdict),
        SEVERITY_ORDER.index(finding.severity),
        finding.control,
        finding.subject.kind.value,
        finding.subject.id,
    )


def _overall(findings: list[Finding], policy: Effective, partial: bool) -> Overall:
    """A contradiction decides; what was not seen decides as the policy says; nothing evidenced is no answer."""
    on_unknown = {control.id: control.on_unknown for control in policy.controls}
    weighty = [finding for finding in findings if finding.severity is not Severity.INFO]
    unknown = {
        on_unknown.get(finding.control, OnUnknown.MANUAL) for finding in weighty if finding.verdict is Verdict.UNKNOWN
    }
    if OnUnknown.FAIL in unknown or any(finding.verdict is Verdict.FAIL for finding in weighty):
        return Overall.DOES_NOT_CONFORM
    evidenced = any(finding.verdict in (Verdict.PASS, Verdict.WAIVED) for finding in weighty)
    if OnUnknown.MANUAL in unknown or partial or not evidenced:
        return Overall.INCONCLUSIVE
    return Overall.CONFORMS
