"""Checks of weight files: their format, whether they are whole, what would run beside them."""

import posixpath
from collections.abc import Iterator

from auditor.facts.fact import Status
from auditor.facts.weights import Weight
from auditor.judge import weights_words as words
from auditor.judge.context import Context, check
from auditor.judge.finding import Outcome, Sentence, Verdict, say
from auditor.judge.reach import unseen_models
from auditor.judge.standing import contradictions_of, extra_of, missing_of
from auditor.judge.weights_seen import Held, Seen, models_of, pointers
from auditor.judge.weights_words import LISTED, files_of, names_of
from auditor.policy.arguments import Formats, NoArguments
from auditor.recognise.weights import is_told, promises_pickle


@check("weights.format")
def format_(context: Context, arguments: Formats) -> Iterator[Outcome]:
    """One finding per model over the formats of its files, as their content tells; digests do not matter."""
    allowed = ", ".join(arguments.allowed)
    expected = say("Every weight file is of one of the formats {allowed}.", allowed=allowed)
    yield from unseen_models(context, expected)
    for seen in models_of(context, "models", "weights"):
        bad = [item for item in seen.held if is_told(item.weight) and item.weight.format not in arguments.allowed]
        untold = [item.weight for item in seen.held if not is_told(item.weight)]
        twofold = [item.weight for item in seen.held if promises_pickle(item.weight)]
        twofold = [] if "pickle" in arguments.allowed else twofold
        not_seen = [*seen.lost]
        if untold:
            not_seen.append(say("The format of {files}: {why}.", files=files_of(untold), why=_why_untold(untold[0])))
        if twofold:
            not_seen.append(say("Whether a loader takes {files} by name, as pickle.", files=files_of(twofold)))
        verdict = Verdict.FAIL if bad else Verdict.UNKNOWN if not_seen or not seen.held else Verdict.PASS
        yield Outcome(
            subject=seen.subject,
            verdict=verdict,
            expected=expected,
            observed=_formats(seen, bad, untold, twofold),
            rests_on=pointers(bad or seen.held) or (seen.pointer,),
            not_seen=tuple(not_seen),
            remedy=None if verdict is Verdict.PASS else _format_remedy(seen, bad, untold, twofold, allowed),
        )


def _formats(seen: Seen, bad: list[Held], untold: list[Weight], twofold: list[Weight]) -> Sentence:
    if bad:
        described = [f"{posixpath.basename(item.weight.path)} ({item.weight.format})" for item in bad]
        return say("Of another format: {files}.", files=names_of(described))
    if any(not weight.sha256.seen for weight in untold):
        return say("Not read, so of no known format: {files}.", files=files_of(untold))
    if untold:
        return say("Of no known format: {files}.", files=files_of(untold))
    if twofold:
        return say("Named like a pickle and of another content: {files}.", files=files_of(twofold))
    return words.formats(seen.weights, bool(seen.lost)) if seen.held else words.none_found()


def _why_untold(weight: Weight) -> str:
    return weight.sha256.note if not weight.sha256.seen else "its first bytes are of no known format"


def _format_remedy(seen: Seen, bad: list[Held], untold: list[Weight], twofold: list[Weight], allowed: str) -> Sentence:
    if bad and any(item.weight.format == "pickle" for item in bad):
        return say("Use the publisher's {allowed} files; pickles run code when they are loaded.", allowed=allowed)
    if bad:
        return say("Use the publisher's files of the formats {allowed}.", allowed=allowed)
    unread = [weight for weight in untold if not weight.sha256.seen]
    if unread:
        return say("Audit again with the right to read {files}.", files=files_of(unread))
    if untold:
        return say("Take {files} away from the model, or use the publisher's {allowed} files.",
                   files=files_of(untold), allowed=allowed)  # fmt: skip
    if twofold:
        return say("Fetch {files} again under the publisher's names.", files=files_of(twofold))
    return words.look_again(seen.model, seen.cut_short) if seen.lost else words.name_the_folder()


