"""Whether the network was watched long and well enough for silence to mean something, and how much it then means."""

import math
from dataclasses import dataclass

from auditor.facts.fact import Fact
from auditor.facts.traffic import Capture, Tier
from auditor.judge.context import Context
from auditor.judge.destinations import imported
from auditor.judge.finding import Sentence, say
from auditor.judge.network import unread
from auditor.policy.arguments import Watch

_ORDER = list(Tier)
DOUBT = 0.05
"""What is left of certainty in the statistical bound: it holds with 95 % confidence."""


@dataclass(frozen=True)
class Watched:
    """The best of what there is: the watch of the probe, or an imported capture."""

    capture: Capture | None
    pointer: str
    blind: tuple[Sentence, ...]
    """Why it does not suffice; empty where it does."""
    count: int
    """Connections that it saw."""


def watched(context: Context, arguments: Watch) -> Watched:
    """The first watch that suffices, else the probe's own (or the first imported, where the probe did not watch).

    A damaged capture leaves everything open, whatever else was watched: what stood in it was meant to count.
    """
    traffic = context.audit.facts.traffic
    found = [_one(context, traffic.capture, "/facts/traffic/capture", arguments, own=True)]
    found += [
        _one(context, fact, f"/facts/traffic/imports/{place}", arguments, own=False)
        for place, fact in enumerate(traffic.imports)
    ]
    if len(found) > 1 and not traffic.capture.seen:
        found = found[1:]
    best = next((one for one in found if not one.blind), found[0])
    damaged = tuple(sentence for sentence in _damaged(context) if sentence not in best.blind)
    return Watched(best.capture, best.pointer, (*best.blind, *damaged), best.count)


def _one(context: Context, fact: Fact[Capture], pointer: str, arguments: Watch, own: bool) -> Watched:
    flows = context.audit.facts.traffic.flows
    count = sum(imported(flow) is not own for flow in flows)
    found = list(unread(context)) if own else []
    capture = fact.value if fact.seen else None
    if capture is None:
        found.append(say("The network: {why}.", why=fact.note or "it was not watched"))
        return Watched(None, pointer, tuple(found), count)
    if capture.damaged:
        found += _damaged(context)
    if capture.seconds < arguments.observe_seconds:
        found.append(
            say(
                "Traffic after {seconds} s: the policy asks for {wanted} s.",
                seconds=capture.seconds,
                wanted=arguments.observe_seconds,
            )
        )
    if _ORDER.index(capture.tier) > _ORDER.index(Tier(arguments.worst_tier)):
        found.append(
            say(
                "What means better than {tier} would see: the policy asks for {wanted}.",
                tier=capture.tier.value,
                wanted=arguments.worst_tier,
            )
        )
    if capture.dropped > arguments.maximum_drops:
        found.append(say("{count} packets that the kernel dropped.", count=capture.dropped))
    accepted = accepted_of(context, own)
    if accepted < arguments.minimum_accepted:
        found.append(
            say(
                "What happens under load: {count} connections from others were accepted meanwhile, the policy asks for "
                "{wanted}.",
                count=accepted,
                wanted=arguments.minimum_accepted,
            )
        )
    found += _requests(context, arguments.minimum_requests, own)
    if found:
        found += [say("{what}", what=what) for what in capture.not_seen]
    return Watched(capture, pointer, tuple(found), count)


def _requests(context: Context, wanted: int, own: bool) -> tuple[Sentence, ...]:
    """What is to say where too few requests were served meanwhile, or where nobody counted them."""
    if not wanted:
        return ()
    fact = context.audit.facts.traffic.requests_served if own else None
    if fact is None or not fact.seen or fact.value is None:
        why = fact.note if fact else ""
        return (
            say(
                "What happens under load: how many requests were served meanwhile is not known ({why}), the policy "
                "asks for {wanted}.",
                why=why or "no counters of this time were read",
                wanted=wanted,
            ),
        )
    if fact.value >= wanted:
        return ()
    return (
        say(
            "What happens under load: {count} requests were served meanwhile, the policy asks for {wanted}.",
            count=fact.value,
            wanted=wanted,
        ),
    )


def accepted_of(context: Context, own: bool) -> int:
    """Connections that this host accepted from others, in its own watch or in imported captures.

    Those by which the audit itself asked serving processes are no load.
    """
    asking = {
        asked.client for served in context.audit.facts.serving if served.answers for asked in served.answers.asked
    }
    return sum(
        flow.direction == "in"
        and not flow.attempt
        and imported(flow) is not own
        and f"{flow.address}:{flow.port}" not in asking
        for flow in context.audit.facts.traffic.flows
    )


def _damaged(context: Context) -> tuple[Sentence, ...]:
    return tuple(
        say("Parts of {source}: the file is cut or damaged.", source=fact.source)
        for fact in context.audit.facts.traffic.imports
        if fact.value is not None and fact.value.damaged
    )


def silence(found: Watched, capture: Capture) -> Sentence:
    """That nothing else was seen; the weaker the means, the weaker the words."""
    count, seconds = found.count, capture.seconds
    if capture.tier in (Tier.EBPF, Tier.RING):
        return say(
            "In {seconds} s every connection was recorded, {count} in all; none left the permitted list.",
            seconds=seconds,
            count=count,
        )
    if capture.tier is Tier.EVENTS:
        return say(
            "In {seconds} s the kernel reported {count} connections; none left the permitted list.",
            seconds=seconds,
            count=count,
        )
    if capture.tier in (Tier.POLLING, Tier.SLOW_POLLING):
        return say(
            "In {seconds} s the open sockets were looked at {samples} times, at most {gap} ms apart; none of the "
            "{count} connections seen left the permitted list. A connection shorter than that can have been missed.",
            seconds=seconds,
            samples=capture.samples,
            gap=capture.longest_gap_ms,
            count=count,
        )
    return say(
        "The imported record of {seconds} s holds {count} connections; none left the permitted list.",
        seconds=seconds,
        count=count,
    )


def bound(seconds: int) -> tuple[Sentence, ...]:
    """What no contact in so many seconds says at most; empty where it says nothing.

    Without a contact in T, a Poisson rate of ln(1/0.05)/T or more is refuted with 95 % confidence ("rule of three").
    """
    period = math.floor(seconds / math.log(1 / DOUBT))
    if period < 1:
        return ()
    return (
        say(
            "No such contact in {seconds} s says, with 95 % confidence, that there is on average fewer than one in "
            "{period}, if contacts come at random; one at fixed times can lie outside the watch.",
            seconds=seconds,
            period=span(period),
        ),
    )


def span(seconds: int) -> str:
    """A length of time with its unit, rounded down."""
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
