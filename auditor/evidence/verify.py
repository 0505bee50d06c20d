"""Checks a dossier from its bytes alone: signatures, attachments, verdicts, pages. Offline, bounded, never raising."""

import datetime as dt
import logging
from collections.abc import Callable, Sequence

from asn1crypto import x509
from pydantic import ValidationError

from auditor.errors import UserError
from auditor.evidence.attachments import (
    DOCUMENTS,
    FACTS,
    FINDINGS,
    KNOWLEDGE,
    NAMES,
    POLICY,
    RENDERING,
    Attached,
    Attachment,
    exported,
    read,
    salted_root,
)
from auditor.evidence.bounds import refuse
from auditor.evidence.compose import compose
from auditor.evidence.cover import parse_rendering, renderer
from auditor.evidence.level import Level
from auditor.evidence.opened import extract
from auditor.evidence.signatures import Signed, examine, instant
from auditor.evidence.verification import Held, Pages, Verdicts, Verification
from auditor.evidence.words import parse_instant
from auditor.facts.canonical import canonical, parse
from auditor.judge import engine
from auditor.judge.finding import Judgement
from auditor.knowledge.knowledge import load

log = logging.getLogger(__name__)

DIFFERENCES = 20

Judge = Callable[..., Judgement]


def verify(
    data: bytes,
    trust: Sequence[x509.Certificate] = (),
    judge: Judge = engine.judge,
    at: dt.datetime | None = None,
) -> Verification:
    """Everything that can be found out about the file without contacting anybody.

    ``trust`` are certificates that the caller trusts; without any, who signed is not decided. Nothing is raised:
    what cannot be checked is said, and is not ``ok``. With ``at`` each signature says whether a reader at that time
    could still confirm it.
    """
    refused = refuse(data)
    if refused:
        return Verification(ok=False, problems=(f"The file was not opened: {refused}.",))
    problems: list[str] = []
    signed = _signed(data, trust, problems, at)
    held, files = _attachments(data, problems)
    problems += _stripped(files, signed)
    future = instant(at) if at else ""
    if not signed.signatures or not all(each.intact for each in signed.signatures):
        reason = "the signature is not intact"
        return Verification(
            ok=False,
            signatures=signed.signatures,
            changes=signed.changes,
            stamps=signed.stamps,
            decision=signed.decision,
            future=future,
            attachments=held,
            verdicts=Verdicts(why_not=reason),
            rendering=Pages(why_not=reason),
            problems=tuple(problems),
        )
    documents = _read(files, problems)
    verdicts, pages = Verdicts(why_not="an attachment cannot be read"), Pages(why_not="an attachment cannot be read")
    if documents is not None:
        held = _rooted(_derived(_named(held, documents.judgement), files, documents), files)
        verdicts = _judge_again(documents, files, judge)
        pages = _print_again(documents, files, data)
    problems += [f"{each.name}: {each.fault}." for each in held if not each.ok]
    problems += _told(verdicts, pages)
    return Verification(
        ok=not problems,
        id=documents.judgement.audit.id if documents else "",
        signatures=signed.signatures,
        changes=signed.changes,
        stamps=signed.stamps,
        decision=signed.decision,
        future=future,
        attachments=held,
        verdicts=verdicts,
        rendering=pages,
        problems=tuple(problems),
    )


def _signed(data: bytes, trust: Sequence[x509.Certificate], problems: list[str], at: dt.datetime | None) -> Signed:
    try:
        found = examine(data, trust, at)
    except (Exception, RecursionError, MemoryError) as error:  # a parser fed with hostile bytes raises anything
        log.info("signatures cannot be read", exc_info=True)
        found = Signed((), (), (f"The signatures cannot be read ({type(error).__name__}): the file is damaged.",))
    problems += found.problems
    return found


def _stripped(files: dict[str, bytes], signed: Signed) -> list[str]:
    """Whether the file still carries what page one says of the auditor's signature."""
    own = next((each for each in signed.signatures if each.role == "auditor"), None)
    try:
        said = parse_rendering(files[RENDERING]).cover.level
    except (KeyError, ValueError, RecursionError):
        return []
    order = list(Level)
    if own is None or order.index(Level(own.level)) >= order.index(said):
        return []
    return [f"Page one says level {said.value}, but the file carries {own.level} only: something was taken from it."]


def _attachments(data: bytes, problems: list[str]) -> tuple[tuple[Held, ...], dict[str, bytes]]:
    try:
        files = extract(data)
    except (Exception, RecursionError, MemoryError) as error:
        log.info("attachments cannot be read", exc_info=True)
        problems.append(f"The attachments cannot be read ({type(error).__name__}: {error}).")
        return (), {}
    if sorted(files) != sorted(NAMES):
        problems.append(
            f"The file should carry {', '.join(NAMES)}; it carries {', '.join(sorted(files)) or 'nothing'}."
        )
    held = [_hold(name, files[name]) for name in sorted(files, key=_order)]
    return tuple(held), files


def _order(name: str) -> tuple[int, str]:
    return (NAMES.index(name) if name in NAMES else len(NAMES), name)


def _hold(name: str, data: bytes) -> Held:
    sha256 = Attachment(name, data).sha256
    if name not in NAMES:
        return Held(name=name, sha256=sha256, ok=False, fault="no dossier carries such a file")
    if name not in DOCUMENTS:
        return Held(name=name, sha256=sha256, ok=True)
    try:
        if canonical(parse(data)) != data:
            return Held(name=name, sha256=sha256, ok=False, fault="it is not in canonical form")
    except (ValueError, RecursionError) as error:
        return Held(name=name, sha256=sha256, ok=False, fault=f"it is not JSON ({error})")
    return Held(name=name, sha256=sha256, ok=True)


