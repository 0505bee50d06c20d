"""Checks of what is served: ``weights.served``, the bytes in use, and ``weights.fixed``, who can change them."""

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from auditor.facts.audit import Outcome as Ended
from auditor.facts.serving import Custody, Held, Served
from auditor.facts.weights import Weight
from auditor.judge.context import Context, check
from auditor.judge.digests import may_stand
from auditor.judge.finding import Outcome, Sentence, Subject, SubjectKind, Verdict, say
from auditor.judge.processes import more_rights, others
from auditor.judge.standing import Stand, pins_for, standing_of
from auditor.judge.weights_words import LISTED, names_of
from auditor.policy.arguments import NoArguments, ServedBytes
from auditor.recognise.settings import Judged, settings_of

_ENOUGH = {
    "any": {Stand.PINNED, Stand.SELF_CONSISTENT, Stand.UNPINNED},
    "self_consistent": {Stand.PINNED, Stand.SELF_CONSISTENT},
    "pinned": {Stand.PINNED},
}


class InUse(NamedTuple):
    """A file in use with its place in the facts."""

    at: int
    file: Custody

    @property
    def pointer(self) -> str:
        """JSON pointer into the facts."""
        return f"/facts/custody/{self.at}"

    @property
    def name(self) -> str:
        """What a sentence calls it."""
        return posixpath.basename(self.file.weight or self.file.path)


def why_contradicted(file: Custody) -> str:
    """What speaks against a file in use: ``differs``, ``gone``, ``replaced``, ``written``; empty where nothing does."""
    mapped, disk = file.mapped_sha256.value, file.disk_sha256.value
    if mapped and disk and mapped != disk:
        return "differs"
    if file.replaced.value and not (mapped and disk):
        return "replaced" if disk else "gone"
    return "written" if file.after_start.value else ""


def state_of(file: Custody) -> str:
    """In a word, what is known of a file in use: a contradiction, ``same`` as on disk, or ``unseen``."""
    why = why_contradicted(file)
    if why:
        return why
    seen = (
        bool(file.mapped_sha256.value)
        and file.mapped_sha256.value == file.disk_sha256.value
        and file.after_start.seen
        and not file.copied.value
        and (file.copied.seen or file.held.value is not Held.MAPPED)
    )
    return "same" if seen else "unseen"


@check("weights.served")
def served(context: Context, arguments: ServedBytes) -> Iterator[Outcome]:
    """One outcome for each process that serves or holds weights, and one for the host where some may not be seen."""
    expected = _expected(arguments)
    roles = {stack.id: stack.role for stack in context.knowledge.stacks}
    facts = context.audit.facts
    in_use: dict[int, list[InUse]] = {}
    for at, file in enumerate(facts.custody):
        in_use.setdefault(file.server, []).append(InUse(at, file))
    serving = {one.pid: (at, one) for at, one in enumerate(facts.serving)}
    for pid in sorted({*in_use, *serving}):
        at, one = serving.get(pid, (-1, None))
        if pid not in in_use and one is not None and roles.get(one.stack.value or "") == "companion":
            continue
        yield _of_process(context, arguments, expected, pid, in_use.get(pid, []), (at, one))
    yield from others(context, bool(in_use or serving), expected)


def _expected(arguments: ServedBytes) -> Sentence:
    if arguments.standing == "pinned":
        return say("The weights in use are the files on disk, unchanged, with the digests that the policy pins.")
    if arguments.standing == "self_consistent":
        return say("The weights in use are the files on disk, unchanged, with digests that are pinned or stated.")
    return say("The weights in use are the files on disk, unchanged since the process started.")


