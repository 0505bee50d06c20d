"""The check of digests: what every weight file equals, and what it should."""

import datetime as dt
import posixpath
from collections.abc import Iterator

from auditor.facts.models import Model
from auditor.facts.weights import Weight
from auditor.judge import weights_words as words
from auditor.judge.context import Context, check
from auditor.judge.finding import Outcome, Sentence, Verdict, say
from auditor.judge.reach import unseen_models
from auditor.judge.standing import Stand, missing_of, pins_for, standing_of
from auditor.judge.weights_seen import Held, Seen, models_of, pointers, weights_of
from auditor.judge.weights_words import files_of, names_of
from auditor.policy.arguments import Standing


@check("weights.match")
def match(context: Context, arguments: Standing) -> Iterator[Outcome]:
    """One finding per model; a mismatch fails it whatever standing is asked for."""
    pinned = arguments.standing == "pinned"
    enough = {Stand.PINNED} if pinned else {Stand.PINNED, Stand.SELF_CONSISTENT}
    expected = (
        say("Every weight file has the digest that the policy pins.")
        if pinned
        else say("Every weight file has the digest that the policy pins or its store states.")
    )
    yield from unseen_models(context, expected)
    for seen in models_of(context, "models", "weights"):
        model = seen.model
        stands = [standing_of(item.weight, pins_for(item.weight, model, context.policy.pins)) for item in seen.held]
        stale = [item.weight for item in seen.held if not may_stand(context, item.weight)]
        wrong = [item for item, stand in zip(seen.held, stands, strict=True) if stand is Stand.MISMATCH]
        if wrong:
            yield _mismatch(context, seen, expected, wrong)
            continue
        unread = [item.weight for item, stand in zip(seen.held, stands, strict=True) if stand is Stand.UNREADABLE]
        short = [
            item.weight
            for item, stand in zip(seen.held, stands, strict=True)
            if stand not in enough and stand is not Stand.UNREADABLE
        ]
        missing = missing_of(model, seen.weights)
        not_seen = [*seen.lost, *_not_matched(unread, short, missing), *_not_anew(stale)]
        not_seen += _unrecorded(model) if short else ()
        passed = bool(seen.held) and not not_seen
        if not passed:
            not_seen += _read_before([item.weight for item in seen.held if item.weight not in stale])
        remedy = _match_remedy(seen, unread, short, missing, pinned)
        if stale and not (unread or short or missing):
            remedy = say("Audit again, and let every weight file be read anew (--reread).")
        if passed or (stale and not (unread or short or missing)):
            observed = words.matched(seen.weights, stands)
        else:
            observed = words.unmatched(seen.weights, stands, missing, pinned)
        yield Outcome(
            subject=seen.subject,
            verdict=Verdict.PASS if passed else Verdict.UNKNOWN,
            expected=expected,
            observed=observed if seen.held else words.none_found(),
            rests_on=pointers(seen.held) or (seen.pointer,),
            not_seen=tuple(not_seen),
            remedy=None if passed else remedy,
        )


def may_stand(context: Context, weight: Weight) -> bool:
    """Whether a digest counts under this policy: computed by this audit, or by an earlier one that is recent enough.

    The age is that at the start of the audit, by the host's clock.
    """
    if not weight.earlier:
        return True
    reading = context.policy.reading
    began, read = (dt.datetime.fromisoformat(each) for each in (context.audit.started, weight.sha256.time))
    return reading.earlier != "never" and began - read <= dt.timedelta(hours=reading.earlier_hours)


def _not_anew(stale: list[Weight]) -> Iterator[Sentence]:
    if stale:
        yield say(
            "The bytes of {files}, which were read by an earlier audit; the policy does not take that for a reading.",
            files=files_of(stale),
        )


def _read_before(weights: list[Weight]) -> Iterator[Sentence]:
    """Of digests that count, whose files were not read anew."""
    before = [weight for weight in weights if weight.earlier]
    if before:
        yield say(
            "The bytes of {files} since an earlier audit read them, the first on {first}; size, place and times of "
            "change have been the same since.",
            files=files_of(before),
            first=min(weight.sha256.time for weight in before),
        )


def _unrecorded(model: Model) -> Iterator[Sentence]:
    """What an engine was built from, which no publisher states a digest of."""
    if model.engine is None:
        return
    engine = model.engine.value
    if engine is None:
        yield say("How the engine was built: {why}.", why=model.engine.note)
    elif engine.records:
        yield say("What the records of the making of the engine hold: {files}.", files=names_of(engine.records))
    elif engine.checkpoint:
        yield say("Whether the engine was built from {checkpoint}: nothing beside it records that.",
                  checkpoint=engine.checkpoint)  # fmt: skip
    else:
        yield say("What the engine was built from: it names no checkpoint, and nothing beside it records its making.")


def _not_matched(unread: list[Weight], short: list[Weight], missing: tuple[str, ...]) -> Iterator[Sentence]:
    if unread:
        yield say("The digest of {files}: {why}.", files=files_of(unread), why=unread[0].sha256.note)
    if short:
        yield say("A digest to compare {files} with.", files=files_of(short))
    if missing:
        yield say("The digest of {files}: not there.", files=names_of(missing))


def _against(context: Context, seen: Seen, weight: Weight) -> Iterator[tuple[str, str]]:
    """Who states another digest for a file, and which; pins first, because they come from outside the host."""
    pins = pins_for(weight, seen.model, context.policy.pins)
    if all(pin.sha256 != weight.sha256.value for pin in pins):
        yield from ((f"policy: {pin.source}", pin.sha256) for pin in pins)
    for fact in weight.expected:
        stated = fact.value
        if stated is not None and stated.algorithm == "sha256" and stated.digest != weight.sha256.value:
            yield fact.source, stated.digest


def _mismatch(context: Context, seen: Seen, expected: Sentence, wrong: list[Held]) -> Outcome:
    first = wrong[0].weight
    source, digest = next(_against(context, seen, first))
    files = files_of(weights_of(wrong))
    return Outcome(
        subject=seen.subject,
        verdict=Verdict.FAIL,
        expected=expected,
        observed=say(
            "Unlike a digest that is stated: {files}. {first} has {found}; {source} says {digest}.",
            files=files,
            first=posixpath.basename(first.path),
            found=str(first.sha256.value),
            source=source,
            digest=digest,
        ),
        rests_on=pointers(wrong),
        not_seen=(*seen.lost, *_read_before(weights_of(wrong))),
        remedy=say("Take {files} out of service, keep a copy, and fetch them again from the publisher.", files=files)
        if len(wrong) > 1
        else say("Take {files} out of service, keep a copy, and fetch it again from the publisher.", files=files),
    )


def _match_remedy(
    seen: Seen, unread: list[Weight], short: list[Weight], missing: tuple[str, ...], pinned: bool
) -> Sentence:
    if unread:
        return say("Audit again with the right to read {files}, and let the reading end.", files=files_of(unread))
    if missing:
        return say("Fetch {files} from the publisher, and audit again.", files=names_of(missing))
    if short and seen.model.engine is not None:
        return say("Note the digests of {files} when the engine is built, with those of its checkpoint, and pin them.",
                   files=files_of(short))  # fmt: skip
    if short and pinned:
        return say("Pin the publisher's digests of {files} in the policy, with their source.", files=files_of(short))
    if short:
        return say("Pin the digests of {files} in the policy; nothing beside them states any.", files=files_of(short))
    return words.look_again(seen.model, seen.cut_short) if seen.lost else words.name_the_folder()
