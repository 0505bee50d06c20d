"""Weight files keep what was measured apart from what is stated."""

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.facts.canonical import canonical
from auditor.facts.fact import Status
from auditor.facts.records import AnyRecord, ExpectedDigest
from auditor.facts.weights import Weight
from auditor.knowledge.knowledge import load
from auditor.recognise.models import models_of
from auditor.recognise.weights import is_told, promises_pickle, weights_of
from tests.recognise.model_records import header, model, weight

M = "/srv/models/m"
A = "a" * 64


def told(*records: AnyRecord) -> tuple[Weight, ...]:
    everything = model(*records)
    return weights_of(everything, models_of(everything, load()))


def test_a_digest_is_observed_and_what_is_stated_is_declared() -> None:
    (found,) = told(weight(M, "w.safetensors", expected=[(A, "blob name")]))
    assert (found.sha256.value, found.sha256.status, found.sha256.method) == (A, Status.OBSERVED, "sha256")
    (stated,) = found.expected
    assert stated.status is Status.DECLARED
    assert stated.source == "blob name"


def test_a_file_that_was_not_read_says_why() -> None:
    (found,) = told(weight(M, "w.safetensors", sha256=None, status=Status.DENIED, note="may not be read"))
    assert (found.sha256.value, found.sha256.status, found.sha256.note) == (None, Status.DENIED, "may not be read")


def test_files_belong_to_the_model_that_they_lie_in() -> None:
    records = [
        *model(weight("/m/a", "w.gguf"), path="/m/a", name="x"),
        *model(weight("/m/b", "w.gguf"), path="/m/b", name="x"),
    ]
    assert [w.model for w in weights_of(records, models_of(records, load()))] == ["x", "x~2"]


def test_a_weight_of_no_known_model_is_left_out() -> None:
    assert weights_of([weight(M, "w.gguf")], ()) == ()


@settings(max_examples=100, deadline=None)
@given(
    sha256=st.none() | st.text(max_size=70),
    size=st.integers(0, 2**80),
    digest=st.text(max_size=70),
    algorithm=st.sampled_from(["sha256", "git-sha1", "md5"]),
    tensors=st.integers(-1, 2**70),
    problem=st.text(max_size=50),
    status=st.sampled_from(Status),
)
def test_whatever_was_reported_can_be_written(
    sha256: str | None, size: int, digest: str, algorithm: str, tensors: int, problem: str, status: Status
) -> None:
    record = weight(M, "w.safetensors", sha256=sha256, size=size, status=status)
    record = record.model_copy(update={"expected": (ExpectedDigest(algorithm=algorithm, digest=digest, source="s"),)})
    (found,) = told(record, header(M, "w.safetensors", tensors=tensors, bytes=tensors, problems=(problem,)))
    canonical(found)


def test_a_file_that_was_not_hashed_has_the_format_of_its_header() -> None:
    cut = weight(M, "w.bin", "unknown", sha256=None, note="cancelled")
    (found,) = told(cut, header(M, "w.bin", bytes=100))
    assert found.format == "safetensors"
    denied = weight(M, "w.bin", "unknown", sha256=None, status=Status.DENIED, note="may not be read")
    (unread,) = told(denied)
    assert not is_told(unread)
    assert (unread.header.status, unread.header.note) == (Status.DENIED, "may not be read")


def test_safetensors_by_another_name_are_told_from_pickles_by_their_content() -> None:
    named = {name: promises_pickle(told(weight(M, name))[0]) for name in ("a.bin", "a.PT", "a.safetensors")}
    assert named == {"a.bin": True, "a.PT": True, "a.safetensors": False}
    (pickle,) = told(weight(M, "a.bin", "pickle"))
    assert not promises_pickle(pickle)


class TestEarlierReading:
    def test_it_keeps_its_own_time_and_says_that_it_is_one(self) -> None:
        (found,) = told(weight(M, "w.safetensors", read="2026-11-20T10:00:00Z", blake3="b" * 64))
        assert found.earlier
        assert (found.sha256.method, found.sha256.time) == ("sha256, earlier reading", "2026-11-20T10:00:00Z")
        assert found.blake3 is not None
        assert (found.blake3.value, found.blake3.time) == ("b" * 64, "2026-11-20T10:00:00Z")
        assert found.size.time != found.sha256.time

    def test_blake3_is_absent_with_its_reason_where_it_could_not_be_computed(self) -> None:
        (found,) = told(weight(M, "w.safetensors", blake3_note="the host's Python has no blake3 package"))
        assert found.blake3 is not None
        assert (found.blake3.status, found.blake3.note) == (Status.ABSENT, "the host's Python has no blake3 package")

    def test_blake3_is_no_fact_where_nobody_asked_for_it(self) -> None:
        (found,) = told(weight(M, "w.safetensors"))
        assert found.blake3 is None
        assert not found.earlier
