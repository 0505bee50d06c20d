"""Loading a model is judged by what its files show; what was not looked through is never evidence."""

from typing import Any

import pytest

from auditor.facts.audit import Outcome as Ended
from auditor.facts.records import AnyRecord, ContentRecord, ImportSeen, SignSeen
from auditor.judge import contents
from auditor.judge.finding import Outcome, Verdict
from auditor.policy.arguments import SafeContent
from tests.judge.audits import audit_of, context_of, outcomes
from tests.recognise.model_records import TIME, model, text, weight

M = "/srv/models/m"
CHECKED = (contents,)
"""Imported so that its check registers."""


def content(name: str = "w.bin", *imports: str, **more: Any) -> ContentRecord:
    path = f"{M}/{name}"
    seen = tuple(ImportSeen(name=each, how="GLOBAL") for each in imports)
    more.setdefault("kind", "pickle")
    return ContentRecord(source=path, method="opcodes", time=TIME, model=M, path=path, imports=seen, **more)


def judged(*records: AnyRecord, ended: Ended = Ended.COMPLETE, **arguments: Any) -> Outcome:
    context = context_of(audit_of(model(*records), ended))
    return outcomes("weights.safe_content", context, SafeContent(**arguments))["m"]


def test_files_that_show_nothing_are_evidence() -> None:
    found = judged(weight(M, "w.bin", "pickle"), content("w.bin", "collections.OrderedDict"))
    assert found.verdict is Verdict.PASS
    assert found.rests_on == ("/facts/contents/0",)
    assert str(found.observed) == "1 file was looked through; it shows no sign of harm."
    assert found.remedy is None


def test_an_import_that_does_harm_is_a_contradiction() -> None:
    found = judged(weight(M, "w.bin", "pickle"), content("w.bin", "os.system"))
    assert found.verdict is Verdict.FAIL
    assert str(found.observed) == "Signs of harm: w.bin imports os.system."
    assert "safetensors" in str(found.remedy)


def test_an_import_that_is_not_known_is_a_contradiction_unless_it_is_allowed_or_tolerated() -> None:
    records = (weight(M, "w.bin", "pickle"), content("w.bin", "transformers.training_args.TrainingArguments"))
    assert judged(*records).verdict is Verdict.FAIL
    assert judged(*records, allow=("transformers.*",)).verdict is Verdict.PASS
    assert judged(*records, tolerate="medium").verdict is Verdict.PASS


def test_a_link_is_a_contradiction_only_where_nothing_is_tolerated() -> None:
    link = content("w.bin", signs=(SignSeen(kind="link", detail="is a link out of the model's folder, to /x"),))
    assert judged(weight(M, "w.bin", "pickle"), link).verdict is Verdict.PASS
    assert judged(weight(M, "w.bin", "pickle"), link, tolerate="none").verdict is Verdict.FAIL


def test_what_could_not_be_looked_through_leaves_it_open_whatever_the_others_show() -> None:
    clean, broken = content("a.bin"), content("b.bin", problems=("ends within an opcode",))
    found = judged(weight(M, "a.bin", "pickle"), weight(M, "b.bin", "pickle"), clean, broken)
    assert found.verdict is Verdict.UNKNOWN
    assert [str(each) for each in found.not_seen] == ["What is in b.bin: ends within an opcode."]


def test_a_sign_of_harm_counts_though_the_rest_of_the_file_was_not_seen() -> None:
    found = judged(weight(M, "b.bin", "pickle"), content("b.bin", "os.system", problems=("cut",)))
    assert found.verdict is Verdict.FAIL
    assert found.not_seen


def test_a_weight_file_of_which_nothing_was_told_leaves_it_open() -> None:
    found = judged(weight(M, "w.safetensors"))
    assert found.verdict is Verdict.UNKNOWN
    assert str(found.not_seen[0]) == "What is in w.safetensors: not looked through."


@pytest.mark.parametrize("ended", [Ended.CANCELLED, Ended.FAILED])
def test_a_search_that_was_stopped_leaves_it_open(ended: Ended) -> None:
    assert judged(weight(M, "w.bin"), content("w.bin"), ended=ended).verdict is Verdict.UNKNOWN


def test_a_template_that_reaches_out_is_a_contradiction_with_a_remedy_of_its_own() -> None:
    found = judged(text(M, "chat_template.jinja", "{{ x.__class__ }}"))
    assert found.verdict is Verdict.FAIL
    assert str(found.observed) == "Signs of harm: chat_template.jinja (line 1) reaches for the attribute __class__."
    assert "chat template" in str(found.remedy)
    kernel = judged(text(M, "config.json", {"_attn_implementation": "org/kernel"}))
    assert "attention" in str(kernel.remedy)


def test_a_host_without_models_is_not_applicable() -> None:
    found = outcomes("weights.safe_content", context_of(audit_of([])), SafeContent())
    assert found["host"].verdict is Verdict.NOT_APPLICABLE
