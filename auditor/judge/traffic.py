"""Checks of the network: ``traffic.only`` and ``traffic.listeners``."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from auditor.facts.traffic import Flow, Listener
from auditor.judge.addresses import loopback
from auditor.judge.background import background
from auditor.judge.context import Context, check
from auditor.judge.destinations import Meaning
from auditor.judge.finding import Outcome, Sentence, Subject, SubjectKind, Verdict, say
from auditor.judge.network import MOST, host, owner, socket, unread
from auditor.judge.permits import Permits
from auditor.judge.processes import more_rights
from auditor.judge.watch import bound, silence, watched
from auditor.policy.arguments import Destinations, Listeners


@check("traffic.only")
def only(context: Context, arguments: Destinations) -> Iterable[Outcome]:
    """One outcome for each destination that is not permitted or may not be, else one for the host; one for the link."""
    permits = Permits(arguments)
    foreign: dict[tuple[str, int, str], list[int]] = {}
    doubtful: dict[tuple[str, int, str], list[int]] = {}
    near: list[int] = []
    flows = context.audit.facts.traffic.flows
    for place, flow in enumerate(flows):
        if flow.direction == "out" and (may := permits.may(flow)) is not True:
            if background(flow):
                near.append(place)
                continue
            (doubtful if may is None else foreign).setdefault((flow.address, flow.port, flow.proto), []).append(place)
    expected = _expected(arguments)
    meaning = Meaning.of(context.audit, context.knowledge)
    named_ = context.audit.facts.host.resolvers.value or ""
    resolvers = {(name, 53, proto) for name in named_.split(", ") for proto in ("udp", "udp6", "tcp", "tcp6")}
    for which, verdict in ((foreign, Verdict.FAIL), (doubtful, Verdict.UNKNOWN)):
        shown = list(which.items())[:MOST]
        for end, places in shown:
            told = [(place, flows[place]) for place in places]
            if which is doubtful:
                yield _doubtful(end, told, expected)
            elif end in resolvers:
                yield _asked(end, told, expected)
            else:
                yield _foreign(end, told, expected, meaning)
        if len(which) > len(shown):
            yield Outcome(
                subject=host(context),
                verdict=verdict,
                expected=expected,
                observed=say("{count} more destinations are not permitted.", count=len(which) - len(shown))
                if which is foreign
                else say("Of {count} more destinations it is open whether they are.", count=len(which) - len(shown)),
                rests_on=("/facts/traffic/flows",),
            )
    if near:
        yield _near([(place, flows[place]) for place in near], expected)
    found = watched(context, arguments)
    if found.blind:
        yield Outcome(
            subject=host(context),
            verdict=Verdict.UNKNOWN,
            expected=expected,
            observed=say("The watch does not suffice to say that nobody else was contacted.")
            if foreign or doubtful
            else say("Nobody else was seen to be contacted, but the watch does not suffice to say so."),
            rests_on=(found.pointer, "/collectors", "/problems"),
            not_seen=(
                *found.blind,
                *(bound(found.capture.seconds) if found.capture is not None and not (foreign or doubtful) else ()),
            ),
            remedy=say(
                "Watch for {seconds} s or longer with all rights, while the models answer requests.",
                seconds=arguments.observe_seconds,
            ),
        )
    elif not foreign and not doubtful and found.capture is not None:
        yield Outcome(
            subject=host(context),
            verdict=Verdict.PASS,
            expected=expected,
            observed=silence(found, found.capture),
            rests_on=(found.pointer, "/facts/traffic/flows"),
            not_seen=(
                *(say("{what}", what=what) for what in found.capture.not_seen),
                *bound(found.capture.seconds),
            ),
        )


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


End = tuple[str, int, str]
Told = list[tuple[int, Flow]]


def _expected(arguments: Destinations) -> Sentence:
    if arguments.permitted:
        return say(
            "The host connects to {blocks} and to itself only, and where one of {count} further permits fits.",
            blocks=", ".join(arguments.destinations) or "–",
            count=len(arguments.permitted),
        )
    if arguments.destinations:
        return say("The host connects to {blocks} and to itself only.", blocks=", ".join(arguments.destinations))
    return say("The host connects to itself only.")


def _foreign(end: End, flows: Told, expected: Sentence, meaning: Meaning) -> Outcome:
    owners = ", ".join(dict.fromkeys(owner(flow.process) for _, flow in flows))
    where, shown = socket(*end), named(end, flows)
    if all(flow.attempt for _, flow in flows):
        observed = say(
            "{owners} tried to connect to {where} and did not get through; attempts seen: {count}.",
                       owners=owners, where=shown, count=len(flows))  # fmt: skip
    else:
        observed = say(
            "{owners} connected to {where}; connections seen: {count}.", owners=owners, where=shown, count=len(flows)
        )
    return Outcome(
        subject=Subject(kind=SubjectKind.DESTINATION, id=where),
        verdict=Verdict.FAIL,
        expected=expected,
        observed=observed,
        rests_on=tuple(f"/facts/traffic/flows/{place}" for place, _ in flows[:MOST]),
        remedy=_remedy(end[0], flows, meaning),
    )


def _asked(end: End, flows: Told, expected: Sentence) -> Outcome:
    """Looking names up tells another party which names; who that is, the host's own configuration says."""
    return Outcome(
        subject=Subject(kind=SubjectKind.DESTINATION, id=socket(*end)),
        verdict=Verdict.FAIL,
        expected=expected,
        observed=say(
            "{owners} looked names up at {where}, a resolver that this host is configured with; connections seen: "
            "{count}.",
            owners=", ".join(dict.fromkeys(owner(flow.process) for _, flow in flows)),
            where=socket(*end),
            count=len(flows),
        ),
        rests_on=("/facts/host/resolvers", *(f"/facts/traffic/flows/{place}" for place, _ in flows[:MOST])),
        remedy=say(
            "If this resolver is the organisation's own, permit {where} with a reason; else configure one that is.",
            where=socket(*end),
        ),
    )