def _of_process(
    context: Context, arguments: ServedBytes, expected: Sentence, pid: int, in_use: list[InUse],
    place: tuple[int, Served | None],
) -> Outcome:  # fmt: skip
    at, one = place
    rests = tuple(item.pointer for item in in_use) + ((f"/facts/serving/{at}",) if one is not None else ())
    subject = Subject(kind=SubjectKind.PROCESS, id=str(pid))
    bad = [item for item in in_use if why_contradicted(item.file)]
    open_ = [*_open(context, arguments, in_use), *_unseen(context, {pid, *(item.file.pid for item in in_use)})]
    if bad:
        return Outcome(
            subject=subject,
            verdict=Verdict.FAIL,
            expected=expected,
            observed=_contradiction(pid, bad),
            rests_on=tuple(item.pointer for item in bad),
            not_seen=tuple(open_),
            remedy=say("Find out who changed {files}, restart process {pid} from files whose digests are vouched for, "
                       "and audit again.", files=_names(bad), pid=pid),
        )  # fmt: skip
    held = [item for item in in_use if item.file.held.value is not Held.NAMED]
    if open_ or not held:
        return Outcome(
            subject=subject,
            verdict=Verdict.UNKNOWN,
            expected=expected,
            observed=_undecided(pid, in_use, held),
            rests_on=rests,
            not_seen=tuple(open_) or (say("Which weights process {pid} has in memory.", pid=pid),),
            remedy=_remedy(context, pid, held),
        )
    return Outcome(
        subject=subject,
        verdict=Verdict.PASS,
        expected=expected,
        observed=say("Process {pid} holds 1 weight file, the one on disk: {files}.", pid=pid, files=_names(held))
        if len(held) == 1
        else say(
            "Process {pid} holds {count} weight files, those on disk: {files}.",
            pid=pid,
            count=len(held),
            files=_names(held),
        ),
        rests_on=rests,
        not_seen=(say("What of these bytes lies in the memory of an accelerator."),),
    )


def _contradiction(pid: int, bad: Sequence[InUse]) -> Sentence:
    first = bad[0]
    file, why = first.file, why_contradicted(first.file)
    files = _names(bad)
    if why == "differs":
        return say(
            "Process {pid} does not use what lies on disk: {files}. Of {first} it has the bytes {mapped}; "
            "the disk has {disk}.",
            pid=pid, files=files, first=first.name, mapped=str(file.mapped_sha256.value),
            disk=str(file.disk_sha256.value),
        )  # fmt: skip
    if why == "gone":
        return say(
            "Process {pid} uses files that are not on disk any more: {files}. Of {first} it has the bytes {mapped}.",
            pid=pid,
            files=files,
            first=first.name,
            mapped=file.mapped_sha256.value or "that could not be read",
        )
    if why == "replaced":
        return say(
            "Process {pid} holds files that were replaced on disk: {files}. {first} on disk has {disk}.",
            pid=pid,
            files=files,
            first=first.name,
            disk=str(file.disk_sha256.value),
        )
    return say(
        "Files of process {pid} were written to after it had started: {files}. {first} was written at {time}.",
        pid=pid,
        files=files,
        first=first.name,
        time=file.modified.value or "a time that was not seen",
    )


def _names(items: Sequence[InUse]) -> str:
    return names_of([item.name for item in items])


def _open(context: Context, arguments: ServedBytes, in_use: Sequence[InUse]) -> Iterator[Sentence]:
    """What of the files in use was not seen, and could change the answer."""
    for item in in_use[:LISTED]:
        yield from _doubts(context, arguments, item)
    doubtful = sum(any(_doubts(context, arguments, item)) for item in in_use[LISTED:])
    if doubtful:
        yield say("The same of {count} more files in use.", count=doubtful)


def _doubts(context: Context, arguments: ServedBytes, item: InUse) -> Iterator[Sentence]:
    file = item.file
    if file.held.value is Held.NAMED:
        yield say("Which bytes of {file} are in use: {why}.", file=item.name, why=file.mapped_sha256.note)
        return
    if not file.disk_sha256.seen and not why_contradicted(file):
        why = file.disk_sha256.note or file.disk_sha256.status.value
        yield say("The digest of {file} on disk: {why}.", file=item.name, why=why)
    elif not file.mapped_sha256.seen:
        why = file.mapped_sha256.note or file.mapped_sha256.status.value
        yield say("The bytes of {file} that are in use: {why}.", file=item.name, why=why)
    elif _stand(context, file) not in _ENOUGH[arguments.standing]:
        yield say("A digest of the demanded standing to compare {file} with.", file=item.name)
    weight = _weight(context, file)
    if weight is not None and not may_stand(context, weight):
        yield say("The bytes of {file} as they are now: its digest stands in from an earlier audit.", file=item.name)
    if not file.after_start.seen:
        yield say("Whether {file} was written to after the start: {why}.", file=item.name, why=file.after_start.note)
    if file.copied.value:
        yield say("{bytes} bytes of {file} that the process changed in its own memory.",
                  bytes=file.copied.value, file=item.name)  # fmt: skip
    elif file.held.value is Held.MAPPED and not file.copied.seen:
        yield say("Whether the process changed {file} in its own memory: {why}.",
                  file=item.name, why=file.copied.note)  # fmt: skip


