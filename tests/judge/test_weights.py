"""Weights are judged by what their digests equal, their format, their wholeness and what would run beside them."""

from typing import Any

import pytest

from auditor.facts.audit import Outcome as Ended
from auditor.facts.fact import Status
from auditor.facts.records import AnyRecord
from auditor.judge import digests, weights
from auditor.judge.finding import Outcome, Verdict
from auditor.policy.arguments import Formats, NoArguments, Standing
from auditor.policy.effective import Pin
from tests.judge.audits import audit_of, context_of, outcomes
from tests.recognise.model_records import header, model, text, weight

M = "/srv/models/m"
A, B = "a" * 64, "b" * 64
PINNED = Standing(standing="pinned")
STATED = Standing(standing="self_consistent")
INDEX = {"weight_map": {"x": "model-00001-of-00002.safetensors", "y": "model-00002-of-00002.safetensors"}}

CHECKED = (digests, weights)
"""Imported so that their checks register."""


def judged(
    name: str, arguments: Any, *records: AnyRecord, pins: tuple[Pin, ...] = (), ended: Ended = Ended.COMPLETE,
    hashing: Ended | None = None, **more: Any,
) -> Outcome:  # fmt: skip
    audit = audit_of(model(*records, **more), ended, weights=hashing or ended)
    return outcomes(name, context_of(audit, pins), arguments)["m"]


def pin(sha256: str = A, **more: str) -> Pin:
    return Pin(**{"model": "m", "sha256": sha256, "source": "publisher's page", **more})


class TestMatch:
    def test_a_pinned_digest_that_equals_is_evidence(self) -> None:
        found = judged("weights.match", PINNED, weight(M, "w.safetensors"), pins=(pin(),))
        assert found.verdict is Verdict.PASS
        assert found.rests_on == ("/facts/weights/0",)
        assert str(found.observed) == "1 weight file; it equals the policy's pin."
        assert found.remedy is None

    @pytest.mark.parametrize("standing", [PINNED, STATED])
    def test_a_pinned_digest_that_differs_is_a_contradiction(self, standing: Standing) -> None:
        found = judged("weights.match", standing, weight(M, "w.safetensors"), pins=(pin(B),))
        assert found.verdict is Verdict.FAIL
        assert f"w.safetensors has {A}; policy: publisher's page says {B}" in str(found.observed)

    def test_what_the_store_states_is_no_pin(self) -> None:
        record = weight(M, "w.safetensors", expected=[(A, "blob name")])
        assert judged("weights.match", PINNED, record).verdict is Verdict.UNKNOWN
        assert judged("weights.match", STATED, record).verdict is Verdict.PASS

    def test_what_the_store_states_and_does_not_hold_is_a_contradiction_even_of_a_pinned_file(self) -> None:
        record = weight(M, "w.safetensors", expected=[(A, "blob name"), (B, "trees/x.json")])
        found = judged("weights.match", PINNED, record, pins=(pin(),))
        assert found.verdict is Verdict.FAIL
        assert f"trees/x.json says {B}" in str(found.observed)

    def test_a_file_without_any_expectation_cannot_be_judged(self) -> None:
        found = judged("weights.match", STATED, weight(M, "w.safetensors"))
        assert found.verdict is Verdict.UNKNOWN

    def test_several_pins_for_a_file_are_alternatives(self) -> None:
        assert judged("weights.match", PINNED, weight(M, "w"), pins=(pin(B), pin(A))).verdict is Verdict.PASS

    def test_pins_speak_of_the_files_that_their_globs_name(self) -> None:
        others = (pin(B, file="other.safetensors"), pin(B, model="other"))
        assert judged("weights.match", PINNED, weight(M, "w.safetensors"), pins=others).verdict is Verdict.UNKNOWN
        inner = weight(M, "sub/w.safetensors")
        assert judged("weights.match", PINNED, inner, pins=(pin(file="sub/w.*"),)).verdict is Verdict.PASS

    def test_a_file_that_was_not_read_is_not_evidence(self) -> None:
        whole, cut = weight(M, "a.safetensors"), weight(M, "b.safetensors", sha256=None, note="cancelled")
        found = judged("weights.match", PINNED, whole, cut, pins=(pin(),))
        assert found.verdict is Verdict.UNKNOWN
        assert "b.safetensors" in str(found.not_seen[0])

    def test_a_mismatch_counts_though_another_file_was_not_read(self) -> None:
        bad, cut = weight(M, "a.safetensors", expected=[(B, "x")]), weight(M, "b.safetensors", sha256=None)
        found = judged("weights.match", STATED, bad, cut)
        assert found.verdict is Verdict.FAIL
        assert found.rests_on == ("/facts/weights/0",)

    def test_a_file_that_the_model_calls_for_and_is_not_there_is_not_evidence(self) -> None:
        only = weight(M, "model-00001-of-00002.safetensors")
        assert judged("weights.match", PINNED, only, pins=(pin(),)).verdict is Verdict.UNKNOWN

    def test_a_collector_that_was_stopped_leaves_the_question_open(self) -> None:
        found = judged("weights.match", PINNED, weight(M, "w"), pins=(pin(),), ended=Ended.CANCELLED)
        assert found.verdict is Verdict.UNKNOWN
        assert "cancelled" in str(found.not_seen[0])

    def test_a_model_without_weights_is_unknown(self) -> None:
        found = judged("weights.match", STATED)
        assert found.verdict is Verdict.UNKNOWN
        assert str(found.observed) == "No weight file of this model was found."

    def test_why_nothing_can_be_said_is_said_with_what_to_do(self) -> None:
        unread = judged("weights.match", PINNED, weight(M, "w.gguf", sha256=None, note="was written to"), pins=(pin(),))
        assert str(unread.observed) == "The only weight file, w.gguf, was not wholly read: was written to."
        assert "right to read w.gguf" in str(unread.remedy)
        stated = judged("weights.match", PINNED, weight(M, "w.gguf", expected=[(A, "blob name")]))
        assert "equals what its store states; the policy pins no digest" in str(stated.observed)
        assert str(stated.remedy).startswith("Pin the publisher's digests of w.gguf")

    def test_sentences_agree_with_the_number_of_files(self) -> None:
        two = judged("weights.match", PINNED, weight(M, "a"), weight(M, "b"), pins=(pin(),))
        assert str(two.observed) == "2 weight files; all equal the policy's pins."
        one = judged("weights.match", STATED, weight(M, "a", expected=[(A, "blob name")]))
        assert str(one.observed) == "1 weight file; it equals what its store states."


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("weights.match", STATED),
        ("weights.format", Formats()),
        ("weights.complete", NoArguments()),
        ("weights.no_custom_code", NoArguments()),
    ],
)
def test_a_host_without_models_is_not_applicable_only_if_the_search_was_complete(name: str, arguments: Any) -> None:
    assert outcomes(name, context_of(audit_of([])), arguments)["host"].verdict is Verdict.NOT_APPLICABLE
    stopped = context_of(audit_of([], Ended.CANCELLED))
    assert outcomes(name, stopped, arguments)["host"].verdict is Verdict.UNKNOWN


