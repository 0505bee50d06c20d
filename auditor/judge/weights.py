"""Checks of weight files: what their digests match, their format, whether they are whole, what they would run."""

import posixpath
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from auditor.facts.audit import Outcome as Ended
from auditor.facts.fact import Status
from auditor.facts.models import Model
from auditor.facts.weights import Weight
from auditor.judge.context import Context, check
from auditor.judge.finding import Outcome, Sentence, Subject, SubjectKind, Verdict, say
from auditor.judge.licences import without_models
from auditor.judge.standing import Stand, contradictions_of, missing_of, pins_for, standing_of
from auditor.policy.checks import Formats, NoArguments, Standing

LISTED = 5
"""Files that a sentence names; those beyond are counted. All of them are in ``rests_on``."""


class _Held(NamedTuple):
    """A weight with its place in the facts."""

    at: int
    weight: Weight

    @property
    def pointer(self) -> str:
        return f"/facts/weights/{self.at}"


def _models(context: Context) -> Iterator[tuple[str, Model, list[_Held]]]:
    facts = context.audit.facts
    for at, model in enumerate(facts.models):
        held = [_Held(i, weight) for i, weight in enumerate(facts.weights) if weight.model == model.id]
        yield f"/facts/models/{at}", model, held


def _subject(model: Model) -> Subject:
    return Subject(kind=SubjectKind.MODEL, id=model.id)


def _files(held: Sequence[_Held]) -> str:
    return _names([posixpath.basename(item.weight.path) for item in held])


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more


def _unlooked(context: Context, *collectors: str) -> tuple[Sentence, ...]:
    """What a collector that did not complete may have left out."""
    ended = [context.audit.collector(name) for name in collectors]
    return tuple(
        say("The collector {name} ended as {outcome}.", name=collector.name, outcome=collector.outcome.value)
        for collector in ended
        if collector.outcome is not Ended.COMPLETE
    )


def _pointers(held: Sequence[_Held], *more: str) -> tuple[str, ...]:
    return (*(item.pointer for item in held), *more)


@check("weights.match")
def match(context: Context, arguments: Standing) -> Iterator[Outcome]:
    """One finding per model; a mismatch fails it whatever standing is asked for."""
    enough = {Stand.PINNED} if arguments.standing == "pinned" else {Stand.PINNED, Stand.SELF_CONSISTENT}
    expected = (
        say("Every weight file has the digest that the policy pins.")
        if arguments.standing == "pinned"
        else say("Every weight file has the digest that the policy pins or its store states.")
    )
    yield from without_models(context, expected)
    for pointer, model, held in _models(context):
        stands = {item.at: standing_of(item.weight, pins_for(item.weight, model, context.policy.pins)) for item in held}
        wrong = [item for item in held if stands[item.at] is Stand.MISMATCH]
        unread = [item for item in held if stands[item.at] is Stand.UNREADABLE]
        short = [item for item in held if stands[item.at] not in enough | {Stand.MISMATCH, Stand.UNREADABLE}]
        missing = missing_of(model, (item.weight for item in held))
        lost = _unlooked(context, "models", "weights")
        if wrong:
            yield _mismatch(context, model, expected, wrong, lost)
            continue
        not_seen = list(lost)
        if unread:
            not_seen.append(say("The digest of {files}: not wholly read.", files=_files(unread)))
        if missing:
            not_seen.append(say("The digest of {files}: not there.", files=_names(missing)))
        verdict = Verdict.UNKNOWN if not held or short or not_seen else Verdict.PASS
        yield Outcome(
            subject=_subject(model),
            verdict=verdict,
            expected=expected,
            observed=_matched(held, stands, unread, short),
            rests_on=_pointers(held) or (pointer,),
            not_seen=tuple(not_seen),
            remedy=_match_remedy(unread, short, arguments) if verdict is Verdict.UNKNOWN else None,
        )