def _named(held: tuple[Held, ...], judgement: Judgement) -> tuple[Held, ...]:
    """The findings name facts, policy and knowledge by digest; each must be the one named."""
    expected = {FACTS: judgement.audit.digest, POLICY: judgement.policy.sha256, KNOWLEDGE: judgement.knowledge}
    return tuple(
        each.model_copy(update={"ok": False, "fault": "the findings are not about this file: its digest differs"})
        if each.ok and expected.get(each.name, each.sha256) != each.sha256
        else each
        for each in held
    )


def _derived(held: tuple[Held, ...], files: dict[str, bytes], documents: Attached) -> tuple[Held, ...]:
    """What is attached for other tools has to follow from the documents."""
    try:
        made = exported(documents)
    except Exception as error:
        log.warning("the exports cannot be made again", exc_info=True)
        made, fault = {}, f"it could not be made again ({type(error).__name__})"
    else:
        fault = "it does not follow from the attached facts and findings"
    return tuple(
        each.model_copy(update={"ok": False, "fault": fault})
        if each.ok and each.name not in DOCUMENTS and made.get(each.name) != files[each.name]
        else each
        for each in held
    )


def _rooted(held: tuple[Held, ...], files: dict[str, bytes]) -> tuple[Held, ...]:
    """The root that redacted copies are proved against has to be that of the documents beside it."""
    try:
        rendering = parse_rendering(files[RENDERING])
        good = rendering.root == salted_root(files[FACTS], files[FINDINGS], rendering.cover.seed)
    except (ValueError, RecursionError):
        good = False
    fault = "its root for redacted copies is not that of the attached facts and findings"
    return tuple(
        each.model_copy(update={"ok": False, "fault": fault})
        if each.ok and each.name == RENDERING and not good
        else each
        for each in held
    )


def _read(files: dict[str, bytes], problems: list[str]) -> Attached | None:
    if not set(DOCUMENTS) <= set(files):
        return None
    try:
        return read(files)
    except (ValidationError, ValueError, RecursionError) as error:
        log.info("attachments cannot be read", exc_info=True)
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        problems.append(
            f"This release cannot read the attached documents ({first}). Verify with the release named on the pages."
        )
        return None


def _judge_again(documents: Attached, files: dict[str, bytes], judge: Judge) -> Verdicts:
    own = load().digest == documents.judgement.knowledge
    try:
        when = parse_instant(documents.judgement.judged)
        again = judge(documents.audit, documents.policy, documents.knowledge, when)
    except Exception as error:
        log.warning("the facts cannot be judged again", exc_info=True)
        return Verdicts(own_knowledge=own, why_not=f"judging failed ({type(error).__name__})")
    if canonical(again) == files[FINDINGS]:
        return Verdicts(recomputed=True, equal=True, own_knowledge=own)
    return Verdicts(recomputed=True, own_knowledge=own, differences=tuple(differences(documents.judgement, again)))


def differences(one: Judgement, other: Judgement) -> list[str]:
    """Where two judgements differ, in words; at least one entry."""
    told = []
    if one.verdict is not other.verdict:
        told.append(f"The verdict in the dossier is {one.verdict}; judged again it is {other.verdict}.")
    before = {(f.control, f.subject.kind, f.subject.id): f for f in one.findings}
    after = {(f.control, f.subject.kind, f.subject.id): f for f in other.findings}
    for key in sorted(before.keys() | after.keys()):
        place, was, now = f"{key[0]} for {key[2]}", before.get(key), after.get(key)
        if was is None:
            told.append(f"{place} is missing in the dossier.")
        elif now is None:
            told.append(f"{place} is in the dossier, but does not follow.")
        elif was.verdict is not now.verdict:
            told.append(f"{place} is {was.verdict} in the dossier; judged again it is {now.verdict}.")
        elif was != now:
            told.append(f"{place} has the same verdict with other words.")
    return told[:DIFFERENCES] or ["The findings differ in their order, counts or answers."]


def _print_again(documents: Attached, files: dict[str, bytes], data: bytes) -> Pages:
    try:
        rendering = parse_rendering(files[RENDERING])
    except (ValueError, RecursionError):
        return Pages(why_not=f"{RENDERING} cannot be read")
    here = renderer()
    if rendering.renderer != here:
        other = [f"{k} {rendering.renderer.get(k, '–')}, here {v}" for k, v in here.items()
                 if rendering.renderer.get(k) != v]  # fmt: skip
        return Pages(why_not=f"the pages were made with other versions ({'; '.join(other) or 'other programs'})")
    try:
        made = compose(documents.audit, documents.judgement, documents.policy, documents.knowledge, rendering.cover)
    except UserError as error:
        return Pages(why_not=error.message)
    except Exception as error:
        log.warning("the pages cannot be made again", exc_info=True)
        return Pages(why_not=f"making the pages failed ({type(error).__name__})")
    return Pages(compared=True, equal=data.startswith(made))


def _told(verdicts: Verdicts, pages: Pages) -> list[str]:
    told = []
    if not verdicts.recomputed:
        told.append(f"The facts were not judged again: {verdicts.why_not}.")
    elif not verdicts.equal:
        told.append("The findings do not follow from the attached facts, policy and knowledge.")
    if pages.compared and not pages.equal:
        told.append("The pages are not those that the attached documents give.")
    return told
