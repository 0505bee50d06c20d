"""Checks of the network: ``traffic.only`` and ``traffic.listeners``."""

import ipaddress
from collections.abc import Iterable
from fnmatch import fnmatchcase

from auditor.facts.traffic import Capture, Flow, Listener, Tier
from auditor.judge.addresses import address_of, loopback
from auditor.judge.context import Context, check
from auditor.judge.finding import Outcome, Sentence, Subject, SubjectKind, Verdict, say
from auditor.judge.network import MOST, host, owner, socket, unread
from auditor.judge.processes import more_rights
from auditor.policy.checks import Destinations, Listeners

_ORDER = list(Tier)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@check("traffic.only")
def only(context: Context, arguments: Destinations) -> Iterable[Outcome]:
    """One outcome for each destination that is not permitted, else one for the host."""
    permitted = [ipaddress.ip_network(block, strict=False) for block in arguments.destinations]
    foreign: dict[tuple[str, int, str], list[int]] = {}
    flows = context.audit.facts.traffic.flows
    for place, flow in enumerate(flows):
        if flow.direction == "out" and not _may(flow, permitted):
            foreign.setdefault((flow.address, flow.port, flow.proto), []).append(place)
    expected = (
        say("The host connects to {blocks} and to itself only.", blocks=", ".join(arguments.destinations))
        if arguments.destinations
        else say("The host connects to itself only.")
    )
    shown = list(foreign.items())[:MOST]
    for (address, port, proto), places in shown:
        yield _foreign(address, port, proto, [(place, flows[place]) for place in places], expected)
    if len(foreign) > len(shown):
        yield Outcome(
            subject=host(context),
            verdict=Verdict.FAIL,
            expected=expected,
            observed=say("{count} more destinations are not permitted.", count=len(foreign) - len(shown)),
            rests_on=("/facts/traffic/flows",),
        )
    blind = _watch(context, arguments)
    if blind:
        yield Outcome(
            subject=host(context),
            verdict=Verdict.UNKNOWN,
            expected=expected,
            observed=say("The watch does not suffice to say that nobody else was contacted.")
            if foreign
            else say("Nobody else was seen to be contacted, but the watch does not suffice to say so."),
            rests_on=("/facts/traffic/capture", "/collectors", "/problems"),
            not_seen=blind,
            remedy=say(
                "Watch for {seconds} s or longer with all rights, while the models answer requests.",
                seconds=arguments.observe_seconds,
            ),
        )
    elif not foreign:
        capture = context.audit.facts.traffic.capture.value
        if capture is not None:
            yield _silent(context, capture, expected)


@check("traffic.listeners")
def listeners(context: Context, arguments: Listeners) -> Iterable[Outcome]:
    """One outcome for each socket that listens beyond loopback and may not, else one for the host."""
    expected = (
        say("Beyond loopback only {allowed} listen.", allowed=", ".join(arguments.allowed))
        if arguments.allowed
        else say("Nothing listens beyond loopback.")
    )
    every = context.audit.facts.traffic.listeners
    open_: dict[tuple[str, int, str], list[int]] = {}
    for place, listener in enumerate(every):
        if not loopback(listener.address) and not _allowed(listener, arguments.allowed):
            open_.setdefault((listener.address, listener.port, listener.proto), []).append(place)
    shown = list(open_.items())[:MOST]
    for (address, port, proto), places in shown:
        owners = ", ".join(dict.fromkeys(owner(every[place].process) for place in places))
        yield Outcome(
            subject=Subject(kind=SubjectKind.LISTENER, id=socket(address, port, proto)),
            verdict=Verdict.FAIL,
            expected=expected,
            observed=say("{socket} listens beyond loopback: {owners}.", socket=socket(address, port, proto),
                         owners=owners),
            rests_on=tuple(f"/facts/traffic/listeners/{place}" for place in places[:MOST]),
            remedy=say("Bind {owners} to 127.0.0.1 or to an address that the policy allows.", owners=owners)
            if all(every[place].process.seen for place in places)
            else say("Find out whose {socket} is: a kernel service, or a process of another namespace.",
                     socket=socket(address, port, proto)),
        )  # fmt: skip
    if len(open_) > len(shown):
        yield Outcome(
            subject=host(context),
            verdict=Verdict.FAIL,
            expected=expected,
            observed=say("{count} more sockets listen beyond loopback.", count=len(open_) - len(shown)),
            rests_on=("/facts/traffic/listeners",),
        )
    blind = unread(context)
    if blind:
        yield Outcome(
            subject=host(context),
            verdict=Verdict.UNKNOWN,
            expected=expected,
            observed=say("Not all listening sockets could be read."),
            rests_on=("/collectors", "/problems"),
            not_seen=blind,
            remedy=more_rights(context.audit),
        )
    elif not open_:
        yield Outcome(
            subject=host(context),
            verdict=Verdict.PASS,
            expected=expected,
            observed=say("{count} sockets listen, all of them on loopback or permitted.", count=len(every)),
            rests_on=("/facts/traffic/listeners",),
        )


