"""The index of a sharded model, held against the headers of its files."""

from typing import Any

import pytest

from auditor.facts.models import Model
from auditor.judge.finding import Outcome, Verdict
from auditor.judge.standing import extra_of
from auditor.knowledge.knowledge import load
from auditor.policy.arguments import NoArguments
from auditor.recognise.models import models_of
from tests.judge.audits import audit_of, context_of, outcomes
from tests.recognise.model_records import header, model, text, weight

M = "/srv/models/m"
FIRST, SECOND = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"


def records(mapping: dict[str, Any], first: int = 2, second: int = 1, total: Any = None, extra: str = "") -> Any:
    index = {"metadata": {"total_size": total} if total is not None else {}, "weight_map": mapping}
    told = [text(M, "model.safetensors.index.json", index)]
    for name, tensors in ((FIRST, first), (SECOND, second)):
        told += [header(M, name, tensors=tensors, dtypes={"BF16": 10 * tensors}, bytes=90), weight(M, name)]
    if extra:
        told += [header(M, extra, tensors=1, bytes=90), weight(M, extra)]
    return model(*told)


def seen(*told: Any, **more: Any) -> Model:
    (found,) = models_of(records(*told, **more), load())
    return found


def judged(*told: Any, **more: Any) -> Outcome:
    return outcomes("weights.complete", context_of(audit_of(records(*told, **more))), NoArguments())["m"]


MAPPING = {"a": FIRST, "b": FIRST, "c": SECOND}


def test_an_index_that_its_files_keep() -> None:
    assert judged(MAPPING, total=60).verdict is Verdict.PASS


def test_a_tensor_that_a_file_lacks_contradicts() -> None:
    found = judged({**MAPPING, "d": SECOND})

    assert found.verdict is Verdict.FAIL
    assert f"names 2 tensors in {SECOND}, its header has 1" in str(found.observed)
    assert "/facts/models/0/index" in found.rests_on


def test_a_tensor_that_lies_in_two_files_leaves_open_which_counts() -> None:
    found = judged(MAPPING, second=2)

    assert found.verdict is Verdict.UNKNOWN
    assert f"names 1 tensors in {SECOND}, its header has 2" in " ".join(map(str, found.not_seen))


def test_a_sum_that_the_headers_do_not_come_to() -> None:
    found = judged(MAPPING, total=61)

    assert found.verdict is Verdict.UNKNOWN
    assert "says 61 bytes of tensors, the headers hold 60" in " ".join(map(str, found.not_seen))


def test_a_file_that_the_index_does_not_name_is_listed() -> None:
    found = judged(MAPPING, extra="stray.safetensors")

    assert found.verdict is Verdict.PASS
    assert "stray.safetensors, which the index does not name" in str(found.not_seen[0])
    whole = audit_of(records(MAPPING, extra="stray.safetensors")).facts
    assert extra_of(whole.models[0], whole.weights) == (f"{M}/stray.safetensors",)


@pytest.mark.parametrize("mapping", [{}, [], "x", {"a": 1}, {"a": None}, {"a": "../../etc/passwd"}])
def test_an_index_of_another_form_breaks_nothing(mapping: Any) -> None:
    found = seen(mapping)

    assert found.index is None or found.index.value == ()


@pytest.mark.parametrize("total", ["60", -1, True, 10**400, 1.5])
def test_a_sum_of_another_form_says_nothing(total: Any) -> None:
    found = seen(MAPPING, total=total)

    assert found.index is not None
    assert found.index.note == ""
