"""The check of what loading a model could do: pickles, chat templates, archives, links, settings that fetch code."""

import fnmatch
import posixpath
from collections.abc import Iterator
from typing import NamedTuple

from auditor.facts.contents import Content, Harm, Hazard
from auditor.facts.fact import Status
from auditor.judge import weights_words as words
from auditor.judge.context import Context, check
from auditor.judge.finding import Outcome, Sentence, Verdict, say
from auditor.judge.reach import unseen_models
from auditor.judge.weights_seen import Seen, models_of
from auditor.judge.weights_words import LISTED, files_of, names_of
from auditor.policy.arguments import SafeContent

_DEGREE = {"none": 0, Harm.LOW.value: 1, Harm.MEDIUM.value: 2, Harm.HIGH.value: 3}


class _Looked(NamedTuple):
    """A content with its place in the facts."""

    pointer: str
    content: Content


@check("weights.safe_content")
def safe_content(context: Context, arguments: SafeContent) -> Iterator[Outcome]:
    """One finding per model; a file that could not be looked through leaves it unknown, whatever the others show."""
    expected = say("Nothing in the files of the model runs or reaches further when they are loaded.")
    yield from unseen_models(context, expected)
    looked: dict[str, list[_Looked]] = {}
    for at, content in enumerate(context.audit.facts.contents):
        looked.setdefault(content.model, []).append(_Looked(f"/facts/contents/{at}", content))
    for seen in models_of(context, "models"):
        yield _judge(seen, looked.get(seen.model.id, []), arguments, expected)


def _judge(seen: Seen, looked: list[_Looked], arguments: SafeContent, expected: Sentence) -> Outcome:
    told = [(item, hazard) for item in looked for hazard in item.content.hazards.value or ()]
    bad = [(item, hazard) for item, hazard in told if _is_bad(hazard, arguments)]
    paths = {item.content.path for item in looked}
    unread = [item for item in looked if _is_open(item.content)]
    never = [weight for weight in seen.weights if weight.path not in paths]
    not_seen = [*seen.lost]
    for item in unread[:LISTED]:
        not_seen.append(
            say("What is in {file}: {why}.", file=posixpath.basename(item.content.path), why=item.content.hazards.note)
        )
    if len(unread) == LISTED + 1:
        not_seen.append(say("What is in 1 more file."))
    elif len(unread) > LISTED:
        not_seen.append(say("What is in {count} more files.", count=len(unread) - LISTED))
    if never:
        not_seen.append(say("What is in {files}: not looked through.", files=files_of(never)))
    verdict = Verdict.FAIL if bad else Verdict.UNKNOWN if not_seen or not looked else Verdict.PASS
    rests = tuple(dict.fromkeys(item.pointer for item, _ in bad)) or tuple(item.pointer for item in looked)
    return Outcome(
        subject=seen.subject,
        verdict=verdict,
        expected=expected,
        observed=_observed(looked, bad, bool(not_seen)),
        rests_on=rests or (seen.pointer,),
        not_seen=tuple(not_seen),
        remedy=None if verdict is Verdict.PASS else _remedy(seen, bad, unread),
    )


def _is_bad(hazard: Hazard, arguments: SafeContent) -> bool:
    if hazard.name and any(fnmatch.fnmatchcase(hazard.name, glob) for glob in arguments.allow):
        return False
    return _DEGREE[hazard.harm.value] > _DEGREE[arguments.tolerate]


def _is_open(content: Content) -> bool:
    """Whether something of it was not seen. An inferred answer has a note that says what it rests on."""
    fact = content.hazards
    return not fact.seen or (bool(fact.note) and fact.status is not Status.INFERRED)


def _observed(looked: list[_Looked], bad: list[tuple[_Looked, Hazard]], lost: bool) -> Sentence:
    if bad:
        told = [f"{_file(item.content, hazard)} {hazard.detail}" for item, hazard in bad]
        return say("Signs of harm: {signs}.", signs=names_of(list(dict.fromkeys(told))))
    if not looked:
        return say("The files of this model were not looked through.")
    if lost:
        return say("No sign of harm was seen, but not everything could be looked through.")
    if len(looked) == 1:
        return say("1 file was looked through; it shows no sign of harm.")
    return say("{count} files and templates were looked through; none shows a sign of harm.", count=len(looked))


def _file(content: Content, hazard: Hazard) -> str:
    name = posixpath.basename(content.path)
    return f"{name} ({hazard.where})" if hazard.where else name


def _remedy(seen: Seen, bad: list[tuple[_Looked, Hazard]], unread: list[_Looked]) -> Sentence:
    kinds = {hazard.kind for _, hazard in bad}
    if kinds == {"template"}:
        return say("Take the publisher's chat template, and have somebody read what this one does.")
    if kinds == {"kernel"}:
        return say("Set the attention to one that the serving software has built in.")
    if bad:
        return say("Do not load these files. Take the publisher's safetensors or GGUF files in their place.")
    if unread:
        return say("Use safetensors or GGUF files in place of those that could not be looked through.")
    return words.look_again(seen.model, seen.cut_short)
