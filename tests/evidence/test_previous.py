"""The chain of dossiers: named by digest, told in words, checked with the old file in hand."""

import datetime as dt
import io
from dataclasses import replace

import pikepdf
import pytest

from auditor.errors import UserError
from auditor.evidence.compose import compose
from auditor.evidence.cover import Cover, Rendering, dump_rendering, parse_rendering, renderer
from auditor.evidence.keys import Key
from auditor.evidence.previous import MOST, check_previous, follow
from auditor.evidence.seal import seal
from auditor.evidence.verification import Verification
from auditor.evidence.verify import verify
from auditor.evidence.words import languages, words
from auditor.judge.engine import judge
from auditor.judge.finding import Judgement, Verdict
from tests.evidence import samples


@pytest.fixture(scope="module")
def later() -> samples.Case:
    """The case an hour later, in which the first GPU is another one and the last is gone."""
    audit, _, policy, knowledge = samples.real()
    gpus = audit.facts.gpus
    other = gpus[0].model_copy(update={"name": samples.seen("NVIDIA GeForce RTX 4090")})
    facts = audit.facts.model_copy(update={"gpus": (other, *gpus[1:3])})
    audit = audit.model_copy(update={"facts": facts, "started": "2026-11-23T13:00:00Z"})
    return audit, judge(audit, policy, knowledge, samples.WHEN + dt.timedelta(days=1)), policy, knowledge


@pytest.fixture(scope="module")
def cover(sealed: bytes, later: samples.Case, key: Key) -> Cover:
    previous = follow(sealed, "old.pdf", later[1])
    return samples.cover(signer=key.name, fingerprint=key.fingerprint, previous=previous)


@pytest.fixture(scope="module")
def following(later: samples.Case, cover: Cover, key: Key) -> bytes:
    """The dossier that follows the sealed one."""
    return seal(compose(*later, cover), key, when=samples.WHEN)


@pytest.fixture(scope="module")
def found(following: bytes) -> Verification:
    return verify(following)


def test_the_new_one_names_the_old_one_and_every_change(sealed: bytes, case: samples.Case, cover: Cover) -> None:
    previous = cover.previous
    assert previous is not None
    assert previous.id == case[1].audit.id
    assert previous.size == len(sealed)
    assert [(step.direction, step.before, step.after) for step in previous.steps] == [
        ("worse", "pass", "fail"), ("gone", "pass", "")
    ]  # fmt: skip
    assert previous.same == len(case[1].findings) - 2
    rendering = Rendering(cover, renderer())
    assert parse_rendering(dump_rendering(rendering)) == rendering


def test_with_the_old_file_the_chain_is_confirmed(found: Verification, following: bytes, sealed: bytes) -> None:
    assert found.ok, found.problems
    answer = check_previous(found, following, sealed)
    assert answer.ok, answer.problems
    assert answer.previous is not None
    assert answer.previous.ok is True


def test_the_old_one_may_have_been_countersigned_since(
    found: Verification, following: bytes, countersigned: bytes
) -> None:
    answer = check_previous(found, following, countersigned)
    assert answer.ok, answer.problems


def test_without_the_old_file_nothing_is_decided(found: Verification, following: bytes) -> None:
    answer = check_previous(found, following)
    assert answer.ok
    assert answer.previous is not None
    assert answer.previous.ok is None


def test_another_file_is_not_the_one_before(found: Verification, following: bytes, sealed: bytes) -> None:
    for other in (following, sealed[:-1], b"x", bytes([sealed[0] ^ 1]) + sealed[1:]):
        answer = check_previous(found, following, other)
        assert not answer.ok
        assert "another file" in answer.problems[0]


def test_something_appended_to_the_old_file_is_noticed(found: Verification, following: bytes, sealed: bytes) -> None:
    answer = check_previous(found, following, sealed + b"\n% more")
    assert not answer.ok


def test_changes_that_are_not_the_real_ones_are_noticed(
    later: samples.Case, cover: Cover, key: Key, sealed: bytes
) -> None:
    previous = cover.previous
    assert previous is not None
    milder = replace(cover, previous=replace(previous, steps=previous.steps[1:]))
    lying = seal(compose(*later, milder), key, when=samples.WHEN)
    answer = check_previous(verify(lying), lying, sealed)
    assert not answer.ok
    assert "other changes" in answer.problems[0]


def test_a_dossier_that_follows_none_says_so_when_asked(sealed: bytes) -> None:
    found = verify(sealed)
    assert check_previous(found, sealed) == found
    assert not check_previous(found, sealed, sealed).ok


def test_a_changed_dossier_is_not_followed(sealed: bytes, later: samples.Case) -> None:
    changed = bytearray(sealed)
    changed[5000] ^= 1
    with pytest.raises(UserError):
        follow(bytes(changed), "old.pdf", later[1])


def test_thousands_of_changes_are_counted_beyond_the_first(case: samples.Case, sealed: bytes) -> None:
    judgement: Judgement = case[1]
    one = judgement.findings[0]
    many = tuple(one.model_copy(update={"control": f"X-{n}", "verdict": Verdict.FAIL}) for n in range(MOST + 20))
    previous = follow(sealed, "old.pdf", judgement.model_copy(update={"findings": many}))
    assert len(previous.steps) == MOST
    assert previous.more == 20 + len(judgement.findings)


@pytest.mark.parametrize("language", languages())
def test_the_chapter_is_printed_in_every_language(language: str, later: samples.Case, cover: Cover) -> None:
    previous = cover.previous
    assert previous is not None
    pdf = compose(*later, replace(cover, language=language))
    with pikepdf.open(io.BytesIO(pdf)) as opened, opened.open_outline() as outline:
        titles = [str(each.title) for item in outline.root for each in (item, *item.children)]
    assert words(language)("changes.title") in titles