def _mismatch(
    context: Context, model: Model, expected: Sentence, wrong: list[_Held], lost: tuple[Sentence, ...]
) -> Outcome:
    first = wrong[0].weight
    pins = [pin.sha256 for pin in pins_for(first, model, context.policy.pins) if pin.sha256 != first.sha256.value]
    stated = [e for e in first.expected if e.value is not None and e.value.digest != first.sha256.value]
    stated = [e for e in stated if e.value is not None and e.value.algorithm == "sha256"]
    source = stated[0].source if stated else "the policy"
    digest = stated[0].value.digest if stated and stated[0].value is not None else pins[0]
    return Outcome(
        subject=_subject(model),
        verdict=Verdict.FAIL,
        expected=expected,
        observed=say(
            "Unlike a digest stated for them: {files} ({count} in all). {first} has {found}; {source} says {digest}.",
            count=len(wrong),
            files=_files(wrong),
            first=posixpath.basename(first.path),
            found=str(first.sha256.value),
            source=source,
            digest=digest,
        ),
        rests_on=_pointers(wrong),
        not_seen=lost,
        remedy=say(
            "Take {files} out of service, keep a copy, and fetch them again from the publisher.", files=_files(wrong)
        ),
    )


def _matched(held: list[_Held], stands: dict[int, Stand], unread: list[_Held], short: list[_Held]) -> Sentence:
    if not held:
        return say("No weight file of this model was found.")
    count = {stand: sum(1 for item in held if stands[item.at] is stand) for stand in Stand}
    if not unread and not short:
        return say(
            "Weight files: {files}; {pinned} equal the policy's pins, {stated} equal what the store states.",
            files=len(held),
            pinned=count[Stand.PINNED],
            stated=count[Stand.SELF_CONSISTENT],
        )
    return say(
        "Weight files: {files}; {pinned} equal the policy's pins, {stated} equal what the store states only, "
        "{unpinned} have no digest to compare with, {unread} were not read.",
        files=len(held),
        pinned=count[Stand.PINNED],
        stated=count[Stand.SELF_CONSISTENT],
        unpinned=count[Stand.UNPINNED],
        unread=count[Stand.UNREADABLE],
    )


def _match_remedy(unread: list[_Held], short: list[_Held], arguments: Standing) -> Sentence | None:
    if unread:
        return say("Audit again with the right to read {files}, and let the reading end.", files=_files(unread))
    if short and arguments.standing == "pinned":
        return say("Pin the publisher's digests of {files} in the policy, with their source.", files=_files(short))
    if short:
        return say("Pin the digests of {files} in the policy; nothing beside them states any.", files=_files(short))
    return None


@check("weights.format")
def format_(context: Context, arguments: Formats) -> Iterator[Outcome]:
    """One finding per model over the formats of its files, as their first bytes tell."""
    allowed = ", ".join(arguments.allowed)
    expected = say("Every weight file is of one of the formats {allowed}.", allowed=allowed)
    yield from without_models(context, expected)
    for pointer, model, held in _models(context):
        bad = [item for item in held if item.weight.format not in arguments.allowed and _told(item.weight)]
        untold = [item for item in held if not _told(item.weight)]
        lost = _unlooked(context, "models", "weights")
        found = ", ".join(sorted({item.weight.format for item in held if _told(item.weight)})) or "none"
        verdict = Verdict.FAIL if bad else Verdict.UNKNOWN if untold or lost or not held else Verdict.PASS
        observed = (
            say("Of another format: {files} ({count} in all).", count=len(bad), files=_described(bad))
            if bad
            else say("Weight files: {count}; formats: {formats}.", count=len(held), formats=found)
        )
        not_seen = (say("The format of {files} could not be told.", files=_files(untold)),) if untold else ()
        yield Outcome(
            subject=_subject(model),
            verdict=verdict,
            expected=expected,
            observed=observed,
            rests_on=_pointers(bad or held) or (pointer,),
            not_seen=(*not_seen, *lost),
            remedy=say("Use the publisher's {allowed} files; pickles run code when they are loaded.", allowed=allowed)
            if bad
            else None,
        )


def _told(weight: Weight) -> bool:
    return weight.format not in ("", "unknown")


def _described(held: Sequence[_Held]) -> str:
    return _names([f"{posixpath.basename(item.weight.path)} ({item.weight.format})" for item in held])