def _weight(context: Context, file: Custody) -> Weight | None:
    return next((weight for weight in context.audit.facts.weights if weight.path == file.weight), None)


def _stand(context: Context, file: Custody) -> Stand:
    """What the digest of a file in use rests on; of a file of no known model nothing is stated."""
    facts = context.audit.facts
    weight = _weight(context, file)
    if weight is None:
        return Stand.UNPINNED
    model = next((model for model in facts.models if model.id == weight.model), None)
    return standing_of(weight, pins_for(weight, model, context.policy.pins))


def _unseen(context: Context, pids: set[int]) -> Iterator[Sentence]:
    ended = context.audit.collector("custody")
    if ended.outcome not in (Ended.COMPLETE, Ended.PARTIAL):
        yield say("The search for weights in use: it ended as {outcome}.", outcome=ended.outcome.value)
    elif ended.outcome is Ended.PARTIAL and ended.ended is None:
        yield say("The search for weights in use: it was broken off.")
    places = {f"/proc/{pid}" for pid in pids} | {"/proc/stat"}
    for problem in [p for p in context.audit.problems if p.collector == "custody" and p.where in places][:LISTED]:
        yield say("{where}: {what}", where=problem.where, what=problem.what)


def _undecided(pid: int, in_use: Sequence[InUse], held: Sequence[InUse]) -> Sentence:
    if held:
        return say(
            "Process {pid} holds weight files: {files}. Not all of what it uses could be compared with the disk.",
            pid=pid,
            files=_names(held),
        )
    if in_use:
        return say(
            "Process {pid} holds no weight file. It was told to use {files}; the loader read them into memory and "
            "closed them.",
            pid=pid,
            files=_names(in_use),
        )
    return say("Process {pid} holds no weight file, and no file of a model that it names was found.", pid=pid)


def _remedy(context: Context, pid: int, held: Sequence[InUse]) -> Sentence:
    if held:
        return more_rights(context.audit)
    return say("Restart process {pid} from files whose digests are vouched for, and let it map them where it can.",
               pid=pid)  # fmt: skip


@check("weights.fixed")
def fixed(context: Context, arguments: NoArguments) -> Iterable[Outcome]:
    """One outcome for each process that serves, by what is known of its stack."""
    expected = say("No endpoint of the server can change its weights while it runs.")
    stacks = {stack.id: stack for stack in context.knowledge.stacks}
    serving = [
        (at, one)
        for at, one in enumerate(context.audit.facts.serving)
        if one.stack.value not in stacks or stacks[one.stack.value].role == "serving"
    ]
    for at, one in serving:
        stack = stacks.get(one.stack.value or "")
        told = [found for found in settings_of(one, context.knowledge) if found.risk == "mutation"]
        bad = [found for found in told if found.judged is Judged.CONCERN]
        unread = [found for found in told if found.judged is Judged.UNKNOWN]
        not_seen = [say("{name} of process {pid}.", name=found.name, pid=one.pid) for found in unread]
        if stack is None:
            not_seen.append(say("Which product process {pid} is, and which endpoints it has.", pid=one.pid))
        elif not told:
            not_seen.append(say("Nothing is known of endpoints of {stack} that change weights.", stack=stack.title))
        title = stack.title if stack is not None else "?"
        verdict = Verdict.FAIL if bad else Verdict.UNKNOWN if not_seen else Verdict.PASS
        yield Outcome(
            subject=Subject(kind=SubjectKind.PROCESS, id=str(one.pid)),
            verdict=verdict,
            expected=expected,
            observed=say("{stack}, process {pid}: {what}.", stack=title, pid=one.pid,
                         what="; ".join(f"{found.name}: {found.why}" for found in bad))
            if bad
            else say("{stack}, process {pid}: whether an endpoint can change weights could not be told.",
                     stack=title, pid=one.pid)
            if not_seen
            else say("{stack}, process {pid}: no known endpoint can change its weights.", stack=title, pid=one.pid),
            rests_on=(f"/facts/serving/{at}/stack", f"/facts/serving/{at}/command", f"/facts/serving/{at}/environment"),
            not_seen=tuple(not_seen),
            remedy=say("Switch the endpoint off where the product can, and keep its port from everybody but operators.")
            if bad
            else None,
        )  # fmt: skip
    yield from others(context, bool(serving), expected)
