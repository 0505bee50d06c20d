"""Checks of serving processes: ``serving.known`` and ``telemetry.off``."""

import re
from collections.abc import Iterable

from auditor.facts.serving import Footprint, Served, Switch, SwitchState
from auditor.judge.context import Context, check
from auditor.judge.finding import Outcome, Sentence, Subject, SubjectKind, Verdict, say
from auditor.judge.processes import others
from auditor.knowledge.phonehome import Kind
from auditor.policy.arguments import KnownStacks, NoArguments

_RELEASE = re.compile(r"v?(\d+(?:\.\d+)+)", re.ASCII)


@check("serving.known")
def known(context: Context, arguments: KnownStacks) -> Iterable[Outcome]:
    """One outcome for each process that serves models, and one for the host where some may not have been seen."""
    roles = {stack.id: stack.role for stack in context.knowledge.stacks}
    titles = {stack.id: stack.title for stack in context.knowledge.stacks}
    expected = (
        say("Models are served by {stacks} only.", stacks=", ".join(arguments.stacks))
        if arguments.stacks
        else say("Models are served by a known stack in a known version.")
    )
    serving = [
        (place, served)
        for place, served in enumerate(context.audit.facts.serving)
        if roles.get(served.stack.value or "") != "companion"
    ]
    for place, served in serving:
        yield _known(served, place, expected, arguments.stacks, titles)
    yield from others(context, bool(serving), expected)


@check("telemetry.off")
def off(context: Context, arguments: NoArguments) -> Iterable[Outcome]:
    """One outcome for each serving process and companion, and one for the host where some may not have been seen."""
    expected = say("Every contact that a serving process makes unasked is switched off in a way that works.")
    for place, served in enumerate(context.audit.facts.serving):
        yield _telemetry(context, served, place, expected)
    yield from others(context, bool(context.audit.facts.serving), expected)


def _known(
    served: Served, place: int, expected: Sentence, permitted: tuple[str, ...], titles: dict[str, str]
) -> Outcome:
    subject = Subject(kind=SubjectKind.PROCESS, id=str(served.pid))
    rests = (f"/facts/serving/{place}/stack", f"/facts/serving/{place}/version")
    stack = served.stack.value if served.stack.seen else None
    if stack is None:
        return Outcome(
            subject=subject,
            verdict=Verdict.UNKNOWN,
            expected=expected,
            observed=say(
                "Process {pid} ({exe}) holds weights or a GPU, and no known stack is started like it.",
                pid=served.pid,
                exe=served.exe.value or "program not seen",
            ),
            rests_on=(*rests, f"/facts/serving/{place}/command"),
            not_seen=(say("Which product process {pid} is.", pid=served.pid),),
            remedy=say("Find out what process {pid} is, and stop it or have it listed.", pid=served.pid),
        )
    title = titles.get(stack, stack)
    if permitted and stack not in permitted:
        return Outcome(
            subject=subject,
            verdict=Verdict.FAIL,
            expected=expected,
            observed=say("Process {pid} is {stack}, which is not on the list.", pid=served.pid, stack=title),
            rests_on=rests,
        )
    against = _against(served, place, title, expected)
    if against is not None:
        return against
    if not served.version.seen or not served.version.value:
        return Outcome(
            subject=subject,
            verdict=Verdict.UNKNOWN,
            expected=expected,
            observed=say("Process {pid} is {stack}; its version could not be told.", pid=served.pid, stack=title),
            rests_on=rests,
            not_seen=(say("The version of {stack} in process {pid}: {why}", stack=title, pid=served.pid,
                          why=served.version.note or served.version.status.value),),
            remedy=say("Ask the product for its version and note it beside this audit."),
        )  # fmt: skip
    return Outcome(
        subject=subject,
        verdict=Verdict.PASS,
        expected=expected,
        observed=say("Process {pid} is {stack} {version}.", pid=served.pid, stack=title, version=served.version.value),
        rests_on=rests,
    )


