"""The check ``facts.expression``: a condition in CEL over the facts.

An expression reads facts, nothing else: no file, no clock, no network. A fact without a value that it touches makes the
answer unknown, whatever the rest would say; so does a collector that did not see all. Operators do not cut each other
short, so that the order of writing changes nothing. Steps and sizes are counted, so that each expression ends.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from auditor.facts.audit import Outcome as Ended
from auditor.facts.fact import Status
from auditor.facts.traffic import Tier
from auditor.judge.context import Context, check
from auditor.judge.finding import Outcome, Sentence, Subject, SubjectKind, Verdict, say
from auditor.judge.network import host, unread
from auditor.policy.arguments import Expression

MOST_POINTERS = 12
"""A finding that rests on more facts than these names the kinds only."""

COLLECTORS: dict[str, tuple[str, ...]] = {
    "host": ("host",),
    "safeguards": ("host",),
    "models": ("models",),
    "licences": ("models",),
    "weights": ("models", "weights"),
    "contents": ("models", "weights"),
    "traffic": ("traffic",),
    "switches": ("processes",),
    "footprints": ("footprints",),
    "gpus": ("gpus",),
    "serving": ("processes",),
    "custody": ("processes", "custody"),
    "sealed": (),
}
"""Who has to have looked for a kind of facts, so that what is not among them is not there."""


class _Item(NamedTuple):
    subject: Subject
    name: str
    value: Any
    pointer: str


@check("facts.expression")
def expression(context: Context, arguments: Expression) -> Iterator[Outcome]:
    """One outcome for each subject, and one for the host where perhaps not all were seen."""
    expected = say("“{expression}” holds.", expression=" ".join(arguments.cel.split()))
    steps = [0]
    items = list(_items(context, arguments.each))
    if arguments.each != "host":
        yield from _whole(context, arguments.each, expected, bool(items))
    for item in items:
        yield _judged(context, arguments, item, steps, expected)


def _items(context: Context, each: str) -> Iterator[_Item]:
    facts = context.audit.facts
    if each == "host":
        yield _Item(host(context), "", None, "")
    elif each == "model":
        for at, model in enumerate(facts.models):
            yield _Item(Subject(kind=SubjectKind.MODEL, id=model.id), each, model, f"/facts/models/{at}")
    elif each == "process":
        for at, served in enumerate(facts.serving):
            yield _Item(Subject(kind=SubjectKind.PROCESS, id=str(served.pid)), each, served, f"/facts/serving/{at}")
    elif each == "gpu":
        for at, gpu in enumerate(facts.gpus):
            name = gpu.uuid.value or (gpu.pci.value.bus if gpu.pci.value else str(gpu.index))
            yield _Item(Subject(kind=SubjectKind.GPU, id=name), each, gpu, f"/facts/gpus/{at}")
    else:
        for at, listener in enumerate(facts.traffic.listeners):
            name = f"{listener.address}:{listener.port}/{listener.proto}"
            pointer = f"/facts/traffic/listeners/{at}"
            yield _Item(Subject(kind=SubjectKind.LISTENER, id=name), each, listener, pointer)


_ROOT = {"model": "models", "process": "serving", "gpu": "gpus", "listener": "traffic"}


def _whole(context: Context, each: str, expected: Sentence, some: bool) -> Iterator[Outcome]:
    """What is to say of the host as a whole: whether all subjects were seen, and where there are none."""
    blind = tuple(_blind(context, _ROOT[each]))
    if blind:
        observed = say("Not every {each} was seen.", each=each)
        yield _outcome(host(context), Verdict.UNKNOWN, expected, observed, blind)
    elif not some:
        yield _outcome(host(context), Verdict.NOT_APPLICABLE, expected, say("There is no {each}.", each=each))


def _blind(context: Context, root: str) -> Iterator[Sentence]:
    """What keeps a kind of facts from being all that there is."""
    audit = context.audit
    if root == "traffic":
        yield from unread(context)
        return
    for name in COLLECTORS.get(root, ()):
        ended = audit.collector(name).outcome
        if ended is not Ended.COMPLETE:
            yield say("{what}: the collector ended as {outcome}.", what=name, outcome=ended.value)
        for problem in audit.problems:
            if problem.collector == name and problem.status in (Status.DENIED, Status.ERROR):
                yield say("{where}: {what}", where=problem.where, what=problem.what)
                break


def _outcome(
    subject: Subject,
    verdict: Verdict,
    expected: Sentence,
    observed: Sentence,
    not_seen: Iterable[Sentence] = (),
    rests_on: Iterable[str] = (),
) -> Outcome:
    return Outcome(
        subject=subject,
        verdict=verdict,
        expected=expected,
        observed=observed,
        not_seen=tuple(not_seen),
        rests_on=tuple(rests_on),
    )


def _judged(context: Context, arguments: Expression, item: _Item, steps: list[int], expected: Sentence) -> Outcome:
    """The outcome for one subject."""
    # The library is read only where a policy has an expression.
    from auditor.judge.evaluation import Evaluation, Failed, Unseen

    evaluation = Evaluation(context.audit.facts, context.policy.deployer, arguments.values, steps)
    if item.name:
        evaluation.about(item.name, _ROOT[item.name], item.value, item.pointer)
    blind: list[Sentence] = []
    try:
        answer = evaluation.run(arguments.cel, arguments.each)
    except Unseen as unseen:
        verdict = Verdict.UNKNOWN
        observed = say("A fact that the expression asks for has no value: {pointer}.", pointer=unseen.pointer)
        blind.append(say("{pointer}: {why}", pointer=unseen.pointer, why=unseen.why))
    except Failed as failed:
        verdict = Verdict.UNKNOWN
        observed = say("The expression gives no answer: {fault}.", fault=str(failed))
    else:
        for root in sorted(evaluation.roots):
            blind += [each for each in _blind(context, root) if each not in blind]
        if any(pointer.startswith("/facts/traffic/flows") for pointer in evaluation.touched):
            blind += _unwatched(context)
        if blind or not evaluation.roots:
            verdict, observed = Verdict.UNKNOWN, say("Not all that the expression asks for was seen.")
        elif answer:
            verdict, observed = Verdict.PASS, say("The expression is true of the facts.")
        else:
            verdict, observed = Verdict.FAIL, say("The expression is false of the facts.")
    rests = sorted(evaluation.touched)
    if len(rests) > MOST_POINTERS:
        rests = sorted(f"/facts/{root}" for root in evaluation.roots if root in COLLECTORS)
    return _outcome(item.subject, verdict, expected, observed, blind, rests)


def _unwatched(context: Context) -> Iterator[Sentence]:
    """What keeps the connections that were seen from being all that there were."""
    capture = context.audit.facts.traffic.capture.value
    if capture is None or capture.tier is Tier.SNAPSHOT:
        yield say("Connections: the network was not watched.")
    elif capture.dropped or capture.lost_packets or not capture.loss_known or capture.damaged:
        yield say("Connections: the watch lost some, or may have.")