@check("weights.complete")
def complete(context: Context, arguments: NoArguments) -> Iterator[Outcome]:
    """One finding per model: files that it calls for, and what each file's header claims of the file.

    Where name, configuration and headers tell of different models, a whole file proves nothing: unknown.
    """
    expected = say("All files that the model calls for are there and hold what their headers say.")
    yield from without_models(context, expected)
    for pointer, model, held in _models(context):
        missing = missing_of(model, (item.weight for item in held))
        broken = [(item, why) for item in held if (why := _broken(item.weight))]
        unread = [item for item in held if not item.weight.header.seen]
        not_seen = [*_unlooked(context, "models", "weights"), *_unread_headers(unread)]
        if model.shards is not None and model.shards.status in (Status.ERROR, Status.DENIED):
            not_seen.append(say("The list of files that the model calls for: {why}.", why=model.shards.note))
        not_seen.extend(say("Which of two sources is right: {what}.", what=note) for note in contradictions_of(model))
        rests = _pointers([item for item, _ in broken] or held)
        if missing or (model.shards is not None and model.shards.seen):
            rests = (*rests, f"{pointer}/shards")
        bad = bool(missing or broken)
        verdict = Verdict.FAIL if bad else Verdict.UNKNOWN if not_seen or not held else Verdict.PASS
        yield Outcome(
            subject=_subject(model),
            verdict=verdict,
            expected=expected,
            observed=_completeness(held, missing, broken),
            rests_on=rests or (pointer,),
            not_seen=tuple(not_seen),
            remedy=say("Fetch the model again from the publisher and compare the digests.") if bad else None,
        )


def _completeness(held: list[_Held], missing: tuple[str, ...], broken: list[tuple[_Held, str]]) -> Sentence:
    if missing:
        return say("Not there: {files} ({count} in all).", count=len(missing), files=_names(missing))
    if broken:
        first, why = broken[0]
        return say(
            "Not as their headers say: {files} ({count} in all). {first}: {why}.",
            count=len(broken),
            files=_files([item for item, _ in broken]),
            first=posixpath.basename(first.weight.path),
            why=why,
        )
    return say(
        "Weight files: {count}; all {bytes} bytes are as their headers say.",
        count=len(held),
        bytes=sum(item.weight.size.value or 0 for item in held),
    )


def _unread_headers(unread: list[_Held]) -> Iterator[Sentence]:
    for item in unread[:LISTED]:
        yield say(
            "The header of {file}: {why}.", file=posixpath.basename(item.weight.path), why=item.weight.header.note
        )
    if len(unread) > LISTED:
        yield say("The headers of {count} more files.", count=len(unread) - LISTED)


def _broken(weight: Weight) -> str:
    """What header and file contradict each other in; empty where they agree or could not be compared."""
    header, size = weight.header.value, weight.size.value
    if header is None:
        return ""
    if weight.header.note:
        return weight.header.note
    if size is not None and header.bytes > size:
        return f"its tensors reach to byte {header.bytes}, the file ends at {size}"
    return ""


@check("weights.no_custom_code")
def no_custom_code(context: Context, arguments: NoArguments) -> Iterator[Outcome]:
    """One finding per model over what a loader may execute from its folder."""
    expected = say("Nothing beside the weights is executed by a loader.")
    yield from without_models(context, expected)
    for pointer, model, _ in _models(context):
        code = model.custom_code
        lost = _unlooked(context, "models")
        value = code.value if code.seen else None
        not_seen = (say("Whether a loader runs code: {why}.", why=code.note),) if not code.seen or code.note else ()
        verdict = Verdict.FAIL if value else Verdict.UNKNOWN if value is None or not_seen or lost else Verdict.PASS
        if value:
            observed = say(
                "Code that a loader may execute: {entries} ({count} in all).", count=len(value), entries=_names(value)
            )
        elif value is None:
            observed = say("Files and configuration could not be looked through.")
        else:
            observed = say("No code file and no entry that names one lies beside the weights.")
        yield Outcome(
            subject=_subject(model),
            verdict=verdict,
            expected=expected,
            observed=observed,
            rests_on=(f"{pointer}/custom_code",),
            not_seen=(*not_seen, *lost),
            remedy=say("Serve the model with a loader that has the architecture built in, and remove the code files.")
            if value
            else None,
        )