class TestFormat:
    def test_only_allowed_formats_pass(self) -> None:
        assert judged("weights.format", Formats(), weight(M, "w.safetensors")).verdict is Verdict.PASS
        found = judged("weights.format", Formats(), weight(M, "w.safetensors"), weight(M, "w.bin", "pickle"))
        assert found.verdict is Verdict.FAIL
        assert "w.bin (pickle)" in str(found.observed)
        assert found.rests_on == ("/facts/weights/0",)

    def test_a_format_that_could_not_be_told_is_unknown(self) -> None:
        assert judged("weights.format", Formats(), weight(M, "w.safetensors", "unknown")).verdict is Verdict.UNKNOWN

    def test_no_weights_are_no_evidence(self) -> None:
        assert judged("weights.format", Formats()).verdict is Verdict.UNKNOWN

    def test_a_digest_is_not_needed(self) -> None:
        unread = weight(M, "w.safetensors", sha256=None, note="cancelled after 5 of 100 bytes")
        found = judged("weights.format", Formats(), unread, hashing=Ended.CANCELLED)
        assert found.verdict is Verdict.PASS
        assert str(found.observed) == "1 weight file, of the format safetensors."

    def test_the_content_counts_and_not_the_name(self) -> None:
        found = judged("weights.format", Formats(), weight(M, "model.safetensors", "pickle"))
        assert found.verdict is Verdict.FAIL
        assert "model.safetensors (pickle)" in str(found.observed)
        assert "pickles run code" in str(found.remedy)

    def test_safetensors_with_the_name_of_a_pickle_may_be_unpickled(self) -> None:
        found = judged("weights.format", Formats(), weight(M, "pytorch_model.bin"))
        assert found.verdict is Verdict.UNKNOWN
        assert "pytorch_model.bin" in str(found.not_seen[0])
        accepted = Formats(allowed=("safetensors", "pickle"))
        assert judged("weights.format", accepted, weight(M, "pytorch_model.bin")).verdict is Verdict.PASS

    def test_a_file_that_was_not_opened_has_no_format_and_is_to_be_read(self) -> None:
        denied = weight(M, "w.safetensors", "unknown", sha256=None, note="may not be read by this user")
        found = judged("weights.format", Formats(), denied)
        assert found.verdict is Verdict.UNKNOWN
        assert "may not be read" in str(found.not_seen[0])
        assert str(found.remedy) == "Audit again with the right to read w.safetensors."

    def test_a_format_that_is_not_allowed_and_runs_no_code_is_not_called_one_that_does(self) -> None:
        found = judged("weights.format", Formats(allowed=("safetensors",)), weight(M, "w.gguf", "gguf"))
        assert "pickle" not in str(found.remedy)


