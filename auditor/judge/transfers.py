"""Checks of what leaves: ``traffic.named``, ``traffic.residency`` and ``traffic.budget``."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from auditor.facts.traffic import Flow
from auditor.judge.addresses import address_of, loopback, own
from auditor.judge.context import Context, check
from auditor.judge.destination import Destination, Reach
from auditor.judge.destinations import destinations_of
from auditor.judge.finding import Outcome, Sentence, Subject, SubjectKind, Verdict, say
from auditor.judge.network import MOST, host, socket
from auditor.judge.permits import blocks, within
from auditor.judge.watch import Watched, watched
from auditor.knowledge.operators import TransferClass, of_name
from auditor.policy.arguments import Budget, Named, Residency, Watch

_FLOWS = "/facts/traffic/flows"
_WORDS = {
    TransferClass.EEA: "EEA",
    TransferClass.ADEQUATE: "adequacy decision",
    TransferClass.CONDITIONAL: "adequacy decision for some recipients only",
    TransferClass.THIRD: "third country without a decision",
}


@check("traffic.named")
def named(context: Context, arguments: Named) -> Iterable[Outcome]:
    """One outcome for each public address without a name, else one for the host."""
    expected = say("Every public address that is contacted has a name that packets told.")
    without = blocks(arguments.unnamed)
    found: dict[tuple[str, int, str], list[int]] = {}
    looked = True
    for place, flow in enumerate(context.audit.facts.traffic.flows):
        if flow.direction != "out" or flow.name or own(flow.address) or within(address_of(flow.address), without):
            continue
        if flow.name_source == "none":
            found.setdefault((flow.address, flow.port, flow.proto), []).append(place)
        else:
            looked = False
    yield from _each(context, expected, [
        Outcome(
            subject=Subject(kind=SubjectKind.DESTINATION, id=socket(*end)),
            verdict=Verdict.FAIL,
            expected=expected,
            observed=say(
                "{where} was contacted, and neither a look-up nor a handshake told a name; connections seen: {count}.",
                where=socket(*end),
                count=len(places),
            ),
            rests_on=tuple(f"{_FLOWS}/{place}" for place in places[:MOST]),
            remedy=say("Find out who answers at {address}: names that are written into programs hide from resolvers.",
                       address=end[0]),
        )
        for end, places in found.items()
    ])  # fmt: skip
    why = () if looked else (say("Names of destinations: for some connections no packets were looked at."),)
    yield from _whole(context, arguments, expected, bool(found), why)


@check("traffic.residency")
def residency(context: Context, arguments: Residency) -> Iterable[Outcome]:
    """One outcome for each destination of another class, else one for the host."""
    accepted = {TransferClass(each) for each in arguments.accept} | {TransferClass.OWN}
    expected = say(
        "Every public destination is of these classes of transfer: {classes}.",
        classes=", ".join(_WORDS[TransferClass(each)] for each in arguments.accept) or "–",
    )
    told = []
    for one in destinations_of(context.audit, context.knowledge):
        if one.reach is not Reach.REPLY and one.transfer not in accepted:
            told.append(_resides(one, expected))
    yield from _each(context, expected, told)
    yield from _whole(context, arguments, expected, bool(told), ())


def _resides(one: Destination, expected: Sentence) -> Outcome:
    shown = one.name or one.id
    rests_on = (*(f"{_FLOWS}/{place}" for place in one.flows), "/facts/traffic/registrations")
    if one.transfer is TransferClass.UNKNOWN:
        return Outcome(
            subject=Subject(kind=SubjectKind.DESTINATION, id=one.id),
            verdict=Verdict.UNKNOWN,
            expected=expected,
            observed=say("To whom {where} is registered is not in the tables.", where=shown),
            rests_on=rests_on,
            not_seen=(say("Operator and country of {where}.", where=shown),),
            remedy=say("Bring the tables up to date with “auditor knowledge update”, or ask who answers there."),
        )
    return Outcome(
        subject=Subject(kind=SubjectKind.DESTINATION, id=one.id),
        verdict=Verdict.FAIL,
        expected=expected,
        observed=say(
            "{where}: {operator}, registered in {country}; {transfer}. Where the machine stands, the address does not "
            "tell.",
            where=shown,
            operator=one.operator or ", ".join(one.networks) or "an operator that is not known",
            country=one.operator_country or ", ".join(one.countries) or "–",
            transfer=_WORDS[one.transfer],
        ),
        rests_on=rests_on,
        not_seen=(say("Whether the recipient is one of {covers}.", covers=one.covers),) if one.covers else (),
        remedy=say("Stop the transfer, or accept its class with the safeguards that the DPO approved."),
    )


@check("traffic.budget")
def budget(context: Context, arguments: Budget) -> Iterable[Outcome]:
    """One outcome for the host: shares of connections and bytes that went to the providers."""
    limits = {"calls": arguments.calls_percent, "bytes": arguments.bytes_percent}
    expected = say("At most {calls} % of connections and {bytes} % of bytes go to the named providers.", **limits)
    away, here, unnamed = _split(context, arguments)
    places = tuple(f"{_FLOWS}/{place}" for place, _ in away[:MOST])
    calls, served = len(away), len(here)
    sent = sum(flow.bytes_out + flow.bytes_in for _, flow in away)
    answered = sum(flow.bytes_out + flow.bytes_in for flow in here)
    observed = say(
        "{calls} connections and {sent} bytes went to providers, {served} connections and {answered} bytes were "
        "served here.",
        calls=calls,
        sent=sent,
        served=served,
        answered=answered,
    )
    over = _over(calls, served, arguments.calls_percent) or _over(sent, answered, arguments.bytes_percent)
    blind: list[Sentence] = []
    if unnamed:
        blind.append(say("Names of {count} connections, any of which can be to a provider.", count=unnamed))
    if not sent + answered:
        blind.append(say("Bytes: no packets were looked at."))
    if not calls + served:
        blind.append(say("Load: neither a connection to a provider nor one that was served here was seen."))
    found = watched(context, arguments)
    if calls and served and over:
        yield Outcome(subject=host(context), verdict=Verdict.FAIL, expected=expected, observed=observed,
                      rests_on=(*places, _FLOWS),
                      remedy=say("Send fewer requests to the providers, or agree on another budget."))  # fmt: skip
    elif blind or found.blind or (calls and not served):
        if calls and not served:
            blind.append(say("Requests that were served here: without them a share cannot be told."))
        yield _open(context, arguments, expected, observed, (*blind, *found.blind), found)
    else:
        yield Outcome(
            subject=host(context),
            verdict=Verdict.PASS,
            expected=expected,
            observed=observed,
            rests_on=(found.pointer, _FLOWS),
            not_seen=(say("Calls within a connection: several can share one, here as there."),),
        )


def _split(context: Context, arguments: Budget) -> tuple[list[tuple[int, Flow]], list[Flow], int]:
    """Flows to providers, flows that were served, and how many of the others have no name."""
    allowed = blocks(arguments.destinations)
    away: list[tuple[int, Flow]] = []
    here: list[Flow] = []
    unnamed = 0
    for place, flow in enumerate(context.audit.facts.traffic.flows):
        if flow.attempt:
            continue
        if flow.direction == "in":
            here.append(flow)
        elif within(address_of(flow.address), allowed) or (flow.name and _provider(context, arguments, flow.name)):
            away.append((place, flow))
        elif not flow.name and not own(flow.address) and not loopback(flow.address):
            unnamed += 1
    return away, here, unnamed


def _provider(context: Context, arguments: Budget, name: str) -> bool:
    if arguments.providers:
        return any(fnmatchcase(name.lower(), glob.lower()) for glob in arguments.providers)
    operator = of_name(name.lower(), context.knowledge.operators)
    return operator is not None and operator.kind == "ai_api"


def _over(part: int, rest: int, percent: int) -> bool:
    """Whether a part is more than so much of the whole; in whole numbers, so that it is the same everywhere."""
    return part * 100 > percent * (part + rest)


def _each(context: Context, expected: Sentence, told: list[Outcome]) -> Iterable[Outcome]:
    """The first of them one by one, the rest counted."""
    yield from told[:MOST]
    if len(told) > MOST:
        worst = Verdict.FAIL if any(one.verdict is Verdict.FAIL for one in told[MOST:]) else Verdict.UNKNOWN
        yield Outcome(
            subject=host(context),
            verdict=worst,
            expected=expected,
            observed=say("{count} more destinations of this kind.", count=len(told) - MOST),
            rests_on=(_FLOWS,),
        )


def _whole(
    context: Context, arguments: Watch, expected: Sentence, found_some: bool, why: tuple[Sentence, ...]
) -> Iterable[Outcome]:
    """The outcome of the host: open where the watch does not suffice, else evidenced where nothing was found."""
    found = watched(context, arguments)
    if found.blind or why:
        yield _open(context, arguments, expected, say("Not all that matters was seen."), (*why, *found.blind), found)
    elif not found_some:
        yield Outcome(
            subject=host(context),
            verdict=Verdict.PASS,
            expected=expected,
            observed=say("{count} connections were seen; none contradicts it.", count=found.count),
            rests_on=(found.pointer, _FLOWS),
            not_seen=tuple(say("{what}", what=what) for what in found.capture.not_seen) if found.capture else (),
        )


def _open(
    context: Context,
    arguments: Watch,
    expected: Sentence,
    observed: Sentence,
    blind: tuple[Sentence, ...],
    found: Watched,
) -> Outcome:
    return Outcome(
        subject=host(context),
        verdict=Verdict.UNKNOWN,
        expected=expected,
        observed=observed,
        rests_on=(found.pointer, _FLOWS, "/collectors", "/problems"),
        not_seen=blind,
        remedy=say(
            "Hand in a capture of packets of {seconds} s or longer, made with all rights while the models answer "
            "requests.",
            seconds=arguments.observe_seconds,
        ),
    )