@check("weights.complete")
def complete(context: Context, arguments: NoArguments) -> Iterator[Outcome]:
    """One finding per model: files that it calls for, and what each file's header claims of the file.

    Where name, configuration and headers tell of different models, a whole file proves nothing: unknown.
    """
    expected = say("All files that the model calls for are there and hold what their headers say.")
    yield from unseen_models(context, expected)
    for seen in models_of(context, "models", "weights"):
        model = seen.model
        missing = missing_of(model, seen.weights)
        broken = [(item, why) for item in seen.held if (why := _broken(item.weight))]
        unread = [item.weight for item in seen.held if not item.weight.header.seen]
        twofold = tuple(contradictions_of(model))
        unlisted = model.shards is not None and model.shards.status in (Status.ERROR, Status.DENIED)
        not_seen = [*seen.lost, *_unread_headers(unread)]
        if model.shards is not None and unlisted:
            not_seen.append(say("The list of files that the model calls for: {why}.", why=model.shards.note))
        not_seen.extend(say("Which of two sources is right: {what}.", what=note) for note in twofold)
        rests = pointers([item for item, _ in broken] or seen.held)
        if missing or (model.shards is not None and model.shards.seen):
            rests = (*rests, f"{seen.pointer}/shards")
        lacking = (model.index.value or ()) if model.index is not None else ()
        if lacking or (model.index is not None and model.index.note):
            rests = (*rests, f"{seen.pointer}/index")
        bad = bool(missing or broken or lacking)
        extra = extra_of(model, seen.weights)
        left = (say("Whether a loader takes {files}, which the index does not name.",
                    files=names_of([posixpath.basename(path) for path in extra])),) if extra else ()  # fmt: skip
        verdict = Verdict.FAIL if bad else Verdict.UNKNOWN if not_seen or not seen.held else Verdict.PASS
        yield Outcome(
            subject=seen.subject,
            verdict=verdict,
            expected=expected,
            observed=say("Tensors that the index names are not there: {what}.", what="; ".join(lacking[:LISTED]))
            if lacking and not missing and not broken
            else _completeness(seen, missing, broken, unread, twofold, unlisted),
            rests_on=rests or (seen.pointer,),
            not_seen=(*not_seen, *left),
            remedy=None if verdict is Verdict.PASS else _complete_remedy(seen, bad, unread, twofold, unlisted),
        )


def _completeness(
    seen: Seen, missing: tuple[str, ...], broken: list[tuple[Held, str]], unread: list[Weight],
    twofold: tuple[str, ...], unlisted: bool,
) -> Sentence:  # fmt: skip
    if missing:
        return say("Not there: {files}.", files=names_of(missing))
    if broken:
        first, why = broken[0]
        return say(
            "Not as their headers say: {files}. {first}: {why}.",
            files=files_of([item.weight for item, _ in broken]),
            first=posixpath.basename(first.weight.path),
            why=why,
        )
    if not seen.held:
        return words.none_found()
    if unread:
        return say("No header tells what these files should hold: {files}.", files=files_of(unread))
    if twofold:
        return say("The sources of this model tell of different models.")
    if unlisted:
        return say("Which files the model calls for could not be read.")
    if seen.lost:
        return say("The files that were seen are as their headers say; others may not have been seen.")
    return words.whole(seen.weights)


def _complete_remedy(seen: Seen, bad: bool, unread: list[Weight], twofold: tuple[str, ...], unlisted: bool) -> Sentence:
    if bad:
        return say("Fetch the model again from the publisher and compare the digests.")
    if any(weight.header.status is Status.UNSUPPORTED for weight in unread):
        return say("Use files whose header can be read without running them, safetensors or gguf.")
    if unread:
        return say("Audit again with the right to read {files}.", files=files_of(unread))
    if twofold:
        return say("Find out which model the files hold, and name folder and card after it.")
    if unlisted:
        return say("Fetch the list of files again from the publisher, and audit again.")
    return words.look_again(seen.model, seen.cut_short) if seen.lost else words.name_the_folder()


def _unread_headers(unread: list[Weight]) -> Iterator[Sentence]:
    for weight in unread[:LISTED]:
        yield say("The header of {file}: {why}.", file=posixpath.basename(weight.path), why=weight.header.note)
    if len(unread) == LISTED + 1:
        yield say("The header of 1 more file.")
    elif len(unread) > LISTED:
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
    """One finding per model over what a loader may execute from its folder; no weight file is asked about."""
    expected = say("Nothing beside the weights is executed by a loader.")
    yield from unseen_models(context, expected)
    for seen in models_of(context, "models"):
        code = seen.model.custom_code
        value = code.value if code.seen else None
        not_seen = (say("Whether a loader runs code: {why}.", why=code.note),) if not code.seen or code.note else ()
        not_seen = (*not_seen, *seen.lost)
        verdict = Verdict.FAIL if value else Verdict.UNKNOWN if value is None or not_seen else Verdict.PASS
        if value:
            observed = say("A loader may execute: {entries}.", entries=names_of(value))
            remedy = say("Serve the model with a loader that has the architecture built in, and remove the code files.")
        elif value is None:
            observed = say("Files and configuration could not be looked through: {why}.", why=code.note)
            remedy = words.look_again(seen.model, seen.cut_short)
        elif not_seen:
            observed = say("No code was seen beside the weights, but not everything was looked at.")
            remedy = words.look_again(seen.model, seen.cut_short)
        else:
            observed, remedy = say("No code file and no entry that names one lies beside the weights."), None
        yield Outcome(
            subject=seen.subject,
            verdict=verdict,
            expected=expected,
            observed=observed,
            rests_on=(f"{seen.pointer}/custom_code",),
            not_seen=not_seen,
            remedy=remedy,
        )