def _against(served: Served, place: int, title: str, expected: Sentence) -> Outcome | None:
    """What a process answered that does not go with how it was started, or that another host computes."""
    answers = served.answers
    if answers is None:
        return None
    subject = Subject(kind=SubjectKind.PROCESS, id=str(served.pid))
    if answers.remote.value:
        return Outcome(
            subject=subject,
            verdict=Verdict.FAIL,
            expected=expected,
            observed=say(
                "{stack}, process {pid}, lists models that {hosts} computes: prompts to them leave the host.",
                stack=title,
                pid=served.pid,
                hosts=", ".join(answers.remote.value),
            ),
            rests_on=(f"/facts/serving/{place}/answers/remote",),
            remedy=say("Remove these models, and switch off models that are computed elsewhere."),
        )
    told = contradictions(served)
    if not told:
        return None
    return Outcome(
        subject=subject,
        verdict=Verdict.UNKNOWN,
        expected=expected,
        observed=say(
            "{stack}, process {pid}, answers otherwise than it was started: {what}.",
            stack=title,
            pid=served.pid,
            what="; ".join(str(sentence) for sentence in told),
        ),
        rests_on=(f"/facts/serving/{place}/answers", f"/facts/serving/{place}/version",
                  f"/facts/serving/{place}/models"),
        not_seen=told,
        remedy=say("Find out what really runs in process {pid}; start it anew from what is meant.", pid=served.pid),
    )  # fmt: skip


def contradictions(served: Served) -> tuple[Sentence, ...]:
    """What cannot both be true: how a process was started, and what it answers."""
    answers, found = served.answers, []
    if answers is None:
        return ()
    installed, said = served.version.value, answers.version.value
    if installed and said and _RELEASE.match(said) and _release(installed) != _release(said):
        found.append(
            say("{source} tells version {installed}, {request} answers {said}", source=served.version.note or
                served.version.source, installed=installed, request=answers.version.source, said=said)
        )  # fmt: skip
    started = {name.rstrip("/") for name in served.models.value or () if name.startswith("/")}
    loaded = {name.rstrip("/") for name in answers.paths.value or () if name.startswith("/")}
    if started and loaded and not any(one == two or one.startswith(two + "/") for one in started for two in loaded):
        found.append(
            say("it was started with {started}, {request} answers {loaded}", started=", ".join(sorted(started)),
                request=answers.paths.source, loaded=", ".join(sorted(loaded)))
        )  # fmt: skip
    return tuple(found)


def _release(version: str) -> str:
    """Number of the release alone: builds mark themselves behind it."""
    found = _RELEASE.match(version)
    return found[1] if found else version


def _telemetry(context: Context, served: Served, place: int, expected: Sentence) -> Outcome:
    entries = {entry.id: entry for entry in context.knowledge.phone_home}
    mine = [(at, s) for at, s in enumerate(context.audit.facts.switches) if s.pid == served.pid]
    judged = [(at, s) for at, s in mine if s.entry not in entries or entries[s.entry].unasked]
    rests = tuple(f"/facts/switches/{at}" for at, _ in judged) or (f"/facts/serving/{place}",)
    subject = Subject(kind=SubjectKind.PROCESS, id=str(served.pid))
    title = next((s.title for s in context.knowledge.stacks if s.id == served.stack.value), served.stack.value or "?")
    # Of a program that is no known stack it was not seen whether it uses what is installed beside it.
    contrary = (SwitchState.ON, SwitchState.INEFFECTIVE) if served.stack.seen else ()
    bad = [s for _, s in judged if s.state.value in contrary]
    doubtful = [s for _, s in judged if s.state.value not in (*contrary, SwitchState.OFF)]
    blind = _blind(context, served, title, doubtful)
    if bad:
        return Outcome(
            subject=subject,
            verdict=Verdict.FAIL,
            expected=expected,
            observed=say(
                "{stack}, process {pid}: {contacts}.",
                stack=title,
                pid=served.pid,
                contacts="; ".join(_told(switch) for switch in bad),
            ),
            rests_on=rests,
            not_seen=blind,
            remedy=say("Switch it off so that its version honours it. {rules}.", rules=". ".join(map(_remedy, bad))),
        )
    if blind:
        return Outcome(
            subject=subject,
            verdict=Verdict.UNKNOWN,
            expected=expected,
            observed=say(
                "{stack}, process {pid}: {off} of {all} known contacts were seen to be switched off.",
                stack=title,
                pid=served.pid,
                off=len(judged) - len(doubtful),
                all=len(judged),
            ),
            rests_on=rests,
            not_seen=blind,
            remedy=say("Run the audit as root; set every switch in the environment of the process."),
        )
    late = _late(context, served, {switch.entry for _, switch in judged})
    if late:
        return Outcome(
            subject=subject,
            verdict=Verdict.UNKNOWN,
            expected=expected,
            observed=say(
                "{stack}, process {pid}: all {all} known contacts made unasked are switched off, yet {traces}.",
                stack=title,
                pid=served.pid,
                all=len(judged),
                traces="; ".join(_late_words(trace) for _, trace in late),
            ),
            rests_on=(*rests, *(f"/facts/footprints/{at}" for at, _ in late), f"/facts/serving/{place}/started"),
            not_seen=(say("Which process wrote it: it lies in the home of process {pid}, which began at {time}.",
                          pid=served.pid, time=served.started.value or ""),),
            remedy=say("Find out which process wrote the file, and set the switch for that one too."),
        )  # fmt: skip
    asked = dict.fromkeys(
        s.product
        for _, s in mine
        if s.entry in entries and not entries[s.entry].unasked and s.state.value is not SwitchState.OFF
    )
    left = []
    if asked:
        left.append(
            say("Contacts that a request, a download or a browser causes: {products}.", products=", ".join(asked))
        )
    known = {s.entry for _, s in judged}
    left += [
        say("What {product} sent earlier: it last wrote {path} at {time}.", product=trace.product, path=trace.path,
            time=trace.modified.value or "a time that was not seen")
        for trace in context.audit.facts.footprints
        if trace.entry in known
    ]  # fmt: skip
    return Outcome(
        subject=subject,
        verdict=Verdict.PASS,
        expected=expected,
        observed=say(
            "{stack} {version}, process {pid}: all {all} known contacts made unasked are switched off.",
            stack=title,
            version=served.version.value or "",
            pid=served.pid,
            all=len(judged),
        ),
        rests_on=rests,
        not_seen=tuple(left),
    )


