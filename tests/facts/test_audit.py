"""The audit's digest names exactly what was seen."""

from auditor.facts.audit import Audit, Outcome
from auditor.facts.canonical import canonical, parse
from tests.facts.samples import audit, model


def test_the_document_survives_writing_and_reading() -> None:
    seen = audit(models=(model(),))
    again = Audit.model_validate(parse(canonical(seen)))
    assert again == seen
    assert again.digest == seen.digest


def test_the_id_is_the_day_and_the_head_of_the_digest() -> None:
    seen = audit()
    assert seen.id == f"SA-20261102-{seen.digest[:8]}"


def test_any_change_changes_the_digest() -> None:
    assert audit(models=(model("a"),)).digest != audit(models=(model("b"),)).digest


def test_a_collector_that_never_ran_is_not_an_empty_one() -> None:
    assert audit().collector("sealed").outcome is Outcome.NOT_RUN
    assert audit().collector("weights").outcome is Outcome.COMPLETE
