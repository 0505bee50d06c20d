"""The check of sealed runs: ``sealed.silent``."""

import datetime as dt
from collections.abc import Iterable
from fnmatch import fnmatchcase

from auditor.facts.sealed import Attempt, Ending, Phase, SealedRun, Trial
from auditor.judge.context import Context, check
from auditor.judge.finding import Outcome, Sentence, Subject, SubjectKind, Verdict, say
from auditor.judge.network import MOST, host
from auditor.judge.network import socket as socket_name
from auditor.policy.arguments import SealedSilence


@check("sealed.silent")
def silent(context: Context, arguments: SealedSilence) -> Iterable[Outcome]:
    """One outcome for each destination of each run that may not be called, and one for each run otherwise."""
    expected = say("No prompt leaves the server, and it calls nobody that is not permitted.")
    runs = context.audit.facts.sealed
    for place, run in enumerate(runs):
        yield from _of(context, arguments, place, run, expected)
    if not runs:
        yield Outcome(
            subject=host(context),
            verdict=Verdict.UNKNOWN,
            expected=expected,
            observed=say("No sealed run was handed to this audit."),
            rests_on=("/facts/sealed",),
            remedy=say("Run “auditor sealed -- COMMAND” with the server's command, then audit with --sealed."),
        )


def _of(
    context: Context, arguments: SealedSilence, place: int, run: SealedRun, expected: Sentence
) -> Iterable[Outcome]:
    base = f"/facts/sealed/{place}"
    phase = Phase(arguments.phase)
    contradicted = list(contradictions(run, phase, arguments.destinations))
    # One finding for each destination, whichever phases it was called in; a mark says more than a call.
    grouped: dict[str, list[tuple[Trial, int, Attempt]]] = {}
    for found in sorted(contradicted, key=lambda found: not found[2].sightings):
        grouped.setdefault(target(found[2]), []).append(found)
    for each in list(grouped.values())[:MOST]:
        pointers = [f"{base}/trials/{run.trials.index(trial)}/attempts/{number}" for trial, number, _ in each]
        yield _contradicted(run, each[0][0], each[0][2], expected, tuple(sorted(pointers)))
    blind = [*doubts(run, phase, arguments.minutes), *_elsewhere(context, run, arguments.days)]
    if blind:
        yield Outcome(
            subject=host(context),
            verdict=Verdict.UNKNOWN,
            expected=expected,
            observed=say("The sealed run of “{command}” does not suffice to say that nothing else leaves.",
                         command=words(run)),
            rests_on=(base,),
            not_seen=tuple(blind),
            remedy=say("Repeat the sealed run on this host until every prompt is answered and its control finds "
                       "every planted leak."),
        )  # fmt: skip
    elif not contradicted:
        judged = run.trial(phase)
        if judged is not None:
            yield Outcome(
                subject=host(context),
                verdict=Verdict.PASS,
                expected=expected,
                observed=say(
                    "“{command}” answered {answered} marked prompts and was watched for {seconds} s where nothing "
                    "could leave; no mark and no call that is not permitted was seen, while {planted} of {planted} "
                    "planted leaks were found.",
                    command=words(run),
                    answered=sum(one.ok for one in judged.answered),
                    seconds=judged.observed_seconds,
                    planted=len(judged.control),
                ),
                rests_on=(base,),
                not_seen=tuple(say("{what}", what=what) for what in run.limits),
            )


def contradictions(
    run: SealedRun, phase: Phase, permitted: tuple[str, ...] = ()
) -> Iterable[tuple[Trial, int, Attempt]]:
    """What speaks against silence: marks in any phase, and calls in the phase that is asked for."""
    for trial in run.trials:
        for number, attempt in enumerate(trial.attempts):
            allowed = any(fnmatchcase(name, glob) for name in (attempt.name, attempt.address) for glob in permitted)
            if attempt.sightings or (trial.phase is phase and not allowed):
                yield trial, number, attempt


