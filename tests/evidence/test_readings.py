"""The chapter on weights tells the root digest of a model, and which files an earlier audit read."""

import hashlib

import pytest

from auditor.evidence.blocks import Text
from auditor.evidence.chapters import readings
from auditor.facts.weights import EARLIER, Weight
from auditor.judge.standing import root_of
from auditor.policy.effective import Reading
from tests.evidence import samples
from tests.evidence.test_chapters import edition


def told(blocks: list[object]) -> str:
    """The words of paragraphs and headings."""
    return " ".join(block.text for block in blocks if isinstance(block, Text))


def before(weight: Weight) -> Weight:
    """As an earlier audit read it."""
    digest = weight.sha256.model_copy(update={"method": EARLIER, "time": "2026-11-21T08:00:00Z"})
    return weight.model_copy(update={"sha256": digest})


def test_a_root_digest_is_of_the_list_that_sha256sum_prints() -> None:
    model = samples.model("m")
    files = [samples.weight("m", number, of=2) for number in (2, 1)]
    lines = sorted(f"{file.sha256.value}  {file.path.removeprefix(model.path + '/')}\n" for file in files)
    assert root_of(model, files) == hashlib.sha256("".join(lines).encode()).hexdigest()


def test_no_root_digest_leaves_a_file_out() -> None:
    model = samples.model("m")
    assert root_of(model, [samples.weight("m"), samples.weight("m", read=False)]) is None
    assert root_of(model, []) is None


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        (Reading(earlier_hours=48), "takes such a reading for up to 48 hours"),
        (Reading(earlier="never"), "does not take such a reading"),
    ],
)
def test_files_that_were_not_read_anew_are_counted_with_what_the_policy_says(reading: Reading, words: str) -> None:
    audit, judgement, policy, knowledge = samples.typical()
    told_of = edition((audit, judgement, policy.model_copy(update={"reading": reading}), knowledge))
    said = told(readings.earlier(told_of, [before(samples.weight("m")), samples.weight("m", 2)]))
    assert "1 file was read by an earlier audit and not by this one" in said
    assert words in said


def test_where_all_was_read_nothing_is_said_of_earlier_readings() -> None:
    assert readings.earlier(edition(samples.typical()), [samples.weight("m")]) == []
