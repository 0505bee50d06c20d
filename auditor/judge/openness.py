"""The five questions of an open model: to be had, commercial, silent, modifiable, redistributable.

Three are answered by the licence in force. *To be had* is inferred: from a release that knowledge tells of, with its
gate, or from the revision of a hub that the store records. *Silent* sets
what was seen on the wire and in the switches beside what the licence lets its licensor do from afar; it is unknown
unless a process that serves the model was watched and every known phone-home of it is off.
"""

import ipaddress
import re
from collections.abc import Iterator

from auditor.facts.audit import Outcome as Ended
from auditor.facts.models import Model, Store
from auditor.facts.serving import Served, SwitchState
from auditor.facts.traffic import Tier
from auditor.judge.context import Context, check
from auditor.judge.decision import Decision
from auditor.judge.finding import (
    Answer,
    Confidence,
    OpenAnswer,
    Openness,
    Outcome,
    Sentence,
    Subject,
    SubjectKind,
    Verdict,
    say,
)
from auditor.judge.licences import decision_of
from auditor.judge.reach import unseen_models
from auditor.judge.served import serves
from auditor.judge.standing import contradictions_of
from auditor.knowledge.licences import TermKind, Use
from auditor.knowledge.models import Family
from auditor.policy.arguments import Question

_COMMIT = re.compile(r"[0-9a-f]{40}")


def openness(context: Context) -> tuple[Openness, ...]:
    """The answers for every model of the audit."""
    return tuple(_answers(context, n, model) for n, model in enumerate(context.audit.facts.models))


@check("openness.answer")
def answer(context: Context, arguments: Question) -> Iterator[Outcome]:
    """One of the five questions for every model."""
    expected = _EXPECTED[arguments.question]
    yield from unseen_models(context, expected)
    for n, model in enumerate(context.audit.facts.models):
        found: OpenAnswer = getattr(_answers(context, n, model), arguments.question)
        yield Outcome(
            subject=Subject(kind=SubjectKind.MODEL, id=model.id),
            verdict=_verdict(found.answer, arguments.accept_conditions),
            expected=expected,
            observed=found.sentence,
            rests_on=found.rests_on,
            not_seen=(_NOT_SEEN[arguments.question],) if found.answer is Answer.UNKNOWN else (),
        )


_EXPECTED = {
    "downloadable": say("The weights can be had from their publisher and kept on a host of one's own."),
    "commercial": say("The model may be used commercially."),
    "no_phone_home": say("Nothing that serves the model contacts its makers."),
    "modifiable": say("The model may be changed."),
    "redistributable": say("The model may be handed on."),
}
_NOT_SEEN = {
    "downloadable": say("How the weights came to the host, and how their publisher hands them out."),
    "commercial": say("The licence in force, or a fact about the deployer that it asks for."),
    "no_phone_home": say("What the processes that serve the model send, while it answers requests."),
    "modifiable": say("The licence in force, or a fact about the deployer that it asks for."),
    "redistributable": say("The licence in force, or a fact about the deployer that it asks for."),
}


def _verdict(found: Answer, accept_conditions: bool) -> Verdict:
    if found is Answer.CONDITIONAL:
        return Verdict.PASS if accept_conditions else Verdict.FAIL
    return {Answer.YES: Verdict.PASS, Answer.NO: Verdict.FAIL, Answer.UNKNOWN: Verdict.UNKNOWN}[found]


def _answers(context: Context, place: int, model: Model) -> Openness:
    decision = decision_of(context, model)
    licences = [context.knowledge.licences[id].title for id in decision.licences]
    return Openness(
        model=model.id,
        name=model.name.value or model.id,
        licence=", ".join(licences),
        downloadable=_downloadable(context, place, model, decision),
        commercial=_licensed(decision, Use.COMMERCIAL),
        no_phone_home=_silent(context, place, model, decision),
        modifiable=_licensed(decision, Use.MODIFY),
        redistributable=_licensed(decision, Use.REDISTRIBUTE),
    )


def _open(answer: Answer, confidence: Confidence, sentence: Sentence, *rests_on: str) -> OpenAnswer:
    return OpenAnswer(
        answer=answer, confidence=confidence, why=str(sentence), sentence=sentence, rests_on=tuple(rests_on)
    )


def _licensed(decision: Decision, use: Use) -> OpenAnswer:
    step = decision.deciding(use)
    sentence = step.sentence if step else say("No clause of a known licence speaks of this use.")
    return _open(decision.answers[use], decision.confidence, sentence, *decision.rests_on)


def _downloadable(context: Context, place: int, model: Model, decision: Decision) -> OpenAnswer:
    """Never measured: that files lie on a host does not tell how they came there."""
    at = f"/facts/models/{place}"
    if not _has_files(context, model):
        return _open(Answer.UNKNOWN, Confidence.INFERRED, say("No weights of the model were seen."), at)
    if next(contradictions_of(model), None) is not None:
        why = say("Files, card and headers disagree about which model this is, so its origin is not known.")
        return _open(Answer.UNKNOWN, Confidence.INFERRED, why, at)
    gated = any(context.knowledge.licences[id].of(TermKind.GATING) for id in decision.licences)
    published = _published(context, model)
    if published is not None:
        name, family = published
        told: dict[str, str | int] = {"name": name, "vendor": family.vendor}
        if gated or family.gated:
            answer, why = Answer.CONDITIONAL, say("{vendor} hands {name} out after consent to its terms.", **told)
        else:
            answer, why = Answer.YES, say("{name} is a public release of {vendor}.", **told)
        return _open(answer, Confidence.INFERRED, why, f"{at}/name", f"{at}/format")
    if _is_fetched(model):
        told = {"revision": model.revision.value or ""}
        if gated:
            why = say(
                "The store records revision {revision} of a model hub; the licence speaks of consent before that.",
                **told,
            )
            return _open(Answer.CONDITIONAL, Confidence.INFERRED, why, f"{at}/revision", f"{at}/format")
        why = say(
            "The store records revision {revision} of a model hub; whether the hub asks for consent was not seen.",
            **told,
        )
        return _open(Answer.YES, Confidence.INFERRED, why, f"{at}/revision", f"{at}/format")
    why = say(
        "Where the weights came from was not seen; a name that a publisher is known to use, or a hub's own store with "
        "its revision, would show it."
    )
    return _open(Answer.UNKNOWN, Confidence.INFERRED, why, f"{at}/name", f"{at}/revision")