def _remedy(address: str, flows: Told, meaning: Meaning) -> Sentence:
    known = next((endpoint for _, flow in flows for endpoint in meaning.endpoints(flow.name)), None)
    if known is not None:
        return say(
            "This is a known contact of {product} ({kind}); its rule: {switch}. Switch it off, or permit the "
            "destination with a reason.",
            product=known.product,
            kind=known.kind,
            switch=known.switch,
        )
    if any(flow.name for _, flow in flows):
        return say("Stop what connects there, or permit the destination with a reason.")
    return say(
        "Ask the resolver's log for the name behind {address}; run “auditor phonehome” to see which switch stops "
        "it, or permit the destination with a reason.",
        address=address,
    )


def _doubtful(end: End, flows: Told, expected: Sentence) -> Outcome:
    return Outcome(
        subject=Subject(kind=SubjectKind.DESTINATION, id=socket(*end)),
        verdict=Verdict.UNKNOWN,
        expected=expected,
        observed=say(
            "{where} was contacted; whether that is permitted depends on a name or a process that was not seen.",
            where=named(end, flows),
        ),
        rests_on=tuple(f"/facts/traffic/flows/{place}" for place, _ in flows[:MOST]),
        not_seen=(say("Name or process of the connections to {where}.", where=socket(*end)),),
        remedy=say("Watch with all rights and hand in a capture of packets, or permit the address by its block."),
    )


def _near(flows: Told, expected: Sentence) -> Outcome:
    """Told, because it was sent; no contradiction, because no router passes it on."""
    ends = list(dict.fromkeys(socket(flow.address, flow.port, flow.proto) for _, flow in flows))
    return Outcome(
        subject=Subject(kind=SubjectKind.DESTINATION, id="link"),
        verdict=Verdict.NOT_APPLICABLE,
        expected=expected,
        observed=say(
            "Sent to neighbours on the same link only, by addresses that no router passes on: {ends}; flows seen: "
            "{count}.",
            ends=", ".join(ends[:5]) + (" …" if len(ends) > 5 else ""),
            count=len(flows),
        ),
        rests_on=tuple(f"/facts/traffic/flows/{place}" for place, _ in flows[:MOST]),
    )


def named(end: End, flows: Told) -> str:
    """The remote end as findings tell it: by the names that packets told, else by its address alone."""
    names = list(dict.fromkeys(flow.name for _, flow in flows if flow.name))[:3]
    return f"{', '.join(names)} ({socket(*end)})" if names else socket(*end)


def _allowed(listener: Listener, globs: tuple[str, ...]) -> bool:
    names = (f"{listener.address}:{listener.port}", f"[{listener.address}]:{listener.port}")
    return any(fnmatchcase(name, _escaped(glob)) for name in names for glob in globs)


def _escaped(glob: str) -> str:
    # Brackets belong to IPv6 addresses here, they are no character class.
    return glob.replace("[", "[[]")