def _foreign(address: str, port: int, proto: str, flows: list[tuple[int, Flow]], expected: Sentence) -> Outcome:
    owners = ", ".join(dict.fromkeys(owner(flow.process) for _, flow in flows))
    where = socket(address, port, proto)
    if all(flow.attempt for _, flow in flows):
        observed = say(
            "{owners} tried to connect to {where} and did not get through; attempts seen: {count}.",
                       owners=owners, where=where, count=len(flows))  # fmt: skip
    else:
        observed = say(
            "{owners} connected to {where}; connections seen: {count}.", owners=owners, where=where, count=len(flows)
        )
    return Outcome(
        subject=Subject(kind=SubjectKind.DESTINATION, id=where),
        verdict=Verdict.FAIL,
        expected=expected,
        observed=observed,
        rests_on=tuple(f"/facts/traffic/flows/{place}" for place, _ in flows[:MOST]),
        remedy=say(
            "Ask the resolver's log for the name behind {address}; run “auditor phonehome” to see which switch stops "
            "it, or permit the destination with a reason.",
            address=address,
        ),
    )


def _silent(context: Context, capture: Capture, expected: Sentence) -> Outcome:
    """The passing outcome; the weaker the means, the weaker the words."""
    count, seconds = len(context.audit.facts.traffic.flows), capture.seconds
    if capture.tier in (Tier.EBPF, Tier.RING):
        observed = say(
            "In {seconds} s every connection was recorded, {count} in all; none left the permitted list.",
            seconds=seconds,
            count=count,
        )
    elif capture.tier is Tier.EVENTS:
        observed = say(
            "In {seconds} s the kernel reported {count} connections; none left the permitted list.",
            seconds=seconds,
            count=count,
        )
    elif capture.tier in (Tier.POLLING, Tier.SLOW_POLLING):
        observed = say(
            "In {seconds} s the open sockets were looked at {samples} times, at most {gap} ms apart; none of the "
            "{count} connections seen left the permitted list. A connection shorter than that can have been missed.",
            seconds=seconds,
            samples=capture.samples,
            gap=capture.longest_gap_ms,
            count=count,
        )
    else:
        observed = say(
            "The imported record of {seconds} s holds {count} connections; none left the permitted list.",
            seconds=seconds,
            count=count,
        )
    return Outcome(
        subject=host(context),
        verdict=Verdict.PASS,
        expected=expected,
        observed=observed,
        rests_on=("/facts/traffic/capture", "/facts/traffic/flows"),
        not_seen=tuple(say("{what}", what=what) for what in capture.not_seen),
    )


def _watch(context: Context, arguments: Destinations) -> tuple[Sentence, ...]:
    """Why the watch does not suffice; empty where it does."""
    fact = context.audit.facts.traffic.capture
    found = list(unread(context))
    capture = fact.value if fact.seen else None
    if capture is None:
        found.append(say("The network: {why}.", why=fact.note or "it was not watched"))
        return tuple(found)
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
    if capture.dropped:
        found.append(say("{count} packets that the kernel dropped.", count=capture.dropped))
    if found:
        found += [say("{what}", what=what) for what in capture.not_seen]
    return tuple(found)


def _may(flow: Flow, permitted: list[Network]) -> bool:
    """Whether a flow stays on the host or goes to a permitted block. What is no address is not permitted."""
    if loopback(flow.address) or flow.address == flow.source_address:
        return True
    address = address_of(flow.address)
    return address is not None and any(address in block for block in permitted if block.version == address.version)


def _allowed(listener: Listener, globs: tuple[str, ...]) -> bool:
    names = (f"{listener.address}:{listener.port}", f"[{listener.address}]:{listener.port}")
    return any(fnmatchcase(name, _escaped(glob)) for name in names for glob in globs)


def _escaped(glob: str) -> str:
    # Brackets belong to IPv6 addresses here, they are no character class.
    return glob.replace("[", "[[]")