def _has_files(context: Context, model: Model) -> bool:
    return model.format.seen or any(weight.model == model.id for weight in context.audit.facts.weights)


def _published(context: Context, model: Model) -> tuple[str, Family] | None:
    """The release of a known publisher that the model is by its whole name; what is derived from it is none."""
    table = context.knowledge.models
    told = table.named(model.name.value) if model.name.seen and model.name.value else None
    if told is None or told.model is None or not told.exact:
        return None
    return told.model.name, table.families[told.family]


def _is_fetched(model: Model) -> bool:
    """Whether the store is one that a hub's own program fills, with the commit that it fetched."""
    hub = model.store in (Store.HUGGINGFACE_CACHE, Store.HUGGINGFACE_LOCAL)
    return hub and model.revision.seen and bool(_COMMIT.fullmatch(model.revision.value or ""))


def _silent(context: Context, place: int, model: Model, decision: Decision) -> OpenAnswer:
    facts = context.audit.facts
    serving = [(n, s) for n, s in enumerate(facts.serving) if serves(s, model)]
    if not serving:
        return _open(
            Answer.UNKNOWN,
            Confidence.INFERRED,
            say("No process was seen to serve the model, so nothing can be said of what it would send."),
            f"/facts/models/{place}",
        )
    pids = {s.pid for _, s in serving}
    pointers = tuple(f"/facts/serving/{n}" for n, _ in serving)
    flows = [
        (n, f)
        for n, f in enumerate(facts.traffic.flows)
        if f.direction == "out" and f.process.value is not None and f.process.value.pid in pids and _public(f.address)
    ]
    if flows:
        n, flow = flows[0]
        return _open(
            Answer.NO,
            Confidence.MEASURED,
            say(
                "Process {pid}, which serves the model, contacted {address}, port {port}.",
                pid=flow.process.value.pid if flow.process.value else 0,
                address=flow.address,
                port=flow.port,
            ),
            *(f"/facts/traffic/flows/{n}" for n, _ in flows[:5]),
        )
    switches = [(n, s) for n, s in enumerate(facts.switches) if s.pid in pids]
    for n, switch in switches:
        if switch.state.value in (SwitchState.ON, SwitchState.INEFFECTIVE):
            return _open(
                Answer.NO,
                Confidence.MEASURED,
                say(
                    "{product} in process {pid}: {entry} is {state}.",
                    product=switch.product,
                    pid=switch.pid,
                    entry=switch.entry,
                    state=switch.state.value.replace("_", " "),
                ),
                f"/facts/switches/{n}",
            )
    pointers += tuple(f"/facts/switches/{n}" for n, _ in switches)
    if any(f.direction == "out" and f.process.value is None and _public(f.address) for f in facts.traffic.flows):
        why = say("A public address was contacted by a process that could not be seen.")
        return _open(Answer.UNKNOWN, Confidence.INFERRED, why, *pointers, "/facts/traffic/flows")
    unwatched = _unwatched(context, [s for _, s in serving], bool(switches))
    if unwatched is not None or any(s.state.value is not SwitchState.OFF for _, s in switches):
        why = unwatched or say("The state of a known phone-home of the serving process could not be told.")
        return _open(Answer.UNKNOWN, Confidence.INFERRED, why, *pointers, "/facts/traffic/capture")
    capture = facts.traffic.capture.value
    seconds = capture.seconds if capture is not None else 0
    remote = next((id for id in decision.licences if context.knowledge.licences[id].of(TermKind.REMOTE)), None)
    if remote is not None:
        term = context.knowledge.licences[remote].of(TermKind.REMOTE)[0]
        return _open(
            Answer.CONDITIONAL,
            Confidence.MEASURED,
            say(
                "Nothing left for a public address in {seconds} s and every known phone-home is off; but clause "
                "{clause} of {licence} lets the licensor restrict use from afar.",
                seconds=seconds,
                clause=term.clause,
                licence=context.knowledge.licences[remote].title,
            ),
            *pointers,
            "/facts/traffic/capture",
            *decision.rests_on,
        )
    return _open(
        Answer.YES,
        Confidence.MEASURED,
        say("Nothing left for a public address in {seconds} s, and every known phone-home is off.", seconds=seconds),
        *pointers,
        "/facts/traffic/capture",
    )


def _unwatched(context: Context, serving: list[Served], switches: bool) -> Sentence | None:
    """Why silence was not seen; None where it was."""
    capture = context.audit.facts.traffic.capture
    if capture.value is None or capture.value.tier is Tier.SNAPSHOT or not capture.value.seconds:
        return say("The network was not watched.")
    if context.audit.collector("traffic").outcome is not Ended.COMPLETE:
        return say("The watch of the network did not complete.")
    if capture.value.dropped:
        return say("{count} packets were dropped while watching.", count=capture.value.dropped)
    if not switches:
        return say("No switch of process {pid} was seen.", pid=serving[0].pid)
    return None


def _public(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_global
    except ValueError:
        return False