def _blind(context: Context, served: Served, title: str, doubtful: list[Switch]) -> tuple[Sentence, ...]:
    """Everything that was not seen and could change the answer for one process."""
    found = [
        say("{product}: {why}.", product=switch.product, why=switch.state.note or "not seen") for switch in doubtful
    ]
    if not served.stack.seen:
        found.append(say("Which product process {pid} is, and so what it contacts.", pid=served.pid))
    else:
        known = [entry for entry in context.knowledge.phone_home if served.stack.value in entry.stacks]
        if not known:
            found.append(say("Nothing is known of the contacts that {stack} makes.", stack=title))
        evaluated = {switch.entry for switch in context.audit.facts.switches if switch.pid == served.pid}
        found += [
            say("{product}: its switches were not evaluated.", product=entry.product)
            for entry in known
            if entry.kind is not Kind.NONE
            and not entry.distribution
            and entry.id not in evaluated
            and not (entry.only_for and served.version.value and not entry.only_for.holds(served.version.value))
        ]
    found += [
        say("{where}: {what}", where=problem.where, what=problem.what)
        for problem in context.audit.problems
        if problem.collector == "switches"
    ]
    if not served.environment.seen:
        found.append(say("The environment of process {pid}.", pid=served.pid))
    if not served.command.seen:
        found.append(say("The command line of process {pid}.", pid=served.pid))
    if served.stack.seen and not served.version.seen:
        found.append(say("The version of {stack} in process {pid}.", stack=title, pid=served.pid))
    return tuple(found)


def _late(context: Context, served: Served, entries: set[str]) -> list[tuple[int, Footprint]]:
    """Footprints of these contacts that were written after the process began, in its own home."""
    home = (served.environment.value or {}).get("HOME", "").rstrip("/") if served.environment.seen else ""
    began = served.started.value if served.started.seen else None
    if not home or not began:
        return []
    homes = (home + "/", f"/proc/{served.pid}/root{home}/")
    return [
        (at, trace)
        for at, trace in enumerate(context.audit.facts.footprints)
        if trace.entry in entries and trace.path.startswith(homes) and (trace.modified.value or "") > began
    ]


def _late_words(trace: Footprint) -> str:
    return f"{trace.product} wrote {trace.path} at {trace.modified.value}"


def _told(switch: Switch) -> str:
    hosts = ", ".join(switch.hosts) or "no host of its own"
    if switch.state.value is SwitchState.INEFFECTIVE:
        return f"{switch.product} contacts {hosts}, and {', '.join(switch.found) or 'what is set'} has no effect"
    return f"{switch.product} contacts {hosts}, with no switch set"


def _remedy(switch: Switch) -> str:
    return f"{switch.product} is {switch.rule.partition('; not switched off by')[0]}"