def doubts(run: SealedRun, phase: Phase, minutes: float = 0) -> Iterable[Sentence]:
    """Why a run does not suffice to say that a server is silent."""
    trial = run.trial(phase)
    if trial is None:
        yield say("The server with its switches as demanded: this phase was not run.")
        return
    if trial.ending is not Ending.COMPLETE:
        yield say("The whole phase: it ended as {ending}. {note}", ending=trial.ending.value, note=trial.note[:300])
    if not trial.valid:
        missed = ", ".join(planted.name for planted in trial.control if not planted.found) or "all"
        yield say("What the search would find: planted leaks were missed ({missed}).", missed=missed[:300])
    if not any(one.ok for one in trial.answered):
        yield say("What the server does with a prompt: none of the marked prompts was answered.")
    if trial.observed_seconds < int(60 * minutes):
        yield say("What comes later than {seconds} s: the policy asks for {wanted} s.",
                  seconds=trial.observed_seconds, wanted=int(60 * minutes))  # fmt: skip
    if trial.dropped:
        yield say("{count} packets were lost before they could be recorded.", count=trial.dropped)
    if trial.unsearched:
        yield say("{count} bytes were sent that could not be searched to the end.", count=trial.unsearched)


def words(run: SealedRun) -> str:
    """The command of a run, for a sentence."""
    text = " ".join(run.command)
    return text if len(text) <= 100 else text[:97] + "…"


def target(attempt: Attempt) -> str:
    """Name of a destination, as findings use it."""
    if not attempt.port or attempt.proto == "dns":
        return f"{attempt.name or attempt.address} ({attempt.proto})"
    return socket_name(attempt.name or attempt.address, attempt.port, attempt.proto)


def _elsewhere(context: Context, run: SealedRun, days: int) -> Iterable[Sentence]:
    if run.host != context.audit.target.name:
        yield say("This host: the run was made on {host}.", host=run.host)
    ended = dt.datetime.fromisoformat(run.ended)
    if context.now - ended > dt.timedelta(days=days):
        yield say("The server of today: the run ended at {ended}, more than {days} days ago.",
                  ended=run.ended, days=days)  # fmt: skip


def _contradicted(
    run: SealedRun, trial: Trial, attempt: Attempt, expected: Sentence, pointers: tuple[str, ...]
) -> Outcome:
    where, process = target(attempt), attempt.process or "a process"
    if attempt.sightings:
        seen = "; ".join(
            dict.fromkeys(f"{s.place.value} in {s.channel.value}, {' of '.join(s.encoding)}" for s in attempt.sightings)
        )
        observed = say("In the sealed run {process} sent marked content to {where}: {seen}.",
                       process=process, where=where, seen=seen[:400])  # fmt: skip
    elif attempt.product:
        observed = say("In the sealed run {process} called {where}, a known contact of {product}; calls: {count}.",
                       process=process, where=where, product=attempt.product, count=attempt.count)  # fmt: skip
    else:
        observed = say("In the sealed run {process} called {where}; calls: {count}.",
                       process=process, where=where, count=attempt.count)  # fmt: skip
    off = run.trial(Phase.SWITCHED_OFF)
    stops = (
        trial.phase is Phase.CONFIGURED
        and off is not None
        and off.ending is Ending.COMPLETE
        and all((other.name, other.address) != (attempt.name, attempt.address) for other in off.attempts)
    )
    return Outcome(
        subject=Subject(kind=SubjectKind.DESTINATION, id=where),
        verdict=Verdict.FAIL,
        expected=expected,
        observed=observed,
        rests_on=pointers,
        remedy=say("With every known switch off it was not called: set the switch of {entry}; the run lists what was "
                   "set.", entry=attempt.entry or "this product")
        if stops
        else say("No known switch stops it: remove what calls {where}, or permit the destination with a reason.",
                 where=where),
    )  # fmt: skip