class TestComplete:
    @staticmethod
    def complete(*records: AnyRecord) -> Outcome:
        return judged("weights.complete", NoArguments(), *records)

    def test_a_file_as_its_header_says_passes(self) -> None:
        found = self.complete(weight(M, "w.safetensors"), header(M, "w.safetensors", bytes=100))
        assert found.verdict is Verdict.PASS

    def test_a_file_shorter_than_its_header_says_is_a_contradiction(self) -> None:
        found = self.complete(weight(M, "w.safetensors"), header(M, "w.safetensors", bytes=101))
        assert found.verdict is Verdict.FAIL
        assert "byte 101, the file ends at 100" in str(found.observed)

    @pytest.mark.parametrize("problem", ["tensor x overlaps the one before it", "needs 9 bytes: it is truncated"])
    def test_what_is_wrong_inside_is_a_contradiction(self, problem: str) -> None:
        broken = header(M, "w.safetensors", bytes=100, problems=(problem,))
        assert self.complete(weight(M, "w.safetensors"), broken).verdict is Verdict.FAIL

    def test_metadata_that_the_probe_cut_says_nothing_against_the_file(self) -> None:
        problem = "value of tokenizer.chat_template was cut at 65536 characters"
        cut = header(M, "w.gguf", "gguf", bytes=100, problems=(problem,))
        assert self.complete(weight(M, "w.gguf", "gguf"), cut).verdict is Verdict.PASS

    def test_a_header_that_could_not_be_read_is_unknown(self) -> None:
        bad = header(M, "w.safetensors", tensors=0, problems=("header is not JSON: x",))
        assert self.complete(weight(M, "w.safetensors"), bad).verdict is Verdict.UNKNOWN
        assert self.complete(weight(M, "w.safetensors")).verdict is Verdict.UNKNOWN
        pickle = self.complete(weight(M, "w.bin", "pickle"))
        assert pickle.verdict is Verdict.UNKNOWN
        assert "pickle is not read" in str(pickle.not_seen[0])
        assert "without running them" in str(pickle.remedy)

    def test_a_file_that_may_not_be_read_asks_for_the_right_to_and_not_for_another_format(self) -> None:
        denied = weight(M, "w.safetensors", "unknown", sha256=None, status=Status.DENIED, note="may not be read")
        found = self.complete(denied)
        assert found.verdict is Verdict.UNKNOWN
        assert str(found.not_seen[0]) == "The header of w.safetensors: may not be read."
        assert str(found.remedy) == "Audit again with the right to read w.safetensors."

    def test_a_whole_file_of_another_model_than_the_name_says_proves_nothing(self) -> None:
        small = header(M, "w.safetensors", bytes=100, parameters=8_030_261_248, dtypes={"BF16": 8_030_261_248})
        named = {"name": "Llama-3.1-70B-Instruct", "path": M}
        audit = audit_of(model(weight(M, "w.safetensors"), small, **named))
        (found,) = outcomes("weights.complete", context_of(audit), NoArguments()).values()
        assert found.verdict is Verdict.UNKNOWN
        assert "70.55 billion" in str(found.not_seen[0])

    def test_a_shard_that_the_index_names_and_is_not_there_is_a_contradiction(self) -> None:
        name = "model-00001-of-00002.safetensors"
        index = text(M, "model.safetensors.index.json", INDEX)
        found = self.complete(index, weight(M, name), header(M, name, bytes=100))
        assert found.verdict is Verdict.FAIL
        assert "model-00002-of-00002.safetensors" in str(found.observed)
        assert "/facts/models/0/shards" in found.rests_on


class TestNoCustomCode:
    def test_code_is_a_contradiction(self) -> None:
        found = judged("weights.no_custom_code", NoArguments(), files=("modeling_x.py",))
        assert found.verdict is Verdict.FAIL
        assert found.rests_on == ("/facts/models/0/custom_code",)

    def test_none_is_evidence(self) -> None:
        assert judged("weights.no_custom_code", NoArguments(), text(M, "config.json", {})).verdict is Verdict.PASS

    def test_a_configuration_that_could_not_be_read_is_unknown(self) -> None:
        assert judged("weights.no_custom_code", NoArguments(), text(M, "config.json", "{")).verdict is Verdict.UNKNOWN
        assert judged("weights.no_custom_code", NoArguments(), complete=False).verdict is Verdict.UNKNOWN
