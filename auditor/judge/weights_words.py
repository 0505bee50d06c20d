"""What the checks of weight files say: sentences that count, and remedies that fit the reason."""

import posixpath
from collections.abc import Sequence

from auditor.facts.models import Model
from auditor.facts.weights import Weight
from auditor.judge.finding import Sentence, say
from auditor.judge.standing import Stand

LISTED = 5
"""Files that a sentence names; those beyond are counted. All of them are in ``rests_on``."""


def names_of(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more


def files_of(weights: Sequence[Weight]) -> str:
    """The names of some files."""
    return names_of([posixpath.basename(weight.path) for weight in weights])


def none_found() -> Sentence:
    """Of a model without weight files."""
    return say("No weight file of this model was found.")


def look_again(model: Model, cut_short: bool) -> Sentence:
    """What to do where something of a model was not looked at."""
    if cut_short:
        return say("Audit again, and let it complete.")
    return say("Audit again with the right to read all of {path}.", path=model.path)


def name_the_folder() -> Sentence:
    """What to do where a model has no weight files."""
    return say("Name the folder that holds the weight files of this model, and audit again.")


def matched(weights: Sequence[Weight], stands: Sequence[Stand]) -> Sentence:
    """Where every file has an expected digest of the demanded standing."""
    pinned = sum(stand is Stand.PINNED for stand in stands)
    stated = len(stands) - pinned
    earlier = [weight.sha256.time for weight in weights if weight.earlier]
    if earlier:
        return say(
            "Weight files: {count}; equal to the policy's pins: {pinned}, equal to what their store states: {stated}. "
            "Not read anew: {earlier}; an earlier audit read them, the first on {first}, and size, place and times of "
            "change have been the same since.",
            count=len(stands),
            pinned=pinned,
            stated=stated,
            earlier=len(earlier),
            first=min(earlier),
        )
    if len(stands) == 1:
        if pinned:
            return say("1 weight file; it equals the policy's pin.")
        return say("1 weight file; it equals what its store states.")
    if not stated:
        return say("{count} weight files; all equal the policy's pins.", count=len(stands))
    if not pinned:
        return say("{count} weight files; all equal what their store states.", count=len(stands))
    return say(
        "{count} weight files; equal to the policy's pins: {pinned}, equal to what their store states: {stated}.",
        count=len(stands),
        pinned=pinned,
        stated=stated,
    )


def unmatched(weights: Sequence[Weight], stands: Sequence[Stand], missing: Sequence[str], pinned: bool) -> Sentence:
    """Why it cannot be told whether every file has the digest that it should have."""
    if len(weights) == 1 and not missing and stands[0] is not Stand.PINNED:
        return _only(weights[0], stands[0], pinned)
    count = {stand: sum(have is stand for have in stands) for stand in Stand}
    short = count[Stand.UNPINNED] + (count[Stand.SELF_CONSISTENT] if pinned else 0) + count[Stand.UNREADABLE]
    if short or missing:
        return say(
            "Weight files that the model calls for or has: {files}. Equal to the policy's pins: {pinned}; equal to "
            "what their store states only: {stated}; without a digest to compare with: {unpinned}; not wholly read: "
            "{unread}; not there: {missing}.",
            files=len(weights) + len(missing),
            pinned=count[Stand.PINNED],
            stated=count[Stand.SELF_CONSISTENT],
            unpinned=count[Stand.UNPINNED],
            unread=count[Stand.UNREADABLE],
            missing=len(missing),
        )
    if len(weights) == 1:
        return say("The weight file that was seen has the digest that is expected; others may not have been seen.")
    return say(
        "The {count} weight files that were seen have the digests that are expected; others may not have been seen.",
        count=len(weights),
    )


def _only(weight: Weight, stand: Stand, pinned: bool) -> Sentence:
    file = posixpath.basename(weight.path)
    if stand is Stand.UNREADABLE:
        return say("The only weight file, {file}, was not wholly read: {why}.", file=file, why=weight.sha256.note)
    if stand is Stand.UNPINNED and pinned:
        return say("The policy pins no digest of the only weight file, {file}, and nothing else states one.", file=file)
    if stand is Stand.UNPINNED:
        return say("Nothing states what the digest of the only weight file, {file}, should be.", file=file)
    if pinned:
        return say("The only weight file, {file}, equals what its store states; the policy pins no digest.", file=file)
    return say(
        "The only weight file that was seen, {file}, equals what its store states; others may not have been seen.",
        file=file,
    )


def formats(weights: Sequence[Weight], open_: bool) -> Sentence:
    """The formats of files that are all allowed; ``open_``: others may not have been seen."""
    found = ", ".join(sorted({weight.format for weight in weights}))
    if open_ and len(weights) == 1:
        return say("The weight file that was seen is of the format {format}; others may not have been.", format=found)
    if open_:
        return say(
            "The {count} weight files that were seen are of the format {format}; others may not have been.",
            count=len(weights),
            format=found,
        )
    if len(weights) == 1:
        return say("1 weight file, of the format {format}.", format=found)
    return say("{count} weight files, of the format {format}.", count=len(weights), format=found)


def whole(weights: Sequence[Weight]) -> Sentence:
    """Of files that are as their headers say."""
    size = sum(weight.size.value or 0 for weight in weights)
    if len(weights) == 1:
        return say("1 weight file; all of its {bytes} bytes are as its header says.", bytes=size)
    return say(
        "{count} weight files; all of their {bytes} bytes are as their headers say.", count=len(weights), bytes=size
    )
