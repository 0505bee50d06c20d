"""What a digest rests on does not depend on the order of pins and statements."""

import itertools

import pytest

from auditor.facts.records import AnyRecord
from auditor.facts.weights import Weight
from auditor.judge.standing import Stand, contradictions_of, ends_of, missing_of, pins_for, standing_of
from auditor.knowledge.knowledge import load
from auditor.policy.effective import Pin
from auditor.recognise.models import models_of
from auditor.recognise.weights import weights_of
from tests.recognise.model_records import model, text, weight

M = "/srv/models/m"
A, B, C = "a" * 64, "b" * 64, "c" * 64


def told(*records: AnyRecord, name: str = "m") -> tuple[Weight, ...]:
    everything = model(*records, name=name)
    return weights_of(everything, models_of(everything, load()))


def pin(sha256: str) -> Pin:
    return Pin(model="*", sha256=sha256, source="s")


@pytest.mark.parametrize(
    ("pins", "stated", "stand"),
    [
        ((), (), Stand.UNPINNED),
        ((A,), (), Stand.PINNED),
        ((A, B), (), Stand.PINNED),
        ((B, C), (), Stand.MISMATCH),
        ((), (A,), Stand.SELF_CONSISTENT),
        ((), (A, B), Stand.MISMATCH),
        ((A,), (A,), Stand.PINNED),
        ((A,), (B,), Stand.MISMATCH),
        ((B,), (A,), Stand.MISMATCH),
    ],
)
def test_every_order_gives_one_standing(pins: tuple[str, ...], stated: tuple[str, ...], stand: Stand) -> None:
    for ordered, statements in itertools.product(itertools.permutations(pins), itertools.permutations(stated)):
        (found,) = told(weight(M, "w.gguf", "gguf", expected=[(digest, "x") for digest in statements]))
        assert standing_of(found, [pin(digest) for digest in ordered]) is stand


def test_what_was_not_read_has_no_standing_whatever_is_pinned() -> None:
    (found,) = told(weight(M, "w.gguf", "gguf", sha256=None, expected=[(B, "x")]))
    assert standing_of(found, [pin(A)]) is Stand.UNREADABLE


def test_a_digest_of_another_algorithm_is_no_comparison() -> None:
    record = weight(M, "w.gguf", "gguf")
    stated = {"algorithm": "git-sha1", "digest": "b" * 40, "source": "blob name"}
    (found,) = told(type(record).model_validate({**record.model_dump(), "expected": [stated]}))
    assert standing_of(found, []) is Stand.UNPINNED


def test_pins_speak_of_models_by_id_or_by_name() -> None:
    records = model(weight(M, "w.gguf", "gguf"), name="org/Some-Model")
    (found,) = models_of(records, load())
    (file,) = weights_of(records, (found,))
    for glob, applies in (("Some-Model", True), ("org/Some-*", True), ("org/other", False)):
        named = Pin(model=glob, sha256=A, source="s")
        assert pins_for(file, found, [named]) == ((named,) if applies else ())


def test_a_file_is_there_under_any_name_that_a_list_may_call_it() -> None:
    assert set(ends_of("/a/b/c")) == {"a/b/c", "b/c", "c"}
    index = {"weight_map": {"x": "sub/one.safetensors", "y": "two.safetensors", "z": "../three.safetensors"}}
    records = model(
        text(M, "model.safetensors.index.json", index), weight(M, "sub/one.safetensors"), weight(M, "two.safetensors")
    )
    (found,) = models_of(records, load())
    assert missing_of(found, weights_of(records, (found,))) == ("../three.safetensors",)


def test_only_notes_of_contradictions_are_contradictions() -> None:
    named = model(text(M, "config.json", {"model_type": "bert"}), name="Llama-3.1-8B")
    (found,) = models_of(named, load())
    assert len(list(contradictions_of(found))) == 1
    (plain,) = models_of(model(name="llama3.1:8b"), load())
    assert list(contradictions_of(plain)) == []
